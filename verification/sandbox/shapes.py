"""Types as their text -> shapes: what of a parameter or a result is made of LeetCode's nodes.

Read outside, where `ast` is at hand; a worker gets the shapes alone (wire.py).
"""

import ast
from functools import lru_cache

from ..errors import InputError
from ..types import Signature
from .wire import Shape

NODES = ("ListNode", "TreeNode")
PLAIN = ""
_LISTS = ("List", "list")


def shapes_of(signature: Signature) -> tuple[Shape, ...]:
    """The shapes of the parameters and of the result's value; nothing where no nodes are among them.

    InputError where nodes are inside something that is no list.
    """
    kinds = [*(parameter.type for parameter in signature.parameters), signature.result_type]
    shapes = tuple(map(shape_of, kinds))
    return shapes if any(shapes) else ()


@lru_cache(maxsize=1024)
def shape_of(annotation: str) -> Shape:
    """The shape of a type."""
    if not any(name in annotation for name in NODES):
        return PLAIN
    try:
        return _shape(ast.parse(annotation.strip(), mode="eval").body)
    except (SyntaxError, ValueError, RecursionError, MemoryError, _OtherwiseHeldError) as error:
        raise InputError(
            f"nodes can be passed alone, as Optional or in a List, not as {annotation!r}."
        ) from error


class _OtherwiseHeldError(Exception):
    pass


def _shape(kind: ast.expr) -> Shape:
    if isinstance(kind, ast.Constant) and isinstance(kind.value, str):
        return _shape(ast.parse(kind.value.strip(), mode="eval").body)
    if _name(kind) in NODES:
        return _name(kind)
    if isinstance(kind, ast.Subscript) and _name(kind.value) in _LISTS:
        inner = _shape(kind.slice)
        return (inner,) if inner else PLAIN
    choices = [each for each in _choices(kind) if not _is_none(each)]
    if len(choices) == 1 and choices[0] is not kind:
        return _shape(choices[0])
    if any(_name(part) in NODES for part in ast.walk(kind)):
        raise _OtherwiseHeldError
    return PLAIN


def _choices(kind: ast.expr) -> list[ast.expr]:
    """The types of which one holds: of Optional, Union and `|`; else the type itself."""
    if isinstance(kind, ast.BinOp) and isinstance(kind.op, ast.BitOr):
        return [kind.left, kind.right]
    if isinstance(kind, ast.Subscript) and _name(kind.value) in ("Optional", "Union"):
        return kind.slice.elts if isinstance(kind.slice, ast.Tuple) else [kind.slice]
    return [kind]


def _is_none(kind: ast.expr) -> bool:
    return isinstance(kind, ast.Constant) and kind.value is None


def _name(kind: ast.AST) -> str:
    """The last word of a name, dotted or not; empty for anything else."""
    return kind.id if isinstance(kind, ast.Name) else kind.attr if isinstance(kind, ast.Attribute) else ""
