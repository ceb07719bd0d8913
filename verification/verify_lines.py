"""The lines that one reviewed problem gives: labels, the golden submission, how it ended, findings."""

from collections import Counter
from dataclasses import asdict, dataclass

from synthsmith.verification.certificate import Suite, Vote
from synthsmith.verification.decision import Reason, Rejected, Verified, votes_of
from synthsmith.verification.fields import Extra
from synthsmith.verification.held import cannot_be_run
from synthsmith.verification.problems import Problem
from synthsmith.verification.results import carry
from synthsmith.verification.review import Review
from synthsmith.verification.rulings import accept_all
from synthsmith.verification.sandbox import Sandbox
from synthsmith.verification.scores import Score, claims, score_problem
from synthsmith.verification.stated import BadRow

_NO_PLACE: Extra = {"kills": None, "mutant_kills": None, "place": None}


@dataclass(frozen=True, slots=True)
class SuiteEnd:
    """What the kept tests of a problem find out, in the words of `Suite`; `tests` counts them.

    The numbers of mutants are None where the golden submission is in a language without (C++).
    """

    tests: int
    needed: int
    wrong: int
    wrong_killed: int
    right: int
    right_failed: int
    mutants: int | None
    mutants_killed: int | None
    kill_rate: float | None
    false_kill_rate: float | None
    weak: bool


@dataclass(frozen=True, slots=True)
class ProblemEnd:
    """How one problem ended: an item of the summary.

    `left_out` counts by language what cannot be run here; `pass_rates` are the shares of the labels that each
    submission passes. `suite` says what the kept tests find out, None where that was not measured.
    """

    id: str | int
    golden: str | None
    probability: float
    reason: Reason | None
    detail: str
    tests: int
    decided: int
    submissions: int
    left_out: dict[str, int]
    distinct_programs: int
    pass_rates: dict[str, float]
    score: Score | None
    suite: SuiteEnd | None = None


def labels_of(reviewed: Review, *, measured: bool = False) -> list[Extra]:
    """One line a test.

    Where suites are `measured`, it also says how many wrong programs and mutants the test fails, and its
    place among the kept ones, the first being the one to try first; null where it was not kept or measured.
    """
    problem = reviewed.problem
    places = _places(reviewed.suite)
    undecided = tuple(Vote(case.id, None, 0, 0, 0, 0.0) for case in problem.cases)
    lines = [
        {
            "id": problem.id,
            "test": test,
            "label": each.output,
            "probability": round(each.probability, 6),
            "support": each.support,
            "cast": each.cast,
            **(places.get(each.case, _NO_PLACE) if measured else {}),
        }
        for test, each in zip(problem.tests, votes_of(reviewed.decision) or undecided, strict=True)
    ]
    return [carry(line, extra) for line, extra in zip(lines, problem.test_extra, strict=True)]


def golden_of(reviewed: Review) -> Extra:
    """The line that says which submission the vote chose."""
    decision = reviewed.decision
    golden, probability = _choice(decision)
    reason = decision.reason if isinstance(decision, Rejected) else None
    line = {"id": reviewed.problem.id, "golden": golden, "probability": probability, "reason": reason}
    return carry(line, reviewed.problem.extra)


def findings_of(reviewed: Review | BadRow) -> list[Extra]:
    """One line a finding."""
    if isinstance(reviewed, BadRow):
        return [{"id": None, "where": reviewed.where, "code": "bad_row", "detail": reviewed.detail}]
    return [
        {"id": reviewed.problem.id, "where": reviewed.problem.where} | asdict(finding)
        for finding in reviewed.findings
    ]


def score_of(reviewed: Review, sandbox: Sandbox) -> Score:
    """How right labels and golden submission are by the given outputs."""
    problem, decision = reviewed.problem, reviewed.decision
    made = claims(problem.cases, votes_of(decision), reviewed.matrix, decision)
    return score_problem(made, accept_all(problem.checker, made.all, sandbox, problem.limits))


def end_of(reviewed: Review, score: Score | None) -> ProblemEnd:
    """How the problem ended."""
    problem, decision, matrix = reviewed.problem, reviewed.decision, reviewed.matrix
    golden, probability = _choice(decision)
    rejected = decision if isinstance(decision, Rejected) else None
    return ProblemEnd(
        id=problem.id,
        golden=golden,
        probability=probability,
        reason=rejected.reason if rejected else None,
        detail=rejected.detail if rejected else "",
        tests=len(problem.cases),
        decided=sum(each.output is not None for each in votes_of(decision)),
        submissions=len(problem.submissions),
        left_out=_left_out(problem),
        distinct_programs=len(set(matrix.programs)) if matrix else 0,
        pass_rates=_pass_rates(decision),
        score=score,
        suite=_suite_end(reviewed.suite),
    )


def _places(suite: Suite | None) -> dict[str, Extra]:
    """By case, what its test fails and where it stands."""
    if suite is None:
        return {}
    counts = zip(suite.order, suite.kills, suite.mutant_kills, strict=True)
    return {
        case: {"kills": kills, "mutant_kills": mutants, "place": place}
        for place, (case, kills, mutants) in enumerate(counts, 1)
    }


def _suite_end(suite: Suite | None) -> SuiteEnd | None:
    if suite is None:
        return None
    return SuiteEnd(
        len(suite.order),
        suite.needed,
        suite.wrong,
        suite.wrong_killed,
        suite.right,
        suite.right_failed,
        suite.mutants,
        suite.mutants_killed,
        suite.kill_rate,
        suite.false_kill_rate,
        suite.weak,
    )


def _left_out(problem: Problem) -> dict[str, int]:
    return dict(Counter(each.language for each in problem.submissions if cannot_be_run(problem, each)))


def _pass_rates(decision: Verified | Rejected) -> dict[str, float]:
    rates = decision.certificate.pass_rates if decision.certificate else {}
    return {name: round(rate, 6) for name, rate in rates.items()}


def _choice(decision: Verified | Rejected) -> tuple[str | None, float]:
    """The golden submission, or none, and its probability, or that of the best one."""
    if isinstance(decision, Rejected):
        known = decision.certificate.golden_probabilities if decision.certificate else {}
        return None, round(max(known.values(), default=0.0), 6)
    return decision.golden, round(decision.probability, 6)
