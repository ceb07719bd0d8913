"""An object of a file and its place, for reading its fields with exact complaints."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass

from synthsmith.verification.errors import InputError
from synthsmith.verification.programs import without_halves

Extra = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Fields:
    """The object's values; `where` names file and row, `prefix` the way to the object in it.

    What is not as it is asked for is an InputError that names file, row and field.
    """

    values: Mapping[str, object]
    where: str
    prefix: str = ""

    def at(self, place: str, value: object) -> "Fields":
        """The object that stands at a place in this one."""
        if not isinstance(value, dict):
            raise self.wrong(place, value, "an object")
        return Fields(value, self.where, place + ".")

    def wrong(self, name: str, value: object, wanted: str) -> InputError:
        """The complaint that a field is something else than is wanted."""
        return InputError(f"{self.where}: field {self.prefix}{name} must be {wanted}, not {shown(value)}.")

    def get(self, name: str) -> object:
        """The field, whatever it is."""
        if name not in self.values:
            raise InputError(f"{self.where}: field {self.prefix}{name} is missing.")
        return self.values[name]

    def text(self, name: str, default: str | None = None) -> str:
        """A text that has a UTF-8 form; the default where the field is missing or null."""
        if default is not None and self.values.get(name) is None:
            return default
        value = self._string(name)
        if not encodable(value):
            raise InputError(f"{self.where}: field {self.prefix}{name} holds half a surrogate pair.")
        return value

    def program(self, name: str) -> str:
        """The text of a program, which may be any: one that has no UTF-8 form is that program's fault."""
        return without_halves(self._string(name))

    def name(self, name: str, default: int | None = None) -> str | int:
        """A text that is not empty or a whole number; the default as above."""
        if default is not None and self.values.get(name) is None:
            return default
        value = self.get(name)
        if isinstance(value, int) and not isinstance(value, bool):
            return value
        if not isinstance(value, str) or not value:
            raise self.wrong(name, value, "a non-empty string or a whole number")
        return self.text(name)

    def number(self, name: str, default: float) -> float:
        """A number above 0; the default as above."""
        value = self.values.get(name)
        if value is None:
            return default
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < math.inf:
            raise self.wrong(name, value, "a number above 0")
        return value

    def items(self, name: str) -> list[object]:
        """A list, which must be there."""
        value = self.get(name)
        if not isinstance(value, list):
            raise self.wrong(name, value, "a list")
        return value

    def _string(self, name: str) -> str:
        value = self.get(name)
        if not isinstance(value, str):
            raise self.wrong(name, value, "a string")
        return value

    def others(self, known: set[str]) -> Extra:
        """The fields that are none of the known ones."""
        return {name: value for name, value in self.values.items() if name not in known}


def encodable(text: str) -> bool:
    """Whether it has a UTF-8 form: half a surrogate pair, which JSON can write, has none."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def shown(value: object) -> str:
    """A value as complaints show it: the beginning of its JSON."""
    text = json.dumps(value)
    return text if len(text) <= 40 else text[:37] + "..."
