"""Every solution on every case, once: the table from which vote, choice and pass rates are read."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice

from synthsmith.verification.programs import number_programs
from synthsmith.verification.sandbox import Job, Sandbox
from synthsmith.verification.types import Case, Limits, Matrix, Outcome, Program, Signature, Solution, Status

_FAILED_OUTPUT_BYTES = 4096


def fill(
    solutions: Sequence[Solution],
    cases: Sequence[Case],
    sandbox: Sandbox,
    limits: Limits,
    signature: Signature | None = None,
) -> Matrix:
    """The outcomes of each distinct program on each case; equal programs share theirs.

    The sandbox runs in parallel and is read in order, so the table does not depend on the scheduler. To bound
    memory, equal outputs are kept once and of the output of a failed run only the start.
    """
    programs = number_programs(solutions)
    runs = sandbox.run_all(_jobs(solutions, programs, cases, limits, signature))
    outputs: dict[bytes, bytes] = {}
    rows = [tuple(_slim(run, outputs) for run in islice(runs, len(cases))) for _ in sorted(set(programs))]
    return Matrix(tuple(solutions), tuple(cases), programs, tuple(rows[number] for number in programs))


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
    limits: Limits,
    signature: Signature | None,
) -> Iterator[Job]:
    first = {number: solution for number, solution in reversed(list(zip(programs, solutions, strict=True)))}
    for number in sorted(first):
        program = Program(first[number].code, first[number].language, signature)
        for case in cases:
            yield Job(program, case.input.encode(), limits)


def _slim(outcome: Outcome, outputs: dict[bytes, bytes]) -> Outcome:
    if outcome.status is not Status.OK:
        return replace(outcome, stdout=outcome.stdout[:_FAILED_OUTPUT_BYTES])
    return replace(outcome, stdout=outputs.setdefault(outcome.stdout, outcome.stdout))
