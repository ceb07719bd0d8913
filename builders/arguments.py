"""Whether an input for a function is its arguments: one JSON value a line, each of its parameter's type."""

import ast
import json

from synthsmith.verification.types import Signature

_PLAIN = {"int": int, "str": str, "bool": bool}


def check_arguments(text: str, signature: Signature) -> None:
    """Nothing, or ValueError with a sentence where the text does not hold the signature's arguments."""
    lines = text.rstrip("\n").split("\n")
    if len(lines) != len(signature.parameters):
        raise ValueError(
            f"{len(lines)} lines, but {signature.method} takes {len(signature.parameters)} arguments"
        )
    for line, parameter in zip(lines, signature.parameters, strict=True):
        try:
            value = json.loads(line, parse_constant=_no_number)
        except (ValueError, RecursionError):
            raise ValueError(f"the argument {parameter.name!r} is not JSON: {line[:80]!r}") from None
        if not fits(value, _annotation(parameter.type)):
            raise ValueError(f"the argument {parameter.name!r} is no {parameter.type}: {line[:80]!r}")


def fits(value: object, annotation: ast.expr) -> bool:
    """Whether a JSON value is of an annotation's type; of one that JSON does not know everything is."""
    match annotation:
        case ast.Name(name) if name in _PLAIN:
            return type(value) is _PLAIN[name]
        case ast.Name("float"):
            return type(value) in (int, float)
        case ast.Name("None") | ast.Constant(None):
            return value is None
        case ast.Subscript(ast.Name("List" | "list"), item):
            return isinstance(value, list) and all(fits(part, item) for part in value)
        case ast.Subscript(ast.Name("Optional"), item):
            return value is None or fits(value, item)
        case ast.BinOp(left, ast.BitOr(), right):
            return fits(value, left) or fits(value, right)
        case ast.Name("List" | "list"):
            return isinstance(value, list)
    return True


def _annotation(text: str) -> ast.expr:
    try:
        return ast.parse(text, mode="eval").body
    except (SyntaxError, ValueError):  # ValueError: a null byte, in Python before 3.11.4
        return ast.Name("object")  # quoted by the model and no type at all: says nothing of the value


def _no_number(name: str) -> object:
    raise ValueError(f"{name} is no JSON number")
