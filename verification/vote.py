"""The table of outcomes -> one label a case, where the candidates agree (paper, equation 1).

The paper takes the most frequent output, however few gave it and whoever else tied. Here
- only runs that ended well give a ballot, one for each distinct program: copies are no second opinion;
- a run that failed by our fault gives none and counts for nothing;
- a camp is a class of equal outputs (`Checker.key`); it must lead alone and hold at least MIN_CAMP programs,
  else the case stays undecided: no tie is broken;
- blank output counts as a ballot but is never a label. Programs that were called in the wrong way print
  nothing, all alike; that was the source of nearly all wrong labels of the paper's release. A task whose
  right answer is blank loses that case, not its correctness;
- nor is output that is not UTF-8, which no data set could hold.
"""

from synthsmith.verification.compare import Checker
from synthsmith.verification.matrix import representatives
from synthsmith.verification.types import Matrix, Status, Vote

MIN_CAMP = 2


def vote(matrix: Matrix, checker: Checker) -> tuple[Vote, ...]:
    """One vote a case, in the order of the cases."""
    voters = representatives(matrix)
    return tuple(_vote_case(matrix, checker, voters, column) for column in range(len(matrix.cases)))


def label_probability(support: int, cast: int) -> float:
    """The probability that a label is right: for now the leading camp's share, smoothed by Laplace's rule.

    (support + 1) / (cast + 2); it is not calibrated against known answers yet.
    """
    return (support + 1) / (cast + 2)


def _vote_case(matrix: Matrix, checker: Checker, voters: tuple[int, ...], column: int) -> Vote:
    camps = _camps([matrix.outcomes[row][column].stdout for row in _ballots(matrix, voters, column)], checker)
    sizes = [size for _, size in camps] + [0, 0]
    support, runner_up, cast = sizes[0], sizes[1], sum(sizes)
    alone = support >= MIN_CAMP and support > runner_up
    output = _text(camps[0][0]) if alone else None
    probability = 0.0 if output is None else label_probability(support, cast)
    return Vote(matrix.cases[column].id, output, support, runner_up, cast, probability)


def _ballots(matrix: Matrix, voters: tuple[int, ...], column: int) -> list[int]:
    return [row for row in voters if matrix.outcomes[row][column].status is Status.OK]


def _camps(outputs: list[bytes], checker: Checker) -> list[tuple[bytes, int]]:
    """(first output, number of programs) of each camp, the largest first."""
    camps: dict[bytes, tuple[bytes, int]] = {}
    for output in outputs:
        key = checker.key(output)
        first, size = camps.get(key, (output, 0))
        camps[key] = (first, size + 1)
    return sorted(camps.values(), key=lambda camp: -camp[1])


def _text(output: bytes) -> str | None:
    try:
        return output.decode() if output.strip() else None
    except UnicodeDecodeError:
        return None
