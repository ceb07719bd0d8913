"""Voting by a checker program: the runs that a vote by key does without.

A checker program says of an output whether it is right beside an answer; it gives no key. So before the pure
decision the table is settled, case by case:
- outputs with equal tokens are one answer;
- two answers agree only if the checker accepts either as the output with the other as the right answer;
- an answer joins the first camp, in order of appearance, with whose first answer it agrees, else it begins
  one. Acceptance need not be transitive, so this is a greedy grouping: the members of a camp agree with its
  first answer, perhaps not with each other;
- where the checker fails (testlib's checkers do so on a poor answer), answers stay apart; so do blank ones,
  which are never a label;
- an answer is compared with MOST_CAMPS camps at most. A case with n different answers costs no more than
  2 * n * min(n - 1, MOST_CAMPS) runs, twice that where the checker always fails, mostly far less.

In the settled table each output is the first answer of its camp, and tokens compare them.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import islice

from synthsmith.verification.compare import TOKENS, Checker, Equality
from synthsmith.verification.courses import Course, follow
from synthsmith.verification.matrix import representatives
from synthsmith.verification.rulings import Ruling, cannot_rule, limits_for, rule
from synthsmith.verification.sandbox import Sandbox
from synthsmith.verification.types import Limits, Matrix, Outcome, Status

MOST_CAMPS = 32


@dataclass(frozen=True, slots=True)
class Settled:
    """A table to decide by, and the checker that compares its outputs.

    `failures` counts comparisons in which the checker program failed, `fault` says how the first did; it is
    not `usable` where it cannot be run at all.
    """

    matrix: Matrix
    checker: Checker
    failures: int = 0
    fault: str = ""
    usable: bool = True


@dataclass(frozen=True, slots=True)
class _Camps:
    """For each answer of a case, by its tokens, the first answer of its camp; the rulings that failed."""

    first: dict[bytes, bytes]
    failed: tuple[Ruling, ...]


def settle(matrix: Matrix, checker: Checker, sandbox: Sandbox, limits: Limits) -> Settled:
    """The table as it is where the checker gives keys, else settled; `limits` are those of the programs."""
    if checker.kind is not Equality.PROGRAM:
        return Settled(matrix, checker)
    reason = cannot_rule(checker)
    if reason:
        return Settled(matrix, TOKENS, fault=reason, usable=False)
    given = [case.input.encode() for case in matrix.cases]
    courses = (
        _camps(checker, given[column], _answers(matrix, column), limits_for(limits))
        for column in range(len(matrix.cases))
    )
    camps = tuple(follow(courses, sandbox))
    failed = [ruling for each in camps for ruling in each.failed]
    usable = all(ruling.built for ruling in failed)
    return Settled(_settled(matrix, camps), TOKENS, len(failed), failed[0].fault if failed else "", usable)


def _answers(matrix: Matrix, column: int) -> dict[bytes, bytes]:
    """The different answers of a case, by their tokens, each as it was first written."""
    answers: dict[bytes, bytes] = {}
    for row in representatives(matrix):
        outcome = matrix.outcomes[row][column]
        if outcome.status is Status.OK:
            answers.setdefault(TOKENS.key(outcome.stdout), outcome.stdout)
    return answers


def _camps(checker: Checker, given: bytes, answers: dict[bytes, bytes], limits: Limits) -> Course[_Camps]:
    first: dict[bytes, bytes] = {}
    failed: list[Ruling] = []
    heads: dict[bytes, bytes] = {}  # the first answers of the camps, in their order
    for key, answer in answers.items():
        if not key:
            first[key] = answer
            continue
        for head in islice(heads.values(), MOST_CAMPS):
            ruling = yield from _agree(checker, given, answer, head, limits)
            if ruling.accepted:
                first[key] = head
                break
            if ruling.accepted is None:
                failed.append(ruling)
        else:
            first[key] = heads[key] = answer
    return _Camps(first, tuple(failed))


def _agree(checker: Checker, given: bytes, one: bytes, other: bytes, limits: Limits) -> Course[Ruling]:
    """Whether each is right beside the other; None where the checker failed."""
    ruling = yield from rule(checker, given, one, other, limits)
    if ruling.accepted:
        ruling = yield from rule(checker, given, other, one, limits)
    return ruling


def _settled(matrix: Matrix, camps: Sequence[_Camps]) -> Matrix:
    rows: dict[int, tuple[Outcome, ...]] = {}  # by program: copies share their outcomes
    for program, outcomes in zip(matrix.programs, matrix.outcomes, strict=True):
        if program not in rows:
            rows[program] = tuple(_as_first(*pair) for pair in zip(outcomes, camps, strict=True))
    return replace(matrix, outcomes=tuple(rows[program] for program in matrix.programs))


def _as_first(outcome: Outcome, camps: _Camps) -> Outcome:
    if outcome.status is not Status.OK:
        return outcome
    return replace(outcome, stdout=camps.first[TOKENS.key(outcome.stdout)])
