"""What the card tells of rows for reinforcement learning: their bands, tests that stayed behind, origins."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import pyarrow.parquet as pq
from synthsmith.builders import bands
from synthsmith.builders.schemas import REAL

Row: TypeAlias = dict[str, Any]  # a Parquet row, read and counted inside this file only

BATCH_ROWS = 1024


@dataclass(frozen=True, slots=True)
class BandSize:
    """A band of `rl` that has rows: the pattern of its files, the least pass rate in it, the next band's."""

    pattern: str
    least: float
    below: float | None
    rows: int


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Tests too large for their row: so many, of so many rows."""

    tests: int
    rows: int


@dataclass(frozen=True, slots=True)
class OriginSize:
    """Rows of `rl_real` from one source; `licences` are those that rows state, None for no statement."""

    shown: str
    revision: str | None
    rows: int
    licences: tuple[tuple[str | None, int], ...]


def band_sizes(dataset: Path, config: str = "rl") -> tuple[BandSize, ...]:
    """The bands that have files, easiest first."""
    found = []
    for number, least in enumerate(bands.LEAST):
        pattern = f"{config}/{bands.stem(number)}-*"
        files = sorted(dataset.glob(pattern))
        if files:
            below = bands.LEAST[number - 1] if number else None
            size = sum(pq.read_metadata(file).num_rows for file in files)
            found.append(BandSize(pattern, least, below, size))
    return tuple(found)


def left_out(dataset: Path, config: str) -> LeftOut:
    """How many tests are in `attempts` or at the source only, for the rows would be too large with them."""
    counts = [row["tests_left_out"] for row in _rows(dataset / config, ["tests_left_out"])]
    return LeftOut(sum(counts), sum(count > 0 for count in counts))


def origins(dataset: Path) -> tuple[OriginSize, ...]:
    """Where the rows of `rl_real` are from, by name."""
    columns = ["origin", "origin_revision", "origin_licence"]
    tally = Counter(tuple(row[name] for name in columns) for row in _rows(dataset / REAL, columns))
    found: dict[tuple[str, str | None], dict[str | None, int]] = {}
    for (origin, revision, licence), count in tally.items():
        found.setdefault((origin, revision), {})[licence] = count
    return tuple(
        OriginSize(*source, sum(counts.values()), tuple(sorted(counts.items(), key=_name)))
        for source, counts in sorted(found.items(), key=lambda pair: (pair[0][0], pair[0][1] or ""))
    )


def _name(pair: tuple[str | None, int]) -> str:
    return pair[0] or ""


def _rows(folder: Path, columns: list[str]) -> Iterator[Row]:
    for file in sorted(folder.glob("*.parquet")):
        with pq.ParquetFile(file) as source:
            for batch in source.iter_batches(BATCH_ROWS, columns=columns):
                yield from batch.to_pylist()
