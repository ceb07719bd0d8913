"""One problem made elsewhere, looked at from all sides: the vote, what is given, what is stated.

decide    dual verification, which sees no output that is given and nothing that is stated
hold      the runs held against given outputs (`comparison.py`); where too few programs for a vote were
          there, they are run for it
find      what is wrong (`findings.py`)
keep      the tests that can be trusted, and a program that passes them (`keeping.py`)
try       programs stated as wrong on the kept tests: one that passes all is a finding
measure   where that is asked for, what the kept tests find out (`suites.py`); not of test code
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from synthsmith.verification import findings
from synthsmith.verification.certificate import Suite
from synthsmith.verification.comparison import Comparison, compared
from synthsmith.verification.decide import cannot_vote
from synthsmith.verification.decision import Reason, Rejected, Verified, votes_of
from synthsmith.verification.findings import Code, Finding
from synthsmith.verification.held import judged, run, runnable
from synthsmith.verification.judge import Entry as JudgeEntry
from synthsmith.verification.judge import judge_all
from synthsmith.verification.keeping import Basis, golden_of, kept_tests, pass_rates
from synthsmith.verification.problems import Problem
from synthsmith.verification.rules import Rules
from synthsmith.verification.sandbox import Sandbox
from synthsmith.verification.stated import Entry, Stated
from synthsmith.verification.strength import Marks
from synthsmith.verification.suites import SuiteTerms, strengthen
from synthsmith.verification.trials import marks_of, try_programs
from synthsmith.verification.types import Case, Matrix, Solution, Walled
from synthsmith.verification.verify import conclude, tabulate


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
    suite: Suite | None = None

    @property
    def tests(self) -> tuple[Case, ...]:
        """The kept ones: where they were measured, what finds out most first."""
        if self.suite is None:
            return self.kept
        by_id = {case.id: case for case in self.kept}
        return tuple(by_id[name] for name in self.suite.order)


def review(
    entry: Entry,
    sandbox: Sandbox,
    rules: Rules,
    *,
    suite: SuiteTerms | None = None,
    may_share: bool = False,
) -> Review:
    """Everything there is to say of the problem; `may_share` as in `verify.tabulate`."""
    problem, stated = entry.problem, entry.stated
    if problem.assertions:
        decision: Verified | Rejected = Rejected(
            Reason.TOO_FEW_DECIDED, "assertions are judged, there is nothing to vote on"
        )
        return _complete(problem, stated, decision, None, judged(problem, sandbox), sandbox)
    decision, matrix = decide(problem, sandbox, rules, may_share=may_share)
    runs = matrix or run(problem, sandbox)
    table = None
    if runs is not None:
        table = compared(runs, problem.cases, votes_of(decision), problem.checker, sandbox, problem.limits)
    reviewed = _complete(problem, stated, decision, matrix, table, sandbox)
    if runs is None or not reviewed.kept:
        return reviewed
    measures = suite is not None and reviewed.golden is not None
    wrong = _tried(reviewed, sandbox, whole=measures)
    reviewed = replace(reviewed, findings=(*reviewed.findings, *findings.of_wrong(wrong)))
    return _measured(reviewed, runs, wrong, sandbox, rules.seed, suite)


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


def _tried(reviewed: Review, sandbox: Sandbox, *, whole: bool) -> list[tuple[Solution, Marks]]:
    """What is known of each program stated as wrong; without `whole`, only up to its first failure."""
    problem, kept, programs = reviewed.problem, reviewed.kept, reviewed.stated.wrong
    how = problem.checker, problem.limits, problem.signature
    if whole:
        checker, limits, signature = how
        return list(
            zip(programs, try_programs(programs, kept, checker, sandbox, limits, signature), strict=True)
        )
    entries = [JudgeEntry(each, kept, *how, stop=True) for each in programs]
    return list(zip(programs, map(marks_of, judge_all(entries, sandbox)), strict=True))


def _measured(
    reviewed: Review,
    runs: Matrix,
    wrong: list[tuple[Solution, Marks]],
    sandbox: Sandbox,
    seed: int,
    terms: SuiteTerms | None,
) -> Review:
    """The review with what its tests find out; as it is where nobody asks, or without a golden program."""
    problem = reviewed.problem
    if reviewed.golden is None or terms is None:
        return reviewed
    suite = strengthen(
        reviewed.golden,
        reviewed.kept,
        runs,
        problem.checker,
        sandbox,
        problem.limits,
        problem.signature,
        seed=seed,
        terms=terms,
        stated=wrong,
    )
    return replace(reviewed, suite=suite, findings=(*reviewed.findings, *findings.of_suite(suite)))


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
    kept = [(n, case, basis) for n, case, basis in kept_tests(problem, decision, table) if n not in against]
    numbers = [number for number, _, _ in kept]
    rates = pass_rates(table, numbers)
    found = [
        *(finding for _, finding in sorted(tests, key=lambda each: each[0])),
        *findings.of_programs(problem, stated.golden, stated.right, table, votes),
        *findings.none_passes(problem, table),
        *_without_vote(decision, table, problem),
        *findings.left_out(stated.left_out),
    ]
    return Review(
        problem,
        stated,
        decision,
        matrix,
        tuple(found),
        tuple(case for _, case, _ in kept),
        tuple(basis for _, _, basis in kept),
        golden_of(decision, stated, rates),
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
