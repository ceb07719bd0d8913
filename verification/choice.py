"""The golden solution: the most probable one, or the one of Algorithm 1 (arXiv 2601.06953), step 2; pure.

By AGREEMENT it is of the group that is most probably right on all cases (`agreement.py`), if that is as
probable as is wanted. The scores and the hold-out of Algorithm 1 are put on record, but decide nothing: the
probability has seen all that they see.

By MAJORITY it is Algorithm 1's, to compare with. What the paper leaves open is settled so:
- weights w_i (appendix E.2): by kind, nominal 1, complex 2, boundary 3, stress 4; or by size, which the paper
  uses: the decided cases sorted by the size of their input in bytes, equal sizes in the order given; the four
  quarters of that order weigh 1, 2, 3 and 4;
- the split: the decided cases in an order drawn by hashing the seed with each case's id; the first half,
  rounded down, is held out (T_val), the rest scores (T_golden). No generator's state and no Python version
  enters it, and a case more or less leaves the order of the others;
- equation 2 (score): S_j = sum of w_i over the cases of T_golden that j passes. Whether an output passes is
  judged as it will be for the users of the data, with the tolerance (`Checker.accepts`);
- the hold-out: the paper asks that argmax S_j and argmax of the unweighted accuracy on T_val be one index,
  which with several perfect candidates hangs on how ties break. Here both are sets, and the task is rejected
  if they share no candidate;
- the golden solution among the shared ones, and by AGREEMENT among those of the group: most decided cases
  passed; then most runs of all cases that ended well, since where a slow or fragile candidate agrees with a
  right one on the easy cases, the hard ones stay undecided and this alone tells them apart; then the shortest
  normalised code; then the smallest id. Measured times are no criterion: they would make the choice depend on
  the machine.

A run that failed by our fault (`INTERNAL`) is not in the denominator of a pass rate. A solution with such a
run on a decided case was not measured in full and cannot be golden; but it stands with what it passed, so
that no worse one takes its place: then there is no golden solution.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from synthsmith.verification.certificate import Vote
from synthsmith.verification.compare import Checker
from synthsmith.verification.programs import identify
from synthsmith.verification.rules import Rules, Weights
from synthsmith.verification.types import Case, Kind, Matrix, Outcome, Solution, Status


@dataclass(frozen=True, slots=True)
class Standings:
    """Who passes which decided case: `passes[row][column]`, None where the run failed by our fault.

    `cases` carry their labels and weights; `held_out` are the columns of T_val, the others those of T_golden.
    `ended_well` counts each solution's runs that did, on undecided cases too.
    """

    solutions: tuple[Solution, ...]
    cases: tuple[Case, ...]
    passes: tuple[tuple[bool | None, ...], ...]
    held_out: frozenset[int]
    ended_well: tuple[int, ...]

    def pass_rate(self, row: int) -> float | None:
        """The share of the decided cases passed, of those that were measured; None if none was."""
        return _share(self.passes[row])

    def score(self, row: int) -> int:
        """S_j of equation 2."""
        marks = zip(self.cases, self.passes[row], strict=True)
        return sum(
            case.weight for column, (case, mark) in enumerate(marks) if mark and column not in self.held_out
        )

    def hold_out_accuracy(self, row: int) -> float | None:
        """The share of T_val passed, unweighted, of those that were measured; None if none was."""
        return _share([self.passes[row][column] for column in sorted(self.held_out)])


def standings(matrix: Matrix, checker: Checker, votes: Sequence[Vote], rules: Rules) -> Standings:
    """The table of the candidates, judged by the labels of the vote."""
    columns = [column for column, each in enumerate(votes) if each.output is not None]
    labelled = (replace(matrix.cases[column], expected=votes[column].output) for column in columns)
    cases = weighted(labelled, rules.weights)
    judged: dict[int, tuple[bool | None, ...]] = {}  # by program: copies share their outcomes
    for program, outcomes in zip(matrix.programs, matrix.outcomes, strict=True):
        if program not in judged:
            runs = [outcomes[column] for column in columns]
            judged[program] = tuple(passed(checker, *pair) for pair in zip(runs, cases, strict=True))
    passes = tuple(judged[program] for program in matrix.programs)
    ended_well = tuple(sum(run.status is Status.OK for run in outcomes) for outcomes in matrix.outcomes)
    return Standings(matrix.solutions, cases, passes, _held_out(cases, rules.seed), ended_well)


def weighted(cases: Iterable[Case], by: Weights = Weights.SIZE) -> tuple[Case, ...]:
    """The cases with their weights, by the quarter of their input's size or by their kind."""
    given = tuple(cases)
    if by is Weights.KIND:
        kinds = tuple(Kind)
        return tuple(replace(case, weight=1 + kinds.index(case.kind)) for case in given)
    by_size = sorted(range(len(given)), key=lambda index: len(given[index].input.encode()))
    weights = {index: 1 + 4 * rank // len(given) for rank, index in enumerate(by_size)}
    return tuple(replace(case, weight=weights[index]) for index, case in enumerate(given))


def most_probable(table: Standings, probabilities: Mapping[int, float]) -> int | None:
    """The row of the golden solution by the rows' probabilities; None without any."""
    most = max(probabilities.values(), default=0.0)
    winners = [row for row, each in probabilities.items() if each == most]
    return min(winners, key=lambda row: _preference(table, row), default=None)


def algorithm_1(table: Standings) -> int | None:
    """The row of the golden solution; None if no best scorer is among the most accurate on T_val."""
    rows = range(len(table.solutions))
    best = _argmax([table.score(row) for row in rows])
    accurate = _argmax([sum(table.passes[row][column] is True for column in table.held_out) for row in rows])
    winners = [row for row in best & accurate if None not in table.passes[row]]
    return min(winners, key=lambda row: _preference(table, row), default=None)


def passed(checker: Checker, outcome: Outcome, case: Case) -> bool | None:
    """Whether a run ended well with the case's expected output; None if it failed by our fault."""
    if outcome.status is Status.INTERNAL:
        return None
    return outcome.status is Status.OK and checker.accepts(outcome.stdout, (case.expected or "").encode())


def _held_out(cases: Sequence[Case], seed: int) -> frozenset[int]:
    drawn = sorted(range(len(cases)), key=lambda index: (_draw(seed, cases[index].id), index))
    return frozenset(drawn[: len(cases) // 2])


def _draw(seed: int, case_id: str) -> bytes:
    return hashlib.sha256(f"{seed}\0{case_id}".encode()).digest()


def _share(marks: Sequence[bool | None]) -> float | None:
    measured = [mark for mark in marks if mark is not None]
    return sum(measured) / len(measured) if measured else None


def _argmax(values: Sequence[int]) -> set[int]:
    return {row for row, value in enumerate(values) if value == max(values)}


def _preference(table: Standings, row: int) -> tuple[int, int, int, str]:
    solution = table.solutions[row]
    size = identify(solution.code, solution.language).size
    return -sum(map(bool, table.passes[row])), -table.ended_well[row], size, solution.id
