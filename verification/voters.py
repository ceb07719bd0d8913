"""Who votes: the distinct programs of a table, near-copies once, and what each of them answered."""

from collections.abc import Sequence, Set
from dataclasses import dataclass

from synthsmith.verification.compare import Checker
from synthsmith.verification.likeness import likeness, near_copies
from synthsmith.verification.matrix import candidate_programs
from synthsmith.verification.programs import identify
from synthsmith.verification.types import Matrix, Outcome, Status

_SILENT = (b"", b"none", b"null")
_FEWEST_FOR_CONSTANT = 3
Key = bytes | None  # None: it gave no answer


@dataclass(frozen=True, slots=True)
class Voters:
    """The distinct programs, on so many `cases`.

    `answers[i][column]` is the key of what voter i gave; `measured` where it ran. `rows` are the rows of the
    matrix that stand for them. `candidates` are those that are not only there as brute force, `constant`
    those that write the same whatever the case; `alike` is their likeness.
    """

    cases: int
    rows: tuple[int, ...]
    answers: tuple[tuple[Key, ...], ...]
    measured: tuple[tuple[bool, ...], ...]
    candidates: tuple[bool, ...]
    constant: tuple[bool, ...]
    silent: frozenset[bytes]
    alike: tuple[tuple[float, ...], ...]

    def camps(self, column: int) -> dict[bytes, tuple[int, ...]]:
        """The voters by their answer to a case."""
        found: dict[bytes, tuple[int, ...]] = {}
        for voter, answers in enumerate(self.answers):
            key = answers[column]
            if key is not None:
                found[key] = (*found.get(key, ()), voter)
        return found


def voters_of(
    matrix: Matrix,
    checker: Checker,
    left_out: Set[int] = frozenset(),
    written: Sequence[Sequence[Outcome]] | None = None,
) -> Voters:
    """The voters of a table without the rows left out; of near-copies the one with the smallest digest.

    `written` are the outcomes as they were, where the table's are settled (`settling.py`).
    """
    as_they_were = matrix.outcomes if written is None else written
    tried = candidate_programs(matrix.solutions, matrix.programs)
    classes: dict[int, list[int]] = {}
    for row, number in enumerate(near_copies(matrix.solutions)):
        if row not in left_out:
            classes.setdefault(number, []).append(row)
    ranks = {row: _rank(matrix, tried, row) for rows in classes.values() for row in rows}
    chosen = sorted((min(rows, key=ranks.__getitem__) for rows in classes.values()), key=ranks.__getitem__)
    rows = tuple(row for row in chosen if any(map(_was_measured, matrix.outcomes[row])))
    keys = [answers_of(checker, matrix.outcomes[row]) for row in rows]
    return Voters(
        cases=len(matrix.cases),
        rows=rows,
        answers=tuple(keys),
        measured=tuple(tuple(map(_was_measured, matrix.outcomes[row])) for row in rows),
        candidates=tuple(matrix.programs[row] in tried for row in rows),
        constant=tuple(_is_constant(as_they_were[row]) for row in rows),
        silent=frozenset(
            key
            for answers, row in zip(keys, rows, strict=True)
            for key, run in zip(answers, matrix.outcomes[row], strict=True)
            if key is not None and run.stdout.strip().lower() in _SILENT
        ),
        alike=likeness([matrix.solutions[row] for row in rows]),
    )


def answers_of(checker: Checker, outcomes: Sequence[Outcome]) -> tuple[Key, ...]:
    """The answer to each case."""
    return tuple(checker.key(run.stdout) if run.status is Status.OK else None for run in outcomes)


def _rank(matrix: Matrix, tried: Set[int], row: int) -> tuple[bool, str, str]:
    solution = matrix.solutions[row]
    return matrix.programs[row] not in tried, identify(solution.code, solution.language).digest, solution.id


def _was_measured(outcome: Outcome) -> bool:
    return outcome.status not in (Status.INTERNAL, Status.UNRUN)


def _is_constant(outcomes: Sequence[Outcome]) -> bool:
    written = [run.stdout.split() for run in outcomes if run.status is Status.OK]
    return len(written) >= _FEWEST_FOR_CONSTANT and all(each == written[0] for each in written)
