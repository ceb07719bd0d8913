"""Draws from the feature tree: a style and a subtree for each task, by name alone.

Sampling follows EpiCoder (arXiv 2501.04694): at each node children are drawn without replacement, the share
p of each tempered by t: p'_i = exp(log p_i / t) / sum_j exp(log p_j / t). So t = 1 keeps the frequencies and
a high t levels them. Every draw has a name such as "7:123" (the build's seed, the draw's index) from which
alone its randomness comes.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from random import Random

from synthsmith.builders.features import CATEGORIES, UNSAMPLED, Nested, Tree
from synthsmith.prompts import REQUIRED_SECTIONS


@dataclass(frozen=True, slots=True)
class Sampling:
    """How draws are made: children chosen at each depth, temperature, categories never left out, styles.

    `shape` says how many children are chosen at the root, below a category, and so on; where there are fewer
    all are taken, and nothing is taken below the last depth. The default is EpiCoder's. `styles` are
    whole-number weights.
    """

    shape: tuple[int, ...] = (5, 2, 1, 1)
    temperature: float = 3.0
    required: tuple[str, ...] = ("problem type", "algorithm", "data structures")
    styles: tuple[tuple[str, int], ...] = (("codeforces", 70), ("atcoder", 15), ("leetcode", 15))

    def __post_init__(self) -> None:
        if not self.shape or min(self.shape) < 1:
            raise ValueError(f"shape must be numbers of children, each at least 1, not {self.shape}")
        if not (math.isfinite(self.temperature) and self.temperature > 0):
            raise ValueError(f"temperature must be above 0, not {self.temperature}")
        if not set(self.required) <= {*CATEGORIES} - {UNSAMPLED} or len({*self.required}) > self.shape[0]:
            raise ValueError(f"required must be at most {self.shape[0]} categories, not {self.required}")
        known = {name for name, _ in self.styles} <= REQUIRED_SECTIONS.keys()
        if not self.styles or not known or min(weight for _, weight in self.styles) < 1:
            raise ValueError(
                f"styles must be of {', '.join(REQUIRED_SECTIONS)}, each with a weight of at least 1"
            )


def sample(tree: Tree, seed: str, sampling: Sampling = Sampling()) -> Nested:
    """A subtree as nested names, drawn by the seed string alone; "programming language" is never in it."""
    categories = {key: child for key, child in tree.children.items() if key != UNSAMPLED}
    required = [key for key in sampling.required if key in categories]
    rng = Random(f"{seed}:features")
    others = {key: child for key, child in categories.items() if key not in required}
    chosen = {*required, *_choose(others, sampling.shape[0] - len(required), sampling.temperature, rng)}
    shape = sampling.shape[1:]
    return {
        child.name: _sample(child, shape, sampling.temperature, rng)
        for key, child in categories.items()
        if key in chosen
    }


def _sample(tree: Tree, shape: tuple[int, ...], temperature: float, rng: Random) -> Nested:
    if not shape:
        return {}
    chosen = _choose(tree.children, shape[0], temperature, rng)
    children = [tree.children[key] for key in chosen]
    return {child.name: _sample(child, shape[1:], temperature, rng) for child in children}


def _choose(children: Mapping[str, Tree], number: int, temperature: float, rng: Random) -> list[str]:
    """Up to `number` keys, drawn one after the other without replacement by tempered counts, in key order."""
    top = max((child.count for child in children.values()), default=0.0)
    weights = {key: (c.count / top) ** (1 / temperature) for key, c in children.items() if c.count > 0}
    chosen: list[str] = []
    while weights and len(chosen) < number:
        key = _pick(weights, rng.random() * math.fsum(weights.values()))
        del weights[key]
        chosen.append(key)
    return sorted(chosen)


def _pick(weights: Mapping[str, float], at: float) -> str:
    for key, weight in weights.items():
        at -= weight
        if at < 0:
            return key
    return key  # rounding left a crumb at the end


def style(draw: str, sampling: Sampling = Sampling()) -> str:
    """The style of a draw such as "7:123": every block of draws holds the weights' ratio exactly.

    With 70 : 15 : 15 a block is 20 draws with 14, 3 and 3 of the styles, in an order shuffled by the seed.
    """
    seed, index = _draw(draw)
    divisor = math.gcd(*(weight for _, weight in sampling.styles))
    block = [name for name, weight in sampling.styles for _ in range(weight // divisor)]
    rng = Random(f"{seed}:styles:{index // len(block)}")
    return sorted(block, key=lambda _: rng.random())[index % len(block)]


def draw(tree: Tree, name: str, sampling: Sampling = Sampling()) -> tuple[str, Nested]:
    """The style and the subtree of the draw called `name`, such as "7:123"."""
    return style(name, sampling), sample(tree, name, sampling)


def _draw(name: str) -> tuple[str, int]:
    seed, _, index = name.rpartition(":")
    if not seed or not index.isascii() or not index.isdigit():
        raise ValueError(f"a draw is named SEED:INDEX, not {name!r}")
    return seed, int(index)
