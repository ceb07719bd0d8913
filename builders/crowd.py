"""Many small pieces of asynchronous work: few at a time from one long source, or all of a few at once."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Iterable
from itertools import islice
from typing import TypeVar

from synthsmith.builders.model import CapReached, TransientError

T = TypeVar("T")

AHEAD = 32  # items read from the source in one go


async def for_each(items: Iterable[T], work: Callable[[int, T], Awaitable[None]], at_once: int) -> None:
    """Have `work` done on every item and its place; the source is read as it is needed, in a thread.

    Where an endpoint failed (TransientError) the others are still done, as their replies are then recorded
    for the next run, and the error of the first item is raised; but an endpoint that fails `at_once` items in
    a row, four at least, is taken to be gone. Where nothing more may be spent (CapReached) what is under way
    is still waited for. Any other error is raised at once.
    """
    source = enumerate(items)
    ahead: deque[tuple[int, T]] = deque()
    reading = asyncio.Lock()
    failed: dict[int, TransientError] = {}
    spent: list[CapReached] = []
    in_a_row = 0

    async def following() -> tuple[int, T] | None:
        async with reading:
            if not ahead:
                ahead.extend(await asyncio.to_thread(lambda: list(islice(source, AHEAD))))
            return ahead.popleft() if ahead else None

    async def worker() -> None:
        nonlocal in_a_row
        while not spent and in_a_row < max(4, at_once) and (entry := await following()) is not None:
            try:
                await work(*entry)
                in_a_row = 0
            except TransientError as error:
                failed[entry[0]] = error
                in_a_row += 1
            except CapReached as error:
                spent.append(error)

    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(at_once):
                group.create_task(worker())
    except BaseExceptionGroup as errors:
        raise first(errors) from None
    if spent:
        raise spent[0]
    if failed:
        raise failed[min(failed)]


async def all_of(asked: Iterable[Awaitable[T]]) -> tuple[T, ...]:
    """The results of all, asked for at the same time, in the order given.

    Where an endpoint failed (TransientError) or nothing more may be spent (CapReached) the others are waited
    for before it is raised: their replies are paid for, and once they are recorded the next run has them. Any
    other error is raised at once.
    """

    async def settle(one: Awaitable[T]) -> T | TransientError | CapReached:
        try:
            return await one
        except (TransientError, CapReached) as error:
            return error

    results: list[T] = []
    for result in await asyncio.gather(*map(settle, asked)):
        if isinstance(result, TransientError | CapReached):
            raise result
        results.append(result)
    return tuple(results)


def first(group: BaseExceptionGroup[BaseException]) -> BaseException:
    """The first error of several tasks that ended together: the others follow from it."""
    error: BaseException = group
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error
