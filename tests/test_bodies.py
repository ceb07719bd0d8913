"""Bodies that are being read: whole wherever they lie, and bounded all together."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from synthsmith.verification.serve.bodies import (
    SPILL_BYTES,
    BusyError,
    Room,
    StalledError,
    TooLargeError,
    read_body,
)

CHUNK = 1000


async def chunks(count: int, *, until: asyncio.Event | None = None) -> AsyncIterator[bytes]:
    """So many different chunks, the last one once it may come."""
    for number in range(count):
        if until is not None and number == count - 1:
            await until.wait()
        yield b"%04d" % number * (CHUNK // 4)


def whole(count: int) -> bytes:
    return b"".join(b"%04d" % number * (CHUNK // 4) for number in range(count))


def is_free(room: Room, memory: int) -> bool:
    return room.left == room.most and room.memory_left == memory


def test_beyond_the_memory_of_all_bodies_lie_in_files_and_are_whole() -> None:
    async def read() -> None:
        room, may_end = Room(100 * CHUNK, 5 * CHUNK), asyncio.Event()
        bodies = [
            asyncio.create_task(read_body(chunks(4, until=may_end), None, 1 << 20, room)) for _ in range(9)
        ]
        await asyncio.sleep(0.1)
        assert 0 <= room.memory_left < 3 * CHUNK
        assert room.left == room.most - 9 * 3 * CHUNK
        may_end.set()
        assert [bytes(await body) for body in bodies] == [whole(4)] * 9
        assert is_free(room, 5 * CHUNK)

    asyncio.run(read())


def test_a_long_body_is_in_no_memory_of_the_room() -> None:
    async def read() -> None:
        count = SPILL_BYTES // CHUNK + 2
        room, may_end = Room(2 * SPILL_BYTES, 2 * SPILL_BYTES), asyncio.Event()
        body = asyncio.create_task(read_body(chunks(count, until=may_end), None, 2 * SPILL_BYTES, room))
        await asyncio.sleep(0.2)
        assert room.memory_left == 2 * SPILL_BYTES
        may_end.set()
        assert (await body)[:] == whole(count)

    asyncio.run(read())


@pytest.mark.parametrize("announced", [None, str(3 * CHUNK)])
def test_where_there_is_no_room_a_body_is_refused_until_another_one_ends(announced: str | None) -> None:
    async def read() -> None:
        room, may_end = Room(5 * CHUNK), asyncio.Event()
        first = asyncio.create_task(read_body(chunks(4, until=may_end), None, 1 << 20, room))
        await asyncio.sleep(0.05)
        with pytest.raises(BusyError, match="send it again"):
            await read_body(chunks(3), announced, 1 << 20, room)
        assert room.left == 2 * CHUNK
        may_end.set()
        await first
        assert await read_body(chunks(3), announced, 1 << 20, room) == whole(3)

    asyncio.run(read())


def test_what_the_whole_room_could_not_hold_is_too_long_not_too_early() -> None:
    async def read() -> None:
        with pytest.raises(TooLargeError):
            await read_body(chunks(3), None, 1 << 20, Room(2 * CHUNK))

    asyncio.run(read())


def test_a_body_of_which_nothing_comes_gives_its_room_back() -> None:
    async def read() -> None:
        room = Room(9 * CHUNK, 9 * CHUNK)
        with pytest.raises(StalledError, match=r"for 0\.05 seconds"):
            await read_body(chunks(2, until=asyncio.Event()), None, 1 << 20, room, 0.05)
        assert is_free(room, 9 * CHUNK)

    asyncio.run(read())
