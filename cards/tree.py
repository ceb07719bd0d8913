"""What is told of the feature tree behind a data set: how it grew, and how much of it the tasks have used."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow.parquet as pq
from synthsmith.builders import coverage
from synthsmith.builders.coverage import CategoryCoverage, Use
from synthsmith.builders.history import Stage, from_text
from synthsmith.builders.sampling import Sampler, Sampling
from synthsmith.verification.errors import InputError

BATCH_ROWS = 1024


@dataclass(frozen=True, slots=True)
class TreeFacts:
    """The sizes of all categories stage by stage, and their coverage.

    `pairs` were read and `skipped` rows were no pairs; `folds` names went into others.
    """

    pairs: int
    skipped: int
    folds: int
    stages: tuple[Stage, ...]
    coverage: tuple[CategoryCoverage, ...]


def tree_facts(features: Path, dataset: Path, sampling: Sampling) -> tuple[TreeFacts, str]:
    """The facts of a build's tree and its data set's attempts, and the text of `coverage.json`.

    InputError where `features.json` cannot be read or is not the tree of these attempts.
    """
    try:
        growth, _ = from_text(features.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(f"{features} cannot be read ({error}); remove it and build again.") from None
    sampler = Sampler(growth.tree, sampling)
    tally = coverage.cover(sampler, _uses(dataset / "attempts"))
    known = growth.history
    facts = TreeFacts(
        pairs=known.pairs,
        skipped=sum(rows for _, rows, _ in known.skipped),
        folds=len(known.folds) + sum(len(done.folds) for done in known.rounds),
        stages=known.stages,
        coverage=coverage.categories(sampler, tally),
    )
    return facts, coverage.to_json(sampler, tally)


def _uses(folder: Path) -> Iterator[Use]:
    columns = ["draw", "drawn_features", "features", "verdict"]
    for file in sorted(folder.glob("*.parquet")):
        with pq.ParquetFile(file) as source:
            for batch in source.iter_batches(BATCH_ROWS, columns=columns):
                for row in batch.to_pylist():
                    drawn, chosen = tuple(row["drawn_features"]), tuple(row["features"])
                    yield Use(row["draw"], drawn, chosen, row["verdict"] == "verified")
