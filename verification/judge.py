"""Known cases -> verdicts: what a contest's judge says of a solution."""

import sys
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain, islice

from synthsmith.verification.assertions import Assertions
from synthsmith.verification.company import shows_the_same
from synthsmith.verification.compare import Checker, Equality
from synthsmith.verification.courses import Course, follow
from synthsmith.verification.errors import InputError
from synthsmith.verification.rulings import cannot_rule, limits_for, rule
from synthsmith.verification.sandbox import SKIPPED, Job, Sandbox, cannot_run
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
    detail: str = ""  # what the checker said where it failed


@dataclass(frozen=True, slots=True)
class Judged:
    """The verdict on a solution: that of the first case in order that failed, AC if none did.

    `cases` end with that one where the entry said `stop`; `passed` counts those of them that passed. A case
    that failed by our fault (JE) decides only where no other failed. `usage` is the most that any single case
    used. `detail` says why nothing was run, where nothing was, or how the checker failed first.
    """

    verdict: Verdict
    passed: int
    total: int
    usage: Usage
    cases: tuple[CaseVerdict, ...]
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """A solution to be judged, with all that its verdict depends on. Every case has its expected output.

    With `may_share` several cases may be tried in one process (see `Job.may_share`): a right answer counts,
    and whatever else comes of it is run again by itself. Where that shows something else, the whole solution
    is judged anew, each case in a process of its own: no program has a second guess. With `stop` what follows
    the first case that fails is left out, and not run as far as it has not begun.
    """

    solution: Solution
    cases: tuple[Case, ...]
    checker: Checker | Assertions
    limits: Limits
    signature: Signature | None = None
    may_share: bool = False
    stop: bool = False


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
    waiting: deque[_Begun] = deque()
    errors: list[InputError] = []
    cases = follow(_courses(entries, waiting, errors), sandbox, ahead=ahead)
    for first in cases:
        yield from _not_run(waiting)
        begun = waiting.popleft()
        judged = _judged(begun.entry, chain([first], islice(cases, len(begun.entry.cases) - 1)))
        if begun.differs:
            judged = next(judge_all([replace(begun.entry, may_share=False)], sandbox, ahead=ahead))
        yield judged
    yield from _not_run(waiting)
    if errors:
        raise errors[0]


def verdict_of(outcome: Outcome, case: Case, checker: Checker | Assertions) -> Verdict:
    """The verdict on one run, by a checker that is not a program."""
    if outcome.status is not Status.OK:
        return _FAILURES[outcome.status]
    return Verdict.AC if checker.accepts(outcome.stdout, _expected(case)) else Verdict.WA


class _Begun:
    """An entry, and what is known of it already.

    `failed` is the first of its cases that failed, by number; `differs` says whether a run in company showed
    anything else than the one by itself that confirms it.
    """

    def __init__(self, entry: Entry) -> None:
        self.entry = entry
        self.failed = sys.maxsize
        self.differs = False


def _courses(
    entries: Iterable[Entry], waiting: deque[_Begun], errors: list[InputError]
) -> Iterator[Course[CaseVerdict | None]]:
    """The cases of all entries; each entry is put on `waiting` before its first case is handed out."""
    try:
        for entry in entries:
            begun = _Begun(entry)
            waiting.append(begun)
            if _reason(entry):
                continue
            program = Program(entry.solution.code, entry.solution.language, entry.signature)
            for number in range(len(entry.cases)):
                yield _case(program, number, begun)
    except InputError as error:
        errors.append(error)


def _reason(entry: Entry) -> str:
    """Why the entry cannot be judged; empty where it can."""
    if not entry.cases:
        return "there is no case to judge by"
    reason = cannot_run(entry.solution.language, test_code=isinstance(entry.checker, Assertions))
    return reason or ("" if isinstance(entry.checker, Assertions) else cannot_rule(entry.checker))


def _not_run(waiting: deque[_Begun]) -> Iterator[Judged]:
    while waiting and (detail := _reason(waiting[0].entry)):
        entry = waiting.popleft().entry
        yield Judged(Verdict.JE, 0, len(entry.cases), Usage(), (), detail)


def _failed(verdict: Verdict) -> bool:
    """By a fault of the solution's own."""
    return verdict not in (Verdict.AC, Verdict.JE)


def _case(program: Program, number: int, begun: _Begun) -> Course[CaseVerdict | None]:
    """The verdict on a case; None where it was not run, as one before it had failed."""
    entry = begun.entry
    case = entry.cases[number]
    # candidates under test code run as one program of ours: these must never meet
    may_share = entry.may_share and not isinstance(entry.checker, Assertions)
    unless = (lambda: begun.failed < number) if entry.stop else None
    job = Job(program, case.input.encode(), entry.limits, may_share=may_share, unless=unless)
    run = yield job
    if run is SKIPPED:
        return None
    verdict = yield from _ruled(run, case, entry)
    if run.shared and verdict.verdict is not Verdict.AC:
        alone = yield replace(job, may_share=False)
        if alone is SKIPPED:
            return None
        begun.differs = begun.differs or not shows_the_same(run, alone)
        verdict = yield from _ruled(alone, case, entry)
    if _failed(verdict.verdict):
        begun.failed = min(begun.failed, number)
    return verdict


def _ruled(run: Outcome, case: Case, entry: Entry) -> Course[CaseVerdict]:
    checker = entry.checker
    if isinstance(checker, Assertions) or checker.kind is not Equality.PROGRAM or run.status is not Status.OK:
        return CaseVerdict(case.id, verdict_of(run, case, checker), run.usage)
    given, limits = case.input.encode(), limits_for(entry.limits)
    ruling = yield from rule(checker, given, run.stdout, _expected(case), limits)
    verdict = Verdict.JE if ruling.accepted is None else Verdict.AC if ruling.accepted else Verdict.WA
    return CaseVerdict(case.id, verdict, run.usage, ruling.fault)


def _expected(case: Case) -> bytes:
    if case.expected is None:
        raise InputError(f"case {case.id!r} has no expected output to judge by.")
    return case.expected.encode()


def _judged(entry: Entry, verdicts: Iterable[CaseVerdict | None]) -> Judged:
    cases = [each for each in verdicts if each is not None]
    if entry.stop:
        del cases[next((n + 1 for n, each in enumerate(cases) if _failed(each.verdict)), len(cases)) :]
    passed = sum(case.verdict is Verdict.AC for case in cases)
    details = (case.detail for case in cases if case.detail)
    return Judged(_overall(cases), passed, len(entry.cases), _most(cases), tuple(cases), next(details, ""))


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
