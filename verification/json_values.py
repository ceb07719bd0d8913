"""Values of function calls, written as JSON: equal values get equal text.

`1` and `1.0` are equal, so are `-0.0` and `0`; `true` is not `1`; tuples arrive as lists; the order of an
object's keys is free. Text that is not one JSON value, or nests too deeply to be read, has no value (None)
and is compared as it stands.
"""

import json
import math
from collections.abc import Callable
from typing import TypeAlias

from synthsmith.verification import floats

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"
Number: TypeAlias = Callable[[int | float], str]


def plain(number: int | float) -> str:
    """The number in full; a float that is a whole number is written as the whole number."""
    whole = isinstance(number, float) and number.is_integer()
    return json.dumps(int(number) if whole else number)


def canonical(text: bytes, number: Number = plain) -> bytes | None:
    """The one text of this value, with its numbers written by `number`; None if it is not one JSON value."""
    try:
        return _write(_read(text), number).encode()
    except (ValueError, RecursionError):
        return None


def canonical_unordered(text: bytes) -> bytes | None:
    """The same for a list whose order is free; other values as in `canonical`."""
    try:
        value = _read(text)
        if not isinstance(value, list):
            return _write(value, plain).encode()
        return f"[{','.join(_sorted(value))}]".encode()
    except (ValueError, RecursionError):
        return None


def equal(text: bytes, expected: bytes) -> bool | None:
    """Whether two values have the same canonical text; None if one is no value.

    The first difference decides: what a program wrote may be a million times as long as what is expected.
    """
    try:
        return _equal(_read(text), _read(expected))
    except (ValueError, RecursionError):
        return None


def equal_unordered(text: bytes, expected: bytes) -> bool | None:
    """The same for lists whose order is free."""
    try:
        value, wanted = _read(text), _read(expected)
        if not isinstance(value, list) or not isinstance(wanted, list):
            return _equal(value, wanted)
        return len(value) == len(wanted) and _sorted(value) == _sorted(wanted)
    except (ValueError, RecursionError):
        return None


def close(text: bytes, expected: bytes, absolute: float, relative: float) -> bool | None:
    """Whether two values differ in their numbers alone and these are close; None if one is no value."""
    try:
        return _close(_read(text), _read(expected), absolute, relative)
    except (ValueError, RecursionError):
        return None


def _read(text: bytes) -> Json:
    value: Json = json.loads(text.decode())  # given bytes, json would guess at UTF-16 and let surrogates pass
    return value


def _write(value: Json, number: Number) -> str:
    if isinstance(value, list):
        return "[" + ",".join(_write(item, number) for item in value) + "]"
    if isinstance(value, dict):
        return "{" + ",".join(f"{json.dumps(k)}:{_write(value[k], number)}" for k in sorted(value)) + "}"
    if isinstance(value, int | float) and not isinstance(value, bool):
        return number(value)
    return json.dumps(value)


def _sorted(items: list[Json]) -> list[str]:
    return sorted(_write(item, plain) for item in items)


def _close(value: Json, expected: Json, absolute: float, relative: float) -> bool:
    if isinstance(value, list) and isinstance(expected, list):
        pairs = zip(value, expected, strict=False)
        return len(value) == len(expected) and all(_close(a, b, absolute, relative) for a, b in pairs)
    if isinstance(value, dict) and isinstance(expected, dict):
        return value.keys() == expected.keys() and all(
            _close(value[name], expected[name], absolute, relative) for name in value
        )
    number, wanted = _finite(value), _finite(expected)
    if number is not None and wanted is not None:
        return floats.close(number, wanted, absolute, relative)
    return _equal(value, expected)


def _equal(value: Json, expected: Json) -> bool:
    if isinstance(value, list) and isinstance(expected, list):
        return len(value) == len(expected) and all(map(_equal, value, expected))
    if isinstance(value, dict) and isinstance(expected, dict):
        return value.keys() == expected.keys() and all(
            _equal(value[name], expected[name]) for name in expected
        )
    if isinstance(value, bool) or isinstance(expected, bool):
        return value is expected
    return value == expected or (value != value and expected != expected)  # NaN is written as NaN


def _finite(value: Json) -> float | None:
    """The finite number that the value is; None for other values and for numbers beyond all floats."""
    try:
        number = float(value) if isinstance(value, int | float) and not isinstance(value, bool) else math.nan
    except OverflowError:
        return None
    return number if math.isfinite(number) else None
