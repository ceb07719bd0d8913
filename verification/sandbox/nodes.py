"""Linked lists and binary trees as LeetCode passes them: JSON lists -> nodes, and nodes -> lists again.

A `ListNode` is the list of its values; a `TreeNode` lists its levels, null for an absent child, without nulls
at the end; no node at all is the empty list. What is made of nodes is told by shapes (wire.py).

Nodes that come back are the program's own objects: each attribute is read once, nodes are told apart by what
they are (`is`), not by what they say, and no depth is a depth of calls. Of structures without end the first
nodes are read, as many as the output limit could hold.
"""

from collections.abc import Callable, Iterator
from typing import cast

from . import wire

SIDES = ("left", "right")


class ListNode:
    __module__ = "solution"

    def __init__(self, val: object = 0, next: object = None) -> None:
        self.val = val
        self.next = next


class TreeNode:
    __module__ = "solution"

    def __init__(self, val: object = 0, left: object = None, right: object = None) -> None:
        self.val = val
        self.left = left
        self.right = right


CLASSES: dict[str, object] = {"ListNode": ListNode, "TreeNode": TreeNode}
_AS_MADE = tuple((made, dict(vars(made))) for made in (ListNode, TreeNode))
Maker = Callable[[object], object]


class TooLongError(Exception):
    """What the program returned is more than its output limit could hold."""


def make_again() -> None:
    """Take back what a program has changed of the classes: many give them an order."""
    for made, was in _AS_MADE:
        for name in vars(made).keys() - was.keys():
            delattr(made, name)
        for name, value in was.items():
            if vars(made).get(name) is not value:
                setattr(made, name, value)


def build(value: object, shape: wire.Shape, names: dict[str, object]) -> object:
    """The value with nodes in it, of the program's own classes where `names` has some."""
    if not shape or value is None:
        return value
    if not isinstance(value, list):
        raise TypeError(f"the input holds a {type(value).__name__} where a list is needed")
    if isinstance(shape, tuple):
        return [build(item, shape[0], names) for item in value]
    make = cast(Maker, names.get(shape, CLASSES[shape]))
    return _linked(value, make) if shape == "ListNode" else _tree(value, make)


def _linked(values: list[object], make: Maker) -> object:
    node = None
    for value in reversed(values):
        before = make(value)
        before.next = node  # type: ignore[attr-defined]
        node = before
    return node


def _tree(values: list[object], make: Maker) -> object:
    rest = iter(values)
    root = _child(rest, make)
    level = [] if root is None else [root]
    while level:
        below = []
        for node in level:
            for side in SIDES:
                child = _child(rest, make)
                setattr(node, side, child)
                if child is not None:
                    below.append(child)
        level = below
    if next(rest, None) is not None:
        raise ValueError("the input holds values below absent nodes")
    return root


def _child(rest: Iterator[object], make: Maker) -> object:
    value = next(rest, None)
    return None if value is None else make(value)


class Reading:
    """Reads nodes back into lists; `output_bytes` bounds the nodes of one result."""

    def __init__(self, output_bytes: int) -> None:
        self.room = output_bytes // 2  # each value takes a character, and one beside it

    def of(self, value: object, shape: wire.Shape) -> object:
        if not shape:
            return value
        if not isinstance(shape, tuple):
            return self._values(value) if shape == "ListNode" else self._levels(value)
        if value is None:
            return None
        kind = type(value)
        if not issubclass(kind, list):
            raise TypeError(f"a {kind.__name__} was returned where a list of nodes is declared")
        return [self.of(item, shape[0]) for item in list.__iter__(cast("list[object]", value))]

    def _values(self, node: object) -> list[object]:
        """The values along `next`. A way that comes back meets the node left behind (Brent's algorithm)."""
        values: list[object] = []
        behind, steps, turn = node, 0, 1
        while node is not None:
            values.append(node.val)  # type: ignore[attr-defined]
            if len(values) > self.room:
                raise TooLongError
            node = node.next  # type: ignore[attr-defined]
            if node is behind and node is not None:
                raise ValueError("the returned linked list has a cycle")
            steps += 1
            if steps == turn:
                behind, steps, turn = node, 0, 2 * turn
        self.room -= len(values)
        return values

    def _levels(self, root: object) -> list[object]:
        """The values level by level; a node that hangs in two places is written twice."""
        found = self._nodes(root)
        values: list[object] = []
        level = [root]
        while level:
            below: list[object] = []
            for node in level:
                if node is None:
                    values.append(None)
                    continue
                self.room -= 1
                if self.room < 0:
                    raise TooLongError
                value, left, right = found[id(node)][1:]
                values.append(value)
                below += (left, right)
            level = below
        while values and values[-1] is None:
            values.pop()
        return values

    def _nodes(self, root: object) -> dict[int, tuple[object, ...]]:
        """Each node by its id, with itself (that it live, and keep the id), its value and its children."""
        found: dict[int, tuple[object, ...]] = {}
        above: set[int] = set()  # the nodes on the way from the root
        stack = [root]
        while stack:
            node = stack[-1]
            number = id(node)
            if node is None or number in found:
                above.discard(number)
                stack.pop()
                continue
            if len(found) >= self.room:
                raise TooLongError
            children = [node.left, node.right]  # type: ignore[attr-defined]
            found[number] = (node, node.val, *children)  # type: ignore[attr-defined]
            above.add(number)
            if any(id(child) in above for child in children):
                raise ValueError("the returned tree has a cycle")
            stack += [child for child in children if child is not None and id(child) not in found]
        return found
