"""The feature tree: what competitive programming is made of, and how often.

A tree is a feature and the trees below it; the root has no name, its children are the categories. Counts say
in how many sources a feature was found. Names that differ only in case or spacing are one feature here; what
else is one feature is said by `folding.py`. Children are kept in the order of their folded names and the
spelling that sorts first is shown, so that merging gives the same tree in whatever order the sources come.
Trees are never changed, so they share what they can: leaves one empty mapping, keys their names, small counts
one number each. `benchmarks/features.py` measures trees of 600,000 features.
"""

import gc
import json
import math
from collections.abc import Iterable, Iterator, Mapping
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
FAN_IN = 16

_COUNTS = tuple(map(float, range(256)))
_LEAF: Mapping[str, "Tree"] = {}


class FeatureError(ValueError):
    """Says which part of what was given is not a feature tree."""


@dataclass(frozen=True, slots=True)
class Tree:
    """A feature, the sources it was found in, and the features below it by their folded names, sorted."""

    name: str = ""
    count: float = 0.0
    children: Mapping[str, "Tree"] = field(default_factory=lambda: _LEAF)


@dataclass(frozen=True, slots=True)
class CategorySize:
    """How much of a category there is: features, those of them with none below, levels, mentions.

    `count` is the sum of the features' counts: how often they were found, or are estimated to be.
    """

    category: str
    nodes: int
    leaves: int
    depth: int
    count: float


def fold(name: str) -> str:
    """The key under which equal names meet: case and spacing do not count."""
    key = " ".join(name.split()).casefold()
    return name if key == name else key


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
    return Tree(name, count, children_of(below, count))


def _label(key: object, path: str) -> str:
    label = " ".join(key.split()) if isinstance(key, str) else ""
    if not label or not label.isprintable() or len(label) > MAX_NAME:
        raise FeatureError(f"{path} has a name that is no short line of text: {str(key)[:MAX_NAME]!r}")
    return label


def children_of(trees: Iterable[Tree], count: float | None = None) -> Mapping[str, Tree]:
    """Trees merged under their folded names; with `count`, as often as a group is there it counts once."""
    groups: dict[str, Tree | list[Tree]] = {}
    for tree in trees:
        key = fold(tree.name)
        before = groups.setdefault(key, tree)
        if isinstance(before, list):
            before.append(tree)
        elif before is not tree:
            groups[key] = [before, tree]
    children = {}
    for key in sorted(groups):
        group = groups[key]
        merged = merge(group) if isinstance(group, list) else group
        children[key] = merged if count is None else Tree(merged.name, count, merged.children)
    return children or _LEAF


def merge(trees: Iterable[Tree]) -> Tree:
    """The recursive union of trees, counts added; the same for every order of the trees."""
    parts = tuple(trees)
    if len(parts) == 1:
        return parts[0]
    count = math.fsum(part.count for part in parts)
    return Tree(
        min((part.name for part in parts), default=""),
        count,
        children_of(child for part in parts for child in part.children.values()),
    )


class Union:
    """The union of many trees as they come: few are held, and each feature is merged a few times only."""

    def __init__(self) -> None:
        self._levels: list[list[Tree]] = [[]]  # a tree of one level is the union of a full level before it

    def add(self, tree: Tree) -> None:
        """Take in one more tree. Counts must be whole for the order of the trees not to matter."""
        for level in self._levels:
            level.append(tree)
            if len(level) < FAN_IN:
                return
            tree = merge(level)
            level.clear()
        self._levels.append([tree])

    def tree(self) -> Tree:
        """What was taken in, merged."""
        return merge(tree for level in self._levels for tree in level)


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


def _size(tree: Tree) -> tuple[int, int, int, float]:
    """Features, leaves, levels and counts below a tree."""
    nodes = leaf_nodes = depth = 0
    count = 0.0
    for child in tree.children.values():
        count += child.count
        if not child.children:
            nodes, leaf_nodes, depth = nodes + 1, leaf_nodes + 1, max(depth, 1)
            continue
        below, leaves_below, levels, count_below = _size(child)
        nodes, leaf_nodes = nodes + 1 + below, leaf_nodes + leaves_below
        depth, count = max(depth, 1 + levels), count + count_below
    return nodes, leaf_nodes, depth, count


def walk(tree: Tree) -> Iterator[Tree]:
    """All features below a tree, each before those below it."""
    for child in tree.children.values():
        yield child
        yield from walk(child)


def to_json(tree: Tree) -> str:
    """The tree as one line of JSON: a leaf is its count, any other `[count, {name: tree, ...}]`."""
    return json.dumps(_plain(tree), ensure_ascii=False, separators=(",", ":"))


def _plain(tree: Tree) -> object:
    count = int(tree.count) if tree.count.is_integer() else tree.count
    return [count, {c.name: _plain(c) for c in tree.children.values()}] if tree.children else count


def from_json(text: str) -> Tree:
    """The tree that `to_json` wrote; FeatureError where it is none."""
    collecting = gc.isenabled()
    gc.disable()  # it would search a million new objects for garbage again and again: half of the time
    try:
        return _tree(json.loads(text), "")
    except FeatureError:
        raise
    except (ValueError, OverflowError, RecursionError) as error:
        raise FeatureError(f"not a feature tree: {error}") from None
    finally:
        if collecting:
            gc.enable()


def _tree(value: object, name: str) -> Tree:
    if isinstance(value, list):
        if len(value) == 2 and isinstance(value[1], dict) and not isinstance(value[0], list):
            below = [_tree(part, _label(key, name or "the root")) for key, part in value[1].items()]
            return Tree(name, _count(value[0], name), children_of(below))
        raise FeatureError(_NO_TREE.format(name or "the root"))
    return Tree(name, _count(value, name), _LEAF)


_NO_TREE = "not a feature tree: {!r} is neither a count nor [count, features]"


def _count(value: object, name: str) -> float:
    if isinstance(value, int | float) and not isinstance(value, bool) and value >= 0 and math.isfinite(value):
        return _COUNTS[int(value)] if value < len(_COUNTS) and value == int(value) else float(value)
    raise FeatureError(_NO_TREE.format(name or "the root"))
