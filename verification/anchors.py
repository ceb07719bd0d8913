"""What stands beside the candidates' vote: the statement's own outputs, and brute-force programs.

Neither makes a label. They say of each label that they reach whether it agrees with what they know, and the
certificate keeps their word.
"""

from collections.abc import Sequence
from dataclasses import replace

from synthsmith.verification.certificate import Anchor, Vote
from synthsmith.verification.choice import passed
from synthsmith.verification.compare import Checker, Equality
from synthsmith.verification.matrix import candidate_programs
from synthsmith.verification.rulings import rule_all
from synthsmith.verification.sandbox import Sandbox
from synthsmith.verification.types import Case, Limits, Matrix, Outcome, Status

SAMPLE = "sample"


def sample_anchors(
    cases: Sequence[Case], votes: Sequence[Vote], checker: Checker, sandbox: Sandbox, limits: Limits
) -> tuple[Anchor, ...]:
    """For each case whose output the statement gives, whether its label is right by that output.

    It is judged by the task's checker, with its tolerance.
    """
    samples = [
        (replace(case, expected=case.stated), vote.output)
        for case, vote in zip(cases, votes, strict=True)
        if case.stated is not None
    ]
    claims = [(case, output.encode()) for case, output in samples if output is not None]
    ruled = rule_all(checker, claims, sandbox, limits)
    return tuple(
        Anchor(case.id, SAMPLE, None if output is None else ruled[case, output.encode()])
        for case, output in samples
    )


def at_odds(matrix: Matrix, checker: Checker) -> frozenset[int]:
    """The rows that contradict a sample's stated output, where another agrees with all; pure.

    Where the checker is a program nobody is found at odds: that would take runs of it.
    """
    stated = [column for column, case in enumerate(matrix.cases) if case.stated is not None]
    if not stated or checker.kind is Equality.PROGRAM:
        return frozenset()
    cases = {column: replace(matrix.cases[column], expected=matrix.cases[column].stated) for column in stated}
    marks = [[passed(checker, runs[column], cases[column]) for column in stated] for runs in matrix.outcomes]
    if not any(all(each) for each in marks):
        return frozenset()
    return frozenset(row for row, each in enumerate(marks) if False in each)


def brute_anchors(matrix: Matrix, checker: Checker, votes: Sequence[Vote]) -> tuple[Anchor, ...]:
    """For each brute-force program and each case that it was put to, whether it gives the case's label.

    One that is the same program as a candidate says nothing beside it.
    """
    pairs = tuple(zip(matrix.solutions, matrix.programs, strict=True))
    tried = candidate_programs(matrix.solutions, matrix.programs)
    return tuple(
        Anchor(case.id, solution.id, _agrees(checker, outcome, case, vote))
        for (solution, program), outcomes in zip(pairs, matrix.outcomes, strict=True)
        if program not in tried
        for case, outcome, vote in zip(matrix.cases, outcomes, votes, strict=True)
        if outcome.status is not Status.UNRUN
    )


def _agrees(checker: Checker, outcome: Outcome, case: Case, vote: Vote) -> bool | None:
    """None without a label or an answer: a program that is slow on purpose may well end at a limit."""
    if vote.output is None or outcome.status is not Status.OK:
        return None
    return passed(checker, outcome, replace(case, expected=vote.output))
