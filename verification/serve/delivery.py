"""From a lane to the client: results as they come, until all are sent or the client is gone."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager

from starlette.types import Receive
from synthsmith.verification.serve.engine import Engine, Lane, Work

Write = Callable[[list[bytes]], Awaitable[None]]


class Gate:
    """Room for a bounded number of submissions, or of batches. For one event loop."""

    def __init__(self, most: int) -> None:
        self.most = most
        self._inside = 0

    @contextmanager
    def admitted(self, engine: Engine, work: Work, room: int) -> Iterator[Lane]:
        """The lane of work that takes so much room; all of it is refused where there is not as much."""
        if self._inside + room > self.most:
            yield engine.turn_away(work)
            return
        self._inside += room
        try:
            yield engine.open(work)
        finally:
            self._inside -= room


async def deliver(engine: Engine, lane: Lane, seconds: float, receive: Receive, write: Write) -> int | None:
    """None when all results were written; else the client is gone, and so many pieces were never started,
    and those under way are ended. After `seconds` what has not been started is refused.
    """
    timer = asyncio.get_running_loop().call_later(seconds, engine.withdraw, lane)
    reading = asyncio.create_task(_read(engine, lane, write))
    leaving = asyncio.create_task(_left(receive))
    try:
        await asyncio.wait((reading, leaving), return_when=asyncio.FIRST_COMPLETED)
        if reading.done():
            reading.result()
            return None
        return engine.abandon(lane)
    finally:
        timer.cancel()
        engine.abandon(lane)
        for task in (reading, leaving):
            task.cancel()
        await asyncio.gather(reading, leaving, return_exceptions=True)


async def _read(engine: Engine, lane: Lane, write: Write) -> None:
    async for results in engine.results(lane):
        await write(results)


async def _left(receive: Receive) -> None:
    """Returns when the client is gone; its request has been read to the end."""
    while (await receive())["type"] != "http.disconnect":
        pass
