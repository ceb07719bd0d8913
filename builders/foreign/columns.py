"""A row of other people's, for reading its columns with exact complaints."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from synthsmith.builders.foreign.decoding import decode
from synthsmith.builders.foreign.layout import Limit, Names, Unit, Value

_LARGEST = 1e18
_NUMBER = re.compile(r"\s*(\d+(?:\.\d+)?)\s*([A-Za-z]*)")
_SECONDS = {"": 1.0, "s": 1.0, "sec": 1.0, "second": 1.0, "ms": 0.001, "millisecond": 0.001}
_MEGABYTES = {
    "": 1.0,
    "mb": 1.0,
    "mib": 1.0,
    "megabyte": 1.0,
    "gb": 1024.0,
    "gib": 1024.0,
    "gigabyte": 1024.0,
}
_MEGABYTES |= {"kb": 1 / 1024, "kib": 1 / 1024, "kilobyte": 1 / 1024, "byte": 1 / (1 << 20)}


class UnmappedError(ValueError):
    """The row cannot be taken over; the message says which column and why."""


@dataclass(frozen=True, slots=True)
class Columns:
    """The row's columns."""

    row: Mapping[str, object]

    def first(self, names: Names) -> tuple[str, object]:
        """The first of these columns that holds something, and that; the first one and None where none does.

        Null and the empty text, which APPS has for it, are nothing.
        """
        found = ((name, self.row[name]) for name in names if self.row.get(name) not in (None, ""))
        return next(found, (names[0], None))

    def read(self, names: Names, steps: Sequence[str]) -> tuple[str, object]:
        """The same, decoded."""
        name, value = self.first(names)
        try:
            return name, None if value is None else decode(value, steps)
        except ValueError as error:
            raise UnmappedError(f"field {name} {error}.") from None

    def value(self, wanted: Value | None) -> object:
        """What the value is in this row; None where nothing is wanted or there."""
        return None if wanted is None else self.read(wanted.column, wanted.decode)[1]

    def text(self, wanted: Value | None) -> str:
        """The same as text; empty where nothing is there."""
        if wanted is None:
            return ""
        name, value = self.read(wanted.column, wanted.decode)
        if value is not None and not isinstance(value, str):
            raise UnmappedError(f"field {name} must be a text, not {shown(value)}.")
        return value or ""

    def seconds(self, wanted: Limit | None) -> float | None:
        """The time limit; None where there is none."""
        return self._limit(wanted, _SECONDS)

    def megabytes(self, wanted: Limit | None) -> float | None:
        """The memory limit; None where there is none."""
        return self._limit(wanted, _MEGABYTES)

    def _limit(self, wanted: Limit | None, words: Mapping[str, float]) -> float | None:
        if wanted is None:
            return None
        name, value = self.first(wanted.column)
        if value is None:
            return None
        number = _measure(value, wanted.unit, words)
        if number is None:
            raise UnmappedError(f"field {name} must be a limit in {wanted.unit}, not {shown(value)}.")
        return number if number > 0 else None


def shown(value: object) -> str:
    """A value as messages show it."""
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


def _measure(value: object, unit: Unit, words: Mapping[str, float]) -> float | None:
    if unit == "text":
        return _worded(value, words)
    if unit == "duration":
        parts = (value.get("seconds") or 0, value.get("nanos") or 0) if isinstance(value, dict) else ()
        numbers = [float(part) for part in parts if isinstance(part, int | float) and _is_number(part)]
        return numbers[0] + numbers[1] / 1e9 if len(numbers) == 2 else None
    factor = {"seconds": 1.0, "milliseconds": 1e-3, "megabytes": 1.0, "bytes": 1 / (1 << 20)}[unit]
    return float(value) * factor if isinstance(value, int | float) and _is_number(value) else None


def _worded(value: object, words: Mapping[str, float]) -> float | None:
    if isinstance(value, int | float) and _is_number(value):
        return float(value)
    found = _NUMBER.match(value) if isinstance(value, str) else None
    word = (
        found[2].lower().removesuffix("s")
        if found and len(found[2]) > 1
        else found[2].lower()
        if found
        else ""
    )
    if found is None or word not in words:
        return None
    return float(found[1]) * words[word]


def _is_number(value: object) -> bool:
    """Whether it is one that a limit can be; JSON has numbers beyond all floats, and Python reads NaN."""
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < _LARGEST
