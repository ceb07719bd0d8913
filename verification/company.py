"""What a table that was filled in company has to be asked again: runs to be made anew, each by itself.

Runs that share a process with other inputs of their program (`Outcome.shared`, sandbox/together.py) show
nearly always what they show by themselves. A table is filled with them first, and believed only so far:

- a case's label counts where the golden solution gives it, and contradicts no sample of the statement; then
  a shared run counts if it gives that label too. All others of the case are made again;
- so are all runs of the golden solution: what the data says of it was seen in processes of its own;
- where there is no golden solution, all are made again: nobody is turned down for what ran in company;
- a program of which one of the new runs shows anything else than in company loses all that it showed there.

By the new runs the vote may decide otherwise, so this goes round until there is nothing left to confirm. What
is left of the shared runs then are answers of other solutions that agree with the golden one's and the label.
Were one of them wrong when run by itself, which the hedges of together.py leave to programs made for it, a
label would have one vote too many, and that solution too high a pass rate.
"""

from collections.abc import Callable, Iterable
from functools import cache

from synthsmith.verification.certificate import Vote
from synthsmith.verification.compare import Checker
from synthsmith.verification.decision import Rejected, Verified
from synthsmith.verification.matrix import Cell, representatives, run_cells
from synthsmith.verification.sandbox import Sandbox
from synthsmith.verification.types import Case, Limits, Matrix, Outcome, Signature, Status


def confirmed(
    matrix: Matrix,
    checker: Checker,
    decide: Callable[[Matrix], Verified | Rejected],
    sandbox: Sandbox,
    limits: Limits,
    signature: Signature | None = None,
) -> Matrix:
    """The table, confirmed wherever its decision could hang on the company. `checker` must give keys."""
    while _is_shared(matrix) and (cells := doubtful(matrix, checker, decide(matrix))):
        before, matrix = matrix, confirm(matrix, cells, sandbox, limits, signature)
        if _shown(before) == _shown(matrix):
            break  # the end is the same, and stands now
    return matrix


def doubtful(matrix: Matrix, checker: Checker, end: Verified | Rejected) -> frozenset[Cell]:
    """The shared runs that this end does not stand on without a run of their own; pure."""
    shared = [
        ((matrix.programs[row], column), outcome)
        for row in representatives(matrix)
        for column, outcome in enumerate(matrix.outcomes[row])
        if outcome.shared
    ]
    if isinstance(end, Rejected):
        return frozenset(cell for cell, _ in shared)
    key = cache(checker.key)  # equal outputs are one object, whose hash is known
    golden = [solution.id for solution in matrix.solutions].index(end.golden)
    believed = [
        _believed(*each, checker, key)
        for each in zip(matrix.cases, end.certificate.votes, matrix.outcomes[golden], strict=True)
    ]
    return frozenset(
        (program, column)
        for (program, column), outcome in shared
        if program == matrix.programs[golden] or key(outcome.stdout) != believed[column]
    )


def confirm(
    matrix: Matrix,
    cells: Iterable[Cell],
    sandbox: Sandbox,
    limits: Limits,
    signature: Signature | None = None,
) -> Matrix:
    """The table with these runs made again, each in a process of its own.

    Where one shows something else than before, so are all shared runs of its program.
    """
    asked = sorted(cells)
    again = run_cells(matrix, asked, sandbox, limits, signature)
    row_of = {matrix.programs[row]: row for row in representatives(matrix)}
    unlike = {
        number
        for number, column in asked
        if not shows_the_same(matrix.outcomes[row_of[number]][column], again.outcomes[row_of[number]][column])
    }
    rest = [
        (number, column)
        for number in sorted(unlike)
        for column, outcome in enumerate(again.outcomes[row_of[number]])
        if outcome.shared
    ]
    return run_cells(again, rest, sandbox, limits, signature) if rest else again


def shows_the_same(shared: Outcome, alone: Outcome) -> bool:
    """Whether a run by itself confirms one in company."""
    return (alone.status, alone.stdout) == (shared.status, shared.stdout)


def _is_shared(matrix: Matrix) -> bool:
    return any(run.shared for runs in matrix.outcomes for run in runs)


def _shown(matrix: Matrix) -> list[list[tuple[Status, bytes]]]:
    return [[(run.status, run.stdout) for run in runs] for runs in matrix.outcomes]


def _believed(
    case: Case, vote: Vote, golden: Outcome, checker: Checker, key: Callable[[bytes], bytes]
) -> bytes | None:
    """The key of the label, where that is the golden solution's answer and no sample is against it."""
    if vote.output is None or golden.status is not Status.OK:
        return None
    label = vote.output.encode()
    if case.stated is not None and not checker.accepts(label, case.stated.encode()):
        return None
    believed = key(label)
    return believed if key(golden.stdout) == believed else None
