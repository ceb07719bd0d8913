"""Types of a function's arguments: those that an input can hold, and whether its JSON values are of them.

Known are the types in which LeetCode writes its tasks: int, float, bool, str, None, ListNode, TreeNode, and
made of these List[...], Optional[...], Union[...], `X | Y` and Dict[str, ...]. JSON has no tuples, no sets
and no keys but text, so a function that takes or returns such things cannot be tested by values.
"""

import ast
import json

from synthsmith.verification.types import Signature

_PLAIN = {"int": int, "str": str, "bool": bool}
_NODES = ("ListNode", "TreeNode")


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
        if not fits_type(value, parameter.type):
            raise ValueError(f"the argument {parameter.name!r} is no {parameter.type}: {line[:80]!r}")


def unknown_type(signature: Signature) -> str:
    """The first type of the signature that no JSON value can be of; empty where there is none."""
    kinds = (*(parameter.type for parameter in signature.parameters), signature.result_type)
    return next((kind for kind in kinds if not _known(_annotation(kind))), "")


def fits_type(value: object, kind: str) -> bool:
    """Whether a JSON value is of the type of this name."""
    try:
        return _fits(value, _annotation(kind))
    except RecursionError:
        return False


def _fits(value: object, kind: ast.expr) -> bool:
    if isinstance(kind, ast.Name) and kind.id in _PLAIN:
        return type(value) is _PLAIN[kind.id] and not (isinstance(value, str) and _broken(value))
    if isinstance(kind, ast.Name) and kind.id == "float":
        return type(value) in (int, float)
    if isinstance(kind, ast.Name) and kind.id in _NODES:
        return value is None or _holds_nodes(value, kind.id)
    if _is_none(kind):
        return value is None
    if _choices(kind):
        return any(_fits(value, choice) for choice in _choices(kind))
    if isinstance(kind, ast.Subscript) and _named(kind.value, "Dict", "dict"):
        return isinstance(value, dict) and all(_fits(part, _pair(kind)[1]) for part in value.values())
    if isinstance(kind, ast.Subscript):
        return isinstance(value, list) and all(_fits(part, kind.slice) for part in value)
    return False


def _known(kind: ast.expr) -> bool:
    if isinstance(kind, ast.Name):
        return kind.id in (*_PLAIN, "float", *_NODES)
    if _choices(kind):
        return all(_known(choice) for choice in _choices(kind))
    if isinstance(kind, ast.Subscript) and _named(kind.value, "Dict", "dict"):
        return len(_pair(kind)) == 2 and _named(_pair(kind)[0], "str") and _known(_pair(kind)[1])
    if isinstance(kind, ast.Subscript):
        return _named(kind.value, "List", "list") and _known(kind.slice)
    return _is_none(kind)


def _choices(kind: ast.expr) -> list[ast.expr]:
    """The types of which one holds, for Optional, Union and `|`; nothing for any other."""
    if isinstance(kind, ast.BinOp) and isinstance(kind.op, ast.BitOr):
        return [kind.left, kind.right]
    if isinstance(kind, ast.Subscript) and _named(kind.value, "Optional"):
        return [kind.slice, ast.Constant(None)]
    if isinstance(kind, ast.Subscript) and _named(kind.value, "Union"):
        return kind.slice.elts if isinstance(kind.slice, ast.Tuple) else [kind.slice]
    return []


def _pair(kind: ast.Subscript) -> list[ast.expr]:
    return kind.slice.elts if isinstance(kind.slice, ast.Tuple) else [kind.slice]


def _named(kind: ast.expr, *names: str) -> bool:
    return isinstance(kind, ast.Name) and kind.id in names


def _is_none(kind: ast.expr) -> bool:
    return isinstance(kind, ast.Constant) and kind.value is None


def _holds_nodes(value: object, node: str) -> bool:
    """Whether a list holds the values of a linked list, or the levels of a tree with null for no child."""
    if not isinstance(value, list):
        return False
    if node == "TreeNode":
        return not value or (value[0] is not None and all(v is None or _is_scalar(v) for v in value))
    return all(map(_is_scalar, value))


def _is_scalar(value: object) -> bool:
    return isinstance(value, int | float | str)


def _broken(text: str) -> bool:
    """Whether half of a surrogate pair is in it, as JSON can write but no file can hold."""
    return any("\ud800" <= letter <= "\udfff" for letter in text)


def _annotation(text: str) -> ast.expr:
    """The type's expression; one that nothing is of where the text is none."""
    try:
        found = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):  # quoted by a model, and no type at all
        return ast.Tuple([], ast.Load())
    quoted = found.value if isinstance(found, ast.Constant) else None
    return _annotation(quoted) if isinstance(quoted, str) else found


def _no_number(name: str) -> object:
    raise ValueError(f"{name} is no JSON number")
