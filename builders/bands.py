"""Tasks by how easy they are: one sequence of files per band of pass rates, the easiest first.

A band is a matter of the task alone, never of the others: it stays where it is however many tasks come, and
what comes is put in order among those of its band. The names sort from easy to hard and tell the least pass
rate in per cent:

    rl/train-band00-pass100-00000-of-00001.parquet    everybody passes everything
    rl/train-band01-pass090-00000-of-00003.parquet    0.9 and more, below 1
    ...
    rl/train-band10-pass000-00000-of-00001.parquet    below 0.1
"""

import math
from collections.abc import Iterable, Iterator
from itertools import groupby
from pathlib import Path

from datasets import Features
from synthsmith.builders import shards
from synthsmith.builders.evidence import Row
from synthsmith.verification.errors import InputError

LEAST = tuple(percent / 100 for percent in range(100, -10, -10))


def band(ease: float | None) -> int:
    """Which band a task of this ease is in, 0 for the easiest; nobody passes what nobody tried."""
    return next(number for number, least in enumerate(LEAST) if (ease or 0.0) >= least)


def stem(number: int) -> str:
    """What the names of a band's files begin with."""
    return f"{shards.STEM}-band{number:02d}-pass{round(100 * LEAST[number]):03d}"


def write(
    config: str,
    rows: Iterable[tuple[str, Row]],
    features: Features,
    folder: Path,
    *,
    row_group_bytes: int = shards.ROW_GROUP_BYTES,
    shard_bytes: int = shards.SHARD_BYTES,
) -> shards.Written:
    """What was written of rows that come easiest first, by their column `ease`; else as `shards.write`."""
    parts = [
        shards.write(
            config,
            group,
            features,
            folder,
            stem=stem(number),
            row_group_bytes=row_group_bytes,
            shard_bytes=shard_bytes,
        )
        for number, group in groupby(_in_order(config, rows), key=lambda pair: band(_ease(pair[1])))
    ]
    return shards.Written(
        config,
        sum(part.rows for part in parts),
        sum(part.memory_bytes for part in parts),
        sum(part.file_bytes for part in parts),
        tuple(name for part in parts for name in part.files),
    )


def _in_order(config: str, rows: Iterable[tuple[str, Row]]) -> Iterator[tuple[str, Row]]:
    """The rows; InputError where one is easier than the one before, whose band's files are written."""
    last = math.inf
    for key, row in rows:
        ease = _ease(row) or 0.0
        if ease > last:
            raise InputError(f"{config}, row {key}: is easier than the row before; the easiest come first.")
        last = ease
        yield key, row


def _ease(row: Row) -> float | None:
    value = row["ease"]
    assert value is None or isinstance(value, float)
    return value
