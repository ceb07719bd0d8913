"""The requests to one model over one batch API: gathered, sent off, waited for, and answered.

A request waits in the lane until a batch is sent, then in that batch until it is in one of the files that
the server gives at the end (watch.py). What the server did not get to, or failed at for a while, is put
back into the lane. Where more is enqueued than the server allows, nothing is sent until a batch has ended or
some time has passed; a batch that was too much all by itself comes back as smaller ones.
"""

import asyncio
import logging
import tempfile
import time
from collections.abc import Callable, Coroutine, Iterable
from itertools import islice
from typing import BinaryIO

from synthsmith.builders.batch import lines as batch_lines
from synthsmith.builders.batch.api import Api, TooMuch
from synthsmith.builders.batch.records import Record, Records
from synthsmith.builders.batch.results import Asked, Hands, give_up
from synthsmith.builders.batch.watch import LONGEST_QUIET, Batch
from synthsmith.builders.completions import Again
from synthsmith.builders.model import PermanentError, TransientError
from synthsmith.verification.errors import InputError, VerificationError

logger = logging.getLogger(__name__)


class Lane:
    """The requests to one model. Nothing is raised here: each request is told what became of it."""

    def __init__(self, api: Api, records: Records, model: str, hands: Hands) -> None:
        self.api, self.records, self.model, self.hands = api, records, model, hands
        self.most = api.batching.requests
        self._waiting: dict[str, Asked] = {}
        self._heard = 0.0
        self._full = asyncio.Event()
        self._sender: asyncio.Task[None] | None = None
        self._batches: dict[str, Batch] = {}
        self._ended = asyncio.Event()
        self._refusals = 0  # of batches for being too much, in a row
        self._tasks: set[asyncio.Task[None]] = set()

    def ask(self, asked: Iterable[Asked]) -> None:
        """Let these go with the next batch."""
        self._waiting.update((one.key, one) for one in asked)
        self._heard = time.monotonic()
        if len(self._waiting) >= self.most:
            self._full.set()
        if self._waiting and (self._sender is None or self._sender.done()):
            self._sender = self._start(self._send_on(), lambda error: give_up(self._waiting.values(), error))

    def attach(self, record: Record, asked: Asked) -> None:
        """Let it have what comes of a batch that was sent by an earlier run."""
        (self._batches.get(record.token) or self._watched(record, {})).join(asked)

    async def close(self) -> None:
        """Wait for nothing any more. What was sent goes on at the server, and a later run has it."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _start(
        self, work: Coroutine[object, object, None], failed: Callable[[BaseException], None]
    ) -> asyncio.Task[None]:
        def done(task: asyncio.Task[None]) -> None:
            self._tasks.discard(task)
            error = None if task.cancelled() else task.exception()
            if error is not None:  # nobody may wait for ever
                failed(error)

        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(done)
        return task

    async def _send_on(self) -> None:
        while self._waiting:
            await self._gathered()
            if self._refusals:
                await self._respite()
            batch, taken = None, dict[str, Asked]()
            try:
                batch = await self._sent(taken)
            except TooMuch as error:
                self._too_much(taken, str(error))
                continue
            except VerificationError as error:
                give_up(taken.values(), error)
            for key in taken:
                del self._waiting[key]
            if batch is not None and self._refusals:  # one by one, until the server takes them again
                await batch.checked.wait()
                if batch.accepted:
                    self._refusals = 0

    async def _gathered(self) -> None:
        """Wait until there is a batch's worth, or no more to come for now."""
        quiet = self.api.batching.quiet_seconds
        end = time.monotonic() + LONGEST_QUIET * quiet
        while len(self._waiting) < self.most:
            left = min(self._heard + quiet, end) - time.monotonic()
            if left <= 0:
                return
            self._full.clear()
            await _either(self._full, left)

    async def _respite(self) -> None:
        """Wait until there may be room at the server."""
        self._ended.clear()
        await _either(self._ended, self.api.patience.wait(self._refusals))

    async def _sent(self, taken: dict[str, Asked]) -> Batch | None:
        """A batch of the first that wait, which are put into `taken`; None where nobody waits any more."""
        for key in [key for key, one in self._waiting.items() if one.future.done()]:
            del self._waiting[key]
        first = tuple(islice(self._waiting.values(), self.most))
        if not first:
            return None
        try:
            self.records.folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=self.records.folder) as file:
                number = await asyncio.to_thread(self._write, file, first)
                taken.update((one.key, one) for one in first[:number])
                uploaded = await self.api.upload(file)
        except OSError as error:
            raise InputError(f"{self.records.folder} cannot be used ({error.strerror}).") from error
        record = await self._made(uploaded, taken)
        logger.info("%s: %d requests to %s were sent", record.batch, len(taken), self.model)
        return self._watched(record, dict(taken))

    def _write(self, file: BinaryIO, first: Iterable[Asked]) -> int:
        requests = ((one.key, one.request) for one in first)
        return batch_lines.write(file, requests, self.api.batching.megabytes)

    async def _made(self, uploaded: str, keys: Iterable[str]) -> Record:
        """The record of the batch, once the server has it; where it has not, there is no record."""
        record = self.records.add(self.model, uploaded, keys)
        failures = 0
        while True:
            try:
                batch = await self.api.create(uploaded, record.token)
            except (PermanentError, TooMuch):
                self.records.drop(record)
                raise
            except Again as error:
                failures += 1
                await asyncio.sleep(error.after or self.api.patience.wait(failures))
                made = await self.api.made()  # where this fails, the next run finds out
                batch = made.get(record.token) or made.get(uploaded, "")
                if not batch and failures == self.api.patience.calls:
                    self.records.drop(record)
                    raise TransientError(f"{self.api.address} made no batch: {error}") from error
            if batch:
                return self.records.update(record, batch=batch)

    def _watched(self, record: Record, waiting: dict[str, Asked]) -> Batch:
        batch = Batch(self.api, self.records, record, self.hands, waiting)
        self._batches[record.token] = batch
        self._start(self._watch(batch), batch.give_up)
        return batch

    async def _watch(self, batch: Batch) -> None:
        """Answer all who wait for the batch, those who join them meanwhile too."""
        while True:
            outcome = await batch.outcome()
            if outcome.too_much:
                del self._batches[batch.record.token]
                return self._too_much({asked.key: asked for asked, _ in outcome.again}, outcome.again[0][1])
            if outcome.completed:
                self.most = min(self.api.batching.requests, self.most + self.most // 4 + 1)
            self._again(outcome.again)
            if not batch.waiting:
                del self._batches[batch.record.token]
                return self._ended.set()

    def _too_much(self, due: dict[str, Asked], why: str) -> None:
        """Let those for whom there was no room go later, and by fewer where that was not others' fault."""
        self._refusals += 1
        logger.warning("%d requests are sent again, for there was no room: %s", len(due), why)
        if self._batches or len(due) > 1:
            if not self._batches:
                self.most = max(1, len(due) // 2)
            self.ask(due.values())
        else:
            self._again((asked, why) for asked in due.values())

    def _again(self, failed: Iterable[tuple[Asked, str]]) -> None:
        """Let them go with another batch, if not too many have failed already."""
        tries = self.api.patience.tries
        more = []
        for asked, why in failed:
            asked.tries += 1
            if asked.tries < tries:
                more.append(asked)
                continue
            what = f"{asked.request.stage} of {asked.request.subject}"
            error = TransientError(
                f"{self.api.address} failed in {tries} batches for {what}, last with: {why}"
            )
            give_up([asked], error)
        self.ask(more)


async def _either(event: asyncio.Event, seconds: float) -> None:
    """Wait until the event has happened or the time is over."""
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        return
