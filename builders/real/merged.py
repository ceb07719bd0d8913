"""`rl_real` in a build's data set: what runs of `synthsmith verify` left, merged into one config.

Every source lies easiest first, so their rows are taken by turns, a few of each in memory at a time. Rows
that are equally easy come by their task, and of one task in the order in which the sources are named.
"""

import heapq
from collections.abc import Iterator, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from synthsmith.builders import bands, shards
from synthsmith.builders.assembly import TEST_BYTES
from synthsmith.builders.capped import capped
from synthsmith.builders.evidence import Row
from synthsmith.builders.schemas import REAL, RL_REAL
from synthsmith.builders.tables import Bad, Table, rows
from synthsmith.verification.errors import InputError

BATCH_ROWS = 8

Files = tuple[Path, ...]


def real_files(folders: Sequence[str]) -> tuple[Files, ...]:
    """The files of each folder that `verify` has filled.

    InputError where there are none, where their columns are not ours, and where a folder is named twice.
    """
    found = tuple(map(_files, folders))
    named = [files[0].resolve() for files in found]
    twice = [given for given, file in zip(folders, named, strict=True) if named.count(file) > 1]
    if twice:
        raise InputError(f"{', '.join(twice)}: is named twice; its problems would be there twice.")
    return found


def merge(sources: Sequence[Files], folder: Path, test_bytes: int | None = TEST_BYTES) -> shards.Written:
    """What was written of all sources: `folder/rl_real/train-*.parquet`; no file where there are none.

    A row has no more bytes of tests than these (`capped.py`), nor than the source gives.
    """
    ordered = heapq.merge(*map(_read, sources), key=_place)
    fitting = ((where, capped(row, test_bytes)) for where, row in ordered)
    return bands.write(REAL, fitting, RL_REAL, folder / REAL)


def _files(given: str) -> Files:
    for inside in (Path(given) / "dataset", Path(given)):
        files = tuple(sorted((inside / REAL).glob("*.parquet")))
        if files:
            for file in files:
                _check(file)
            return files
    raise InputError(
        f"{given} holds no {REAL}; give a folder that synthsmith verify SOURCE --out has filled."
    )


def _check(file: Path) -> None:
    try:
        schema = pq.read_schema(file)
    except (pa.ArrowException, OSError) as error:
        raise InputError(f"{file} cannot be read as Parquet ({error}).") from None
    if not schema.equals(RL_REAL.arrow_schema):
        names = sorted(set(schema.names) ^ set(RL_REAL)) or ["types of columns"]
        raise InputError(
            f"{file} has other columns than this version of SynthSmith writes ({', '.join(names)}); run "
            "synthsmith verify again."
        )


def _read(files: Files) -> Iterator[tuple[str, Row]]:
    for file in files:
        for where, _, row in rows(Table(str(file), batch=BATCH_ROWS), lambda there, place: there):
            assert not isinstance(row, Bad)  # Parquet has none
            yield where, dict(row)


def _place(pair: tuple[str, Row]) -> tuple[float, str]:
    ease, task = pair[1]["ease"], pair[1]["task_id"]
    assert isinstance(ease, float | None)
    return -(ease or 0.0), str(task)
