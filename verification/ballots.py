"""The ballots themselves: who answered what to each case, with so much of every answer that people can look.

Answers are one where the vote takes them for one (`Checker.key`; the camps of `settling.py`) and both or
neither are right by the label. The latter is said apart because with a tolerance some answers of a camp may
be near enough to a label of another camp.

Of a case's answers the one that most distinct programs gave comes first, of equally frequent ones that of the
smallest solution id, and it is shown as that solution wrote it. So the order of programs does not matter, and
answers are bounded by their heads however much was written.
"""

from codecs import getincrementaldecoder
from collections.abc import Iterable, Sequence
from typing import TypeAlias

from synthsmith.verification.certificate import Answer, Ballots, Vote
from synthsmith.verification.choice import passed
from synthsmith.verification.compare import Checker
from synthsmith.verification.types import Case, Matrix, Outcome, Status

HEAD_BYTES = 200

_Camp: TypeAlias = tuple[bytes, bool | None]  # the key, and whether it is right by the label


def ballots(
    matrix: Matrix, checker: Checker, votes: Sequence[Vote], written: Sequence[Sequence[Outcome]]
) -> Ballots:
    """The ballots of all programs, also those that had no vote or are near-copies of others; pure.

    `written` are the outcomes as they were, where the table's are settled (`settling.py`).
    """
    columns = [
        _column(matrix, checker, column, vote.output, [row[column] for row in written])
        for column, vote in enumerate(votes)
    ]
    return Ballots(
        answers=tuple(answers for answers, _ in columns),
        cast={
            solution.id: tuple(cast[row] for _, cast in columns)
            for row, solution in enumerate(matrix.solutions)
        },
    )


def _column(
    matrix: Matrix, checker: Checker, column: int, label: str | None, written: Sequence[Outcome]
) -> tuple[tuple[Answer, ...], list[int | Status]]:
    """The answers to a case, and what each row cast."""
    runs = [outcomes[column] for outcomes in matrix.outcomes]
    case = matrix.cases[column]
    camp_of = _camps(checker, runs, Case(case.id, case.input, expected=label))
    givers: dict[_Camp, list[int]] = {}
    for row in sorted(range(len(runs)), key=lambda row: matrix.solutions[row].id):
        if runs[row].status is Status.OK:
            givers.setdefault(camp_of[runs[row].stdout], []).append(row)
    # a stable sort: of equally frequent ones the one of the smallest id stays before
    ordered = sorted(givers, key=lambda camp: -len({matrix.programs[row] for row in givers[camp]}))
    answers = tuple(_answer(written[givers[camp][0]].stdout, camp[1]) for camp in ordered)
    places = {camp: place for place, camp in enumerate(ordered)}
    return answers, [places[camp_of[run.stdout]] if run.status is Status.OK else run.status for run in runs]


def _camps(checker: Checker, runs: Iterable[Outcome], labelled: Case) -> dict[bytes, _Camp]:
    """The camp of each different output."""
    different = {run.stdout: run for run in runs if run.status is Status.OK}
    return {
        output: (
            checker.key(output),
            None if labelled.expected is None else passed(checker, run, labelled),
        )
        for output, run in different.items()
    }


def _answer(output: bytes, passes: bool | None) -> Answer:
    """The head ends before a character that the cut would split; what is no UTF-8 shows as U+FFFD."""
    whole = len(output) <= HEAD_BYTES
    head = getincrementaldecoder("utf-8")("replace").decode(output[:HEAD_BYTES], final=whole)
    return Answer(head, len(output), passes)
