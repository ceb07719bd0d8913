"""How right a verification was, where outputs are known: read from the same table, nothing runs twice."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from synthsmith.verification.certificate import Vote
from synthsmith.verification.decision import Rejected, Verified
from synthsmith.verification.rulings import Claim
from synthsmith.verification.types import Case, Matrix, Status


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


@dataclass(frozen=True, slots=True)
class Claims:
    """What a decision says of the cases with a known output: labels, and the golden solution's outputs.

    `golden` is None without a golden solution; of its runs only those that ended well claim anything.
    """

    known: int
    labels: tuple[Claim, ...]
    golden: tuple[Claim, ...] | None

    @property
    def all(self) -> tuple[Claim, ...]:
        return self.labels + (self.golden or ())


def claims(
    cases: tuple[Case, ...], votes: tuple[Vote, ...], matrix: Matrix | None, decision: Verified | Rejected
) -> Claims:
    """The claims of one decision on the cases with their known outputs, in the order of the votes."""
    columns = [column for column, case in enumerate(cases) if case.expected is not None]
    labels = [(cases[column], votes[column].output) for column in columns] if votes else []
    return Claims(
        known=len(columns),
        labels=tuple((case, label.encode()) for case, label in labels if label is not None),
        golden=_golden(cases, columns, matrix, decision),
    )


def score_problem(made: Claims, accepted: Mapping[Claim, bool]) -> Score:
    """The score of one decision, where it is known of each claim whether it is right."""
    return Score(
        known=made.known,
        decided=len(made.labels),
        labels_right=sum(accepted[claim] for claim in made.labels),
        golden_passed=None if made.golden is None else sum(accepted[claim] for claim in made.golden),
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


def _golden(
    cases: tuple[Case, ...], columns: list[int], matrix: Matrix | None, decision: Verified | Rejected
) -> tuple[Claim, ...] | None:
    if matrix is None or isinstance(decision, Rejected) or not columns:
        return None
    row = [solution.id for solution in matrix.solutions].index(decision.golden)
    runs = [(cases[column], matrix.outcomes[row][column]) for column in columns]
    return tuple((case, run.stdout) for case, run in runs if run.status is Status.OK)


def _share(part: float, whole: int) -> float | None:
    return part / whole if whole else None
