"""Code-instruction pairs, one at a time: from JSON lines (gzipped too), Parquet, or a data set on the Hub.

Nothing of a source is held but the rows at hand, and the ids on disk where rows have ids of their own. A row
that is no pair is the user's mistake, named by file, row and field; where the data are foreign and the
configuration says so, such rows are counted by reason and left out.
"""

import gzip
import json
import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path
from typing import TypeAlias
from zlib import error as ZlibError

from synthsmith.builders.pairs import Pair, PairSource, files_of
from synthsmith.verification.errors import InputError


@dataclass(frozen=True, slots=True)
class Bad:
    """Why a row is no pair: in general, as it is counted, and of this one."""

    reason: str
    detail: str


Fields: TypeAlias = Mapping[str, object] | Bad
Row: TypeAlias = tuple[str, str, Fields]  # where it is, what it is called if it has no id, what is in it

BATCH = 256
GZIP, PARQUET = b"\x1f\x8b", b"PAR1"


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
        for where, called, row in rows(self.source):
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


def rows(source: PairSource) -> Iterator[Row]:
    """All rows of a source in order; InputError where it cannot be read."""
    if source.hub is not None:
        yield from _of_hub(source)
        return
    files = files_of(source)
    for path in files:
        where = f"{path.name}: row " if len(files) > 1 else "row "
        for number, place, row in _of_file(path, source):
            yield f"{path}, {place}", f"{where}{number}", row


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


def _of_file(path: Path, source: PairSource) -> Iterator[tuple[int, str, Fields]]:
    """Number, place and row, by what the file is, whatever it is called."""
    try:
        with path.open("rb") as file:
            head = file.read(4)
    except OSError as error:
        raise InputError(
            f"{path}: cannot be read ({error.strerror}); give a readable file of pairs"
        ) from None
    if head == PARQUET:
        for number, row in enumerate(_of_parquet(path, source), 1):
            yield number, f"row {number}", row
    else:
        yield from _of_lines(path, zipped=head[:2] == GZIP)


def _of_lines(path: Path, zipped: bool) -> Iterator[tuple[int, str, Fields]]:
    number = 0
    try:
        with gzip.open(path) if zipped else path.open("rb") as file:
            for number, line in enumerate(file, 1):
                if line.strip():
                    yield number, f"line {number}", _object(line)
    except (OSError, EOFError, ZlibError) as error:
        raise InputError(f"{path}: cannot be read after line {number} ({error})") from None


def _object(line: bytes) -> Fields:
    try:
        row = json.loads(line.decode("utf-8"))
    except UnicodeDecodeError as error:
        return Bad("not UTF-8 text", f"not UTF-8 text ({error.reason})")
    except (ValueError, RecursionError) as error:  # ValueError: also a number of 5000 digits
        return Bad("not JSON", f"not JSON ({error}); one object a line is expected")
    if not isinstance(row, dict):
        return Bad("not an object", f"{type(row).__name__} instead of an object")
    return row


def _of_parquet(path: Path, source: PairSource) -> Iterator[Mapping[str, object]]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(path) as file:
            columns = _columns(source, file.schema_arrow.names, str(path))
            for batch in file.iter_batches(BATCH, columns=columns):
                yield from batch.to_pylist()
    except (pa.ArrowException, OSError) as error:
        raise InputError(f"{path}: cannot be read as Parquet ({error})") from None


def _of_hub(source: PairSource) -> Iterator[Row]:
    from datasets import load_dataset

    called = f"{source.hub} at {str(source.commit)[:8]}"
    split = source.split or "train"
    try:
        data = load_dataset(source.hub, source.name, split=split, revision=source.commit, streaming=True)
        if data.column_names:
            data = data.select_columns(_columns(source, data.column_names, called))
        for number, row in enumerate(data, 1):
            yield f"{called}, row {number} of {split}", f"row {number}", row
    except InputError:
        raise
    except (OSError, ValueError, RuntimeError) as error:
        text = next((line.strip() for line in str(error).splitlines() if line.strip()), type(error).__name__)
        raise InputError(
            f"{called}: cannot be read ({text}); what was asked is in the ledger, so run again to go on."
        ) from error


def _columns(source: PairSource, there: list[str], where: str) -> list[str]:
    wanted = [name for name in (source.id, source.instruction, source.code) if name is not None]
    missing = [name for name in wanted if name not in there]
    if missing:
        raise InputError(f"{where}: there is no column {missing[0]!r}; there are {', '.join(there)}")
    return wanted
