"""What waits to be written: all of it goes in one transaction by a thread, while the next lot gathers.

So the price of an fsync does not grow with the number of requests in flight.
"""

import asyncio
from collections.abc import Callable
from typing import Generic, TypeAlias, TypeVar

Item = TypeVar("Item")
Write: TypeAlias = Callable[[tuple[Item, ...]], tuple[bool, ...]]


class Queue(Generic[Item]):
    """Items in the order they came; `write` gets them in lots, one at a time, and has an answer for each."""

    def __init__(self, write: Write[Item]) -> None:
        self._write = write
        self._waiting: list[tuple[Item, asyncio.Future[bool] | None]] = []
        self._flusher: asyncio.Task[None] | None = None

    async def put(self, item: Item) -> bool:
        """What writing it gave, once it is written."""
        written = asyncio.get_running_loop().create_future()
        self._waiting.append((item, written))
        if self._flusher is None or self._flusher.done():
            self._flusher = asyncio.create_task(self._flush())
            self._flusher.add_done_callback(self._flushed)
        answer: bool = await written
        return answer

    def post(self, item: Item) -> None:
        """Have it written together with what is put next; nobody waits for it."""
        self._waiting.append((item, None))

    def left(self) -> tuple[Item, ...]:
        """What a run that was called off has left unwritten; it is out of the queue then."""
        left = tuple(item for item, _ in self._waiting)
        self._waiting.clear()
        return left

    async def _flush(self) -> None:
        while self._waiting:
            lot = tuple(self._waiting)
            answers = await asyncio.to_thread(self._write_first, tuple(item for item, _ in lot))
            for (_, written), answer in zip(lot, answers, strict=True):
                if written is not None and not written.done():
                    written.set_result(answer)

    def _write_first(self, lot: tuple[Item, ...]) -> tuple[bool, ...]:
        """Write the lot, then take it out here, in the thread: a run called off meanwhile has it done."""
        answers = self._write(lot)
        del self._waiting[: len(lot)]
        return answers

    def _flushed(self, flusher: "asyncio.Task[None]") -> None:
        """Where writing failed, tell all who wait: nobody may wait for ever."""
        error = None if flusher.cancelled() else flusher.exception()
        if error is None:
            return
        for _, written in self._waiting:
            if written is not None and not written.done():
                written.set_exception(error)
        self._waiting.clear()
