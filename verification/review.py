"""One problem made elsewhere, looked at from all sides: the vote, what is given, what is stated.

    decide    dual verification, which sees no output that is given and nothing that is stated
    hold      the runs held against given outputs (`comparison.py`); where too few programs for a vote were
              there, they are run for it
    find      what is wrong (`findings.py`)
    keep      the tests that can be trusted, and a program that passes them

A test is kept where nothing is found against it and either its label is the output that is given, or there
was no vote on it and every program that ended well gives that output. A label without a given output is kept
where the vote chose a golden solution. Test code has no output: it is judged, and kept where a program passes
it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from synthsmith.verification import findings
from synthsmith.verification.assertions import ASSERTIONS, under_test
from synthsmith.verification.comparison import Comparison, compared
from synthsmith.verification.findings import Code, Finding
from synthsmith.verification.judge import Entry as JudgeEntry
from synthsmith.verification.judge import judge_all
from synthsmith.verification.matrix import fill
from synthsmith.verification.problems import Problem
from synthsmith.verification.programs import number_programs
from synthsmith.verification.sandbox import Sandbox, cannot_run
from synthsmith.verification.stated import Entry, Stated
from synthsmith.verification.types import (
    Case,
    Matrix,
    Reason,
    Rejected,
    Rules,
    Solution,
    Status,
    Verdict,
    Verified,
    Vote,
    Walled,
)
from synthsmith.verification.verify import cannot_vote, conclude, tabulate

_ENDS = {Verdict.TLE: Status.TIME, Verdict.MLE: Status.MEMORY, Verdict.RE: Status.CRASH}
_ENDS |= {Verdict.CE: Status.COMPILE, Verdict.OLE: Status.OUTPUT, Verdict.JE: Status.INTERNAL}


class Basis(StrEnum):
    """Why a test was kept."""

    VOTE = "vote"  # the label, and it is the given output where there is one
    AGREEMENT = "agreement"  # no vote; every program that ended well gives the output that is given
    ASSERTION = "assertion"  # test code that a program passes


@dataclass(frozen=True, slots=True)
class Review:
    """What came of one problem.

    `matrix` is that of the vote, None where there was none. `kept` are the tests that can be trusted, with
    the output that is right, and `bases` says why; `golden` names a program to go with them, None where none
    passes all, and `rates` is the share of them that each program passes. `isolated` and `sandbox` are of the
    sandbox.
    """

    problem: Problem
    stated: Stated
    decision: Verified | Rejected
    matrix: Matrix | None
    findings: tuple[Finding, ...] = ()
    kept: tuple[Case, ...] = ()
    bases: tuple[Basis, ...] = ()
    golden: str | None = None
    rates: Mapping[str, float] = field(default_factory=dict)
    isolated: bool = False
    sandbox: Walled | None = None


def review(entry: Entry, sandbox: Sandbox, rules: Rules, *, may_share: bool = False) -> Review:
    """Everything there is to say of the problem; `may_share` as in `verify.tabulate`."""
    problem, stated = entry.problem, entry.stated
    if problem.assertions:
        decision: Verified | Rejected = Rejected(
            Reason.TOO_FEW_DECIDED, "assertions are judged, there is nothing to vote on"
        )
        return _complete(problem, stated, decision, None, _judged(problem, sandbox), sandbox)
    decision, matrix = decide(problem, sandbox, rules, may_share=may_share)
    table = _held(problem, votes_of(decision), matrix, sandbox)
    return _complete(problem, stated, decision, matrix, table, sandbox)


def decide(
    problem: Problem, sandbox: Sandbox, rules: Rules, *, may_share: bool = False
) -> tuple[Verified | Rejected, Matrix | None]:
    """The vote's decision, to which given outputs are never shown, and the runs that it is read from."""
    solutions = runnable(problem)
    cases = [replace(case, expected=None) for case in problem.cases]
    hopeless = cannot_vote(solutions, cases)
    if hopeless:
        return hopeless, None
    matrix = tabulate(
        solutions,
        cases,
        sandbox,
        checker=problem.checker,
        limits=problem.limits,
        signature=problem.signature,
        rules=rules,
        may_share=may_share,
    )
    return conclude(matrix, problem.checker, sandbox, rules=rules, limits=problem.limits), matrix


def runnable(problem: Problem) -> list[Solution]:
    """The submissions that can be run here."""
    return [each for each in problem.submissions if not cannot_be_run(problem, each)]


def cannot_be_run(problem: Problem, solution: Solution) -> str:
    """Why the submission cannot be run here; empty where it can."""
    return cannot_run(solution.language, test_code=problem.assertions)


def votes_of(decision: Verified | Rejected) -> tuple[Vote, ...]:
    """The votes behind the decision; none where there was no vote."""
    return decision.certificate.votes if decision.certificate else ()


def _held(
    problem: Problem, votes: tuple[Vote, ...], matrix: Matrix | None, sandbox: Sandbox
) -> Comparison | None:
    """The runs against what is given; None where nothing was run and nothing is given to run anything for."""
    solutions = runnable(problem)
    if matrix is None:
        if not solutions or all(case.expected is None for case in problem.cases):
            return None
        matrix = fill(solutions, problem.cases, sandbox, problem.limits, problem.signature)
    return compared(matrix, problem.cases, votes, problem.checker, sandbox, problem.limits)


