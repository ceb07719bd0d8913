"""`release/tasks.parquet`: a line per task and config, by which versions are compared without their rows.

    config string, task string, rows int32, digest 16 bytes     in the order of config and task

The digest is over the values of the task's rows, however they are encoded and in whatever order they lie. The
list is made and compared as a stream; SQLite sorts it in a file of its own, so memory stays flat.
"""

import hashlib
import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Self

import pyarrow as pa
import pyarrow.parquet as pq

DIGEST_BYTES = 16
BATCH_ROWS = 16_384
SCHEMA = pa.schema(
    [
        ("config", pa.string()),
        ("task", pa.string()),
        ("rows", pa.int32()),
        ("digest", pa.binary(DIGEST_BYTES)),
    ]
)
Line = tuple[str, str, int, bytes]  # config, task, rows, digest


class TaskList:
    """The tasks of a data set as their rows come. Close it; nothing of it is left then."""

    def __init__(self) -> None:
        self._base = sqlite3.connect("", isolation_level=None)
        self._base.executescript(
            "PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; BEGIN;"
            "CREATE TABLE rows (config TEXT, task TEXT, digest BLOB)"
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *ended: object) -> None:
        self._base.close()

    def add(self, config: str, rows: Iterable[Mapping[str, object]]) -> None:
        """Take rows in; a row belongs to its task, or where it has none to its draw."""
        values = ((config, str(row.get("task_id") or row.get("draw") or ""), _digest(row)) for row in rows)
        self._base.executemany("INSERT INTO rows VALUES (?, ?, ?)", values)

    def lines(self) -> Iterator[Line]:
        """One line per task and config, in order."""
        found = self._base.execute("SELECT config, task, digest FROM rows ORDER BY config, task, digest")
        for (config, task), rows in groupby(found, key=lambda row: (row[0], row[1])):
            whole, count = hashlib.blake2b(digest_size=DIGEST_BYTES), 0
            for _, _, digest in rows:
                whole.update(digest)
                count += 1
            yield config, task, count, whole.digest()

    def write(self, path: Path) -> None:
        """Write the file; equal rows give equal bytes."""
        path.parent.mkdir(parents=True, exist_ok=True)
        with pq.ParquetWriter(path, SCHEMA, compression="zstd") as writer:
            for batch in _batches(self.lines()):
                writer.write_table(pa.Table.from_arrays(list(zip_columns(batch)), schema=SCHEMA))


def read_lines(path: Path) -> Iterator[Line]:
    """The lines of a file that `write` wrote."""
    with pq.ParquetFile(path) as file:
        for batch in file.iter_batches(BATCH_ROWS):
            yield from zip(*(column.to_pylist() for column in batch.columns), strict=True)


@dataclass(frozen=True, slots=True)
class Difference:
    """A task that is in one version, in the other, or in both with other rows."""

    config: str
    task: str
    before: bool
    after: bool


def differences(before: Iterator[Line], after: Iterator[Line]) -> Iterator[Difference]:
    """All tasks that differ, in order, by one pass over both lists."""
    old, new = next(before, None), next(after, None)
    while old is not None or new is not None:
        if new is None or (old is not None and old[:2] < new[:2]):
            assert old is not None
            yield Difference(old[0], old[1], True, False)
            old = next(before, None)
        elif old is None or new[:2] < old[:2]:
            yield Difference(new[0], new[1], False, True)
            new = next(after, None)
        else:
            if old[2:] != new[2:]:
                yield Difference(old[0], old[1], True, True)
            old, new = next(before, None), next(after, None)


def zip_columns(batch: list[Line]) -> Iterator[pa.Array]:
    """The columns of some lines."""
    for field, values in zip(SCHEMA, zip(*batch, strict=True), strict=True):
        yield pa.array(values, type=field.type)


def _batches(lines: Iterator[Line]) -> Iterator[list[Line]]:
    batch: list[Line] = []
    for line in lines:
        batch.append(line)
        if len(batch) == BATCH_ROWS:
            yield batch
            batch = []
    if batch:
        yield batch


def _digest(row: Mapping[str, object]) -> bytes:
    text = json.dumps(row, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.blake2b(text.encode(), digest_size=DIGEST_BYTES).digest()
