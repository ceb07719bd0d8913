"""Which features of a tree a build has drawn and which it has used: how often, and which never.

Draws are made by name alone, so each is made again here, which gives the places of its features in the tree
where an attempt holds their names only; a name that was drawn in two places counts in both. A feature that
has others below it counts where any of them does.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from synthsmith.builders.features import UNSAMPLED, Nested, Tree, fold, leaves
from synthsmith.builders.sampling import Sampler
from synthsmith.verification.errors import InputError


@dataclass(frozen=True, slots=True)
class Use:
    """What one attempt says of features: the leaves drawn, those chosen, and whether it ended well."""

    draw: str
    drawn: tuple[str, ...]
    selected: tuple[str, ...]
    verified: bool


@dataclass(frozen=True, slots=True)
class CategoryCoverage:
    """Of a category's features: how many can be drawn, were drawn, were chosen, are in verified tasks.

    What lies deeper than the shape of draws goes can never be drawn.
    """

    category: str
    nodes: int
    in_reach: int
    drawn: int
    selected: int
    verified: int


@dataclass(slots=True)
class Tally:
    """How often a feature, and those below it that ever were drawn, were drawn, chosen, and verified."""

    drawn: int = 0
    selected: int = 0
    verified: int = 0
    below: "dict[str, Tally]" = field(default_factory=dict)


def cover(sampler: Sampler, uses: Iterable[Use]) -> Tally:
    """The tally of a build; InputError where an attempt's draw is not from this tree."""
    root = Tally()
    for use in uses:
        _, subtree = sampler.draw(use.draw)
        if leaves(subtree) != use.drawn:
            raise InputError(
                f"the attempt of draw {use.draw} was not made with the feature tree that lies beside it"
            )
        _mark(root, subtree, frozenset(map(fold, use.selected)), use.verified)
    return root


def _mark(tally: Tally, drawn: Nested, selected: frozenset[str], verified: bool) -> bool:
    """Count one draw; whether any feature at or below was chosen."""
    chosen = False
    for name, below in drawn.items():
        key = fold(name)
        here = tally.below.setdefault(key, Tally())
        used = _mark(here, below, selected, verified) if below else key in selected
        here.drawn += 1
        here.selected += used
        here.verified += used and verified
        chosen = chosen or used
    return chosen


def categories(sampler: Sampler, tally: Tally) -> tuple[CategoryCoverage, ...]:
    """The coverage of every category that draws are made from."""
    depth = len(sampler.sampling.shape) - 1
    found = []
    for key, child in sampler.tree.children.items():
        if key != UNSAMPLED:
            marks = tuple(_tallies(tally.below.get(key, Tally())))
            found.append(
                CategoryCoverage(
                    child.name,
                    _nodes(child),
                    _nodes(child, depth),
                    len(marks),
                    sum(mark.selected > 0 for mark in marks),
                    sum(mark.verified > 0 for mark in marks),
                )
            )
    return tuple(found)


def _tallies(tally: Tally) -> Iterator[Tally]:
    for below in tally.below.values():
        yield below
        yield from _tallies(below)


def _nodes(tree: Tree, depth: int | None = None) -> int:
    """The features below a tree, or those no more than so many levels below."""
    if depth == 0:
        return 0
    return sum(1 + _nodes(child, None if depth is None else depth - 1) for child in tree.children.values())


def to_json(sampler: Sampler, tally: Tally) -> str:
    """`OUT/coverage.json`: the shares of all categories, and every feature with its counts, never ones too.

    A leaf is `[drawn, selected, verified]`; any other has an object of the features below it as a fourth.
    """
    shares = []
    for one in categories(sampler, tally):
        named = {name: getattr(one, name) for name in CategoryCoverage.__slots__}
        shares.append(
            {
                **named,
                "drawn_share": _share(one.drawn, one.nodes),
                "selected_share": _share(one.selected, one.nodes),
            }
        )
    features = {
        child.name: _counts(child, tally.below.get(key))
        for key, child in sampler.tree.children.items()
        if key != UNSAMPLED
    }
    head = json.dumps({"categories": shares}, ensure_ascii=False, indent=1)
    body = json.dumps(features, ensure_ascii=False, separators=(",", ":"))
    return f'{head[:-2]},\n "features": {body}\n}}\n'


def _share(part: int, whole: int) -> float:
    return round(part / whole, 6) if whole else 0.0


def _counts(tree: Tree, tally: Tally | None) -> list[object]:
    tally = tally or Tally()
    counts: list[object] = [tally.drawn, tally.selected, tally.verified]
    if tree.children:
        counts.append({c.name: _counts(c, tally.below.get(key)) for key, c in tree.children.items()})
    return counts
