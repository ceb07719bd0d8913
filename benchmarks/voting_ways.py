"""Ways to read labels and a golden program from a table of outcomes: ours, the paper's, and rivals.

Each gives for every case an answer (its key, or None) with a confidence, and the row of a golden program with
one. They never abstain: how sure they have to be is what the benchmark varies.
"""

import math
import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from known_tables import Known
from synthsmith.verification.agreement import Agreement, Logit, probabilities
from synthsmith.verification.voters import answers_of, voters_of

Key = bytes | None
ROUNDS = 15  # of expectation and maximisation
FIRST_BELIEF, LEAST_BELIEF = 0.6, 0.02


@dataclass(frozen=True, slots=True)
class Reading:
    """What a way makes of a table."""

    labels: tuple[tuple[Key, float], ...]
    golden: tuple[int, float]


def keys_of(known: Known) -> list[tuple[Key, ...]]:
    return [answers_of(known.checker, runs) for runs in known.matrix.outcomes]


def majority(known: Known, seed: int) -> Reading:
    """Equation 1 of the paper with ties drawn, the golden one by the most labels passed, ties drawn too."""
    draw = random.Random(f"{seed} {known.name} {[each.id for each in known.matrix.solutions]}")
    rows = keys_of(known)
    labels = [
        _most(Counter(key for key in column if key is not None), len(rows), draw)
        for column in zip(*rows, strict=True)
    ]
    return Reading(tuple(labels), _golden_by_labels(rows, labels, draw))


def distinct_majority(known: Known, seed: int) -> Reading:
    """The same with copies counted once."""
    first = {program: row for row, program in reversed(list(enumerate(known.matrix.programs)))}
    return majority(known.only(sorted(first.values())), seed)


def consensus_sets(known: Known, seed: int) -> Reading:
    """CodeT without generated outputs: the largest set of programs that agree on all cases is right."""
    draw = random.Random(f"{seed} {known.name}")
    rows = keys_of(known)
    sizes = Counter(row for row in rows if any(key is not None for key in row))
    if not sizes:
        return Reading(tuple((None, 0.0) for _ in known.matrix.cases), (0, 0.0))
    best = draw.choice(sorted((row for row in sizes if sizes[row] == max(sizes.values())), key=str))
    share = sizes[best] / len(rows)
    return Reading(tuple((key, share if key is not None else 0.0) for key in best), (rows.index(best), share))


def dawid_skene(known: Known, seed: int) -> Reading:
    """One-coin Dawid-Skene: a program is right with its own probability, whatever the case."""
    draw = random.Random(f"{seed} {known.name}")
    rows = keys_of(known)
    belief = [FIRST_BELIEF] * len(rows)
    posteriors: list[dict[bytes, float]] = []
    for _ in range(ROUNDS):
        posteriors = [_posterior(column, belief) for column in zip(*rows, strict=True)]
        for number, row in enumerate(rows):
            hits = sum(each[key] for each, key in zip(posteriors, row, strict=True) if key is not None)
            belief[number] = min(max((hits + 1) / (len(row) + 2), LEAST_BELIEF), 1 - LEAST_BELIEF)
    best = [row for row, each in enumerate(belief) if each == max(belief)]
    labels = [max(each.items(), key=lambda it: (it[1], it[0]), default=(None, 0.0)) for each in posteriors]
    return Reading(tuple(labels), (draw.choice(best), max(belief)))


def agreement(known: Known, label: Logit, golden: Logit) -> Reading:
    """Ours, by these weights."""
    read = Agreement(voters_of(known.matrix, known.checker))
    labels = [
        _likeliest(probabilities(read.label_evidence(c), label)) for c in range(len(known.matrix.cases))
    ]
    answers, probability = _likeliest(probabilities(read.group_evidence(), golden))
    rows = keys_of(known)
    return Reading(tuple(labels), (rows.index(answers) if answers else 0, probability))


def _likeliest(given: dict) -> tuple:
    return max(given.items(), key=lambda it: (it[1], str(it[0])), default=(None, 0.0))


def _most(counts: Counter[bytes], ballots: int, draw: random.Random) -> tuple[Key, float]:
    if not counts:
        return None, 0.0
    most = max(counts.values())
    return draw.choice(sorted(key for key in counts if counts[key] == most)), most / ballots


def _golden_by_labels(
    rows: Sequence[tuple[Key, ...]], labels: Sequence[tuple[Key, float]], draw: random.Random
) -> tuple[int, float]:
    passed = [
        sum(key is not None and key == label for key, (label, _) in zip(row, labels, strict=True))
        for row in rows
    ]
    best = draw.choice([row for row, count in enumerate(passed) if count == max(passed)])
    return best, passed[best] / len(labels)


def _posterior(column: Sequence[Key], belief: Sequence[float]) -> dict[bytes, float]:
    answers = sorted({key for key in column if key is not None})
    others = max(len(answers), 2)
    logs = {
        answer: math.fsum(
            math.log(each if key == answer else (1 - each) / others)
            for key, each in zip(column, belief, strict=True)
            if key is not None
        )
        for answer in answers
    }
    none = math.fsum(
        math.log((1 - each) / others) for key, each in zip(column, belief, strict=True) if key is not None
    )
    most = max([none, *logs.values()])
    total = math.fsum(math.exp(value - most) for value in [none, *logs.values()])
    return {answer: math.exp(value - most) / total for answer, value in logs.items()}
