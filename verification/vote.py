"""The table of outcomes -> one label a case, by one of two methods.

AGREEMENT gives each answer the probability that it is right (`agreement.py`). The most probable one is the
label where it reaches the wanted precision, else the case stays undecided. Besides
- at least MIN_CAMP candidates that are no near-copies of each other gave it. A brute-force program has a
  ballot like any other, so it can confirm a label and can throw doubt on it, but is never the decisive one:
  the label is also the most probable answer by the candidates alone;
- blank output counts as an answer but is never a label. Programs that were called in the wrong way print
  nothing, all alike; that was the source of nearly all wrong labels of the paper's release. A task whose
  right answer is blank loses that case, not its correctness;
- nor is output that is not UTF-8, which no data set could hold.

MAJORITY is the paper's (arXiv 2601.06953, equation 1), to compare with: the most frequent output, each
candidate with one ballot, copies too, however few gave it. The paper says nothing of ties: one is broken by a
draw from the seed and the case's id. Its `probability` is the share of all candidates that gave the output,
which is no probability.

A run that failed by our fault gives no ballot and counts for nothing.
"""

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from synthsmith.verification.agreement import Agreement
from synthsmith.verification.certificate import Vote
from synthsmith.verification.compare import Checker
from synthsmith.verification.matrix import candidates
from synthsmith.verification.rules import Rules
from synthsmith.verification.types import Matrix, Status

MIN_CAMP = 2


def vote_by_agreement(
    matrix: Matrix, agreement: Agreement, rules: Rules, tried: Agreement | None = None
) -> tuple[Vote, ...]:
    """One vote a case, in the order of the cases.

    `tried` is the agreement of the candidates alone, where there is a brute-force program beside them.
    """
    votes = tuple(_most_probable(matrix, agreement, rules, column) for column in range(len(matrix.cases)))
    if tried is None:
        return votes
    decided = zip(votes, (leader(tried, column) for column in range(len(votes))), strict=True)
    keys = [leader(agreement, column) for column in range(len(votes))]
    return tuple(
        vote if alone is not None and alone == key else replace(vote, output=None)
        for (vote, alone), key in zip(decided, keys, strict=True)
    )


def vote_by_majority(matrix: Matrix, checker: Checker, seed: int) -> tuple[Vote, ...]:
    """The same by equation 1."""
    table = candidates(matrix)
    return tuple(_most_frequent(table, checker, seed, column) for column in range(len(matrix.cases)))


def _most_probable(matrix: Matrix, agreement: Agreement, rules: Rules, column: int) -> Vote:
    voters = agreement.voters
    camps = voters.camps(column)
    probabilities = agreement.labels(column)
    ordered = sorted(camps, key=lambda key: (-probabilities[key], key))
    sizes = [len(camps[key]) for key in ordered] + [0, 0]
    probability = probabilities[ordered[0]] if ordered else 0.0
    output = None
    tied = len(ordered) > 1 and probabilities[ordered[1]] == probability
    if ordered and not tied and probability >= rules.label_precision:
        camp = camps[ordered[0]]
        if sum(voters.candidates[voter] for voter in camp) >= MIN_CAMP:
            output = _text([matrix.outcomes[voters.rows[voter]][column].stdout for voter in camp])
    return Vote(matrix.cases[column].id, output, sizes[0], max(sizes[1:]), sum(sizes), probability)


def leader(agreement: Agreement, column: int) -> bytes | None:
    """The answer that is more probable than any other; None where there is none."""
    probabilities = agreement.labels(column)
    most = max(probabilities.values(), default=0.0)
    leaders = [key for key, each in probabilities.items() if each == most]
    return leaders[0] if len(leaders) == 1 else None


def _most_frequent(matrix: Matrix, checker: Checker, seed: int, column: int) -> Vote:
    runs = [outcomes[column] for outcomes in matrix.outcomes]
    texts: dict[bytes, list[bytes]] = {}
    for run in runs:
        if run.status is Status.OK:
            texts.setdefault(checker.key(run.stdout), []).append(run.stdout)
    case = matrix.cases[column].id
    ordered = sorted(texts, key=lambda key: (-len(texts[key]), _draw(seed, case, key)))
    sizes = [len(texts[key]) for key in ordered] + [0, 0]
    measured = sum(run.status is not Status.INTERNAL for run in runs)
    output = _text(texts[ordered[0]], blank=True) if ordered else None
    probability = sizes[0] / measured if measured else 0.0
    return Vote(case, output, sizes[0], sizes[1], sum(sizes), probability)


def _draw(seed: int, case: str, key: bytes) -> bytes:
    return hashlib.sha256(f"{seed}\0{case}\0".encode() + key).digest()


def _text(outputs: Sequence[bytes], *, blank: bool = False) -> str | None:
    """The most frequent of equal outputs as it was written, of these the shortest; None where it is none."""
    counts = Counter(outputs)
    output = min(counts, key=lambda each: (-counts[each], len(each), each))
    try:
        return output.decode() if output.strip() or blank else None
    except UnicodeDecodeError:
        return None
