"""A JSON body, or one submission of it -> its fields, each of the right type, or one sentence about the first
that is not."""

import json
import math
import reprlib
from collections.abc import Mapping
from dataclasses import dataclass, replace

from synthsmith.verification.errors import InputError
from synthsmith.verification.types import Language, Limits

Place = tuple[str | int, ...]
_LANGUAGES = {str(language): language for language in Language}
# A client that asks for more has most likely mistaken the unit; a run that is going on is not stopped.
MOST_CPU_SECONDS = 600.0
_MOST = 1e15  # beyond it no number is meant; infinity and whole numbers of any length can be written in JSON


class MalformedError(InputError):
    """A field is missing or of the wrong type; `place` leads to it."""

    def __init__(self, place: Place, complaint: str) -> None:
        super().__init__(f"{_path(place)} {complaint}.")
        self.place = place


class UnreadableError(InputError):
    """The body is not JSON."""


@dataclass(frozen=True, slots=True)
class Fields:
    """A JSON object and the place where it stands in the body."""

    values: Mapping[str, object]
    place: Place = ()

    def wrong(self, name: str, complaint: str) -> MalformedError:
        return MalformedError((*self.place, name), complaint.removesuffix("."))  # which puts one there

    def text(self, name: str) -> str:
        """The text of a field that has to be there."""
        if name not in self.values:
            raise self.wrong(name, "is missing")
        value = self.values[name]
        if not isinstance(value, str):
            raise self.wrong(name, f"must be a string, not {shown(value)}")
        return value

    def optional_text(self, name: str) -> str | None:
        """The text of a field; None where it is absent or null."""
        return None if self.values.get(name) is None else self.text(name)

    def number(self, name: str, default: float) -> float:
        """A finite number; the default where it is absent or null."""
        value = self.values.get(name)
        if value is None:
            return default
        if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) <= _MOST:
            raise self.wrong(name, f"must be a number, not {shown(value)}")
        return value


def parse(data: bytes) -> object:
    """The value that the JSON stands for."""
    try:
        return json.loads(data)
    except (ValueError, RecursionError) as error:  # not UTF-8, no JSON, numbers without end, too deep
        raise UnreadableError(f"the body is not JSON: {error}.") from error


def fields(value: object, place: Place = ()) -> Fields:
    """The fields of what has to be a JSON object."""
    if not isinstance(value, dict):
        raise MalformedError(place, f"must be a JSON object, not {shown(value)}")
    return Fields(value, place)


def with_limits(fields: Fields, names: tuple[str, str], limits: Limits, cpu: float, memory: float) -> Limits:
    """The limits with these CPU seconds and MiB; `names` are the fields that they were read from."""
    if not 0 < cpu <= MOST_CPU_SECONDS:
        raise fields.wrong(names[0], f"must be above 0 and at most {MOST_CPU_SECONDS:g} seconds, not {cpu:g}")
    try:
        return replace(limits, cpu_seconds=cpu, memory_mb=math.ceil(memory))
    except ValueError as error:
        raise fields.wrong(names[1], f"cannot be used: {error}") from error


def language_of(name: str) -> Language | None:
    """The language of this name, if it is one of ours."""
    return _LANGUAGES.get(name)


def shown(value: object) -> str:
    """The value in as many characters as fit into a sentence."""
    return reprlib.repr(value)


def _path(place: Place) -> str:
    if not place:
        return "the body"
    steps = (f"[{step}]" if isinstance(step, int) else f".{step}" for step in place)
    return "".join(steps).removeprefix(".")
