"""Whether what a candidate told of a value meets what an assertion expects of it.

What is told was written by a foreign program (`telling.py`, if it is honest) and is not believed: it is
compared part by part along the expected value, so nothing of it is hashed in bulk, unfolded or evaluated.
Equality is that of Python's `==` between builtin values: `1 == 1.0 == True`, `[1] != (1,)`, NaN equals
nothing.
"""

import math
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from typing import TypeAlias

Told: TypeAlias = "bool | int | float | str | list[Told] | dict[str, Told] | None"
_LONGEST_FRACTION = 4096  # digits; it is reduced, which takes the square of its length


class Form(StrEnum):
    """What an assertion says of the value of its call."""

    EQUAL = "=="
    UNEQUAL = "!="
    SAME = "is"
    NOT_SAME = "is not"
    AMONG = "in"
    NOT_AMONG = "not in"
    TRUE = "true"
    FALSE = "false"
    NEARER = "<"  # abs(call - value) < absolute
    NEAR = "<="
    CLOSE = "isclose"


@dataclass(frozen=True, slots=True)
class Expectation:
    """`value` is made of builtin literals; for (NOT_)SAME it is None, True or False."""

    form: Form
    value: object = None
    absolute: float = 0.0
    relative: float = 0.0

    def met_by(self, told: Told) -> bool:
        """Whether the assertion holds for this value."""
        try:
            return self._met(told)
        except (ValueError, TypeError, OverflowError, RecursionError):
            return False  # the assertion itself would have raised, or this is no value

    def _met(self, told: Told) -> bool:
        if self.form in _NEGATIONS:
            return not Expectation(_NEGATIONS[self.form], self.value)._met(told)
        if self.form is Form.EQUAL:
            return _equal(told, self.value)
        if self.form is Form.SAME:
            return told is self.value
        if self.form is Form.AMONG:
            return _among(told, self.value)
        if self.form is Form.TRUE:
            return _truth(told)
        return self._near(_number(told))

    def _near(self, number: int | float | complex) -> bool:
        wanted = self.value
        assert isinstance(wanted, int | float | complex)
        if self.form is Form.CLOSE:
            assert not isinstance(wanted, complex)
            if isinstance(number, complex):
                return False
            return math.isclose(number, wanted, rel_tol=self.relative, abs_tol=self.absolute)
        apart: float = abs(number - wanted)
        return apart < self.absolute if self.form is Form.NEARER else apart <= self.absolute


_NEGATIONS = {
    Form.UNEQUAL: Form.EQUAL,
    Form.NOT_SAME: Form.SAME,
    Form.NOT_AMONG: Form.AMONG,
    Form.FALSE: Form.TRUE,
}


def _among(told: Told, values: object) -> bool:
    assert isinstance(values, list | tuple | set | frozenset | dict)
    if not isinstance(values, list | tuple) and (isinstance(told, list) or _tagged(told, "d") is not None):
        raise TypeError("unhashable")
    return any(_equal(told, value) for value in values)


def _equal(told: Told, value: object) -> bool:
    if isinstance(value, list):
        return _all_equal(told, value)
    if isinstance(value, tuple):
        return _all_equal(_tagged(told, "t"), value)
    if isinstance(value, dict):
        return _equal_dict(_tagged(told, "d"), value)
    if isinstance(value, set | frozenset):
        return _equal_set(_tagged(told, "s"), value)
    return not isinstance(told, list) and bool(_single(told) == value)


def _all_equal(told: Told, values: "list[object] | tuple[object, ...]") -> bool:
    if not isinstance(told, list) or len(told) != len(values):
        return False
    return all(_equal(part, value) for part, value in zip(told, values, strict=True))


def _equal_set(told: Told, values: "set[object] | frozenset[object]") -> bool:
    """What is told is looked up among the values, never the other way round: its hashes may be chosen."""
    if not isinstance(told, list) or len(told) != len(values):
        return False
    parts = [_hashable(part) for part in told]
    return all(part in values for part in parts) and len(set(parts)) == len(parts)


def _equal_dict(told: Told, values: dict[object, object]) -> bool:
    if not isinstance(told, list) or len(told) != 2 * len(values):
        return False
    keys = [_hashable(key) for key in told[::2]]
    if not all(key in values for key in keys) or len(set(keys)) != len(keys):
        return False
    return all(_equal(held, values[key]) for key, held in zip(keys, told[1::2], strict=True))


def _hashable(told: Told) -> object:
    parts = _tagged(told, "t")
    return tuple(map(_hashable, parts)) if isinstance(parts, list) else _single(told)


def _tagged(told: Told, tag: str) -> Told:
    return told.get(tag) if isinstance(told, dict) else None


def _single(told: Told) -> object:
    """The value that is told, if it has no parts; an object that equals nothing if it has, or is none."""
    if not isinstance(told, dict | list):
        return told
    if isinstance(told, list) or len(told) != 1:
        return object()
    ((tag, form),) = told.items()
    if tag == "i" and isinstance(form, str):
        return int(form, 16)
    if tag == "b" and isinstance(form, str):
        return bytes.fromhex(form)
    if tag == "c" and isinstance(form, list):
        real, imaginary = form
        return complex(_float(real), _float(imaginary))
    return _fraction(form) if tag in ("q", "m") else object()


def _float(told: Told) -> float:
    if not isinstance(told, float):
        raise TypeError("a part of a complex number is a float")
    return told


def _fraction(told: Told) -> object:
    if not isinstance(told, list) or not all(isinstance(part, str) for part in told):
        return object()
    top, bottom = map(str, told)
    if len(top) + len(bottom) > _LONGEST_FRACTION or bottom == "0":
        return object()
    return Fraction(int(top, 16), int(bottom, 16))


def _number(told: Told) -> int | float | complex:
    """The number that is told, for arithmetic with floats: of which a Decimal has none."""
    value = _single(told) if _tagged(told, "m") is None else None
    if isinstance(value, Fraction):
        return float(value)  # as its own arithmetic with floats begins
    if not isinstance(value, int | float | complex):
        raise TypeError("not a number")
    return value


def _truth(told: Told) -> bool:
    if not isinstance(told, dict):
        return bool(told)
    if len(told) == 1 and "o" in told:
        if told["o"] is None:
            raise ValueError("it has no truth")
        return bool(told["o"])
    parts = next((told[tag] for tag in ("t", "d", "s") if tag in told), None)
    return bool(_single(told) if parts is None else parts)
