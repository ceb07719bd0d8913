"""A request's body -> its bytes, never more than allowed; a long one lies in a file, not in memory."""

import tempfile
from collections.abc import AsyncIterator
from mmap import ACCESS_READ, mmap

from synthsmith.verification.serve.batches import Buffer

SPILL_BYTES = 8 << 20  # what is longer goes to a file that has no name and goes with its last reader


class TooLargeError(Exception):
    """The body is longer than allowed; the message says how long it may be."""


class NoRoomError(Exception):
    """The body cannot be kept on this machine; the message is the system's."""


async def read_body(chunks: AsyncIterator[bytes], announced: str | None, most: int) -> Buffer:
    """The body whole. `announced` is the length that the client gave, if it did."""
    if announced is not None and announced.isdigit() and int(announced) > most:
        raise _too_large(most)
    length = 0
    try:
        with tempfile.SpooledTemporaryFile(SPILL_BYTES) as file:
            async for chunk in chunks:
                length += len(chunk)
                if length > most:
                    raise _too_large(most)
                file.write(chunk)
            file.seek(0)
            return file.read() if length <= SPILL_BYTES else mmap(file.fileno(), length, access=ACCESS_READ)
    except OSError as error:
        raise NoRoomError(f"the body could not be kept: {error}") from error


def _too_large(most: int) -> TooLargeError:
    return TooLargeError(f"the body is longer than the {most >> 20} MiB that are allowed here")
