"""Every solution on every case, once: the table from which vote, choice and pass rates are read."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import compress
from typing import TypeAlias

from synthsmith.verification.programs import number_programs
from synthsmith.verification.sandbox import Job, Sandbox
from synthsmith.verification.types import (
    Case,
    Limits,
    Matrix,
    Outcome,
    Program,
    Purpose,
    Signature,
    Solution,
    Status,
)

Cell: TypeAlias = tuple[int, int]  # the number of a distinct program, the index of a case
_FAILED_OUTPUT_BYTES = 4096
_UNRUN = Outcome(Status.UNRUN)


def fill(
    solutions: Sequence[Solution],
    cases: Sequence[Case],
    sandbox: Sandbox,
    limits: Limits,
    signature: Signature | None = None,
    brute_input_bytes: int = 0,
    *,
    may_share: bool = False,
) -> Matrix:
    """The outcomes of each distinct program on each case; equal programs share theirs.

    A program that is there only as brute force runs on inputs of up to `brute_input_bytes` and is UNRUN on
    the others. With `may_share`, runs of a program may share a process: what to believe of such a table is
    said in company.py.

    The sandbox runs in parallel and is read in order, so the table does not depend on the scheduler. To bound
    memory, equal outputs are kept once and of the output of a failed run only the start.
    """
    programs = number_programs(solutions)
    everywhere = candidate_programs(solutions, programs)
    small = [len(case.input.encode()) <= brute_input_bytes for case in cases]
    columns = {n: [n in everywhere or it for it in small] for n in sorted(set(programs))}
    nothing = {number: (_UNRUN,) * len(cases) for number in columns}
    unfilled = Matrix(tuple(solutions), tuple(cases), programs, tuple(nothing[n] for n in programs))
    cells = [(number, column) for number, row in columns.items() for column in compress(range(len(row)), row)]
    return run_cells(unfilled, cells, sandbox, limits, signature, may_share=may_share)


def run_cells(
    matrix: Matrix,
    cells: Iterable[Cell],
    sandbox: Sandbox,
    limits: Limits,
    signature: Signature | None = None,
    *,
    may_share: bool = False,
) -> Matrix:
    """The table with the outcomes of runs made now in the place of those that it had there."""
    wanted = tuple(cells)
    first = {matrix.programs[row]: row for row in representatives(matrix)}
    rows = {number: list(matrix.outcomes[row]) for number, row in first.items()}
    solutions = {number: matrix.solutions[row] for number, row in first.items()}
    programs = {n: Program(each.code, each.language, signature) for n, each in solutions.items()}
    inputs = [case.input.encode() for case in matrix.cases]
    jobs = (Job(programs[n], inputs[column], limits, may_share=may_share) for n, column in wanted)
    outputs = {run.stdout: run.stdout for row in rows.values() for run in row if run.status is Status.OK}
    for (number, column), outcome in zip(wanted, sandbox.run_all(jobs), strict=True):
        rows[number][column] = _slim(outcome, outputs)
    filled = {number: tuple(row) for number, row in rows.items()}
    return replace(matrix, outcomes=tuple(filled[number] for number in matrix.programs))


def candidate_programs(solutions: Sequence[Solution], programs: Sequence[int]) -> frozenset[int]:
    """The numbers of the programs that are there not only as brute force."""
    pairs = zip(solutions, programs, strict=True)
    return frozenset(number for solution, number in pairs if solution.purpose is not Purpose.BRUTE)


def candidates(matrix: Matrix) -> Matrix:
    """The table without the programs that are there only as brute force."""
    rows = [row for row, solution in enumerate(matrix.solutions) if solution.purpose is not Purpose.BRUTE]
    return replace(
        matrix,
        solutions=tuple(matrix.solutions[row] for row in rows),
        programs=tuple(matrix.programs[row] for row in rows),
        outcomes=tuple(matrix.outcomes[row] for row in rows),
    )


def representatives(matrix: Matrix) -> tuple[int, ...]:
    """For each distinct program, in the order of their numbers, the first solution that is it."""
    first: dict[int, int] = {}
    for index, program in enumerate(matrix.programs):
        first.setdefault(program, index)
    return tuple(first[program] for program in sorted(first))


def _slim(outcome: Outcome, outputs: dict[bytes, bytes]) -> Outcome:
    if outcome.status is not Status.OK:
        return replace(outcome, stdout=outcome.stdout[:_FAILED_OUTPUT_BYTES])
    return replace(outcome, stdout=outputs.setdefault(outcome.stdout, outcome.stdout))
