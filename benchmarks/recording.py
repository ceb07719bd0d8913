"""What `labels.py --record` keeps: the accuracy of the method as released, for `verification/measured.json`.

The labels and golden programs are those that `verification.verify.decide` gives by its usual rules; beside
them stand the paper's vote and, of ours, all that was not sure enough to be given. The weights are those that
were fitted without the problem at hand. The file holds a digest of what the released method makes of
a small table (`fingerprint.py`), so that a test notices where the method was changed and not measured anew.
"""

import hashlib
import json
import statistics
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

from fingerprint import fingerprint
from known_tables import Known
from synthsmith.verification import agreement
from synthsmith.verification.agreement import Logit
from synthsmith.verification.decide import decide
from synthsmith.verification.decision import Verified
from synthsmith.verification.verify import USUAL
from voting_ways import Key

DIGITS = 4
BINS = 20


@dataclass(frozen=True, slots=True)
class Given:
    """What the usual rules give of a draw: of each label, and of the golden program, whether it is right."""

    labels: tuple[bool, ...]
    golden: bool | None


def given(known: Known, label: Logit, golden: Logit, is_right: Callable[[int, Key], bool]) -> Given:
    """The same by these weights in place of the released ones."""
    with patch.multiple(agreement, LABEL=label, GOLDEN=golden):
        end = decide(known.matrix, known.checker)
    votes = end.certificate.votes if end.certificate else ()
    labels = tuple(
        is_right(column, known.checker.key(vote.output.encode()))
        for column, vote in enumerate(votes)
        if vote.output is not None
    )
    if not isinstance(end, Verified):
        return Given(labels, None)
    row = next(row for row, each in enumerate(known.matrix.solutions) if each.id == end.golden)
    return Given(labels, all(known.right[row]))


def described(name: str, source: Path, tables: Sequence[Known]) -> dict[str, object]:
    """What the data are, counted."""
    programs = [all(row) for table in tables for row in table.right]
    return {
        "name": name,
        "sha256": hashlib.sha256(source.read_bytes()).hexdigest(),
        "problems": len(tables),
        "tests": sum(len(table.matrix.cases) for table in tables),
        "programs": len(programs),
        "programs_right": share(programs),
    }


def measured(
    programs: int,
    majority: Sequence[tuple[Sequence[tuple[float, bool]], bool]],
    ours: Sequence[tuple[Sequence[tuple[float, bool]], bool]],
    by_rules: Sequence[Given],
    error: float,
) -> dict[str, object]:
    """The figures of all draws of one size; of each draw the labels and whether its golden one is right."""
    tests = sum(len(labels) for labels, _ in ours)
    labels = [right for each in by_rules for right in each.labels]
    golden = [each.golden for each in by_rules if each.golden is not None]
    return {
        "programs": programs,
        "draws": len(ours),
        "majority_labels_right": share(right for labels, _ in majority for _, right in labels),
        "majority_golden_right": share(right for _, right in majority),
        "labels_right": share(right for labels, _ in ours for _, right in labels),
        "golden_right": share(right for _, right in ours),
        "calibration_error": round(error, DIGITS),
        "given_labels": round(len(labels) / tests, DIGITS),
        "given_labels_right": share(labels),
        "given_golden": round(len(golden) / len(by_rules), DIGITS),
        "given_golden_right": share(golden),
    }


def reliability(labels: Iterable[tuple[float, bool]]) -> list[dict[str, object]]:
    """By bins of the probability: how many labels, their mean probability, and the share that is right."""
    bins: dict[int, list[tuple[float, bool]]] = {}
    for probability, right in labels:
        bins.setdefault(min(int(probability * BINS), BINS - 1), []).append((probability, right))
    return [
        {
            "labels": len(found),
            "probability": round(statistics.fmean(probability for probability, _ in found), DIGITS),
            "right": share(right for _, right in found),
        }
        for _, found in sorted(bins.items())
    ]


def write(path: Path, draws: int, seed: int, regimes: Sequence[dict[str, object]]) -> None:
    """The file."""
    told = {
        "made_by": "benchmarks/labels.py --record",
        "rules": {name: getattr(USUAL, name) for name in ("label_precision", "golden_precision")},
        "fingerprint": fingerprint(),
        "draws": draws,
        "seed": seed,
        "regimes": regimes,
    }
    path.write_text(json.dumps(told, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def share(marks: Iterable[bool]) -> float | None:
    """The share that is true; None of nothing."""
    some = list(marks)
    return round(statistics.fmean(some), DIGITS) if some else None
