"""Checker programs: outputs judged by a program of the problem's own, as testlib calls it.

The checker is run as `checker INPUT OUTPUT ANSWER`, with the paths of three files, in the sandbox and with
limits of its own. Exit code 0 says that the output is right, 1 (wrong answer) and 2 (presentation) that it
is wrong. Everything else is the checker's own fault and says nothing of the program: 3 (testlib's `_fail`),
other codes, an exception of Python's that nobody caught, a limit, a signal, or source that does not compile.
A checker that failed is run once more, in case it was the machine. What it wrote is told where it failed.

But no output may earn a word on the checker by breaking it. One that broke down (by an exception, a signal or
a limit, not by an exit code of its choice) is asked about the right answer in the output's place; where it
takes that, it works for this case, and what broke it is no right output: it is ruled wrong.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TypeAlias

from synthsmith.verification.compare import Checker, Equality
from synthsmith.verification.courses import Course, follow
from synthsmith.verification.sandbox import SKIPPED, Job, Sandbox, cannot_run
from synthsmith.verification.types import Case, Limits, Outcome, Program, Status

Claim: TypeAlias = tuple[Case, bytes]  # that this output is right for this case
TRIES = 2
CPU_SECONDS, MEMORY_MB = 10.0, 512
LONGEST_WORDS = 600  # characters of what a checker said that are told
_WRONG = (1, 2)


@dataclass(frozen=True, slots=True)
class Ruling:
    """Whether the output is right; None where the checker failed.

    `fault` says how it did, also where an output broke it, and is wrong for that.

    `built` is false where it does not even compile: then it will never rule.
    """

    accepted: bool | None
    fault: str = ""
    built: bool = True


def limits_for(limits: Limits) -> Limits:
    """What a checker may use for a problem whose programs have these limits."""
    return Limits(CPU_SECONDS, memory_mb=max(MEMORY_MB, limits.memory_mb))


def cannot_rule(checker: Checker) -> str:
    """Why the checker cannot be used here; empty where it can."""
    if checker.kind is not Equality.PROGRAM:
        return ""
    reason = cannot_run(checker.language)
    return f"the checker cannot be run: {reason}" if reason else ""


def rule(checker: Checker, given: bytes, output: bytes, answer: bytes, limits: Limits) -> Course[Ruling]:
    """The checker's word on an output for the input `given` with the right `answer`; `limits` are its own."""
    job = Job(Program(checker.code, checker.language), b"", limits, (given, output, answer))
    ruling, outcome = Ruling(None), SKIPPED
    for _ in range(TRIES):
        outcome = yield job
        ruling = _ruling(outcome)
        if ruling.accepted is not None or not ruling.built:
            return ruling
    if output != answer and _broke(outcome):
        works = _ruling((yield replace(job, files=(given, answer, answer))))
        if works.accepted:
            return Ruling(False, f"{ruling.fault} (it takes the right answer)")
    return ruling


def _broke(outcome: Outcome) -> bool:
    """Whether the program ended as none ends by choice."""
    if outcome.status is Status.CRASH:
        return outcome.raised or outcome.signal is not None
    return outcome.status in (Status.TIME, Status.MEMORY, Status.OUTPUT)


def accept_all(
    checker: Checker, claims: Iterable[Claim], sandbox: Sandbox, limits: Limits
) -> dict[Claim, bool]:
    """Which outputs are right by the cases' expected ones, by whatever checker; not so where that fails."""
    ruled = rule_all(checker, claims, sandbox, limits)
    return {claim: bool(accepted) for claim, accepted in ruled.items()}


def rule_all(
    checker: Checker, claims: Iterable[Claim], sandbox: Sandbox, limits: Limits
) -> dict[Claim, bool | None]:
    """The same with None where the checker failed or cannot be used here."""
    asked = tuple(dict.fromkeys(claims))
    if checker.kind is not Equality.PROGRAM:
        return {(case, output): checker.accepts(output, _answer(case)) for case, output in asked}
    if cannot_rule(checker):
        return dict.fromkeys(asked)
    own = limits_for(limits)
    courses = (rule(checker, case.input.encode(), output, _answer(case), own) for case, output in asked)
    rulings = follow(courses, sandbox)
    return {claim: ruling.accepted for claim, ruling in zip(asked, rulings, strict=True)}


def _answer(case: Case) -> bytes:
    return (case.expected or "").encode()


def _ruling(outcome: Outcome) -> Ruling:
    if not outcome.raised:
        if outcome.status is Status.OK:
            return Ruling(True)
        if outcome.status is Status.CRASH and outcome.exit_code in _WRONG:
            return Ruling(False)
    said = " ".join(outcome.stderr.decode(errors="replace").split())[-LONGEST_WORDS:]
    built = outcome.status is not Status.COMPILE
    how = f"the checker failed ({_end(outcome)})" if built else "the checker does not compile"
    return Ruling(None, f"{how}: {said or 'it said nothing'}", built)


def _end(outcome: Outcome) -> str:
    if outcome.status is not Status.CRASH:
        return f"status {outcome.status}"
    return f"exit code {outcome.exit_code}" if outcome.signal is None else f"signal {outcome.signal}"
