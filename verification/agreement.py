"""How far agreement can be believed: a probability for every answer and for every golden choice.

Nobody knows a right answer here; there is only who agrees with whom. Two conditional logits read it, one for
the answers to a case, one for the groups of programs that gave the same answers to all cases. Each compares
what it is given with one alternative more, that none of them is right:

    P(c) = exp(w . x_c) / (sum_d exp(w . x_d) + exp(v . z))

x_c, of an answer (LABEL):
    independent   log of the number of independent programs that gave it (`likeness.py`)
    silent        1 where it is blank, None or null: what programs say that were never finished
    constant      share of these programs that answer every case alike
    reliable      the best of them by how often the other programs agree with it on the other cases
x_c, of a group (GOLDEN):
    independent   as above, of its members
    agreed        how often the other programs agree with it, over the cases that it answered
    constant      1 where its answer is the same to every case
    silent        share of its answers that are blank, None or null
    failed        share of the cases that it did not answer
z, of none:
    one, independent (of all programs), answered (share of the programs that answered the case; LABEL only),
    coherent      how often any two programs agree

Where it is counted how often others agree, there is one more who never does: few programs that agree prove
less than many.

So a wrong answer that many near-copies give does not count for many, one program that is right elsewhere
counts for more, and time-outs and crashes speak against the program that has them and against the case. The
weights were fitted by `benchmarks/labels.py --fit`, on samples of a weak model and on programs by people,
whose right answers are known; the same file measures how good they are, on tasks that they were not fitted
on. Rivals that were measured beside it and lost are there too: plain majority, CodeT's consensus sets
(arXiv 2207.10397) and one-coin Dawid-Skene.

Of a weak model's labels at 0.95 and more, fewer than that are right: some two fifths of the wrong ones are of
one task that all its samples misread, and nothing in outputs or code tells that from a task all got right.
What was tried against it: a second fit on top, by the number of voters or of independent programs, brings the
error of calibration down, but has learnt only that in the data at hand weak samples are many and people's
programs few; with it, more programs that agree would prove less. How often an answer is given to other cases,
agreement beyond chance, and the number of voters bring next to nothing.

A voter is a distinct program: copies and near-copies count once. A run that failed by our fault, or was not
made, is left out of every count. Nothing here depends on the order of programs or cases.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from math import fsum
from typing import Generic, TypeVar

from synthsmith.verification.likeness import independent
from synthsmith.verification.voters import Key, Voters

DIGITS = 9  # of a probability: beyond them the order of additions shows
Features = dict[str, float]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Logit:
    """The weights of a conditional logit: of what options have, and of what none of them has."""

    option: Features
    none: Features


@dataclass(frozen=True, slots=True)
class Evidence(Generic[T]):
    """What a conditional logit looks at."""

    options: dict[T, Features]
    none: Features


LABEL = Logit(
    {"independent": 2.49, "silent": -3.11, "constant": -1.34, "reliable": 4.25},
    {"one": -0.51, "independent": 1.06, "answered": -0.09, "coherent": -0.88},
)
GOLDEN = Logit(
    {"independent": 4.05, "agreed": 2.49, "constant": -3.52, "silent": -3.2, "failed": -8.48},
    {"one": 0.0, "independent": 1.79, "coherent": -1.55},
)


class Agreement:
    """What is read of the voters' answers; probabilities of answers and of groups."""

    def __init__(self, voters: Voters) -> None:
        self.voters = voters
        self._columns = range(voters.cases)
        self._camps = [voters.camps(column) for column in self._columns]
        self._ran = [sum(each[column] for each in voters.measured) for column in self._columns]
        # by voter and case: the other voters that gave the same answer, and those that could have, with one
        # more who never does, so that few programs that agree prove less than many
        self._same = [[self._agreeing(v, column) for column in self._columns] for v in self._all]
        self._could = [
            [self._ran[column] * voters.measured[v][column] for column in self._columns] for v in self._all
        ]
        self.independent_programs = round(independent(voters.alike, list(self._all)), DIGITS)
        coherent = _share(sum(map(sum, self._same)), sum(map(sum, self._could)))
        together = math.log(max(self.independent_programs, 1.0))
        self._none = {"one": 1.0, "independent": together, "coherent": coherent}

    @property
    def _all(self) -> range:
        return range(len(self.voters.rows))

    def labels(self, column: int) -> dict[bytes, float]:
        """The probability of each answer to a case, by its key."""
        return probabilities(self.label_evidence(column), LABEL)

    def groups(self) -> dict[tuple[Key, ...], float]:
        """For each group of candidates with the same answers the probability that all of these are right."""
        return probabilities(self.group_evidence(), GOLDEN)

    def label_evidence(self, column: int) -> Evidence[bytes]:
        """What speaks for each answer to a case."""
        camps = self._camps[column]
        answered = _share(sum(map(len, camps.values())), self._ran[column])
        options = {key: self._answer(key, camp, column) for key, camp in camps.items()}
        return Evidence(options, self._none | {"answered": answered})

    def group_evidence(self) -> Evidence[tuple[Key, ...]]:
        """What speaks for each group."""
        groups: dict[tuple[Key, ...], list[int]] = {}
        for voter in self._all:
            answers = self.voters.answers[voter]
            if self.voters.candidates[voter] and any(key is not None for key in answers):
                groups.setdefault(answers, []).append(voter)
        options = {answers: self._group(answers, members) for answers, members in groups.items()}
        return Evidence(options, self._none)

    def _answer(self, key: bytes, camp: Sequence[int], column: int) -> Features:
        return {
            "independent": math.log(independent(self.voters.alike, camp)),
            "silent": float(key in self.voters.silent),
            "constant": sum(self.voters.constant[voter] for voter in camp) / len(camp),
            "reliable": max(self._reliability(voter, column) for voter in camp),
        }

    def _reliability(self, voter: int, column: int) -> float:
        """How often the others agree with it on the other cases."""
        same, could = self._same[voter], self._could[voter]
        return _share(sum(same) - same[column], sum(could) - could[column])

    def _group(self, answers: tuple[Key, ...], members: Sequence[int]) -> Features:
        one = members[0]
        given = [column for column in self._columns if answers[column] is not None]
        others = len(members) - 1
        same = sum(self._same[one][column] - others for column in given)
        could = sum(self._could[one][column] - others for column in given)
        ran = sum(self.voters.measured[one])
        return {
            "independent": math.log(independent(self.voters.alike, members)),
            "agreed": _share(same, could),
            "constant": float(self.voters.constant[one]),
            "silent": sum(answers[column] in self.voters.silent for column in given) / len(given),
            "failed": 1 - len(given) / ran,
        }

    def _agreeing(self, voter: int, column: int) -> int:
        key = self.voters.answers[voter][column]
        return 0 if key is None else len(self._camps[column][key]) - 1


def probabilities(evidence: Evidence[T], logit: Logit) -> dict[T, float]:
    """The probability of each option; what is missing to 1 is that of none."""
    none = _dot(logit.none, evidence.none)
    scores = {option: _dot(logit.option, features) for option, features in evidence.options.items()}
    most = max([none, *scores.values()])
    total = fsum(math.exp(score - most) for score in [none, *scores.values()])
    return {option: round(math.exp(score - most) / total, DIGITS) for option, score in scores.items()}


def _share(part: float, whole: float) -> float:
    return part / whole if whole > 0 else 0.0


def _dot(weights: Features, features: Features) -> float:
    return fsum(weights[name] * features[name] for name in weights)
