"""Function calls: JSON values in, one JSON value out, on a channel that is not the program's stdout.

The values come from standard input, one a line in the order of the parameters; only plain values go back:
lists and tuples, dicts, strings, numbers, booleans and None. Subclasses count as what they are underneath, so
an `int` that claims to equal everything is written as the number it holds. Linked lists and trees go both
ways as lists of values (nodes.py). Expected values are never here.
"""

import os
import sys
import types
from collections.abc import Callable
from typing import cast

from . import nodes, wire

RECURSION = 50_000  # call sites of this kind do not raise it themselves
STARRED = (
    *("string", "re", "datetime", "collections", "heapq", "bisect", "copy", "math", "random", "statistics"),
    *("itertools", "functools", "operator", "io", "json", "typing"),
)
NAMED = (*STARRED, "array", "decimal", "fractions", "os", "queue", "sys", "time")
PRELUDE: dict[str, object] = {}
ORIGINS: dict[str, str] = {}  # the module of each name


def fill_prelude() -> None:
    """The names that these programs find defined: LeetCode's habit of star imports, and the modules."""
    builtin = vars(sys.modules["builtins"])
    for name in NAMED:
        __import__(name)
    for name in STARRED:
        module = sys.modules[name]
        public = getattr(module, "__all__", None) or [
            word for word in vars(module) if not word.startswith("_")
        ]
        PRELUDE.update({word: getattr(module, word) for word in public if word not in builtin})
        ORIGINS.update({word: name for word in public if word not in builtin})
    PRELUDE.update({name: sys.modules[name] for name in NAMED})
    ORIGINS.update({name: name for name in NAMED})
    PRELUDE.update(nodes.CLASSES)


def modules_of(names: frozenset[str]) -> frozenset[str]:
    """The modules that code of these names could have from the prelude."""
    return frozenset(ORIGINS[name] for name in names & ORIGINS.keys())


def call(code: types.CodeType, text: wire.Text, result: int, output_bytes: int) -> None:
    """Write the method's value on the values of standard input to `result`; raises what the program does."""
    from json import dumps, loads  # filled in with the prelude; kept from the program's reach by being here

    lines = [line for line in sys.stdin.buffer.read().split(b"\n") if line.strip()]
    arguments = [loads(line) for line in lines]
    if len(arguments) != text.parameters:
        raise TypeError(f"the input holds {len(arguments)} values, {text.method} takes {text.parameters}")
    sys.setrecursionlimit(RECURSION)
    module = types.ModuleType("solution")
    sys.modules["solution"] = module
    module.__dict__.update(PRELUDE)
    exec(code, module.__dict__)
    if text.shapes:
        pairs = zip(arguments, text.shapes[:-1], strict=True)
        arguments = [nodes.build(*pair, module.__dict__) for pair in pairs]
    owner = getattr(module, text.class_name)() if text.class_name else module
    value = getattr(owner, text.method)(*arguments)
    if text.in_place:
        value = arguments[0]
    try:
        if text.shapes:
            value = nodes.Reading(output_bytes).of(value, text.shapes[-1])
        plain = _Copy(output_bytes).of(value)[0]
    except nodes.TooLongError:
        os.ftruncate(result, output_bytes + 1)  # over the limit, as if it had been written
        return
    wire.append(result, (dumps(plain, separators=(",", ":")) + "\n").encode())


class _Copy:
    """Makes a plain copy of a value, shared parts shared, and knows how long its text will be at least.

    The text of a small structure can be without end (a list of the same list, ten deep); the length is summed
    over the shared parts without unfolding them.
    """

    def __init__(self, most: int) -> None:
        self.most = most
        self.done: dict[int, tuple[object, int]] = {}
        self.open: set[int] = set()

    def of(self, value: object) -> tuple[object, int]:
        kind = type(value)
        if kind in SINGLE:
            return value, _length(value)
        for base, plainly in UNDERNEATH:
            if issubclass(kind, base):
                copy = plainly(value)
                return copy, _length(copy)
        number = id(value)
        if number in self.done:
            return self.done[number]
        if number in self.open:
            raise ValueError("the returned value contains itself")
        self.open.add(number)
        self.done[number] = found = self._container(kind, value)
        self.open.discard(number)
        if found[1] > self.most:
            raise nodes.TooLongError
        return found

    def _container(self, kind: type, value: object) -> tuple[object, int]:
        # by the real type and its own methods: `isinstance` and `iter` ask the value, which may lie
        if issubclass(kind, list):
            return self._items(list(list.__iter__(cast("list[object]", value))))
        if issubclass(kind, tuple):
            return self._items(list(tuple.__iter__(cast("tuple[object, ...]", value))))
        if issubclass(kind, dict):
            items = list(dict.items(cast("dict[object, object]", value)))
            keys, keys_length = self._items([key for key, _ in items])
            values, values_length = self._items([held for _, held in items])
            assert isinstance(keys, list)
            assert isinstance(values, list)
            return dict(zip(keys, values, strict=True)), keys_length + values_length
        raise TypeError(f"the returned value holds a {kind.__name__}, which is not a JSON value")

    def _items(self, items: list[object]) -> tuple[list[object], int]:
        length = 2 * len(items) + 2
        if set(map(type, items)) <= SHORT:
            return items, length
        copies = []
        for item in items:
            copy, more = self.of(item)
            copies.append(copy)
            length += more
        return copies, length


def _length(value: object) -> int:
    if isinstance(value, str):
        return len(value) + 2
    return value.bit_length() // 4 + 1 if isinstance(value, int) else 1


SHORT = {bool, float, type(None)}
SINGLE = {bool, float, type(None), int, str}
UNDERNEATH: tuple[tuple[type, Callable[..., object]], ...] = (
    (int, int.__int__),
    (float, float.__float__),
    (str, str.__str__),
)
