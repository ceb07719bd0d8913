"""How values are spread, counted in bins: what a figure needs of a column, in a few numbers."""

from collections.abc import Mapping
from dataclasses import dataclass

BINS, FINE_BINS = 10, 50  # of rates, of probabilities
_SCALE = 10**9  # probabilities have nine digits; whole numbers add up the same in any order


@dataclass(frozen=True, slots=True)
class Spread:
    """Values from 0 to 1 in equal bins, the last with its upper end, and their mean (0 without any)."""

    bins: tuple[int, ...]
    mean: float

    @property
    def count(self) -> int:
        return sum(self.bins)

    @property
    def edges(self) -> tuple[float, ...]:
        return tuple(index / len(self.bins) for index in range(len(self.bins) + 1))


def mark(what: str, value: float, bins: int = BINS) -> "dict[tuple[str, str], int]":
    """What one value adds to a tally."""
    return {
        (what, str(min(int(value * bins), bins - 1))): 1,
        (f"sum of {what}", ""): round(value * _SCALE),
    }


def spread(tally: Mapping[tuple[str, str], int], what: str, bins: int = BINS) -> Spread:
    """The values of which marks were added to the tally."""
    counts = tuple(tally.get((what, str(index)), 0) for index in range(bins))
    total = tally.get((f"sum of {what}", ""), 0)
    return Spread(counts, total / _SCALE / sum(counts) if any(counts) else 0.0)