def _judged(problem: Problem, sandbox: Sandbox) -> Comparison | None:
    """The same of test code, by the judge's verdicts."""
    solutions = runnable(problem)
    if not solutions or not problem.cases:
        return None
    entries = []
    for solution in solutions:
        pairs = [under_test(solution, case.input, case.id) for case in problem.cases]
        entries.append(JudgeEntry(pairs[0][0], tuple(case for _, case in pairs), ASSERTIONS, problem.limits))
    verdicts = [[case.verdict for case in each.cases] for each in judge_all(entries, sandbox)]
    return Comparison(
        names=tuple(solution.id for solution in solutions),
        programs=number_programs(solutions),
        given=tuple(tuple(None if v is Verdict.JE else v is Verdict.AC for v in row) for row in verdicts),
        labels=tuple(tuple(None for _ in row) for row in verdicts),
        label_given=tuple(None for _ in problem.cases),
        statuses=tuple(tuple(_ENDS.get(verdict, Status.OK) for verdict in row) for row in verdicts),
    )


def _complete(
    problem: Problem,
    stated: Stated,
    decision: Verified | Rejected,
    matrix: Matrix | None,
    table: Comparison | None,
    sandbox: Sandbox,
) -> Review:
    votes = votes_of(decision)
    tests = [*findings.of_inputs(problem), *findings.of_votes(problem, votes, table)]
    against = {number for number, _ in tests}
    kept = [(n, case, basis) for n, case, basis in _kept(problem, decision, table) if n not in against]
    numbers = [number for number, _, _ in kept]
    rates = _rates(table, numbers)
    found = [
        *(finding for _, finding in sorted(tests, key=lambda each: each[0])),
        *findings.of_programs(problem, stated.golden, stated.right, table, votes),
        *findings.none_passes(problem, table),
        *_without_vote(decision, table, problem),
        *findings.left_out(stated.left_out),
    ]
    cases = tuple(case for _, case, _ in kept)
    found += _weak(problem, stated, cases, sandbox)
    return Review(
        problem,
        stated,
        decision,
        matrix,
        tuple(found),
        cases,
        tuple(basis for _, _, basis in kept),
        _golden(decision, stated, rates),
        rates,
        sandbox.isolated,
        sandbox.record,
    )


def _without_vote(
    decision: Verified | Rejected, table: Comparison | None, problem: Problem
) -> Iterator[Finding]:
    """That there was no vote, and what there is instead."""
    if votes_of(decision) or (problem.assertions and table is not None):
        return
    detail = decision.detail if isinstance(decision, Rejected) else ""
    if table is None:
        detail = detail if runnable(problem) or not problem.submissions else "no submission can be run here"
        yield Finding(Code.UNVERIFIABLE, detail)
        return
    known = [number for number, case in enumerate(problem.cases) if case.expected is not None]
    shares = [f"{name} {table.passed(row, known)} of {len(known)}" for row, name in enumerate(table.names)]
    yield Finding(Code.TOO_FEW_SOLUTIONS, f"{detail}; given outputs passed: {', '.join(shares)}")


def _kept(
    problem: Problem, decision: Verified | Rejected, table: Comparison | None
) -> Iterator[tuple[int, Case, Basis]]:
    """The tests that can be trusted, findings apart."""
    votes = votes_of(decision)
    for number, case in enumerate(problem.cases if table else ()):
        label = votes[number].output if votes else None
        if problem.assertions:
            if table is not None and table.supporters(number):
                yield number, case, Basis.ASSERTION
        elif label is not None and case.expected is None:
            if isinstance(decision, Verified):
                yield number, replace(case, expected=label), Basis.VOTE
        elif label is not None:
            if table is not None and table.label_given[number]:
                yield number, case, Basis.VOTE
        elif table is not None and table.supporters(number) == table.ended_well(number) > 0:
            yield number, case, Basis.AGREEMENT


def _rates(table: Comparison | None, numbers: Sequence[int]) -> dict[str, float]:
    if table is None or not numbers:
        return {}
    return {name: table.passed(row, numbers) / len(numbers) for row, name in enumerate(table.names)}


def _golden(decision: Verified | Rejected, stated: Stated, rates: Mapping[str, float]) -> str | None:
    """The vote's golden solution; else the first that passes all kept tests, stated golden ones before."""
    if isinstance(decision, Verified) and rates:
        return decision.golden
    ordered = sorted(rates, key=lambda name: (name not in stated.golden, name not in stated.right))
    return next((name for name in ordered if rates[name] == 1.0), None)


def _weak(problem: Problem, stated: Stated, kept: tuple[Case, ...], sandbox: Sandbox) -> list[Finding]:
    """Programs stated as wrong that pass every test that was kept."""
    if not kept or problem.assertions:
        return []
    entries = [
        JudgeEntry(each, kept, problem.checker, problem.limits, problem.signature, stop=True)
        for each in stated.wrong
    ]
    passing = [
        each.id
        for each, judged in zip(stated.wrong, judge_all(entries, sandbox), strict=True)
        if judged.verdict is Verdict.AC
    ]
    detail = f"stated as wrong, but passes all {len(kept)} tests that were kept"
    return [Finding(Code.WEAK_TESTS, detail, submission=name) for name in passing]
