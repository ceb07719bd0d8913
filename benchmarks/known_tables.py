"""Tables of outcomes whose right answers are known: made in the sandbox once, kept in a file, drawn from."""

import pickle
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from synthsmith.verification.compare import Checker
from synthsmith.verification.matrix import fill
from synthsmith.verification.problems import Problem, read_problems
from synthsmith.verification.rulings import rule_all
from synthsmith.verification.sandbox import Sandbox, cannot_run
from synthsmith.verification.settling import settle
from synthsmith.verification.types import Matrix, Status


@dataclass(frozen=True, slots=True)
class Known:
    """A problem's whole table, how its outputs compare, and which of them are right, by row and case."""

    name: str
    matrix: Matrix
    checker: Checker
    right: tuple[tuple[bool, ...], ...]

    def draw(self, size: int, number: int, seed: int) -> "Known":
        """Some of its programs: the same ones for the same arguments."""
        generator = random.Random(f"{seed} {self.name} {size} {number}")
        rows = sorted(generator.sample(range(len(self.right)), min(size, len(self.right))))
        return self.only(rows)

    def only(self, rows: Sequence[int]) -> "Known":
        """The part of these rows."""
        numbers: dict[int, int] = {}
        for row in rows:
            numbers.setdefault(self.matrix.programs[row], len(numbers))
        part = Matrix(
            tuple(self.matrix.solutions[row] for row in rows),
            self.matrix.cases,
            tuple(numbers[self.matrix.programs[row]] for row in rows),
            tuple(self.matrix.outcomes[row] for row in rows),
        )
        return replace(self, matrix=part, right=tuple(self.right[row] for row in rows))


def tables(source: Path, kept: Path, least: int) -> list[Known]:
    """The tables of all problems with so many programs; those that are not in the folder `kept` are made."""
    kept.mkdir(parents=True, exist_ok=True)
    found: list[Known] = []
    with Sandbox() as sandbox:
        for number, problem in enumerate(read_problems(source)):
            if len(problem.submissions) < least:
                continue
            file = kept / f"{number}.pickle"
            if not file.exists():
                file.with_suffix(".part").write_bytes(pickle.dumps(_table(problem, sandbox)))
                file.with_suffix(".part").rename(file)
            found.append(pickle.loads(file.read_bytes()))
    return found


def draws(known: Sequence[Known], sizes: Sequence[int], count: int, seed: int) -> Iterator[tuple[int, Known]]:
    """Draws of each size from every table, with the table's number."""
    for number, table in enumerate(known):
        for size in sizes:
            for draw in range(count):
                yield number, table.draw(size, draw, seed)


def _table(problem: Problem, sandbox: Sandbox) -> Known:
    solutions = [each for each in problem.submissions if not cannot_run(each.language)]
    hidden = [replace(case, expected=None) for case in problem.cases]
    matrix = fill(solutions, hidden, sandbox, problem.limits, problem.signature)
    settled = settle(matrix, problem.checker, sandbox, problem.limits)
    claims = {
        (case, run.stdout)
        for runs in matrix.outcomes
        for case, run in zip(problem.cases, runs, strict=True)
        if run.status is Status.OK
    }
    ruled = rule_all(problem.checker, claims, sandbox, problem.limits)
    right = tuple(
        tuple(
            run.status is Status.OK and bool(ruled[case, run.stdout])
            for case, run in zip(problem.cases, runs, strict=True)
        )
        for runs in matrix.outcomes
    )
    return Known(str(problem.id), settled.matrix, settled.checker, right)
