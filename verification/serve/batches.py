"""A body with many submissions -> where each stands in it, so that one at a time is read.

A trainer sends its whole rollout in one body, perhaps gigabytes. Parsed at once it would take a multiple of
that in memory and, for seconds, everybody else's turn. So the body is only cut into its parts here; a part
that is cut at the wrong place is no JSON, and is refused when it is parsed.
"""

import re
from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from mmap import mmap

from synthsmith.verification.serve.fields import Fields, MalformedError, UnreadableError, fields, parse, shown

Buffer = bytes | mmap

_SPACE = re.compile(rb"[ \t\n\r]*+")
_TEXT = rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"'
_STRING = re.compile(_TEXT, re.DOTALL)
_STRING_OR_BRACKET = re.compile(_TEXT + rb'|[][{}"]', re.DOTALL)  # a quote alone: of a string without an end
_WORD = re.compile(rb"[^][{}\",: \t\n\r]++")


@dataclass(frozen=True, slots=True)
class Batch:
    """The fields around the submissions, and the first byte and the end of each submission, in turn."""

    around: Fields
    data: Buffer
    places: "array[int]"

    def __len__(self) -> int:
        return len(self.places) // 2

    def submission(self, index: int) -> object:
        """One submission, parsed."""
        return parse(self.data[self.places[2 * index] : self.places[2 * index + 1]])


def cut(data: Buffer) -> Batch:
    """The batch in a body; UnreadableError where it is no JSON, MalformedError where it is no batch."""
    at = _past_space(data, 0)
    if data[at : at + 1] != b"{":
        fields(parse(data[:]))
    around: dict[str, object] = {}
    places: array[int] | None = None
    for name, start, end in _members(data, at):
        if name == "submissions":
            places = _elements(data, start)
        else:
            around[name] = parse(data[start:end])
    if places is None:
        raise MalformedError(("submissions",), "is missing")
    if not places:
        raise MalformedError(("submissions",), "must hold at least one submission")
    return Batch(_checked(around), data, places)


def _checked(around: dict[str, object]) -> Fields:
    kind = around.get("type", "batch")
    if kind != "batch":
        raise MalformedError(("type",), f'must be "batch", not {shown(kind)}')
    found = Fields(around)
    found.optional_text("sub_id")
    return found


def _members(data: Buffer, at: int) -> Iterator[tuple[str, int, int]]:
    """Name, first byte and end of each member of the object that begins here and fills the body."""
    opened = True
    while (at := _next(data, at, b"}", opened=opened)) >= 0:
        opened = False
        name = _STRING.match(data, at)
        if name is None:
            raise _unreadable(at)
        start = _past_space(data, name.end())
        if data[start : start + 1] != b":":
            raise _unreadable(start)
        start = _past_space(data, start + 1)
        at = _end_of_value(data, start)
        yield str(parse(name[0])), start, at
    at = _past_space(data, ~at)
    if at != len(data):
        raise _unreadable(at)


def _elements(data: Buffer, at: int) -> "array[int]":
    if data[at : at + 1] != b"[":
        end = _end_of_value(data, at)
        raise MalformedError(("submissions",), f"must be a list, not {shown(parse(data[at:end]))}")
    places = array("Q")
    opened = True
    while (at := _next(data, at, b"]", opened=opened)) >= 0:
        opened = False
        start, at = at, _end_of_value(data, at)
        places.extend((start, at))
    return places


def _next(data: Buffer, at: int, close: bytes, *, opened: bool) -> int:
    """Where the next item begins, after the opening bracket or a comma; ~end of the closing bracket."""
    at = _past_space(data, at + 1 if opened else at)
    if data[at : at + 1] == close:
        return ~(at + 1)
    if opened:
        return at
    if data[at : at + 1] != b",":
        raise _unreadable(at)
    return _past_space(data, at + 1)


def _end_of_value(data: Buffer, at: int) -> int:
    """The end of the value that begins here; what is in it is not looked at."""
    if data[at : at + 1] not in (b"{", b"["):
        word = _STRING.match(data, at) or _WORD.match(data, at)
        if word is None:
            raise _unreadable(at)
        return word.end()
    depth = 0
    for found in _STRING_OR_BRACKET.finditer(data, at):
        mark = found[0] if found.end() - found.start() == 1 else b"string"
        if mark == b'"':  # the search would go on from each quote behind it, to the end of the body
            raise _unreadable(found.start())
        depth += (mark in b"{[") - (mark in b"]}")
        if depth == 0:
            return found.end()
    raise _unreadable(len(data))


def _past_space(data: Buffer, at: int) -> int:
    found = _SPACE.match(data, at)
    return at if found is None else found.end()


def _unreadable(at: int) -> UnreadableError:
    return UnreadableError(f"the body is not JSON: something is wrong at byte {at}.")
