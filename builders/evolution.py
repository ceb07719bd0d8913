"""Growth in breadth and depth: which part of a category a prompt shows, and what of a reply is new.

A category that is larger than one prompt can show is cut into pieces that have no feature in common; a round
asks for some of them or for all. A reply is checked against the whole tree as it was before the round: what
is there already under the same name or another is no new feature, nor is what lies too deep. Nothing of that
is merged, and all of it is reported.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random
from typing import Annotated, ClassVar

from annotated_types import Ge, Le
from synthsmith.builders.features import MAX_DEPTH, Tree, fold, merge
from synthsmith.builders.folding import SEPARATOR, Fold, folded
from synthsmith.builders.naming import Naming


@dataclass(frozen=True, slots=True)
class Evolution:
    """How the extracted tree grows. `rounds` of 0 leave it as it is.

    A prompt shows at most `shown` features of a category; of the pieces that it is cut into, `subtrees` are
    drawn for each round by the build's seed (None: all). `max_depth` says how many levels there may be below
    a category. With `min_siblings` of 2 a lone new feature beside others is left out, as the paper asks for
    two or more; 1 takes what comes.
    """

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    rounds: Annotated[int, Ge(0), Le(100)] = 1
    subtrees: Annotated[int, Ge(1)] | None = None
    shown: Annotated[int, Ge(10), Le(10_000)] = 300
    max_depth: Annotated[int, Ge(1), Le(MAX_DEPTH - 1)] = 6
    min_siblings: Annotated[int, Ge(1), Le(10)] = 1


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A feature of a reply, below `path`, that was not taken, and why."""

    path: str
    name: str
    why: str


@dataclass(frozen=True, slots=True)
class Additions:
    """What a reply adds to a tree, with estimated counts, to be merged with it.

    `repeated` counts the features without anything below that the tree has under the same name, `folds` are
    those that it has under another. `widened` counts the groups that got two or more new features, `lone`
    those that got one, `refined` the leaves that got some below them.
    """

    new: Tree
    added: int = 0
    repeated: int = 0
    widened: int = 0
    lone: int = 0
    refined: int = 0
    folds: tuple[Fold, ...] = ()
    left_out: tuple[LeftOut, ...] = ()


def pieces(category: Tree, shown: int) -> Iterator[Tree]:
    """Parts of a category of at most so many features each, ancestors aside; together they are all of it."""
    run: dict[str, Tree] = {}
    used = 0
    for key, child in category.children.items():
        size = 1 + _size(child)
        if used + size > shown and run:
            yield Tree(category.name, category.count, run)
            run, used = {}, 0
        if size > shown:
            for piece in pieces(child, shown):
                yield Tree(category.name, category.count, {key: piece})
        else:
            run[key] = child
            used += size
    if run:
        yield Tree(category.name, category.count, run)


def _size(tree: Tree) -> int:
    return sum(1 + _size(child) for child in tree.children.values())


def chosen(category: Tree, wanted: Evolution, seed: int, number: int) -> tuple[tuple[str, Tree], ...]:
    """What a round (0, 1, ...) asks about in one category: each piece with a name for what is asked."""
    parts = list(pieces(category, wanted.shown))
    labels = [f"{category.name} {number + 1}.{i + 1}" for i in range(len(parts))]
    if len(parts) == 1:
        labels = [category.name if number == 0 else f"{category.name} {number + 1}"]
    named = list(zip(labels, parts, strict=True))
    if wanted.subtrees is not None and wanted.subtrees < len(named):
        named = Random(f"{seed}:evolve:{number}:{category.name}").sample(named, wanted.subtrees)
    return tuple(named)


@dataclass(slots=True)
class Check:
    """Replies of one round held against the tree as it was before; keys of siblings are made once."""

    tree: Tree
    rules: Naming
    wanted: Evolution
    _keys: dict[int, dict[str, Tree]] = field(default_factory=dict)

    def additions(self, found: Tree) -> Additions:
        """What `found` adds to the tree.

        A new feature counts as much as the mean of its siblings in the tree; where it has none, as the mean
        of its parent's level (EpiCoder). Features that the tree has already are there with count 0 as the way
        to the new ones, and only where there are new ones below.
        """
        tally = _Tally()
        below = self._below(self.tree, found, 1.0, [], tally)
        new = Tree(self.tree.name, 0.0, below)
        counts = (tally.added, tally.repeated, tally.widened, tally.lone, tally.refined)
        return Additions(new, *counts, tuple(tally.folds), tuple(tally.left_out))

    def together(self, replies: list[Tree]) -> Additions:
        """What all the additions of a round are together: what several replies name counts once."""
        union, among = folded(merge(replies), self.rules)
        made = self.additions(union)
        return Additions(made.new, made.added, 0, made.widened, made.lone, made.refined, among)

    def _below(
        self, old: Tree | None, found: Tree, level: float, path: list[str], tally: "_Tally"
    ) -> dict[str, Tree]:
        there = tuple(old.children.values()) if old else ()
        mean = math.fsum(child.count for child in there) / len(there) if there else level
        known: dict[str, Tree] = {}
        new: dict[str, Tree] = {}
        for child in found.children.values():
            match = self._match(old, child, path) if there else None
            if match is None:
                new[fold(child.name)] = child
                continue
            name = match.name
            if name != child.name and fold(name) != fold(child.name):
                tally.folds.append(Fold(SEPARATOR.join(path), child.name, name))
            elif not child.children:
                tally.repeated += 1
            below = self._below(match, child, mean, [*path, name], tally)
            if below:
                before = known.get(fold(name))
                parts = (before, Tree(name, 0.0, below)) if before else (Tree(name, 0.0, below),)
                known[fold(name)] = merge(parts)
        taken = self._taken(new, bool(there), path, tally)
        if old is not None and taken:
            _count_growth(there, taken, tally)
        for key, child in taken.items():
            tally.added += 1
            known[key] = Tree(child.name, mean, self._below(None, child, mean, [*path, child.name], tally))
        return dict(sorted(known.items()))

    def _match(self, old: Tree | None, child: Tree, path: list[str]) -> Tree | None:
        """The sibling in the tree that the feature is."""
        assert old is not None
        exact = old.children.get(fold(child.name))
        if exact is not None or not path:  # categories go by their names
            return exact
        keys = self._keys.get(id(old))
        if keys is None:
            keys = {self.rules.key(tree.name): tree for tree in reversed(tuple(old.children.values()))}
            self._keys[id(old)] = keys
        return keys.get(self.rules.key(child.name))

    def _taken(self, new: dict[str, Tree], beside: bool, path: list[str], tally: "_Tally") -> dict[str, Tree]:
        """Of the new features those that may stay."""
        why = ""
        if len(path) > self.wanted.max_depth:
            why = f"more than {self.wanted.max_depth} levels below the category"
        elif beside and path and len(new) < self.wanted.min_siblings:
            why = f"one of fewer than {self.wanted.min_siblings} new siblings"
        if not why:
            return new
        where = SEPARATOR.join(path)
        tally.left_out += [LeftOut(where, child.name, why) for child in new.values()]
        return {}


@dataclass(slots=True)
class _Tally:
    added: int = 0
    repeated: int = 0
    widened: int = 0
    lone: int = 0
    refined: int = 0
    folds: list[Fold] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)


def _count_growth(there: tuple[Tree, ...], taken: dict[str, Tree], tally: _Tally) -> None:
    if not there:
        tally.refined += 1
    elif len(taken) > 1:
        tally.widened += 1
    else:
        tally.lone += 1
