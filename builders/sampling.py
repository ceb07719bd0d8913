"""Draws from the feature tree: a style and a subtree for each task, by name alone.

Sampling follows EpiCoder (arXiv 2501.04694): at each node children are drawn without replacement, the share
p of each tempered by t: p'_i = exp(log p_i / t) / sum_j exp(log p_j / t). So t = 1 keeps the frequencies and
a high t levels them. Every draw has a name such as "7:123" (the build's seed, the draw's index) from which
alone its randomness comes.
"""

import math
from bisect import bisect_right, insort
from dataclasses import dataclass, field
from itertools import accumulate
from random import Random
from typing import ClassVar

from synthsmith.builders.features import CATEGORIES, UNSAMPLED, Nested, Tree
from synthsmith.prompts import REQUIRED_SECTIONS


@dataclass(frozen=True, slots=True)
class Sampling:
    """How draws are made: children chosen at each depth, temperature, categories never left out, styles.

    `shape` says how many children are chosen at the root, below a category, and so on; where there are fewer
    all are taken, and nothing is taken below the last depth. The default is EpiCoder's. With `widest`, as
    long as `shape`, the shape is free: each draw has one of its own, every number of it between the two
    (below the categories also 0, with which a draw ends there). `styles` are whole-number weights.
    """

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    shape: tuple[int, ...] = (5, 2, 1, 1)
    widest: tuple[int, ...] | None = None
    temperature: float = 3.0
    required: tuple[str, ...] = ("problem type", "algorithm", "data structures")
    styles: tuple[tuple[str, int], ...] = (("codeforces", 70), ("atcoder", 15), ("leetcode", 15))

    def __post_init__(self) -> None:
        least = (1, 1, *(0 for _ in self.shape[2:])) if self.widest is not None else (1,) * len(self.shape)
        if not self.shape or any(a < b for a, b in zip(self.shape, least, strict=False)):
            raise ValueError(f"shape must be numbers of children, each at least 1, not {self.shape}")
        if self.widest is not None:
            pairs = zip(self.shape, self.widest, strict=False)
            if len(self.widest) != len(self.shape) or any(most < few for few, most in pairs):
                raise ValueError(
                    f"widest must be as long as shape {self.shape} and nowhere less, not {self.widest}"
                )
        if not (math.isfinite(self.temperature) and self.temperature > 0):
            raise ValueError(f"temperature must be above 0, not {self.temperature}")
        if not set(self.required) <= {*CATEGORIES} - {UNSAMPLED} or len({*self.required}) > self.shape[0]:
            names = ", ".join(sorted({*CATEGORIES} - {UNSAMPLED}))
            raise ValueError(
                f"required must be at most {self.shape[0]} of the categories {names}, not {self.required}"
            )
        known = {name for name, _ in self.styles} <= REQUIRED_SECTIONS.keys()
        if not self.styles or not known or min(weight for _, weight in self.styles) < 1:
            raise ValueError(
                f"styles must be of {', '.join(REQUIRED_SECTIONS)}, each with a weight of at least 1"
            )


@dataclass(frozen=True, slots=True)
class _Urn:
    """The children of a node that can be drawn, sorted by key, with their weights and the sums of these."""

    children: tuple[Tree, ...]
    weights: tuple[float, ...]
    sums: tuple[float, ...]


