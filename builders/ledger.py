"""The journal of every request and reply: the cache, the resume point and the cost account of a build in one.

One SQLite file in WAL mode with `synchronous=FULL`: a reply was paid for, so it must survive a power cut, not
only a kill; replies that arrive together share one commit, so the price of an fsync does not grow with the
number of requests in flight. A reply is given to the pipeline only once it is on the disk. Nothing is written
but by a transaction in one thread; reading goes over a connection of its own and sees committed rows alone.
Two processes on one file wait for each other, and both get the reply that was recorded first.

A finished journal that is opened, read and closed changes in no byte and leaves no `-wal` or `-shm` behind.
"""

import asyncio
import json
import sqlite3
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from synthsmith.builders import ledger_file
from synthsmith.builders.model import Model, Reply, Request, TransientError, prompt_digest
from synthsmith.verification.errors import InputError


@dataclass(frozen=True, slots=True)
class Account:
    """What one model was asked for in one stage. Sums of tokens are None where no reply told its own.

    `failed` requests got no reply and will be asked again; `unmetered` replies came without token counts and
    are not in the sums.
    """

    model: str
    stage: str
    requests: int
    failed: int
    prompt_tokens: int | None
    completion_tokens: int | None
    unmetered: int
    cached_tokens: int | None = None
    batched: bool = False


@dataclass(frozen=True, slots=True)
class _Entry:
    request: Request
    reply: Reply
    failed: bool
    written: "asyncio.Future[None]"


class Ledger:
    """The journal in one file, made if it is not there; InputError where the file cannot serve as one."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._calls: dict[str, asyncio.Task[Reply]] = {}
        self._waiting: list[_Entry] = []
        self._flusher: asyncio.Task[None] | None = None
        with self._sentences():
            self._writer = ledger_file.connect(path)
            try:
                ledger_file.prepare(self._writer, path)
                self._reader = ledger_file.connect(path)
            except BaseException:
                self._writer.close()
                raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Write what still waits, fold the WAL into the file, and let go of it."""
        with self._sentences():
            try:
                if self._waiting:
                    self._write(tuple(self._waiting))
                    self._waiting.clear()
            finally:
                self._reader.close()
                self._writer.close()

    def get(self, key: str) -> Reply | None:
        """The recorded reply to the request with this key; None where there is none or it failed."""
        with self._sentences():
            rows = self._reader.execute(ledger_file.SELECT_REPLY, (bytes.fromhex(key),)).fetchall()
            if not rows:
                return None
            text, *rest = rows[0]
            return Reply(zlib.decompress(text).decode(), *rest)

    async def complete(self, request: Request, model: Model) -> Reply:
        """The recorded reply, or the model's, recorded; one key is asked for once, whoever waits."""
        key = request.key
        call = self._calls.get(key)
        if call is None:
            stored = self.get(key)
            if stored is not None:
                return stored
            call = self._calls[key] = asyncio.create_task(self._call(request, model))
            call.add_done_callback(lambda done: self._forget(key, done))
        # One of those who wait may be cancelled; the reply is on its way and paid for all the same.
        return await asyncio.shield(call)

    async def put(self, request: Request, reply: Reply, *, failed: bool = False) -> None:
        """Record a reply; return when it is on the disk. An earlier reply stays, an earlier failure goes."""
        written = asyncio.get_running_loop().create_future()
        self._waiting.append(_Entry(request, reply, failed, written))
        if self._flusher is None or self._flusher.done():
            self._flusher = asyncio.create_task(self._flush())
            self._flusher.add_done_callback(self._flushed)
        await written

    def account(self) -> tuple[Account, ...]:
        """What was asked of whom, by model and stage."""
        with self._sentences():
            return tuple(Account(*row) for row in self._reader.execute(ledger_file.SELECT_ACCOUNT).fetchall())

    async def _call(self, request: Request, model: Model) -> Reply:
        try:
            reply = await model.complete(request)
        except TransientError as error:
            await self.put(request, Reply("", "", request.model, error=str(error)), failed=True)
            raise
        await self.put(request, reply)
        stored = self.get(request.key)
        assert stored is not None
        return stored

    def _forget(self, key: str, done: "asyncio.Task[Reply]") -> None:
        del self._calls[key]
        if not done.cancelled():
            done.exception()  # whoever waited has it; where nobody did any more, it is not news

    async def _flush(self) -> None:
        while self._waiting:
            batch = tuple(self._waiting)
            await asyncio.to_thread(self._write, batch)
            del self._waiting[: len(batch)]  # not before: what a cancelled run leaves here, close() writes
            for entry in batch:
                if not entry.written.done():
                    entry.written.set_result(None)

    def _flushed(self, flusher: "asyncio.Task[None]") -> None:
        """Where writing failed, tell all who wait: nobody may wait for ever."""
        error = None if flusher.cancelled() else flusher.exception()
        if error is None:
            return
        for entry in self._waiting:
            if not entry.written.done():
                entry.written.set_exception(error)
        self._waiting.clear()

    def _write(self, batch: tuple[_Entry, ...]) -> None:
        with self._sentences(), ledger_file.transaction(self._writer):
            for entry in batch:
                prompt = bytes.fromhex(prompt_digest(entry.request.messages))
                messages = [asdict(message) for message in entry.request.messages]
                self._writer.execute(ledger_file.INSERT_PROMPT, (prompt, _pack(json.dumps(messages))))
                self._writer.execute(ledger_file.INSERT_REPLY, _row(entry, prompt))

    @contextmanager
    def _sentences(self) -> Iterator[None]:
        """Turn what SQLite says into a sentence for the user."""
        try:
            yield
        except sqlite3.OperationalError as error:
            raise InputError(
                f"{self.path} cannot be used ({error}); replies recorded before are kept: see to the disk "
                "and the folder's permissions and run the same command again."
            ) from error
        except (sqlite3.DatabaseError, zlib.error, UnicodeDecodeError) as error:
            raise InputError(f"{self.path} is no ledger of SynthSmith, or is damaged ({error}).") from error


def _row(entry: _Entry, prompt: bytes) -> tuple[object, ...]:
    request, reply = entry.request, entry.reply
    decoding = json.dumps(asdict(request.decoding), sort_keys=True)
    asked = (
        request.stage,
        request.subject,
        request.template,
        request.template_digest,
        prompt,
        request.sample,
    )
    answered = (reply.finish_reason, reply.model, reply.prompt_tokens, reply.completion_tokens, reply.error)
    key = bytes.fromhex(request.key)
    return (key, *asked, request.model, decoding, int(entry.failed), _pack(reply.text), *answered)


def _pack(text: str) -> bytes:
    return zlib.compress(text.encode())
