"""Fewer memory maps: each costs some 3 microseconds at every fork where it holds pages of its own.

And fewer pages, of which each costs 0.2: to be copied into the tables of the fork, and taken out again.

A shared library comes as five maps that differ in what is allowed: headers, code, constants, what was
constant after relocation, variables. Behind the walls these differences protect nothing that a program could
not undo, so what the program may run becomes one map and what it may write another.
"""

import ctypes
from collections.abc import Iterator
from itertools import groupby
from typing import NamedTuple

from .kernel import LIBC

PROT_READ, PROT_WRITE, PROT_EXEC = 1, 2, 4


class Map(NamedTuple):
    start: int
    end: int
    allowed: str  # such as "r-xp"
    file: str  # device and inode


def give_back() -> None:
    """Let the kernel have the pages of what was allocated and freed; a libc without this call keeps them."""
    if hasattr(LIBC, "malloc_trim"):
        LIBC.malloc_trim(ctypes.c_size_t(0))


def join_maps() -> None:
    """Give neighbouring maps of one file the same rights, so that the kernel joins them.

    Where it refuses, or sees other reasons to keep them apart, they stay as they are. One such reason is a
    fork: what has been written to before it and is in two maps then stays so in the child.
    """
    for _, maps in groupby(list(_private_files()), key=lambda each: each.file):
        constant: list[Map] = []
        for each in maps:
            if "w" not in each.allowed:
                constant.append(each)
            elif constant and constant[-1].end == each.start and "x" not in constant[-1].allowed:
                _allow(constant.pop(), PROT_READ | PROT_WRITE)  # was written to when it was relocated
        if any("x" in each.allowed for each in constant):
            for each in constant:
                _allow(each, PROT_READ | PROT_EXEC)


def _private_files() -> Iterator[Map]:
    with open("/proc/self/maps") as file:
        for line in file:
            addresses, allowed, _, device, inode, *_ = line.split()
            start, end = (int(address, 16) for address in addresses.split("-"))
            if inode != "0" and allowed.endswith("p"):
                yield Map(start, end, allowed, f"{device} {inode}")


def _allow(each: Map, rights: int) -> None:
    LIBC.mprotect(ctypes.c_void_p(each.start), ctypes.c_size_t(each.end - each.start), rights)
