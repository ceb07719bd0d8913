"""Rows into Parquet files that the Hub streams and deduplicates well, in bounded memory.

One row group holds about `ROW_GROUP_BYTES` in memory (5 to 8 MB on disk): a reader that wants one row, or one
column, fetches little, and one that reads all holds little (`datasets` streams with several groups, and the
file as it is on disk, in memory: 400 MB in all). A shard is small enough for a data set of 1 GB to be read by
several workers, and large enough for one of 17 GB to have a hundred. Content-defined chunking and the page
index are on, so that a new version of a data set uploads only what changed, and a viewer reads single pages.
The same rows give the same bytes; where more rows follow, every file but the last keeps its bytes.
"""

import io
import logging
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq
from datasets import Features, List
from synthsmith.verification.errors import InputError

if TYPE_CHECKING:
    from typing_extensions import Buffer

ROW_GROUP_BYTES = 16 << 20
SHARD_BYTES = 192 << 20
CHUNKING = {"min_chunk_size": 256 * 1024, "max_chunk_size": 1024 * 1024, "norm_level": 0}
STEM = "train"
LOOSE_ROWS = 64  # a small row alone takes eight times its size in memory (pyarrow 26)

logger = logging.getLogger(__name__)

Row = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Written:
    """What a config became: `memory_bytes` as Arrow holds it, `file_bytes` on disk."""

    config: str
    rows: int
    memory_bytes: int
    file_bytes: int
    files: tuple[str, ...]


def write(
    config: str,
    rows: Iterable[tuple[str, Row]],
    features: Features,
    folder: Path,
    *,
    stem: str = STEM,
    row_group_bytes: int = ROW_GROUP_BYTES,
    shard_bytes: int = SHARD_BYTES,
) -> Written:
    """What was written of (key, row) pairs: `folder/STEM-00000-of-0000N.parquet`; no file where no rows are.

    A row must have exactly the columns of `features`, at every depth; its key tells which it was.
    """
    total = memory_bytes = 0
    parts: list[Path] = []
    shard: _Shard | None = None
    try:
        for table in _groups(config, rows, features, row_group_bytes):
            if shard is None or shard.memory_bytes >= shard_bytes:
                if shard is not None:
                    shard.finish()
                parts.append(folder / f"part-{len(parts):05d}")
                folder.mkdir(parents=True, exist_ok=True)
                shard = _Shard(parts[-1], table.schema)
            shard.write(table)
            total += len(table)
            memory_bytes += table.nbytes
            del table  # it would lie beside the next one while that grows
        if shard is not None:
            shard.finish()
    finally:
        if shard is not None:
            shard.close()
    names = [f"{stem}-{index:05d}-of-{len(parts):05d}.parquet" for index in range(len(parts))]
    files = tuple(part.rename(folder / name) for part, name in zip(parts, names, strict=True))
    logger.debug("%s: %d rows in %d files", config, total, len(files))
    return Written(config, total, memory_bytes, sum(file.stat().st_size for file in files), tuple(names))


def check(row: object, features: object, place: str) -> None:
    """Nothing, or InputError where the columns are not exactly the schema's (`datasets` would not say)."""
    if isinstance(features, Mapping):
        if not isinstance(row, Mapping) or set(row) != set(features):
            got = sorted(row) if isinstance(row, Mapping) else type(row).__name__
            raise InputError(f"{place}: expected the columns {sorted(features)}, got {got}.")
        for name, feature in features.items():
            check(row[name], feature, f"{place}, column {name}")
    elif isinstance(features, List) and row is not None:
        if not isinstance(row, list):
            raise InputError(f"{place}: expected a list, got {type(row).__name__}.")
        for index, item in enumerate(row):
            check(item, features.feature, f"{place}[{index}]")


class _Shard:
    """One Parquet file while it is written.

    A row group is encoded in memory and then written to the file: where writing fails amid the encoding, as
    on a full disk, Parquet's library ends the whole process (pyarrow 26, with content-defined chunking).
    """

    def __init__(self, path: Path, schema: pa.Schema) -> None:
        self.memory_bytes = 0
        self._file = path.open("wb")
        self._encoded = _Encoded()
        self._writer = pq.ParquetWriter(
            self._encoded,
            schema,
            compression="zstd",
            use_content_defined_chunking=CHUNKING,
            write_page_index=True,
        )

    def write(self, table: pa.Table) -> None:
        """Add a row group."""
        self._writer.write_table(table, row_group_size=len(table))
        self.memory_bytes += table.nbytes
        self._file.writelines(self._encoded.take())

    def finish(self) -> None:
        """Add what ends the file."""
        self._writer.close()
        self._file.writelines(self._encoded.take())
        self._file.close()

    def close(self) -> None:
        """Let go of the file, whatever became of it."""
        self._writer.close()
        with suppress(OSError):  # a full disk is told by what met it first
            self._file.close()


class _Encoded(io.RawIOBase):
    """A file that keeps what is written until it is taken."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._size = 0

    def writable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._size

    def write(self, data: "Buffer", /) -> int:
        part = bytes(data)
        self._parts.append(part)
        self._size += len(part)
        return len(part)

    def take(self) -> list[bytes]:
        """What was written since the last time."""
        parts, self._parts = self._parts, []
        return parts


def _groups(
    config: str, rows: Iterable[tuple[str, Row]], features: Features, row_group_bytes: int
) -> Iterator[pa.Table]:
    """The row groups as tables; nothing here holds one that was given out."""
    schema = features.arrow_schema
    batches: list[pa.RecordBatch] = []
    size = joined = 0
    for key, row in rows:
        batches.append(_batch(row, features, schema, f"{config}, row {key}"))
        size += batches[-1].nbytes
        if len(batches) == joined + LOOSE_ROWS:
            batches[joined:] = [pa.concat_batches(batches[joined:])]
            joined += 1
        if size >= row_group_bytes:
            yield _drained(batches, schema)
            size = joined = 0
    if batches:
        yield _drained(batches, schema)


def _drained(batches: list[pa.RecordBatch], schema: pa.Schema) -> pa.Table:
    table = pa.Table.from_batches(batches, schema).combine_chunks()
    batches.clear()
    return table


def _batch(row: Row, features: Features, schema: pa.Schema, place: str) -> pa.RecordBatch:
    check(row, features, place)
    try:
        return pa.RecordBatch.from_pylist([dict(row)], schema)
    except UnicodeEncodeError as error:
        code = ord(error.object[error.start])
        raise InputError(
            f"{place}: {_surrogate_column(row)} holds a lone surrogate (U+{code:04X}), which is no text; "
            "scrub or reject the reply it came from before it becomes an attempt."
        ) from error
    except (pa.ArrowInvalid, pa.ArrowTypeError) as error:
        raise InputError(f"{place}: a value does not fit its column: {error}") from error


def _surrogate_column(row: Row) -> str:
    broken = [name for name, value in row.items() if _has_surrogate(value)]
    return f"column {broken[0]}" if broken else "a column"


def _has_surrogate(value: object) -> bool:
    if isinstance(value, str):
        return any("\ud800" <= letter <= "\udfff" for letter in value)
    if isinstance(value, Mapping):
        return any(map(_has_surrogate, value.values()))
    return isinstance(value, list | tuple) and any(map(_has_surrogate, value))
