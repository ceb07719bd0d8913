"""pass@k and avg@n over many problems, and how far to trust them: pure, the same bytes on every machine.

Intervals are those of the percentile bootstrap over problems (Efron and Tibshirani, 1993, chapter 13): as
many problems as there are get drawn with replacement, again and again, and the quantiles of the means bound
the interval. They say how much the score hangs on which problems are in the benchmark, and on which samples
the model happened to give for each. Where all problems score the same the interval has no width, however few
they are.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random

from synthsmith.verification.errors import InputError


@dataclass(frozen=True, slots=True)
class Count:
    """Of the `samples` of one problem so many are `right`."""

    samples: int
    right: int


@dataclass(frozen=True, slots=True)
class Bootstrap:
    """How intervals are found: so many resamples, drawn from the seed, at this level."""

    resamples: int = 2000
    level: float = 0.95
    seed: int = 0


USUAL = Bootstrap()


@dataclass(frozen=True, slots=True)
class Estimate:
    """The mean over so many `problems`, and its interval."""

    value: float
    low: float
    high: float
    problems: int


@dataclass(frozen=True, slots=True)
class Scores:
    """What one group of problems scores. A k that no problem has samples for is not in `passes`."""

    average: Estimate | None
    passes: Mapping[int, Estimate]


def pass_at_k(n: int, c: int, k: int) -> float:
    """The unbiased estimate of pass@k from n samples of which c are right: 1 - C(n-c, k) / C(n, k).

    As a product, so that large binomials do not overflow (Chen et al., 2021, arXiv 2107.03374).
    """
    if not 0 <= c <= n or not 1 <= k <= n:
        raise InputError(f"pass@{k} cannot be estimated from {n} samples of which {c} are right.")
    if n - c < k:
        return 1.0
    return 1.0 - math.prod(1.0 - k / i for i in range(n - c + 1, n + 1))


def usual_k(samples: int) -> tuple[int, ...]:
    """The powers of two up to the number of samples, and that number."""
    powers = [1 << power for power in range(samples.bit_length()) if 1 << power < samples]
    return (*powers, samples)


def scores(counts: Sequence[Count], k: Sequence[int], bootstrap: Bootstrap = USUAL) -> Scores:
    """avg@n (the mean share of right samples) and pass@k for each k, with their intervals.

    Problems without a sample have no share; those with less than k samples have no say in pass@k.
    """
    shares = [each.right / each.samples for each in counts if each.samples]
    columns = [
        [pass_at_k(each.samples, each.right, one) for each in counts if each.samples >= one] for one in k
    ]
    average, *passes = estimates([shares, *columns], bootstrap)
    return Scores(average, {one: found for one, found in zip(k, passes, strict=True) if found is not None})


def estimates(columns: Sequence[Sequence[float]], bootstrap: Bootstrap = USUAL) -> list[Estimate | None]:
    """The mean of each column of values, one a problem, with its interval; None for an empty one.

    Columns of one length are resampled together.
    """
    found: dict[int, Estimate] = {}
    for size in {len(column) for column in columns if column}:
        same = [number for number, column in enumerate(columns) if len(column) == size]
        means = _means([columns[number] for number in same], size, bootstrap)
        for number, drawn in zip(same, means, strict=True):
            tail = (1 - bootstrap.level) / 2
            value = math.fsum(columns[number]) / size
            found[number] = Estimate(value, quantile(drawn, tail), quantile(drawn, 1 - tail), size)
    return [found.get(number) for number in range(len(columns))]


def quantile(values: Sequence[float], share: float) -> float:
    """The quantile of some values, interpolated between neighbours (type 7 of Hyndman and Fan, 1996)."""
    ordered = sorted(values)
    place = share * (len(ordered) - 1)
    below = min(int(place), len(ordered) - 1)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (place - below) * (ordered[above] - ordered[below])


def require_k(k: Sequence[int], samples: int) -> tuple[int, ...]:
    """The given k in order; InputError where one is not between 1 and the number of samples."""
    wanted = sorted(set(k))
    if any(not 1 <= one <= samples for one in wanted):
        raise InputError(f"k must be from 1 to {samples}, the number of samples, not {wanted}.")
    return tuple(wanted)


def _means(columns: Sequence[Sequence[float]], size: int, bootstrap: Bootstrap) -> list[list[float]]:
    """For each column the means of its resamples; only `Random.random` is promised never to change."""
    rng = Random(bootstrap.seed)
    means: list[list[float]] = [[] for _ in columns]
    for _ in range(bootstrap.resamples):
        picks = [int(rng.random() * size) for _ in range(size)]
        for column, drawn in zip(columns, means, strict=True):
            drawn.append(math.fsum(map(column.__getitem__, picks)) / size)
    return means
