"""The evidence of a verification: votes, what else speaks for the labels, and what the cases are worth."""

from dataclasses import dataclass, field

from synthsmith.verification.rules import Rules
from synthsmith.verification.types import Limits, Status, Walled


@dataclass(frozen=True, slots=True)
class Vote:
    """What the candidates agreed on for one case.

    `output` is the label, or None where none is good enough (`vote.py`). `support` and `runner_up` count the
    distinct programs of the leading answer and of the largest other one, `cast` all that gave one, a
    brute-force program among them. `probability` is that of the leading answer being right, whether or not
    it became a label.
    """

    case: str
    output: str | None
    support: int
    runner_up: int
    cast: int
    probability: float

    @property
    def margin(self) -> int:
        """By how many distinct programs the leading answer leads; below 0 where fewer are more probable."""
        return self.support - self.runner_up


@dataclass(frozen=True, slots=True)
class Anchor:
    """What something besides the candidates says of a case's label.

    `source` is "sample" (the statement's own output) or the id of a brute-force program. `agrees` is None
    where there is nothing to compare: the case is undecided, the program gave no answer, the checker failed.
    """

    case: str
    source: str
    agrees: bool | None


@dataclass(frozen=True, slots=True)
class Suite:
    """How well the decided cases tell wrong programs from right ones, as far as the programs at hand show it.

    `order` names all decided cases, what adds most first (`strength.py`); `kills` and `mutant_kills` count by
    its places the candidates' distinct programs and the mutants that each case fails. The first `needed`
    fail all that the whole fails; what comes after them is redundant by this measure. The first `kept` are
    for the rows.

    No verdict is known here. `wrong` counts the programs that gave another answer than a label or, where
    there is none, than the golden solution, and those that data made elsewhere state as wrong
    (`wrong_killed` of them are failed by a decided case).
    `right` counts the others, the golden among them: all that they are known to do wrong is to end badly;
    `right_failed` of them are failed by a decided case, for that or (the golden) for its answer. Mutants are
    the golden solution's; some of the surviving ones are as right as it, so of those the share is no rate.
    Their numbers are None where it is in a language without mutants (C++).
    `survivors` says what was changed in them, `missed` names the wrong programs that no case fails, by their
    first candidate. A suite is `weak` where too small a share of all these wrong
    programs and mutants is failed.
    """

    order: tuple[str, ...]
    kills: tuple[int, ...]
    mutant_kills: tuple[int, ...]
    needed: int
    kept: int
    wrong: int
    wrong_killed: int
    right: int
    right_failed: int
    mutants: int | None = 0
    mutants_killed: int | None = 0
    survivors: tuple[str, ...] = ()
    missed: tuple[str, ...] = ()
    weak: bool = False

    @property
    def kill_rate(self) -> float | None:
        """The share of the wrong programs that the cases fail (the field's TNR); None without such."""
        return self.wrong_killed / self.wrong if self.wrong else None

    @property
    def false_kill_rate(self) -> float | None:
        """The share of the others that they fail: 1 - TPR, if those that ended badly were right."""
        return self.right_failed / self.right if self.right else None


@dataclass(frozen=True, slots=True)
class Answer:
    """What programs answered to a case: its first bytes as text, and how many bytes it has in all.

    `passes` says whether it is right by the case's label; None where there is none.
    """

    head: str
    length: int
    passes: bool | None


@dataclass(frozen=True, slots=True)
class Ballots:
    """Who answered what; the cases are those of the votes, in their order (`ballots.py`).

    `answers[column]` are the different answers to a case, `cast[id][column]` is the number of the answer that
    this solution gave, counted from 0, or how its run ended.
    """

    answers: tuple[tuple[Answer, ...], ...]
    cast: dict[str, tuple[int | Status, ...]]


@dataclass(frozen=True, slots=True)
class Certificate:
    """How a task was verified: what a sceptic needs to check the verdict again.

    `distinct_programs`, rates, scores and accuracies are those of the candidates alone. `anchors` holds what
    the statement's samples and brute-force programs say of the labels.

    `distinct_programs` counts equal programs once, `voters` near-copies too, and `independent_programs` says
    for how many of them, given how alike they are, these count (`likeness.py`). `golden_probabilities` are
    those of the candidates being right on all cases; by MAJORITY there are none.

    `isolated` says whether the sandbox gave its documented minimum when the programs ran; where it is False
    (`--unsafe`) they could have tampered with the outcomes. None, where nobody put it on record, is neither.
    `sandbox` names its layers and version.
    `suite` says of a verified task how much its cases find out, where that was measured. `ballots` are the
    answers that were voted on, brute-force programs' too; None in what was written before they were kept.
    """

    votes: tuple[Vote, ...]
    distinct_programs: int
    pass_rates: dict[str, float] = field(default_factory=dict)
    scores: dict[str, int] = field(default_factory=dict)
    hold_out_accuracy: dict[str, float] = field(default_factory=dict)
    hold_out_cases: tuple[str, ...] = ()
    limits: Limits = field(default_factory=Limits)
    seed: int = 0
    isolated: bool | None = None
    anchors: tuple[Anchor, ...] = ()
    rules: Rules | None = None
    voters: int = 0
    independent_programs: float = 0.0
    golden_probabilities: dict[str, float] = field(default_factory=dict)
    suite: Suite | None = None
    sandbox: Walled | None = None
    ballots: Ballots | None = None
