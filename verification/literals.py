"""Values of literal expressions in test code: what `ast.literal_eval` knows, and the small sums around it.

Known are constants, displays of them, signs, `float("inf")`, `set()` and its like over a literal, `math.inf`
and `math.pi`, and arithmetic (`10**9 + 7`, `[0] * 5`) as long as its result stays small: test code is data,
and `9**9**9` is a value of its own kind. NaN is none that can be named: by identity `[math.nan] ==
[math.nan]`.
"""

import ast
import math
import operator
from collections.abc import Callable
from typing import Any

_MOST_BITS = 1 << 12
_MOST_ITEMS = 1 << 10
_CONSTANTS = {"inf": math.inf, "pi": math.pi, "e": math.e, "tau": math.tau}
_MAKERS: dict[str, Callable[..., object]] = {
    maker.__name__: maker for maker in (float, complex, set, frozenset, list, tuple, dict)
}
_SIGNS: dict[type[ast.unaryop], Callable[[Any], object]] = {
    ast.UAdd: operator.pos,
    ast.USub: operator.neg,
    ast.Invert: operator.invert,
}
_SUMS: dict[type[ast.operator], Callable[[Any, Any], object]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.Pow: operator.pow,
}


class NotLiteralError(ValueError):
    """The expression is no literal in the sense of this module."""


def literal(node: ast.expr) -> object:
    """The value, of builtin types alone; NotLiteralError where the expression has none that is known."""
    try:
        return _value(node)
    except (TypeError, ArithmeticError, ValueError, RecursionError) as error:
        raise NotLiteralError(type(node).__name__) from error


def _value(node: ast.expr) -> object:
    if isinstance(node, ast.Constant) and node.value is not ...:
        return node.value
    if isinstance(node, ast.List | ast.Tuple | ast.Set):
        parts = [_value(part) for part in node.elts]
        return parts if isinstance(node, ast.List) else (tuple if isinstance(node, ast.Tuple) else set)(parts)
    if isinstance(node, ast.Dict):
        return {_key(key): _value(held) for key, held in zip(node.keys, node.values, strict=True)}
    if isinstance(node, ast.UnaryOp) and type(node.op) in _SIGNS:
        return _SIGNS[type(node.op)](_value(node.operand))
    if isinstance(node, ast.BinOp):
        return _sum(node.op, _value(node.left), _value(node.right))
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and not node.keywords:
        return _made(node.func.id, [_value(argument) for argument in node.args])
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "math":
        return _CONSTANTS[node.attr] if node.attr in _CONSTANTS else _no(node)
    return _no(node)


def _no(what: object) -> object:
    raise NotLiteralError(str(what))


def _key(node: ast.expr | None) -> object:
    return _value(node) if node is not None else _no("**")


def _made(name: str, arguments: list[object]) -> object:
    value = _MAKERS[name](*arguments) if name in _MAKERS else _no(name)
    return _no(name) if value != value else value


def _sum(operation: ast.operator, left: Any, right: Any) -> object:
    if type(operation) not in _SUMS:
        return _no(operation)
    if not _is_small(operation, left, right):
        return _no(operation)
    return _SUMS[type(operation)](left, right)


def _is_small(operation: ast.operator, left: object, right: object) -> bool:
    """Whether the result cannot be large. Formatting, `"%99999d" % 1`, is no arithmetic."""
    if isinstance(left, int | float | complex) and isinstance(right, int | float | complex):
        if isinstance(operation, ast.Pow) and isinstance(right, int):
            return abs(right) <= _MOST_BITS and _bits(left) * abs(right) <= _MOST_BITS
        return _bits(left) + _bits(right) <= _MOST_BITS
    if isinstance(operation, ast.Mult):
        several, times = (right, left) if isinstance(left, int) else (left, right)
        return isinstance(times, int) and _length(several) * times <= _MOST_ITEMS
    return isinstance(operation, ast.Add) and _length(left) + _length(right) <= _MOST_ITEMS


def _bits(number: object) -> int:
    return max(1, number.bit_length()) if isinstance(number, int) else 64


def _length(several: object) -> int:
    return len(several) if isinstance(several, list | tuple | str | bytes) else _MOST_ITEMS + 1
