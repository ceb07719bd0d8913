"""`synthsmith verify`: dual verification of the problems of a file -> labels, golden submissions, a summary.

The known outputs of the file are taken off before anything is run or voted on. With `score` they are brought
back at the end, to say how right labels and golden submissions are; nothing is run again for that.
"""

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from synthsmith.verification.errors import InputError
from synthsmith.verification.matrix import fill
from synthsmith.verification.problems import Extra, Problem, read_problems
from synthsmith.verification.results import carry, fresh_files, write_lines
from synthsmith.verification.rulings import accept_all
from synthsmith.verification.sandbox import Sandbox, cannot_run
from synthsmith.verification.scores import Score, Totals, claims, score_problem, total
from synthsmith.verification.types import Matrix, Reason, Rejected, Rules, Solution, Verified, Vote
from synthsmith.verification.verify import USUAL, cannot_vote, conclude


@dataclass(frozen=True, slots=True)
class ProblemEnd:
    """How one problem ended: an item of the summary.

    `left_out` counts by language what cannot be run here; `pass_rates` are the shares of the labels that each
    submission passes.
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


@dataclass(frozen=True, slots=True)
class VerifySummary:
    """What `summary.json` says. `complete` is false where a bad row or an interrupt ended the work early.

    `isolated` is that of the sandbox (`Certificate`).
    """

    complete: bool
    problems: int
    verified: int
    rejected: dict[str, int]
    tests: int
    decided: int
    left_out: dict[str, int]
    rules: Rules
    speed: float
    isolated: bool
    score: Totals | None
    per_problem: tuple[ProblemEnd, ...]


def verify_file(
    source: Path,
    folder: Path,
    sandbox: Sandbox,
    *,
    score: bool = False,
    rules: Rules = USUAL,
    progress: Callable[[ProblemEnd], None] = lambda end: None,
) -> VerifySummary:
    """The summary; `folder` gets it too, with `labels.jsonl` and `golden.jsonl`, problem by problem.

    On an InputError the files hold all problems before the bad row.
    """
    ends: list[ProblemEnd] = []
    names = ("labels.jsonl", "golden.jsonl", "summary.json")
    with fresh_files(source, *(folder / name for name in names)) as (labels, golden, summary):
        complete = False
        try:
            for problem in read_problems(source):
                decision, matrix = _verify(problem, sandbox, rules)
                write_lines(labels, _labels(problem, decision))
                write_lines(golden, [_golden(problem, decision)])
                known = _score(problem, decision, matrix, sandbox) if score else None
                ends.append(_end(problem, decision, matrix, known))
                progress(ends[-1])
            complete = True
        finally:
            told = _summary(ends, complete, score, rules, sandbox)
            json.dump(asdict(told), summary, ensure_ascii=False, indent=2)
            summary.write("\n")
    return told


def _verify(problem: Problem, sandbox: Sandbox, rules: Rules) -> tuple[Verified | Rejected, Matrix | None]:
    if problem.assertions:
        raise InputError(f"{problem.where}: field entry: assertions are judged, there is nothing to vote on.")
    solutions = [each for each in problem.submissions if not _cannot_run(problem, each)]
    cases = [replace(case, expected=None) for case in problem.cases]
    hopeless = cannot_vote(solutions, cases)
    if hopeless:
        return hopeless, None
    matrix = fill(solutions, cases, sandbox, problem.limits, problem.signature)
    return conclude(matrix, problem.checker, sandbox, rules=rules, limits=problem.limits), matrix


def _cannot_run(problem: Problem, solution: Solution) -> str:
    return cannot_run(solution.language, function=problem.signature is not None)


def _pass_rates(decision: Verified | Rejected) -> dict[str, float]:
    rates = decision.certificate.pass_rates if decision.certificate else {}
    return {name: round(rate, 6) for name, rate in rates.items()}


def _votes(decision: Verified | Rejected) -> tuple[Vote, ...]:
    return decision.certificate.votes if decision.certificate else ()


def _choice(decision: Verified | Rejected) -> tuple[str | None, float]:
    if isinstance(decision, Rejected):
        return None, 0.0
    return decision.golden, round(decision.probability, 6)


def _labels(problem: Problem, decision: Verified | Rejected) -> list[Extra]:
    votes = _votes(decision) or tuple(Vote(case.id, None, 0, 0, 0, 0.0) for case in problem.cases)
    lines = [
        {
            "id": problem.id,
            "test": test,
            "label": each.output,
            "probability": round(each.probability, 6),
            "support": each.support,
            "cast": each.cast,
        }
        for test, each in zip(problem.tests, votes, strict=True)
    ]
    return [carry(line, extra) for line, extra in zip(lines, problem.test_extra, strict=True)]


def _golden(problem: Problem, decision: Verified | Rejected) -> Extra:
    golden, probability = _choice(decision)
    reason = decision.reason if isinstance(decision, Rejected) else None
    line = {"id": problem.id, "golden": golden, "probability": probability, "reason": reason}
    return carry(line, problem.extra)


def _score(problem: Problem, decision: Verified | Rejected, matrix: Matrix | None, sandbox: Sandbox) -> Score:
    made = claims(problem.cases, _votes(decision), matrix, decision)
    accepted = accept_all(problem.checker, made.all, sandbox, problem.limits)
    return score_problem(made, accepted)


def _end(
    problem: Problem, decision: Verified | Rejected, matrix: Matrix | None, score: Score | None
) -> ProblemEnd:
    votes = _votes(decision)
    golden, probability = _choice(decision)
    rejected = decision if isinstance(decision, Rejected) else None
    return ProblemEnd(
        id=problem.id,
        golden=golden,
        probability=probability,
        reason=rejected.reason if rejected else None,
        detail=rejected.detail if rejected else "",
        tests=len(problem.cases),
        decided=sum(each.output is not None for each in votes),
        submissions=len(problem.submissions),
        left_out=dict(Counter(each.language for each in problem.submissions if _cannot_run(problem, each))),
        distinct_programs=len(set(matrix.programs)) if matrix else 0,
        pass_rates=_pass_rates(decision),
        score=score,
    )


def _summary(
    ends: list[ProblemEnd],
    complete: bool,
    score: bool,
    rules: Rules,
    sandbox: Sandbox,
) -> VerifySummary:
    left_out: Counter[str] = Counter()
    for end in ends:
        left_out.update(end.left_out)
    return VerifySummary(
        complete=complete,
        problems=len(ends),
        verified=sum(end.golden is not None for end in ends),
        rejected=dict(Counter(end.reason for end in ends if end.reason is not None)),
        tests=sum(end.tests for end in ends),
        decided=sum(end.decided for end in ends),
        left_out=dict(left_out),
        rules=rules,
        speed=round(sandbox.speed, 4),
        isolated=sandbox.isolated,
        score=total([end.score for end in ends if end.score is not None]) if score else None,
        per_problem=tuple(ends),
    )
