"""The facts of a cleaned data set, counted from its rows: for a page that is made after the verification."""

from collections import Counter
from pathlib import Path

import pyarrow.parquet as pq
from synthsmith.builders.real.cleaned import RealFacts
from synthsmith.builders.real.origin import Origin
from synthsmith.builders.schemas import REAL
from synthsmith.builders.shards import Written
from synthsmith.verification.errors import InputError

BATCH_ROWS = 256
_COLUMNS = [
    "origin",
    "origin_revision",
    "origin_layout",
    "origin_licence",
    "golden_program",
    "case_evidence",
    "tests_left_out",
]


def read_real(dataset: Path) -> tuple[RealFacts, Origin]:
    """The facts of `dataset/rl_real` and where its problems are from; InputError where it has none."""
    files = sorted((dataset / REAL).glob("*.parquet"))
    counts: Counter[str] = Counter()
    evidence: Counter[str] = Counter()
    licences: Counter[str] = Counter()
    origins: dict[Origin, None] = {}
    for file in files:
        with pq.ParquetFile(file) as source:
            for batch in source.iter_batches(BATCH_ROWS, columns=_COLUMNS):
                for row in batch.to_pylist():
                    origins[Origin(row["origin"], row["origin_revision"], row["origin_layout"])] = None
                    evidence.update(row["case_evidence"])
                    counts["left_out"] += row["tests_left_out"]
                    counts["golden"] += row["golden_program"] is not None
                    if row["origin_licence"]:
                        licences[row["origin_licence"]] += 1
    if not origins:
        raise InputError(f"{dataset} is neither a build's nor a verification's: it has no rows of {REAL}.")
    if len(origins) > 1:
        raise InputError(f"{dataset / REAL} has rows of several sources; its card tells of one.")
    facts = RealFacts(
        _written(files),
        tests=evidence.total(),
        left_out=counts["left_out"],
        golden=counts["golden"],
        unstated=0,
        evidence=tuple(sorted(evidence.items())),
        licences=tuple(sorted(licences.items())),
    )
    return facts, next(iter(origins))


def _written(files: list[Path]) -> Written:
    footers = [pq.read_metadata(file) for file in files]
    memory = sum(foot.row_group(i).total_byte_size for foot in footers for i in range(foot.num_row_groups))
    names = tuple(file.name for file in files)
    size = sum(file.stat().st_size for file in files)
    return Written(REAL, sum(foot.num_rows for foot in footers), memory, size, names)
