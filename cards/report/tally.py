"""What the figures show beyond `facts.count`: distributions over all tasks, counted in one pass."""

from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from synthsmith.cards.report.reading import Source, TaskRow, certificate_of
from synthsmith.verification.errors import InputError

BINS = 10
MOST_BINS = 12
_REPLIES = ("sft_hybrid", "sft_verified")  # the first that is there holds what the others hold


@dataclass(frozen=True, slots=True)
class Bin:
    """So many from `low` on; `good` of them are in the better state, where there is one."""

    low: float
    count: int
    good: int = 0


@dataclass(slots=True)
class Tally:
    """Counts that grow task by task; memory is a number or two a task.

    `labels` are the probabilities of the leading answers, `decided` how many of them became labels.
    """

    ease: list[int] = field(default_factory=lambda: [0] * BINS)
    solved: list[int] = field(default_factory=lambda: [0] * BINS)
    labels: list[int] = field(default_factory=lambda: [0] * BINS)
    decided: list[int] = field(default_factory=lambda: [0] * BINS)
    golden: list[int] = field(default_factory=lambda: [0] * BINS)
    kills: list[int] = field(default_factory=lambda: [0] * BINS)
    statements: "array[int]" = field(default_factory=lambda: array("L"))

    def add(self, task: TaskRow) -> None:
        """Count a task."""
        if task.statement is not None:
            self.statements.append(len(task.statement))
        certificate = certificate_of(task)
        if certificate is None:
            return
        for vote in certificate.votes:
            _count(self.labels, vote.probability)
            if vote.output is not None:
                _count(self.decided, vote.probability)
        if task.verified:
            if task.proxies:
                _count(self.ease, task.ease)
            _count(self.solved, task.solved_rate)
            _count(self.kills, task.kill_rate)
            _count(self.golden, certificate.golden_probabilities.get(task.golden_candidate or ""))


def tenths(counts: list[int], good: list[int] | None = None) -> tuple[Bin, ...]:
    """The ten bins of a share."""
    better = good or [0] * BINS
    return tuple(Bin(i / BINS, counts[i], better[i]) for i in range(BINS))


def lengths(values: "array[int]") -> tuple[Bin, ...]:
    """At most a dozen equal bins of a round width; what is longer than nearly all is in the last."""
    if not values:
        return ()
    ordered = sorted(values)
    nearly = ordered[min(len(ordered) - 1, len(ordered) * 99 // 100)]
    width = next(
        step * 10**power
        for power in range(20)
        for step in (1, 2, 5)
        if step * 10**power * MOST_BINS > nearly - ordered[0] + step * 10**power
    )
    first = ordered[0] // width
    counts = [0] * (min(nearly // width - first, MOST_BINS - 1) + 1)
    for value in ordered:
        counts[min(value // width - first, len(counts) - 1)] += 1
    return tuple(Bin((first + i) * width, count) for i, count in enumerate(counts))


def reply_lengths(source: Source) -> "array[int]":
    """The lengths, in characters, of the responses that are published; empty where none are."""
    found: array[int] = array("L")
    for config in _REPLIES:
        files = sorted((source.dataset / config).glob("*.parquet"))
        for file in files:
            found.extend(_lengths(str(file)))
        if files:
            break
    return found


def _lengths(file: str) -> Iterator[int]:
    try:
        with pq.ParquetFile(file, pre_buffer=False) as parquet:
            for batch in parquet.iter_batches(256, columns=["response"]):
                for length in pc.utf8_length(batch.column(0)).to_pylist():
                    if length is not None:
                        yield length
    except (pa.ArrowException, OSError) as error:
        raise InputError(f"{file} cannot be read ({error}).") from None


def _count(bins: list[int], share: float | None) -> None:
    if share is not None:
        bins[min(int(share * BINS), BINS - 1)] += 1
