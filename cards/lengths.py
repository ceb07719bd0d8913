"""How long texts are, in tokens: words and single marks, as statements are measured (`tasks.count_tokens`).

That needs no tokenizer, whose count differs from model to model. Arrow counts inside its columns; no row is
held as an object. Of a data set so large that this would take longer than a few minutes, evenly spaced row
groups are counted, and it is said of how many rows.
"""

import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

PER_OCTAVE = 4
FINE = 16  # of these to a bin, so that quantiles are known to about one in a hundred
MOST_BYTES = 2 << 30
BATCH_ROWS = 256
# `\w+|[^\w\s]` of Python's `re`, in the words of RE2, whose own know only ASCII.
_TOKEN = r"[\pL\pN_]+|[^\pL\pN_\s\v\x1c-\x1f\x85\pZ]"


@dataclass(frozen=True, slots=True)
class Lengths:
    """The lengths of a column's texts.

    `edges` are those of the bins, in tokens, one more than there are `bins`; `median` and `long` (which 95 of
    100 are not longer than) are good to about 1 %, `longest` is exact. `rows` were counted, of `of` rows.
    """

    column: str
    rows: int
    of: int
    edges: tuple[float, ...]
    bins: tuple[int, ...]
    median: int
    long: int
    longest: int


def lengths(folder: Path, column: str, path: str, most_bytes: int = MOST_BYTES) -> Lengths | None:
    """The lengths of a column of the Parquet files in a folder; None where it has no rows.

    `path` is the column's path in Parquet; several texts to a row are so many texts.
    """
    tally: Counter[int] = Counter()
    longest = rows = 0
    files = sorted(folder.glob("*.parquet"))
    for counts in _counts(files, path, most_bytes):
        numbers = counts.to_pylist()
        rows += len(numbers)
        longest = max([longest, *numbers])
        tally.update(map(_fine, numbers))
    if not rows:
        return None
    octave = PER_OCTAVE * FINE  # whole ones are shown, so that an axis begins and ends with a power of two
    first, last = min(tally) // octave * PER_OCTAVE, (max(tally) // octave + 1) * PER_OCTAVE - 1
    bins = tuple(
        sum(tally[part] for part in range(b * FINE, b * FINE + FINE)) for b in range(first, last + 1)
    )
    return Lengths(
        column=column,
        rows=rows,
        of=sum(pq.read_metadata(file).num_rows for file in files),
        edges=tuple(2 ** (edge / PER_OCTAVE) for edge in range(first, last + 2)),
        bins=bins,
        median=min(_quantile(tally, rows, 0.5), longest),
        long=min(_quantile(tally, rows, 0.95), longest),
        longest=longest,
    )


def _counts(files: list[Path], path: str, most_bytes: int) -> Iterator[pa.Array]:
    """The number of tokens of each text in the row groups that are looked at."""
    groups = [(file, group) for file in files for group in range(pq.read_metadata(file).num_row_groups)]
    whole = sum(_bytes(file, path) for file in files)
    for file, group in groups[:: max(1, math.ceil(whole / most_bytes))]:
        with pq.ParquetFile(file) as source:
            for batch in source.iter_batches(BATCH_ROWS, row_groups=[group], columns=[path]):
                yield pc.count_substring_regex(_texts(batch.column(0)), _TOKEN)


def _texts(column: pa.Array) -> pa.Array:
    """The strings in a column, out of the lists and structs in which they lie."""
    while not (pa.types.is_string(column.type) or pa.types.is_large_string(column.type)):
        column = column.flatten()[0] if pa.types.is_struct(column.type) else column.flatten()
    return column.drop_null()


def _bytes(file: Path, path: str) -> int:
    footer = pq.read_metadata(file)
    columns = [footer.row_group(0).column(index).path_in_schema for index in range(footer.num_columns)]
    at = columns.index(path)
    return sum(
        footer.row_group(group).column(at).total_uncompressed_size for group in range(footer.num_row_groups)
    )


def _fine(tokens: int) -> int:
    return math.floor(math.log2(max(tokens, 1)) * PER_OCTAVE * FINE)


def _quantile(tally: Counter[int], rows: int, share: float) -> int:
    passed = 0
    for part in sorted(tally):
        passed += tally[part]
        if passed >= share * rows:
            return round(2 ** ((part + 0.5) / PER_OCTAVE / FINE))
    raise AssertionError("the tally holds fewer than its rows")
