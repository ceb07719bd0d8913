"""The words of verification: what is run, how it ended, what was agreed. Nothing here does anything.

How a run ended (`Status`) is never mixed with whether its output is right (`Verdict`), nor with what the
candidates agreed on (`Vote`), nor with why a task was turned down (`Reason`).
"""

from dataclasses import dataclass, field
from enum import StrEnum


class Language(StrEnum):
    PYTHON = "python"
    CPP = "cpp"


class Status(StrEnum):
    """How a run ended. `INTERNAL` is our fault: retried, it never votes and never lowers a pass rate.

    `UNRUN` is none that was made: a brute-force program is put to small cases only.
    """

    OK = "ok"
    CRASH = "crash"
    TIME = "time"
    MEMORY = "memory"
    OUTPUT = "output"
    COMPILE = "compile"
    INTERNAL = "internal"
    UNRUN = "unrun"


class Verdict(StrEnum):
    """One solution on known cases, in the words of the contest judges; `JE` is the judge's own error."""

    AC = "AC"
    WA = "WA"
    TLE = "TLE"
    MLE = "MLE"
    OLE = "OLE"
    RE = "RE"
    CE = "CE"
    JE = "JE"


class Purpose(StrEnum):
    """What a program is there for: to be chosen and trained on, or only to say what is right.

    `BRUTE` is slow on purpose and as plain as it can be: it has a say on small cases and is never golden.
    """

    CANDIDATE = "candidate"
    BRUTE = "brute"


class Method(StrEnum):
    """How outcomes become labels and a golden solution (`vote.py`, `choice.py`)."""

    AGREEMENT = "agreement"
    MAJORITY = "majority"  # the paper's, to compare with


class Weights(StrEnum):
    """What a case's weight hangs on (paper, appendix E.2): the quarter of its input's size, or its kind."""

    SIZE = "size"
    KIND = "kind"


class Kind(StrEnum):
    """What a case tries (paper, appendix E.2); the order is that of the semantic weights 1 to 4."""

    NOMINAL = "nominal"
    COMPLEX = "complex"
    BOUNDARY = "boundary"
    STRESS = "stress"


class Reason(StrEnum):
    """Why an attempted task was rejected. Each task ends as verified or with exactly one of these."""

    DESIGN_UNREADABLE = "design_unreadable"  # stage 1 gave no JSON object of the asked shape
    FOREIGN_FEATURES = "foreign_features"  # stage 1 chose features that the sampled subtree does not have
    STATEMENT_UNREADABLE = "statement_unreadable"  # stage 2 gave no JSON object of the asked shape
    STATEMENT_INCOMPLETE = "statement_incomplete"  # a section that the style requires is missing
    STATEMENT_TOO_SHORT = "statement_too_short"  # under 200 tokens (paper, appendix C.1)
    STATEMENT_LEAKS = "statement_leaks"  # the statement says how it is to be solved
    SAMPLES_UNREADABLE = "samples_unreadable"  # the statement's samples are not in the form of its style
    NO_SIGNATURE = "no_signature"  # LeetCode style without starter code that parses and is typed
    DUPLICATE = "duplicate"  # an earlier draw has the same or nearly the same; seen when all are finished
    CONTAMINATED = "contaminated"  # it overlaps with a benchmark's row; seen when all are finished
    TOO_FEW_SOLUTIONS = "too_few_solutions"  # fewer readable candidates than a vote needs
    TOO_FEW_PROGRAMS = "too_few_programs"  # the candidates are copies of one program: no second opinion
    NO_CASES = "no_cases"  # no readable, valid, non-empty input was left
    TOO_FEW_DECIDED = "too_few_decided"  # the vote decided fewer cases than a hold-out needs
    SAMPLE_DIFFERS = "sample_differs"  # a voted output is not the one that the statement gives
    HOLD_OUT = "hold_out"  # the best by weighted score is not among the best held out (Algorithm 1)
    UNSURE = "unsure"  # no candidate is as probably right as is wanted
    UNSOLVED = "unsolved"  # the proxy solver passes no case (paper, section 3: the solvability filter)
    JUDGE_ERROR = "judge_error"  # our fault or the checker's, after all retries: says nothing of the task


# More is a slip of the pen; the kernel's own counters end not far beyond.
_MOST = {
    "cpu_seconds": 1_000_000,
    "wall_seconds": 10_000_000,
    "memory_mb": 1 << 24,
    "output_bytes": 1 << 40,
    "processes": 1 << 20,
}


@dataclass(frozen=True, slots=True)
class Limits:
    """What one run may use. `wall_seconds` is the backstop for programs that sleep; CPU time is the limit.

    `wall_seconds=None` means 3 * cpu_seconds + 2. `output_bytes` caps stdout and stderr each.
    """

    cpu_seconds: float = 2.0
    wall_seconds: float | None = None
    memory_mb: int = 512
    output_bytes: int = 16 << 20
    processes: int = 64

    def __post_init__(self) -> None:
        for name in ("cpu_seconds", "wall_seconds", "memory_mb", "output_bytes", "processes"):
            value = getattr(self, name)
            if value is not None and not 0 < value <= _MOST[name]:
                raise ValueError(f"{name} must be a positive number of at most {_MOST[name]}, not {value!r}")

    @property
    def wall(self) -> float:
        return 3 * self.cpu_seconds + 2 if self.wall_seconds is None else self.wall_seconds


