"""The feature tree: what competitive programming is made of, and how often.

A tree is a feature and the trees below it; the root has no name, its children are the categories. Counts say
in how many sources a feature was found. Names that differ only in case or spacing are one feature. Children
are kept in the order of their folded names and the spelling that sorts first is shown, so that merging gives
the same tree in whatever order the sources come. Trees are never changed: merging shares what it can, and a
tree of 600,000 features takes some hundred megabytes.
"""

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

Nested: TypeAlias = "dict[str, Nested]"

CATEGORIES = (
    "programming language",
    "problem type",
    "algorithm",
    "data structures",
    "implementation logic",
    "complexity analysis",
    "optimization techniques",
)
UNSAMPLED = "programming language"  # says how the source was written, nothing about a task
MAX_DEPTH = 12
MAX_NAME = 120


class FeatureError(ValueError):
    """Says which part of what was given is not a feature tree."""


@dataclass(frozen=True, slots=True)
class Tree:
    """A feature, the sources it was found in, and the features below it by their folded names, sorted."""

    name: str = ""
    count: float = 0.0
    children: Mapping[str, "Tree"] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CategorySize:
    """How much of a category there is: all features below it, and those without any below them."""

    category: str
    nodes: int
    leaves: int


def fold(name: str) -> str:
    """The key under which equal names meet: case and spacing do not count."""
    return " ".join(name.split()).casefold()


def from_nested(value: object, count: float = 1.0, name: str = "", path: str = "features") -> Tree:
    """The tree of nested names with `{}` for leaves, each counted `count` times; FeatureError otherwise."""
    if not isinstance(value, dict):
        raise FeatureError(f"{path} is {type(value).__name__}, expected an object ({{}} for a leaf)")
    if path.count(" > ") >= MAX_DEPTH:
        raise FeatureError(f"{path[:200]} is nested more than {MAX_DEPTH} deep")
    below = []
    for key, part in value.items():
        label = _label(key, path)
        below.append(from_nested(part, count, label, f"{path} > {label}"))
    return Tree(name, count, _children(below, count))


def _label(key: object, path: str) -> str:
    label = " ".join(key.split()) if isinstance(key, str) else ""
    if not label or not label.isprintable() or len(label) > MAX_NAME:
        raise FeatureError(f"{path} has a name that is no short line of text: {str(key)[:MAX_NAME]!r}")
    return label


def _children(trees: Iterable[Tree], count: float | None = None) -> dict[str, Tree]:
    """Trees merged under their folded names; with `count`, as often as a group is there it counts once."""
    groups: dict[str, list[Tree]] = {}
    for tree in trees:
        groups.setdefault(fold(tree.name), []).append(tree)
    children = {}
    for key in sorted(groups):
        merged = merge(groups[key])
        children[key] = merged if count is None else Tree(merged.name, count, merged.children)
    return children


def merge(trees: Iterable[Tree]) -> Tree:
    """The recursive union of trees, counts added; the same for every order of the trees."""
    parts = tuple(trees)
    if len(parts) == 1:
        return parts[0]
    count = math.fsum(part.count for part in parts)
    return Tree(
        min((part.name for part in parts), default=""),
        count,
        _children(child for part in parts for child in part.children.values()),
    )


def names(tree: Tree) -> Nested:
    """The tree as nested names, without counts: what prompts show."""
    return {child.name: names(child) for child in tree.children.values()}


def leaves(nested: Nested) -> tuple[str, ...]:
    """The names of the leaves of nested names, in order, each once."""
    found: dict[str, None] = {}
    for name, below in nested.items():
        found.update(dict.fromkeys(leaves(below) if below else (name,)))
    return tuple(found)


def statistics(tree: Tree) -> tuple[CategorySize, ...]:
    """The size of each category, in the tree's order."""
    return tuple(CategorySize(child.name, *_size(child)) for child in tree.children.values())


def _size(tree: Tree) -> tuple[int, int]:
    nodes = leaf_nodes = 0
    for child in tree.children.values():
        below, leaves_below = _size(child)
        nodes += 1 + below
        leaf_nodes += leaves_below or 1
    return nodes, leaf_nodes


def evolved(tree: Tree, found: Tree) -> Tree:
    """What `found` adds to `tree`, to be merged with it: new features with estimated counts.

    A new feature counts as much as the mean of its siblings in `tree`; where it has none, as the mean of its
    parent's level (EpiCoder). Features that the tree has already are there with count 0 as the way to the
    new ones, and only where there are new ones below.
    """
    return Tree(tree.name, 0.0, _additions(tree.children, found.children, 1.0))


def _additions(old: Mapping[str, Tree], found: Mapping[str, Tree], level: float) -> dict[str, Tree]:
    mean = math.fsum(child.count for child in old.values()) / len(old) if old else level
    added = {}
    for key, child in found.items():
        known = old.get(key)
        below = _additions(known.children if known else {}, child.children, mean)
        if known is None:
            added[key] = Tree(child.name, mean, below)
        elif below:
            added[key] = Tree(known.name, 0.0, below)
    return added


def to_json(tree: Tree) -> str:
    """The tree as one line of JSON: a leaf is its count, any other `[count, {name: tree, ...}]`."""
    return json.dumps(_plain(tree), ensure_ascii=False, separators=(",", ":"))


def _plain(tree: Tree) -> object:
    count = int(tree.count) if tree.count.is_integer() else tree.count
    return [count, {c.name: _plain(c) for c in tree.children.values()}] if tree.children else count


def from_json(text: str) -> Tree:
    """The tree that `to_json` wrote; FeatureError where it is none."""
    try:
        return _tree(json.loads(text), "")
    except FeatureError:
        raise
    except (ValueError, OverflowError, RecursionError) as error:
        raise FeatureError(f"not a feature tree: {error}") from None


def _tree(value: object, name: str) -> Tree:
    match value:
        case bool():
            pass
        case int() | float() if value >= 0 and math.isfinite(value):
            return Tree(name, float(value))
        case [int() | float() as count, dict() as below]:
            children = [_tree(part, _label(key, name or "the root")) for key, part in below.items()]
            return Tree(name, _tree(count, name).count, _children(children))
    raise FeatureError(f"not a feature tree: {name or 'the root'!r} is neither a count nor [count, features]")
