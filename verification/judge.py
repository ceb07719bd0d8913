"""Known cases -> verdicts: what a contest's judge says of a solution."""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

from synthsmith.verification.assertions import Assertions
from synthsmith.verification.compare import Checker
from synthsmith.verification.errors import InputError
from synthsmith.verification.sandbox import Job, Sandbox, cannot_run
from synthsmith.verification.types import (
    Case,
    Limits,
    Outcome,
    Program,
    Signature,
    Solution,
    Status,
    Usage,
    Verdict,
)

_FAILURES = {
    Status.CRASH: Verdict.RE,
    Status.TIME: Verdict.TLE,
    Status.MEMORY: Verdict.MLE,
    Status.OUTPUT: Verdict.OLE,
    Status.COMPILE: Verdict.CE,
    Status.INTERNAL: Verdict.JE,
}


@dataclass(frozen=True, slots=True)
class CaseVerdict:
    case: str
    verdict: Verdict
    usage: Usage


@dataclass(frozen=True, slots=True)
class Judged:
    """The verdict on a solution: that of the first case in order that failed, AC if none did.

    A case that failed by our fault (JE) decides only where no other failed. `usage` is the most that any
    single case used. `detail` says why nothing was run, where nothing was.
    """

    verdict: Verdict
    passed: int
    total: int
    usage: Usage
    cases: tuple[CaseVerdict, ...]
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """A solution to be judged, with all that its verdict depends on. Every case has its expected output."""

    solution: Solution
    cases: tuple[Case, ...]
    checker: Checker | Assertions
    limits: Limits
    signature: Signature | None = None


def judge(
    solution: Solution,
    cases: Sequence[Case],
    sandbox: Sandbox,
    checker: Checker,
    limits: Limits,
    signature: Signature | None = None,
) -> Judged:
    """The verdict on one solution; its cases run in parallel."""
    return next(judge_all([Entry(solution, tuple(cases), checker, limits, signature)], sandbox))


def judge_all(entries: Iterable[Entry], sandbox: Sandbox, *, ahead: int = 64) -> Iterator[Judged]:
    """The verdicts on many, in their order, each as soon as it is known.

    Entries are read as the workers need them, at most `ahead` runs before the one awaited. If reading them
    fails with an InputError, the verdicts on those before come first and the error after.
    """
    waiting: deque[Entry] = deque()
    errors: list[InputError] = []
    runs = sandbox.run_all(_jobs(entries, waiting, errors), ahead=ahead)
    for run in runs:
        yield from _not_run(waiting)
        entry = waiting.popleft()
        yield _judged(entry, chain([run], runs))
    yield from _not_run(waiting)
    if errors:
        raise errors[0]


def verdict_of(outcome: Outcome, case: Case, checker: Checker | Assertions) -> Verdict:
    """The verdict on one run."""
    if outcome.status is not Status.OK:
        return _FAILURES[outcome.status]
    if case.expected is None:
        raise InputError(f"case {case.id!r} has no expected output to judge by.")
    return Verdict.AC if checker.accepts(outcome.stdout, case.expected.encode()) else Verdict.WA


def _jobs(entries: Iterable[Entry], waiting: deque[Entry], errors: list[InputError]) -> Iterator[Job]:
    """The runs of all entries; each entry is put on `waiting` before its first run is handed out."""
    try:
        for entry in entries:
            waiting.append(entry)
            if _reason(entry):
                continue
            program = Program(entry.solution.code, entry.solution.language, entry.signature)
            for case in entry.cases:
                yield Job(program, case.input.encode(), entry.limits)
    except InputError as error:
        errors.append(error)


def _reason(entry: Entry) -> str:
    """Why the entry cannot be judged; empty where it can."""
    if not entry.cases:
        return "there is no case to judge by"
    called = entry.signature is not None or isinstance(entry.checker, Assertions)
    return cannot_run(entry.solution.language, function=called)


def _not_run(waiting: deque[Entry]) -> Iterator[Judged]:
    while waiting and (detail := _reason(waiting[0])):
        entry = waiting.popleft()
        yield Judged(Verdict.JE, 0, len(entry.cases), Usage(), (), detail)


def _judged(entry: Entry, runs: Iterator[Outcome]) -> Judged:
    cases = tuple(_judged_case(entry, case, next(runs)) for case in entry.cases)
    passed = sum(case.verdict is Verdict.AC for case in cases)
    return Judged(_overall(cases), passed, len(cases), _most(cases), cases)


def _judged_case(entry: Entry, case: Case, run: Outcome) -> CaseVerdict:
    return CaseVerdict(case.id, verdict_of(run, case, entry.checker), run.usage)


def _overall(cases: Sequence[CaseVerdict]) -> Verdict:
    failed = [case.verdict for case in cases if case.verdict is not Verdict.AC]
    theirs = [verdict for verdict in failed if verdict is not Verdict.JE]
    return (theirs + failed + [Verdict.AC])[0]


def _most(cases: Sequence[CaseVerdict]) -> Usage:
    return Usage(
        max(case.usage.cpu_seconds for case in cases),
        max(case.usage.wall_seconds for case in cases),
        max(case.usage.memory_mb for case in cases),
    )
