"""A file that is one JSON list of objects, read one object at a time: it may be larger than memory is."""

import codecs
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import BinaryIO

from synthsmith.verification.errors import InputError

_BYTES = 1 << 20
_BLANKS = " \t\r\n"


def objects_in(path: Path) -> Iterator[tuple[str, Mapping[str, object]]] | None:
    """The objects with their places; None where the file does not begin as a list."""
    try:
        file = path.open("rb")
        head = file.read(_BYTES).lstrip()
    except OSError as error:
        raise InputError(f"{path} cannot be read ({error.strerror}).") from None
    if not head.startswith(b"["):
        file.close()
        return None
    file.seek(0)
    return _objects(file, path)


def _objects(file: BinaryIO, path: Path) -> Iterator[tuple[str, Mapping[str, object]]]:
    with file:
        text = _Text(file, path)
        text.skip("[")
        number = 0
        while text.peek() != "]":
            number += 1
            where = f"{path}, element {number}"
            value = text.value(where)
            if not isinstance(value, dict):
                raise InputError(f"{where}: {type(value).__name__} instead of an object.")
            yield where, value
            if text.peek() != "]":
                text.skip(",")


class _Text:
    """What of the file was read and not used yet."""

    def __init__(self, file: BinaryIO, path: Path) -> None:
        self._file, self._path = file, path
        self._decoder = codecs.getincrementaldecoder("utf-8")()
        self._left, self._at, self._ended = "", 0, False

    def peek(self) -> str:
        """The next character that is no blank; InputError at the end of the file."""
        while True:
            while self._at < len(self._left) and self._left[self._at] in _BLANKS:
                self._at += 1
            if self._at < len(self._left):
                return self._left[self._at]
            if not self._more(_BYTES):
                raise InputError(f"{self._path} is cut short: the list has no end.")

    def skip(self, mark: str) -> None:
        """Go past the mark; InputError where another stands there."""
        found = self.peek()
        if found != mark:
            raise InputError(f"{self._path} is no JSON list: {found!r} stands where {mark!r} is expected.")
        self._at += 1

    def value(self, where: str) -> object:
        """The next value; what is read in search of its end doubles, so that long ones take linear time."""
        wanted = _BYTES
        self.peek()
        while True:
            try:
                value, self._at = json.JSONDecoder().raw_decode(self._left, self._at)
            except (ValueError, RecursionError) as error:
                if not self._more(wanted):
                    raise InputError(f"{where} is not JSON ({error}).") from None
                wanted *= 2
            else:
                return value

    def _more(self, size: int) -> bool:
        """Whether there was more to be read."""
        if self._ended:
            return False
        data = self._file.read(size)
        self._ended = not data
        try:
            added = self._decoder.decode(data, self._ended)
        except UnicodeDecodeError as error:
            raise InputError(f"{self._path} is not UTF-8 text ({error.reason}).") from None
        self._left, self._at = self._left[self._at :] + added, 0
        return not self._ended
