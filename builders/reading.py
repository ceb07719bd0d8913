"""Code-instruction pairs, one at a time, from the rows that `tables.py` reads.

Nothing of a source is held but the rows at hand, and the ids on disk where rows have ids of their own. A row
that is no pair is the user's mistake, named by file, row and field; where the data are foreign and the
configuration says so, such rows are counted by reason and left out.
"""

import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import blake2b

from synthsmith.builders.pairs import Pair, PairSource
from synthsmith.builders.tables import Bad, Row, rows
from synthsmith.verification.errors import InputError


@dataclass(slots=True)
class Reading:
    """A source as it is read: how many pairs it gave, and the rows left out by reason, each with the first.

    Iterate once. InputError where it cannot be read or, unless bad rows are skipped, where a row is no pair.
    """

    source: PairSource
    pairs: int = 0
    skipped: dict[str, tuple[int, str]] = field(default_factory=dict)

    def __iter__(self) -> Iterator[Pair]:
        seen = _Seen()
        for where, called, row in _rows(self.source):
            if self.pairs == self.source.limit:
                return
            found = row if isinstance(row, Bad) else _pair(row, called, self.source, seen)
            if isinstance(found, Pair):
                self.pairs += 1
                yield found
            elif self.source.bad_rows == "error":
                raise InputError(f"{where}: {found.detail}")
            else:
                number, first = self.skipped.get(found.reason, (0, f"{where}: {found.detail}"))
                self.skipped[found.reason] = (number + 1, first)


def examine(source: PairSource) -> int | None:
    """How many pairs the files of a path hold; InputError where a row is none, before anything is paid for.

    None for the Hub, whose rows come over the network and are looked at as they come.
    """
    if source.path is None:
        return None
    reading = Reading(source)
    for _ in reading:
        pass
    return reading.pairs


class _Seen:
    """The ids met so far, in a file that SQLite removes: memory stays flat however many there are."""

    def __init__(self) -> None:
        self._base = sqlite3.connect("", check_same_thread=False, isolation_level=None)
        self._base.executescript(
            "PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; BEGIN;"
            "CREATE TABLE seen (id BLOB PRIMARY KEY) WITHOUT ROWID"
        )

    def add(self, name: str) -> bool:
        """Whether the id is new."""
        key = blake2b(name.encode(), digest_size=16).digest()
        return self._base.execute("INSERT OR IGNORE INTO seen VALUES (?)", (key,)).rowcount == 1


def _rows(source: PairSource) -> Iterator[Row]:
    """All rows of a source in order; InputError where it cannot be read."""
    return rows(source.table, lambda there, where: _columns(source, there, where))


def _pair(row: Mapping[str, object], called: str, source: PairSource, seen: _Seen) -> Pair | Bad:
    wanted = {"instruction": source.instruction, "code": source.code}
    if source.id is not None:
        wanted["id"] = source.id
    texts = {"id": called}
    for name, column in wanted.items():
        value = row.get(column)
        if name == "code" and isinstance(value, list) and value:
            value = value[0]
        if name == "id" and isinstance(value, int) and not isinstance(value, bool):
            value = str(value)
        if not isinstance(value, str) or not value.strip():
            why = f"the field {column!r} must be a text that is not empty"
            return Bad(why, why)
        if any("\ud800" <= letter <= "\udfff" for letter in value):
            why = f"the field {column!r} has half of a surrogate pair in it, which is no text"
            return Bad(why, why)
        texts[name] = value
    if source.id is not None and not seen.add(texts["id"]):
        twice = f"the id {texts['id']!r} is there twice; give each pair an id of its own"
        return Bad("the id is that of an earlier row", twice)
    return Pair(**texts)


def _columns(source: PairSource, there: list[str], where: str) -> list[str]:
    wanted = [name for name in (source.id, source.instruction, source.code) if name is not None]
    missing = [name for name in wanted if name not in there]
    if missing:
        raise InputError(f"{where}: there is no column {missing[0]!r}; there are {', '.join(there)}")
    return wanted
