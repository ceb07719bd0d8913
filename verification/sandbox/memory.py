"""Fewer memory maps: each costs some 3 microseconds at every fork where it holds pages of its own.

And fewer pages: each costs 0.2 microseconds to be copied into the tables of the fork and taken out again, and
some 2 more when it is written to. Where a run puts its own objects between those that it shares with the
zygote, it writes to many; so what is free between these is taken before the first fork (`fill_holes`).

A shared library comes as five maps that differ in what is allowed: headers, code, constants, what was
constant after relocation, variables. Behind the walls these differences protect nothing that a program could
not undo, so what the program may run becomes one map and what it may write another.
"""

import ctypes
import mmap
import sys
from collections.abc import Iterator
from itertools import groupby
from typing import NamedTuple

from .kernel import LIBC

PROT_READ, PROT_WRITE, PROT_EXEC = 1, 2, 4
# CPython's allocator of small objects: blocks of a multiple of 16 bytes, those of one size in pools
POOL_BYTES, POOL_HEADER, STEP, LARGEST = 1 << 14, 48, 16, 512
MOST_BLOCKS = 4096  # of one size that could be free
FLOAT_BYTES = 2 * STEP
ROW = 6  # blocks that stand for a new pool
# of blocks of malloc(3): the large ones, then each size that glibc keeps apart for the next who asks for it
HEAP_SIZES = (*(1 << power for power in range(16, 10, -1)), *range(1032, 23, -16))
MOST_CHUNKS = 5000  # of one size
ROOM = 1 << 16  # bytes that a run can have of malloc(3) before the heap has to grow


class Map(NamedTuple):
    start: int
    end: int
    allowed: str  # such as "r-xp"
    file: str  # device and inode


_filling: list[object] = []


def fill_holes() -> None:
    """Give back the pages that nothing is on, and take all that is free on the others, for good.

    What is taken was resident before. Nothing is taken from another allocator than CPython's, or another libc
    than glibc.
    """
    for size in range(STEP, LARGEST + 1, STEP):
        if not _fill_pools(size):
            break
    if hasattr(LIBC, "malloc_trim"):
        LIBC.malloc_trim(ctypes.c_size_t(0))
        _fill_heap()


def _fill_pools(size: int) -> bool:
    """Make objects of this size until they come in a row from the start of a pool, as in a new one.

    Keeps none where none do. Makes nothing else meanwhile but numbers, which lie among the floats: for these
    the start has to do.
    """
    first, place, row, enough = len(_filling), 0, 0, 1 if size == FLOAT_BYTES else ROW
    for _ in range(MOST_BLOCKS):
        last, made = place, _object_of(size)
        _filling.append(made)
        place = id(made)
        row = row + 1 if row and place == last + size else int(place % POOL_BYTES == POOL_HEADER)
        if row == enough:
            del _filling[-enough:]
            return True
    del _filling[first:]
    return False


def _object_of(size: int) -> object:
    if size == STEP:
        return object()
    return float(size) if size == FLOAT_BYTES else bytes(size - sys.getsizeof(b""))


def _fill_heap() -> None:
    """Take chunks of every size until they come from behind all that is in use."""
    LIBC.malloc.restype = LIBC.sbrk.restype = ctypes.c_void_p
    end = LIBC.sbrk(0) - 2 * mmap.PAGESIZE  # what is left there after the last use is less
    for size in HEAP_SIZES:
        for _ in range(MOST_CHUNKS):
            chunk = LIBC.malloc(ctypes.c_size_t(size))
            if chunk >= end:
                LIBC.free(ctypes.c_void_p(chunk))
                break
    LIBC.free(ctypes.c_void_p(LIBC.malloc(ctypes.c_size_t(ROOM))))


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
