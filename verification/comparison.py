"""Who gives what is stated: the runs of all programs held against given outputs and against labels.

Everything is read from runs that were made already; only a checker program is run for it.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from synthsmith.verification.certificate import Vote
from synthsmith.verification.compare import Checker
from synthsmith.verification.rulings import Claim, rule_all
from synthsmith.verification.sandbox import Sandbox
from synthsmith.verification.types import Case, Limits, Matrix, Outcome, Status

Marks = tuple[tuple[bool | None, ...], ...]
Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class Comparison:
    """`given[row][column]`: whether this program gives the output that the case states; `labels`, its label.

    None is no word: nothing is stated, no label was found, the run failed by our fault, or the checker did.
    `label_given[column]` says whether the label is right by the stated output, `statuses[row][column]` how
    the run ended. `names` are those of the rows, `programs` numbers their distinct programs.
    """

    names: tuple[str, ...]
    programs: tuple[int, ...]
    given: Marks
    labels: Marks
    label_given: tuple[bool | None, ...]
    statuses: tuple[tuple[Status, ...], ...]

    def ends(self, column: int) -> Counter[Status]:
        """How the runs of the distinct programs on the case ended."""
        return Counter({program: row[column] for program, row in self._rows(self.statuses)}.values())

    def ended_well(self, column: int) -> int:
        """How many distinct programs ended well on the case."""
        return self.ends(column)[Status.OK]

    def broken(self, column: int) -> bool:
        """Whether no program ended well on the case, and none for a fault of ours."""
        return not self.ends(column).keys() & {Status.OK, Status.INTERNAL}

    def passed(self, row: int, columns: Sequence[int]) -> int:
        """How many of these cases the program passes, see `mark`."""
        return sum(self.mark(row, column) is True for column in columns)

    def mark(self, row: int, column: int) -> bool | None:
        """Whether the program passes the case: by the label, or where there is none by what is stated."""
        label = self.labels[row][column]
        return self.given[row][column] if label is None else label

    def supporters(self, column: int) -> int:
        """How many distinct programs give the stated output."""
        return len({program for program, marks in self._rows(self.given) if marks[column] is True})

    def _rows(self, table: tuple[Row, ...]) -> Iterator[tuple[int, Row]]:
        return zip(self.programs, table, strict=True)


def compared(
    matrix: Matrix,
    cases: Sequence[Case],
    votes: Sequence[Vote],
    checker: Checker,
    sandbox: Sandbox,
    limits: Limits,
) -> Comparison:
    """The table; `cases` are the matrix's with the outputs that are given, `votes` may be empty."""
    labels = [vote.output for vote in votes] or [None] * len(cases)
    labelled = [replace(case, expected=label) for case, label in zip(cases, labels, strict=True)]
    claims: list[Claim] = []
    for column, case in enumerate(cases):
        outputs = {row[column].stdout: None for row in matrix.outcomes if row[column].status is Status.OK}
        claims += [(each, output) for each in (case, labelled[column]) if _known(each) for output in outputs]
        label = labels[column]
        if label is not None and case.expected is not None:
            claims.append((case, label.encode()))
    ruled = rule_all(checker, claims, sandbox, limits)
    return Comparison(
        names=tuple(solution.id for solution in matrix.solutions),
        programs=matrix.programs,
        given=tuple(_marks(row, cases, ruled) for row in matrix.outcomes),
        labels=tuple(_marks(row, labelled, ruled) for row in matrix.outcomes),
        label_given=tuple(
            None if label is None or case.expected is None else ruled[case, label.encode()]
            for case, label in zip(cases, labels, strict=True)
        ),
        statuses=tuple(tuple(run.status for run in row) for row in matrix.outcomes),
    )


def _known(case: Case) -> bool:
    return case.expected is not None


def _marks(
    row: Sequence[Outcome], cases: Sequence[Case], ruled: Mapping[Claim, bool | None]
) -> tuple[bool | None, ...]:
    return tuple(_mark(run, case, ruled) for run, case in zip(row, cases, strict=True))


def _mark(run: Outcome, case: Case, ruled: Mapping[Claim, bool | None]) -> bool | None:
    if case.expected is None or run.status in (Status.INTERNAL, Status.UNRUN):
        return None
    return ruled[case, run.stdout] if run.status is Status.OK else False
