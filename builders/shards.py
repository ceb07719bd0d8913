"""Rows into Parquet files that the Hub streams and deduplicates well, in bounded memory.

One row group holds about `ROW_GROUP_BYTES` in memory (5 to 15 MB on disk): a reader that wants one row, or
one column, fetches little. Content-defined chunking and the page index are on, so that a new version of a
data set uploads only what changed. The same rows give the same bytes.
"""

import logging
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from datasets import Features, List
from synthsmith.verification.errors import InputError

ROW_GROUP_BYTES = 32 << 20
SHARD_BYTES = 512 << 20
CHUNKING = {"min_chunk_size": 256 * 1024, "max_chunk_size": 1024 * 1024, "norm_level": 0}

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
    row_group_bytes: int = ROW_GROUP_BYTES,
    shard_bytes: int = SHARD_BYTES,
) -> Written:
    """What was written of (key, row) pairs: `folder/train-00000-of-0000N.parquet`; no file where no rows are.

    Keys must be unique; a row must have exactly the columns of `features`, at every depth.
    """
    total = memory_bytes = 0
    parts: list[Path] = []
    writer: pq.ParquetWriter | None = None
    shard_size = 0
    try:
        for table in _groups(config, rows, features, row_group_bytes):
            if writer is None or shard_size >= shard_bytes:
                if writer is not None:
                    writer.close()
                parts.append(folder / f"part-{len(parts):05d}")
                folder.mkdir(parents=True, exist_ok=True)
                writer, shard_size = _open(parts[-1], table.schema), 0
            writer.write_table(table, row_group_size=len(table))
            shard_size += table.nbytes
            total += len(table)
            memory_bytes += table.nbytes
    finally:
        if writer is not None:
            writer.close()
    names = [f"train-{index:05d}-of-{len(parts):05d}.parquet" for index in range(len(parts))]
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


def _open(path: Path, schema: pa.Schema) -> pq.ParquetWriter:
    return pq.ParquetWriter(
        path, schema, compression="zstd", use_content_defined_chunking=CHUNKING, write_page_index=True
    )


def _groups(
    config: str, rows: Iterable[tuple[str, Row]], features: Features, row_group_bytes: int
) -> Iterator[pa.Table]:
    schema = features.arrow_schema
    seen: set[str] = set()
    batches: list[pa.RecordBatch] = []
    size = 0
    for key, row in rows:
        if key in seen:
            raise InputError(f"{config}: two rows have the key {key}; every row needs its own.")
        seen.add(key)
        batches.append(_batch(row, features, schema, f"{config}, row {key}"))
        size += batches[-1].nbytes
        if size >= row_group_bytes:
            yield pa.Table.from_batches(batches, schema).combine_chunks()
            batches, size = [], 0
    if batches:
        yield pa.Table.from_batches(batches, schema).combine_chunks()


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
