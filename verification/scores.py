"""How right a verification was, where the outputs are known: read from the same table, nothing runs again."""

from collections.abc import Iterable
from dataclasses import dataclass

from synthsmith.verification.choice import passed
from synthsmith.verification.compare import Checker
from synthsmith.verification.types import Case, Matrix, Rejected, Verified, Vote


@dataclass(frozen=True, slots=True)
class Score:
    """One problem's score over the tests with a known output; `golden_passed` is None without a golden."""

    known: int
    decided: int
    labels_right: int
    golden_passed: int | None

    @property
    def golden_right(self) -> bool | None:
        """Whether the golden solution passes all tests with a known output."""
        return None if self.golden_passed is None else self.golden_passed == self.known


@dataclass(frozen=True, slots=True)
class Totals:
    """The score of many problems. Shares are None where there is nothing to share.

    `label_accuracy` and `share_decided` are over tests; `golden_right_share` is over problems with a golden
    solution, and `golden_accuracy` the mean over these of the share of tests that it passes.
    """

    label_accuracy: float | None
    share_decided: float | None
    golden: int
    golden_right: int
    golden_right_share: float | None
    golden_accuracy: float | None


def score_problem(
    known: tuple[Case, ...],
    votes: tuple[Vote, ...],
    matrix: Matrix | None,
    decision: Verified | Rejected,
    checker: Checker,
) -> Score:
    """The score of one decision by the cases with their known outputs, in the order of the votes."""
    columns = [column for column, case in enumerate(known) if case.expected is not None]
    labels = [(votes[column].output, known[column].expected or "") for column in columns] if votes else []
    decided = [(label, right) for label, right in labels if label is not None]
    return Score(
        known=len(columns),
        decided=len(decided),
        labels_right=sum(checker.accepts(label.encode(), right.encode()) for label, right in decided),
        golden_passed=_golden_passed(known, columns, matrix, decision, checker),
    )


def total(scores: Iterable[Score]) -> Totals:
    """The totals over all problems."""
    each = tuple(scores)
    golden = [(score.golden_passed, score.known) for score in each if score.golden_passed is not None]
    right = sum(score.golden_right is True for score in each)
    return Totals(
        label_accuracy=_share(
            sum(score.labels_right for score in each), sum(score.decided for score in each)
        ),
        share_decided=_share(sum(score.decided for score in each), sum(score.known for score in each)),
        golden=len(golden),
        golden_right=right,
        golden_right_share=_share(right, len(golden)),
        golden_accuracy=_share(sum(right / known for right, known in golden if known), len(golden)),
    )


def _golden_passed(
    known: tuple[Case, ...],
    columns: list[int],
    matrix: Matrix | None,
    decision: Verified | Rejected,
    checker: Checker,
) -> int | None:
    if matrix is None or isinstance(decision, Rejected) or not columns:
        return None
    row = [solution.id for solution in matrix.solutions].index(decision.golden)
    return sum(passed(checker, matrix.outcomes[row][column], known[column]) is True for column in columns)


def _share(part: float, whole: int) -> float | None:
    return part / whole if whole else None
