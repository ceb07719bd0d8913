"""The words of verification: what is run, in what, and how it ended. Nothing here does anything.

How a run ended (`Status`) is never mixed with whether its output is right (`Verdict`), nor with what the
candidates agreed on (`certificate.Vote`), nor with why a task was turned down (`decision.Reason`).
"""

from dataclasses import dataclass
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


class Kind(StrEnum):
    """What a case tries (paper, appendix E.2); the order is that of the semantic weights 1 to 4."""

    NOMINAL = "nominal"
    COMPLEX = "complex"
    BOUNDARY = "boundary"
    STRESS = "stress"


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
class Walled:
    """The sandbox that programs ran in: its version, with the interpreter's, and the layers that held."""

    version: str
    layers: tuple[str, ...]
