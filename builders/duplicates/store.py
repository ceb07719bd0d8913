"""The sets of a search in a file that SQLite removes: a data set of any size is compared in flat memory."""

import heapq
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

import numpy as np
from synthsmith.builders.duplicates.shingles import Shingles

_CACHE_KB = 65536


class Store:
    """Items with their sets, found again by keys. Close it; nothing of it is left then."""

    def __init__(self) -> None:
        self._base = sqlite3.connect("", isolation_level=None)
        self._base.executescript(
            f"PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA cache_size=-{_CACHE_KB};"
            "CREATE TABLE items (place INTEGER PRIMARY KEY, name TEXT, statement BLOB);"
            "CREATE TABLE programs (place INTEGER, number INTEGER, program BLOB, PRIMARY KEY (place, number))"
            " WITHOUT ROWID;"
            "CREATE TABLE keys (key INTEGER, place INTEGER, PRIMARY KEY (key, place)) WITHOUT ROWID;"
            "BEGIN;"
        )

    def put(self, place: int, name: str, statement: Shingles, programs: Sequence[Shingles]) -> None:
        """Keep an item; places are different."""
        self._base.execute("INSERT INTO items VALUES (?, ?, ?)", (place, name, statement.tobytes()))
        kept = ((place, number, each.tobytes()) for number, each in enumerate(programs))
        self._base.executemany("INSERT INTO programs VALUES (?, ?, ?)", kept)

    def index(self, place: int, keys: Iterable[int]) -> None:
        """Let the item be found by these keys."""
        self._base.executemany("INSERT OR IGNORE INTO keys VALUES (?, ?)", ((key, place) for key in keys))

    def places(self) -> Iterator[int]:
        """All places in order."""
        yield from (place for (place,) in self._base.execute("SELECT place FROM items ORDER BY place"))

    def earlier(self, keys: Iterable[int], place: int) -> Iterator[int]:
        """The places before this one under any of the keys, in order, each once; read as far as is asked."""
        query = "SELECT place FROM keys WHERE key = ? AND place < ? ORDER BY place"
        found = heapq.merge(*(self._base.execute(query, (key, place)) for key in keys))
        yield from (earlier for (earlier,), _ in groupby(found))

    def name(self, place: int) -> str:
        """What the item is called."""
        [(name,)] = self._base.execute("SELECT name FROM items WHERE place = ?", (place,))
        return str(name)

    def statement(self, place: int) -> Shingles:
        """The set of its statement."""
        [(found,)] = self._base.execute("SELECT statement FROM items WHERE place = ?", (place,))
        return np.frombuffer(found, np.uint64)

    def programs(self, place: int) -> list[Shingles]:
        """The sets of its programs."""
        query = "SELECT program FROM programs WHERE place = ? ORDER BY number"
        return [np.frombuffer(found, np.uint64) for (found,) in self._base.execute(query, (place,))]

    def close(self) -> None:
        """Let go of the file."""
        self._base.close()
