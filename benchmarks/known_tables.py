"""Tables of outcomes whose right answers are known: made in the sandbox once, kept in files, drawn from.

A table holds what votes look at and no more: of each run how it ended and the key of its output, which beyond
BRIEF bytes is a beginning and a digest; so a file has some kilobytes, however much programs write.
"""

import hashlib
import pickle
import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from synthsmith.verification.compare import Checker, Equality
from synthsmith.verification.matrix import fill
from synthsmith.verification.problems import Problem, read_problems
from synthsmith.verification.rulings import rule_all
from synthsmith.verification.sandbox import Sandbox, cannot_run
from synthsmith.verification.settling import settle
from synthsmith.verification.types import Case, Matrix, Outcome, Status

BRIEF = 200  # bytes
BY_KEY = Checker(Equality.EXACT)


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


def tables(source: Path, kept: Path, least: int, limit_tests: int | None = None) -> list[Known]:
    """The tables of all problems with so many programs; those that are not in the folder `kept` are made."""
    return [pickle.loads(file.read_bytes()) for file in make(source, kept, least, limit_tests)]


def make(
    source: Path, kept: Path, least: int, limit_tests: int | None = None, first: int | None = None
) -> list[Path]:
    """The files of the tables, of the `first` so many problems; those that are not there yet are made.

    With `limit_tests` only so many tests of a problem are run; a table that is there stays as it is.
    """
    kept.mkdir(parents=True, exist_ok=True)
    files: list[Path] = []
    with Sandbox() as sandbox:
        for number, problem in enumerate(read_problems(source)):
            if len(problem.submissions) < least:
                continue
            if len(files) == first:
                break
            file = kept / f"{number}.pickle"
            if not file.exists():
                began = time.monotonic()
                _keep(file, table(replace(problem, cases=problem.cases[:limit_tests]), sandbox))
                size = f"{len(problem.submissions)} programs x {len(problem.cases[:limit_tests])} tests"
                print(f"{file}: {problem.id}, {size}, {time.monotonic() - began:.1f} s", flush=True)
            files.append(file)
    return files


def draws(known: Sequence[Known], sizes: Sequence[int], count: int, seed: int) -> Iterator[tuple[int, Known]]:
    """Draws of each size from every table, with the table's number."""
    for number, table in enumerate(known):
        for size in sizes:
            for draw in range(count):
                yield number, table.draw(size, draw, seed)


def table(problem: Problem, sandbox: Sandbox) -> Known:
    """The whole table of a problem; every program runs on every input, which no output goes with."""
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
    return Known(str(problem.id), _brief(settled.matrix, settled.checker), BY_KEY, right)


def _brief(matrix: Matrix, checker: Checker) -> Matrix:
    """The table with what votes look at: for outputs their keys, equal where the checker held them equal."""
    cases = tuple(Case(case.id, case.input[:BRIEF]) for case in matrix.cases)
    outcomes = tuple(tuple(_brief_run(run, checker) for run in runs) for runs in matrix.outcomes)
    return replace(matrix, cases=cases, outcomes=outcomes)


def _brief_run(run: Outcome, checker: Checker) -> Outcome:
    if run.status is not Status.OK:
        return Outcome(run.status)
    key = checker.key(run.stdout)
    if len(key) > BRIEF:
        key = key[:BRIEF] + hashlib.sha256(key).hexdigest().encode()
    return Outcome(run.status, key)


def _keep(file: Path, known: Known) -> None:
    """The table in its file, whole or not at all."""
    file.with_suffix(".part").write_bytes(pickle.dumps(known))
    file.with_suffix(".part").rename(file)
