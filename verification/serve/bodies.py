"""A request's body -> its bytes, never more than allowed; a long one lies in a file, not in memory.

All bodies that are being read share one room: a client that sends half of one, as often as it can, may take
neither the machine's memory nor its disk. While much of the memory is taken, short bodies lie in files, too;
where the whole is, who comes is asked to come again. A body of which nothing more comes makes room.
"""

import asyncio
import tempfile
from collections.abc import AsyncIterator
from contextlib import closing
from mmap import ACCESS_READ, mmap

from synthsmith.verification.serve.batches import Buffer

SPILL_BYTES = 8 << 20  # what is longer goes to a file that has no name and goes with its last reader
MEMORY_BYTES = 256 << 20  # of all bodies that are being read
STALLED_SECONDS = 60.0  # without a byte


class TooLargeError(Exception):
    """The body is longer than allowed; the message says how long it may be."""


class NoRoomError(Exception):
    """The body cannot be kept on this machine; the message is the system's."""


class BusyError(Exception):
    """There is no room for the body beside those that are being read; there may be soon."""


class StalledError(Exception):
    """Nothing more of the body has come for a long time."""


class Room:
    """What all bodies may take while they are read: `most` bytes, so many of them in memory. For one loop."""

    def __init__(self, most: int, in_memory: int = MEMORY_BYTES) -> None:
        self.most = self.left = most
        self.memory_left = in_memory

    def require(self, count: int) -> None:
        """Nothing, or BusyError where there is no room for so many bytes."""
        if count > self.left:
            raise BusyError("too many bodies are being read; send it again")


async def read_body(
    chunks: AsyncIterator[bytes],
    announced: str | None,
    most: int,
    room: Room,
    patience: float = STALLED_SECONDS,
) -> Buffer:
    """The body whole. `announced` is the length that the client gave, if it did.

    A body may be as long as `most` and the whole room allow. `patience` is how many seconds may pass without
    any of it coming.
    """
    most = min(most, room.most)
    if announced is not None and announced.isdigit():
        if int(announced) > most:
            raise _too_large(most)
        room.require(int(announced))  # it is taken as the bytes come, for announcing costs nothing
    try:
        with closing(_Body(room)) as body:
            async with asyncio.timeout(patience) as timer:
                async for chunk in chunks:
                    timer.reschedule(asyncio.get_running_loop().time() + patience)
                    if body.length + len(chunk) > most:
                        raise _too_large(most)
                    body.write(chunk)
            return body.whole()
    except TimeoutError:
        raise StalledError(f"nothing more of the body has come for {patience:g} seconds") from None
    except OSError as error:
        raise NoRoomError(f"the body could not be kept: {error}") from error


class _Body:
    """A body as it grows, in memory and then in a file, and its share of the room."""

    def __init__(self, room: Room) -> None:
        self.length = 0
        self._room = room
        self._file = tempfile.SpooledTemporaryFile()  # noqa: SIM115 - closed with the body
        self._in_memory: int | None = 0  # None: it goes on in the file

    def write(self, chunk: bytes) -> None:
        """Take the next bytes; BusyError where there is no room for them."""
        self._room.require(len(chunk))
        self._room.left -= len(chunk)
        self.length += len(chunk)
        if self._in_memory is not None:
            self._keep(self._in_memory, len(chunk))
        self._file.write(chunk)

    def whole(self) -> Buffer:
        """All of it."""
        self._file.seek(0)
        if self.length <= SPILL_BYTES:
            return self._file.read()
        return mmap(self._file.fileno(), self.length, access=ACCESS_READ)

    def close(self) -> None:
        """Give the room back."""
        self._file.close()
        self._room.left += self.length
        self._room.memory_left += self._in_memory or 0

    def _keep(self, held: int, count: int) -> None:
        """Have so many more bytes in memory, or else everything in the file."""
        if self.length <= SPILL_BYTES and count <= self._room.memory_left:
            self._room.memory_left -= count
            self._in_memory = held + count
            return
        self._file.rollover()
        self._room.memory_left += held
        self._in_memory = None


def _too_large(most: int) -> TooLargeError:
    return TooLargeError(f"the body is longer than the {most >> 20} MiB that are allowed here")
