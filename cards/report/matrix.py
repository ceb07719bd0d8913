"""The matrix of programs x tests: how each run ended, and which of the test's answers it gave."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from synthsmith.cards.report.difference import first_difference
from synthsmith.cards.report.texts import visible
from synthsmith.verification.ballots import HEAD_BYTES
from synthsmith.verification.certificate import Answer, Ballots
from synthsmith.verification.types import Status


class Mark(StrEnum):
    """What a cell is drawn as."""

    AGREES = "agrees"  # it gave the answer that is the label
    DIFFERS = "differs"  # it gave another one
    ENDED = "ended"  # it gave none: a crash, a limit
    UNDECIDED = "undecided"  # it gave one, and there is no label to agree with
    UNRUN = "unrun"  # a brute-force program was not put to this case, or the judge failed


# As contest judges call them: RE, TLE, MLE, OLE, CE.
ENDS = {
    Status.CRASH: ("R", "runtime error"),
    Status.TIME: ("T", "over the time limit"),
    Status.MEMORY: ("M", "over the memory limit"),
    Status.OUTPUT: ("O", "over the output limit"),
    Status.COMPILE: ("C", "does not compile"),
    Status.INTERNAL: ("!", "not run, by the judge's own fault"),
    Status.UNRUN: ("·", "not run on this test"),
}


@dataclass(frozen=True, slots=True)
class Cell:
    """One run. `sign` stands in the cell, `told` says it in words, `answer` numbers the test's answers."""

    mark: Mark
    sign: str
    told: str
    answer: int | None = None


@dataclass(frozen=True, slots=True)
class AnswerView:
    """An answer, in three pieces around where it first differs from the label.

    `line` is where that is; None where the answer is right, or nothing that was kept differs. It has `length`
    bytes in all, which were `cut` or not.
    """

    cell: Cell
    givers: tuple[str, ...]
    before: str
    marked: str
    after: str
    length: int
    cut: bool
    line: int | None


def row_of(ballots: Ballots, name: str, columns: Sequence[int | None]) -> tuple[Cell, ...]:
    """The cells of a program; a column is None for a case that was not put to the vote."""
    cast = ballots.cast.get(name)
    return tuple(
        _ended(Status.UNRUN) if cast is None or column is None else _cell(ballots, column, cast[column])
        for column in columns
    )


def answers_to(
    ballots: Ballots, column: int, expected: str | None, names: Sequence[str]
) -> tuple[AnswerView, ...]:
    """The different answers to a case, beside its label; `names` are all programs, in their order."""
    return tuple(
        _view(
            _cell(ballots, column, place),
            answer,
            tuple(name for name in names if name in ballots.cast and ballots.cast[name][column] == place),
            expected,
        )
        for place, answer in enumerate(ballots.answers[column])
    )


def _cell(ballots: Ballots, column: int, ballot: int | Status) -> Cell:
    if isinstance(ballot, Status):
        return _ended(ballot)
    answers = ballots.answers[column]
    passes, number = answers[ballot].passes, f"no. {ballot + 1} of {len(answers)}"
    if passes:
        return Cell(Mark.AGREES, "✓", "the same answer as the label", ballot)
    if passes is None:
        return Cell(Mark.UNDECIDED, str(ballot + 1), f"answer {number}, and there is no label", ballot)
    return Cell(Mark.DIFFERS, str(ballot + 1), f"another answer than the label, {number}", ballot)


def _ended(status: Status) -> Cell:
    sign, told = ENDS[status]
    unrun = status in (Status.UNRUN, Status.INTERNAL)
    return Cell(Mark.UNRUN if unrun else Mark.ENDED, sign, told)


def _view(cell: Cell, answer: Answer, givers: tuple[str, ...], expected: str | None) -> AnswerView:
    head, whole = answer.head, answer.length <= HEAD_BYTES
    place = None
    if expected is not None and answer.passes is False:
        place = first_difference(head, expected, whole=whole)
    start, end = place or (len(head), len(head))
    return AnswerView(
        cell=cell,
        givers=givers,
        before=visible(head[:start]),
        marked=visible(head[start:end]),
        after=visible(head[end:]),
        length=answer.length,
        cut=not whole,
        line=head.count("\n", 0, start) + 1 if place else None,
    )
