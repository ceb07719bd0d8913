"""Synonyms in a tree made one: siblings whose names have one key are merged, and every merger is told."""

import math
from dataclasses import dataclass
from operator import attrgetter

from synthsmith.builders.features import Tree, children_of, walk
from synthsmith.builders.naming import Folding, Naming, naming

SEPARATOR = " > "


@dataclass(frozen=True, slots=True)
class Fold:
    """A name that went into another, below `path` ("algorithm > sorting")."""

    path: str
    name: str
    into: str


def rules_for(folding: Folding, tree: Tree) -> Naming:
    """The rules by which the names of this tree are folded."""
    return naming(folding, map(attrgetter("name"), walk(tree)))


def folded(tree: Tree, rules: Naming) -> tuple[Tree, tuple[Fold, ...]]:
    """The tree with synonyms among siblings merged, and every fold, in the tree's order.

    The name found most often stands for all; among equals the longest, as it is spelled out. Counts are
    added, so that a source which had both names counts twice. Categories are never folded.
    """
    folds: list[Fold] = []
    return _below(tree, [], rules, folds, root=True), tuple(folds)


def _below(tree: Tree, path: list[str], rules: Naming, folds: list[Fold], root: bool = False) -> Tree:
    """The tree folded below its own name; the very same where nothing was."""
    if not tree.children:
        return tree
    children = tuple(tree.children.values())
    merged = (
        children if root or len(children) == 1 else _siblings(children, SEPARATOR.join(path), rules, folds)
    )
    below = [_below(child, [*path, child.name], rules, folds) for child in merged]
    if len(below) == len(children) and all(map(_same, below, children)):
        return tree
    return Tree(tree.name, tree.count, children_of(below))


def _same(one: Tree, other: Tree) -> bool:
    return one is other


def _siblings(children: tuple[Tree, ...], path: str, rules: Naming, folds: list[Fold]) -> tuple[Tree, ...]:
    groups: dict[str, list[Tree]] = {}
    for child in children:
        groups.setdefault(rules.key(child.name), []).append(child)
    if len(groups) == len(children):
        return children
    return tuple(_one(group, path, folds) if len(group) > 1 else group[0] for group in groups.values())


def _one(group: list[Tree], path: str, folds: list[Fold]) -> Tree:
    name = min(group, key=lambda tree: (-tree.count, -len(tree.name), tree.name)).name
    folds += [Fold(path, tree.name, name) for tree in group if tree.name != name]
    below = children_of(child for tree in group for child in tree.children.values())
    return Tree(name, math.fsum(tree.count for tree in group), below)