@dataclass(frozen=True, slots=True)
class Usage:
    """What a run used: CPU of all its processes, wall time, and the largest resident set of one of them.

    `slowness` tells how many times as long it took as on the core that time limits are meant for
    (sandbox/pace.py); 1.0 where it was too short to be told.
    """

    cpu_seconds: float = 0.0
    wall_seconds: float = 0.0
    memory_mb: float = 0.0
    slowness: float = 1.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one run ended and what it wrote. `stderr` is the tail (at most 4 KiB).

    Exactly one of `exit_code` and `signal` is set when the program ended by itself or was killed; both are
    None when it never started (`COMPILE`, `INTERNAL`), and then `stderr` says why. `raised` tells a Python
    program that an exception ended from one that chose to leave with code 1. `shared` marks a run that shared
    its process with other inputs of its program (never unless `Job.may_share` asks for it): what it shows has
    to be confirmed by a run of its own wherever the company could have changed it.

    A program that ended by itself, but late, has `TIME` and an exit code.
    """

    status: Status
    stdout: bytes = b""
    stderr: bytes = b""
    exit_code: int | None = None
    signal: int | None = None
    usage: Usage = Usage()
    raised: bool = False
    shared: bool = False


@dataclass(frozen=True, slots=True)
class Parameter:
    name: str
    type: str


@dataclass(frozen=True, slots=True)
class Signature:
    """A function to be called: LeetCode's `class Solution`, or a bare function where `class_name` is empty.

    Types are the annotations' source text, such as `List[int]`. One input holds one JSON value a line, in
    the order of the parameters (verl's `fn_name` convention); the output is one JSON value: what is returned
    or, where the result is declared as None, the first argument as the call left it. A `ListNode` or
    `TreeNode` is passed as LeetCode does, as a list of values (`sandbox/nodes.py`).
    """

    method: str
    parameters: tuple[Parameter, ...]
    returns: str
    class_name: str = "Solution"

    @property
    def in_place(self) -> bool:
        """Whether the first argument, changed by the call, is the result."""
        return self.returns == "None" and bool(self.parameters)

    @property
    def result_type(self) -> str:
        """The type of the value that goes out."""
        return self.parameters[0].type if self.in_place else self.returns


@dataclass(frozen=True, slots=True)
class Program:
    """What the sandbox runs: a whole program over stdin, or a function where `signature` is given."""

    code: str
    language: Language = Language.PYTHON
    signature: Signature | None = None
    args: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Solution:
    """A program. `reply` is the model's whole answer, reasoning included; empty for foreign data."""

    id: str
    code: str
    language: Language = Language.PYTHON
    reply: str = ""
    model: str = ""
    purpose: Purpose = Purpose.CANDIDATE


@dataclass(frozen=True, slots=True)
class Case:
    """One test. `expected` is None until it was voted or where it is unknown; `weight` is 1 to 4.

    `stated` is the output that the statement gives for a sample of its own. It has no vote.
    """

    id: str
    input: str
    kind: Kind = Kind.NOMINAL
    expected: str | None = None
    weight: int = 1
    stated: str | None = None


@dataclass(frozen=True, slots=True)
class Matrix:
    """Solutions x cases -> outcomes; `outcomes[i][j]` is solution i on case j.

    `programs[i]` numbers the distinct program that solution i is: equal programs (normalised AST) share a
    number, ran once, and share their outcomes.
    """

    solutions: tuple[Solution, ...]
    cases: tuple[Case, ...]
    programs: tuple[int, ...]
    outcomes: tuple[tuple[Outcome, ...], ...]


@dataclass(frozen=True, slots=True)
class Rules:
    """What is asked of a verification.

    By AGREEMENT a label is given where it is right with a probability of at least `label_precision`, and a
    golden solution chosen where it is right on all cases with at least `golden_precision`: so of all that is
    given at least that share is right, as far as the probabilities can be trusted; 0 takes the most probable
    one, however little that is. By MAJORITY neither has a meaning. `min_decided` labelled cases are needed
    for a choice. `seed` draws the split of Algorithm 1 and, by MAJORITY, breaks ties.
    """

    method: Method = Method.AGREEMENT
    label_precision: float = 0.8
    golden_precision: float = 0.7
    weights: Weights = Weights.SIZE
    min_decided: int = 4
    seed: int = 0

    def __post_init__(self) -> None:
        for name in ("label_precision", "golden_precision"):
            if not 0 <= getattr(self, name) < 1:
                raise ValueError(f"{name} must be at least 0 and below 1, not {getattr(self, name)!r}")


USUAL = Rules()


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
    there is none, than the golden solution, and `wrong_killed` those of them that a decided case fails.
    `right` counts the others, the golden among them: all that they are known to do wrong is to end badly;
    `right_failed` of them are failed by a decided case, for that or (the golden) for its answer. Mutants are
    the golden solution's; some of the surviving ones are as right as it, so of those the share is no rate.
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
    mutants: int = 0
    mutants_killed: int = 0
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
class Walled:
    """The sandbox that programs ran in: its version, with the interpreter's, and the layers that held."""

    version: str
    layers: tuple[str, ...]


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
    limits: Limits = Limits()
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


@dataclass(frozen=True, slots=True)
class Verified:
    """A golden solution and the decided cases, each with its voted output and its weight."""

    golden: str
    probability: float
    cases: tuple[Case, ...]
    certificate: Certificate


@dataclass(frozen=True, slots=True)
class Rejected:
    """Why not, in one word (`reason`) and one sentence (`detail`), with whatever evidence there was."""

    reason: Reason
    detail: str
    certificate: Certificate | None = None
