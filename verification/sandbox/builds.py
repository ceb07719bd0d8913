"""Binaries that were built, kept in memory by their contents and shared by the workers of a pool."""

import fcntl
import hashlib
import os
import threading
import weakref
from collections import OrderedDict
from collections.abc import Callable

from .wire import Tools

MOST_KEPT, MOST_BYTES = 64, 256 << 20
MFD_EXEC = 0x10  # Linux 6.3; where an administrator wants it said, files without it cannot be run
SEALS = fcntl.F_SEAL_SEAL | fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_WRITE


class Build:
    """A binary in a sealed memory file, closed with the last that holds it; or the compiler's refusal."""

    def __init__(self, binary: int, refusal: bytes | None) -> None:
        self.binary = binary
        self.refusal = refusal
        weakref.finalize(self, os.close, binary)
        if refusal is None:
            fcntl.fcntl(binary, fcntl.F_ADD_SEALS, SEALS)
        else:
            os.ftruncate(binary, 0)
        self.size = os.fstat(binary).st_size


def new_binary() -> int:
    """An empty memory file that can be run and sealed."""
    flags = os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING
    try:
        return os.memfd_create("solution", flags | MFD_EXEC)
    except OSError:  # an older kernel
        return os.memfd_create("solution", flags)


class _Place:
    """Where one program's build lies, or will; who holds the lock makes it."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.build: Build | None = None


class Builds:
    """The builds used last: at most `most` of them and, but for the newest, at most `most_bytes` in all."""

    def __init__(self, most: int = MOST_KEPT, most_bytes: int = MOST_BYTES) -> None:
        self.most = most
        self.most_bytes = most_bytes
        self._lock = threading.Lock()
        self._places: OrderedDict[bytes, _Place] = OrderedDict()

    def get(self, source: bytes, tools: Tools, make: Callable[[bytes, Tools], Build]) -> Build:
        """The build of this source, made once however many ask at once; anew where making it raised."""
        key = hashlib.sha256(repr(tools).encode() + b"\0" + source).digest()
        with self._lock:
            place = self._places.setdefault(key, _Place())
            self._places.move_to_end(key)
        with place.lock:
            if place.build is None:
                place.build = make(source, tools)
            build = place.build
        self._shrink()
        return build

    def clear(self) -> None:
        """Let go of all."""
        with self._lock:
            self._places.clear()

    def _shrink(self) -> None:
        with self._lock:
            while len(self._places) > (self.most if self._bytes() <= self.most_bytes else 1):
                self._places.popitem(last=False)

    def _bytes(self) -> int:
        return sum(place.build.size for place in self._places.values() if place.build is not None)