@dataclass(slots=True)
class Sampler:
    """Draws from one tree. What is weighed once is kept: a draw costs the same from a large tree."""

    tree: Tree
    sampling: Sampling = Sampling()
    _urns: dict[int, _Urn] = field(default_factory=dict)

    def draw(self, name: str) -> tuple[str, Nested]:
        """The style and the subtree of the draw called `name`, such as "7:123"."""
        return style(name, self.sampling), self.sample(name)

    def sample(self, seed: str) -> Nested:
        """A subtree as nested names, drawn by the seed alone; "programming language" is never in it."""
        categories = {key: child for key, child in self.tree.children.items() if key != UNSAMPLED}
        required = [key for key in self.sampling.required if key in categories]
        rng = Random(f"{seed}:features")
        shape = _shape(seed, self.sampling)
        others = tuple(child for key, child in categories.items() if key not in required)
        drawn = _drawn(_urn(others, self.sampling.temperature), shape[0] - len(required), rng)
        chosen = {*(categories[key].name for key in required), *(child.name for child in drawn)}
        return {
            child.name: self._sample(child, shape[1:], rng)
            for child in categories.values()
            if child.name in chosen
        }

    def _sample(self, tree: Tree, shape: tuple[int, ...], rng: Random) -> Nested:
        if not shape or not tree.children:
            return {}
        urn = self._urns.get(id(tree))
        if urn is None:
            urn = _urn(tuple(tree.children.values()), self.sampling.temperature)
            self._urns[id(tree)] = urn
        return {child.name: self._sample(child, shape[1:], rng) for child in _drawn(urn, shape[0], rng)}


def sample(tree: Tree, seed: str, sampling: Sampling = Sampling()) -> Nested:
    """One draw's subtree; for many draws from one tree make a Sampler."""
    return Sampler(tree, sampling).sample(seed)


def draw(tree: Tree, name: str, sampling: Sampling = Sampling()) -> tuple[str, Nested]:
    """One draw's style and subtree; for many draws from one tree make a Sampler."""
    return Sampler(tree, sampling).draw(name)


def _shape(seed: str, sampling: Sampling) -> tuple[int, ...]:
    if sampling.widest is None:
        return sampling.shape
    rng = Random(f"{seed}:shape")
    return tuple(rng.randint(few, most) for few, most in zip(sampling.shape, sampling.widest, strict=True))


def _urn(children: tuple[Tree, ...], temperature: float) -> _Urn:
    top = max((child.count for child in children), default=0.0)
    there = tuple(child for child in children if child.count > 0)
    weights = tuple((child.count / top) ** (1 / temperature) for child in there)
    return _Urn(there, weights, tuple(accumulate(weights)))


def _drawn(urn: _Urn, number: int, rng: Random) -> list[Tree]:
    """Up to `number` children, drawn one after the other without replacement, in the order of their keys."""
    taken: list[int] = []
    while len(taken) < min(number, len(urn.weights)):
        left = urn.sums[-1] - math.fsum(urn.weights[i] for i in taken)
        insort(taken, _at(urn, taken, rng.random() * left))
    return [urn.children[i] for i in taken]


def _at(urn: _Urn, taken: list[int], at: float) -> int:
    """The child that lies at this weight when those taken are pushed out of the row."""
    for i in taken:
        if urn.sums[i] - urn.weights[i] > at:
            break
        at += urn.weights[i]
    index = bisect_right(urn.sums, at)
    while index in taken:  # only where rounding left a crumb between the two
        index += 1
    if index >= len(urn.weights):
        index = max(i for i in range(len(urn.weights)) if i not in taken)
    return index


def style(draw: str, sampling: Sampling = Sampling()) -> str:
    """The style of a draw such as "7:123": every block of draws holds the weights' ratio exactly.

    With 70 : 15 : 15 a block is 20 draws with 14, 3 and 3 of the styles, in an order shuffled by the seed.
    """
    seed, index = _draw(draw)
    divisor = math.gcd(*(weight for _, weight in sampling.styles))
    block = [name for name, weight in sampling.styles for _ in range(weight // divisor)]
    rng = Random(f"{seed}:styles:{index // len(block)}")
    return sorted(block, key=lambda _: rng.random())[index % len(block)]


def _draw(name: str) -> tuple[str, int]:
    seed, _, index = name.rpartition(":")
    if not seed or not index.isascii() or not index.isdigit():
        raise ValueError(f"a draw is named SEED:INDEX, not {name!r}")
    return seed, int(index)
