"""Which benchmark rows share so much with a statement or a program that it cannot be chance.

A statement is compared by the share of the smaller of two sets that is in both: a benchmark's statement
inside a longer one counts in full, and so does a part of it. What is common says nothing and is left out,
such as "the first line contains an integer": shingles in more than `FEW` and in more than a hundredth of the
rows of the benchmarks, or of the data set. Besides a share of what is left, `SHARED` shingles must be the
same or, of a statement with fewer, all. One with less than `SMALLEST` is not compared, nor is a short
program. Programs are compared by Jaccard. All comparisons are exact.

Held in memory: 12 bytes for each shingle of each row of the benchmarks, whatever the size of the data set.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
from synthsmith.builders.duplicates.shingles import Shingles

FEW, SHARED, SMALLEST = 20, 10, 5
Numbers: TypeAlias = npt.NDArray[np.int64]


def is_common(counts: Numbers, rows: int) -> npt.NDArray[np.bool_]:
    """Of things that are in so many of the rows, which are too frequent to tell them apart."""
    return counts > max(FEW, rows // 100)


@dataclass(frozen=True, slots=True)
class Shared:
    """The row that shares most, by its number, and how much: 0 to 1."""

    row: int
    score: float


class Postings:
    """Many sets, and for each shingle that is `known` in which of them it is."""

    def __init__(self, sets: Sequence[Shingles]) -> None:
        self.sizes: Numbers = np.fromiter(map(len, sets), np.int64, len(sets))
        whole = np.concatenate(sets) if sets else np.empty(0, np.uint64)
        owners = np.repeat(np.arange(len(sets), dtype=np.uint32), self.sizes)
        order = np.argsort(whole, kind="stable")
        self._owners = owners[order]
        self.known, starts = np.unique(whole[order], return_index=True)
        self._starts: Numbers = np.append(starts, len(whole)).astype(np.int64)

    @property
    def counts(self) -> Numbers:
        """In how many sets each shingle is."""
        return self._starts[1:] - self._starts[:-1]

    def positions(self, shingles: Shingles) -> Numbers:
        """The places of those shingles that are in any of the sets."""
        if not len(self.known):
            return np.empty(0, np.int64)
        near: Numbers = np.minimum(np.searchsorted(self.known, shingles), len(self.known) - 1)
        found: Numbers = near[self.known[near] == shingles]
        return found

    def owners(self, positions: Numbers) -> tuple[Numbers, Numbers]:
        """The sets in which some of these shingles are, in order, and how many."""
        parts = [self._owners[self._starts[at] : self._starts[at + 1]] for at in positions.tolist()]
        if not parts:
            return np.empty(0, np.int64), np.empty(0, np.int64)
        sets, counts = np.unique(np.concatenate(parts), return_counts=True)
        return sets.astype(np.int64), counts

    def sizes_without(self, dropped: npt.NDArray[np.bool_]) -> Numbers:
        """The sizes of the sets without some of the shingles."""
        lost: Numbers = np.bincount(self._owners[np.repeat(dropped, self.counts)], minlength=len(self.sizes))
        return self.sizes - lost


class Statements:
    """The statements of benchmarks. `ours` counts for each of their shingles the rows of the data set."""

    def __init__(self, sets: Sequence[Shingles]) -> None:
        self.postings = Postings(sets)
        self._common = is_common(self.postings.counts, len(sets))
        self._sizes = self.postings.sizes_without(self._common)

    def leave_out(self, ours: Numbers, rows: int) -> None:
        """Let what is common in the data set not count either."""
        self._common |= is_common(ours, rows)
        self._sizes = self.postings.sizes_without(self._common)

    @property
    def comparable(self) -> npt.NDArray[np.bool_]:
        """Which statements have enough that is their own."""
        return self._sizes >= SMALLEST

    def most_like(self, shingles: Shingles, threshold: float) -> Shared | None:
        """The statement that shares most with one of ours, from the threshold up."""
        known = self.postings.positions(shingles)
        dropped = self._common[known]
        sets, shared = self.postings.owners(known[~dropped])
        smaller = np.minimum(self._sizes[sets], len(shingles) - int(dropped.sum()))
        enough = (shared >= np.minimum(SHARED, smaller)) & (smaller >= SMALLEST)
        return _best(sets, np.where(enough, shared / np.maximum(smaller, 1), 0.0), threshold)


class Programs:
    """The programs of benchmarks that are long enough; `rows` says whose each is."""

    def __init__(self, sets: Sequence[Shingles], rows: Sequence[int]) -> None:
        self._postings, self._rows = Postings(sets), np.asarray(rows, np.int64)

    def most_like(self, shingles: Shingles, threshold: float) -> Shared | None:
        """The row with the program that is most alike, from the threshold up."""
        sets, shared = self._postings.owners(self._postings.positions(shingles))
        scores = shared / (self._postings.sizes[sets] + len(shingles) - shared)
        return _best(self._rows[sets], scores, threshold)


def _best(rows: Numbers, scores: npt.NDArray[np.float64], threshold: float) -> Shared | None:
    """The first of those with the highest score."""
    if not len(scores):
        return None
    best = int(np.argmax(scores))
    return Shared(int(rows[best]), float(scores[best])) if scores[best] >= threshold else None
