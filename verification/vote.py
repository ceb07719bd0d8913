"""The table of outcomes -> one label a case, where the candidates agree (paper, equation 1).

The paper takes the most frequent output, however few gave it and whoever else tied. Here
- only runs that ended well give a ballot, one for each distinct program: copies are no second opinion;
- a run that failed by our fault gives none and counts for nothing;
- a camp is a class of equal outputs (`Checker.key`); it must lead alone and hold at least MIN_CAMP programs,
  else the case stays undecided: no tie is broken;
- blank output counts as a ballot but is never a label. Programs that were called in the wrong way print
  nothing, all alike; that was the source of nearly all wrong labels of the paper's release. A task whose
  right answer is blank loses that case, not its correctness;
- nor is output that is not UTF-8, which no data set could hold;
- a brute-force program has one ballot like any other, but never the decisive one: the label must lead alone
  among the candidates' ballots too. So it can confirm a label and can throw doubt on it; where a statement
  is open to two readings and the candidates tie, its own reading settles nothing.
"""

from dataclasses import dataclass

from synthsmith.verification.compare import Checker
from synthsmith.verification.matrix import candidate_programs, representatives
from synthsmith.verification.types import Matrix, Status, Vote

MIN_CAMP = 2


@dataclass(frozen=True, slots=True)
class _Camp:
    """Equal outputs: the one that was written first, how many programs wrote them, how many candidates."""

    first: bytes
    size: int = 0
    candidates: int = 0


def vote(matrix: Matrix, checker: Checker) -> tuple[Vote, ...]:
    """One vote a case, in the order of the cases."""
    voters = representatives(matrix)
    tried = candidate_programs(matrix.solutions, matrix.programs)
    candidates = frozenset(row for row in voters if matrix.programs[row] in tried)
    return tuple(
        _vote_case(matrix, checker, voters, candidates, column) for column in range(len(matrix.cases))
    )


def label_probability(support: int, cast: int) -> float:
    """The probability that a label is right: for now the leading camp's share, smoothed by Laplace's rule.

    (support + 1) / (cast + 2); it is not calibrated against known answers yet.
    """
    return (support + 1) / (cast + 2)


def _vote_case(
    matrix: Matrix, checker: Checker, voters: tuple[int, ...], candidates: frozenset[int], column: int
) -> Vote:
    camps: dict[bytes, _Camp] = {}
    for row in voters:
        outcome = matrix.outcomes[row][column]
        if outcome.status is Status.OK:
            key = checker.key(outcome.stdout)
            camp = camps.get(key, _Camp(outcome.stdout))
            camps[key] = _Camp(camp.first, camp.size + 1, camp.candidates + (row in candidates))
    ordered = sorted(camps.values(), key=lambda camp: -camp.size)
    sizes = [camp.size for camp in ordered] + [0, 0]
    alone = [camp.candidates for camp in ordered] + [0, 0]
    output = _text(ordered[0].first) if _leads(sizes) and _leads(alone) else None
    probability = 0.0 if output is None else label_probability(sizes[0], sum(sizes))
    return Vote(matrix.cases[column].id, output, sizes[0], sizes[1], sum(sizes), probability)


def _leads(sizes: list[int]) -> bool:
    """Whether the first camp leads alone and is large enough."""
    return sizes[0] >= MIN_CAMP and sizes[0] > max(sizes[1:])


def _text(output: bytes) -> str | None:
    try:
        return output.decode() if output.strip() else None
    except UnicodeDecodeError:
        return None
