"""Every solution on every case, once: the table from which vote, choice and pass rates are read."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import compress

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

_FAILED_OUTPUT_BYTES = 4096
_UNRUN = Outcome(Status.UNRUN)


def fill(
    solutions: Sequence[Solution],
    cases: Sequence[Case],
    sandbox: Sandbox,
    limits: Limits,
    signature: Signature | None = None,
    brute_input_bytes: int = 0,
) -> Matrix:
    """The outcomes of each distinct program on each case; equal programs share theirs.

    A program that is there only as brute force runs on inputs of up to `brute_input_bytes` and is UNRUN on
    the others.

    The sandbox runs in parallel and is read in order, so the table does not depend on the scheduler. To bound
    memory, equal outputs are kept once and of the output of a failed run only the start.
    """
    programs = number_programs(solutions)
    everywhere = candidate_programs(solutions, programs)
    small = [len(case.input.encode()) <= brute_input_bytes for case in cases]
    columns = {n: [n in everywhere or it for it in small] for n in sorted(set(programs))}
    runs = sandbox.run_all(_jobs(solutions, programs, cases, columns, limits, signature))
    outputs: dict[bytes, bytes] = {}
    rows = {
        number: tuple(_slim(next(runs), outputs) if runs_here else _UNRUN for runs_here in row)
        for number, row in columns.items()
    }
    return Matrix(tuple(solutions), tuple(cases), programs, tuple(rows[number] for number in programs))


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


def _jobs(
    solutions: Sequence[Solution],
    programs: Sequence[int],
    cases: Sequence[Case],
    columns: Mapping[int, Sequence[bool]],
    limits: Limits,
    signature: Signature | None,
) -> Iterator[Job]:
    first = {number: solution for number, solution in reversed(list(zip(programs, solutions, strict=True)))}
    for number in sorted(first):
        program = Program(first[number].code, first[number].language, signature)
        for case in compress(cases, columns[number]):
            yield Job(program, case.input.encode(), limits)


def _slim(outcome: Outcome, outputs: dict[bytes, bytes]) -> Outcome:
    if outcome.status is not Status.OK:
        return replace(outcome, stdout=outcome.stdout[:_FAILED_OUTPUT_BYTES])
    return replace(outcome, stdout=outputs.setdefault(outcome.stdout, outcome.stdout))
