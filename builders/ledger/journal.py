"""The journal of every request and reply: the cache, the resume point and the cost account of a build in one.

One SQLite file in WAL mode with `synchronous=FULL`: a reply was paid for, so it must survive a power cut, not
only a kill; replies that arrive together share one commit. A reply is given to the pipeline only once it is
on the disk. Nothing is written but by a transaction in one thread; reading goes over a connection of its own
and sees committed rows alone.

A finished journal that is opened, read and closed changes in no byte and leaves no `-wal` or `-shm` behind.
"""

import asyncio
import sqlite3
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import repeat
from pathlib import Path
from types import TracebackType
from typing import Self, TypeAlias

from synthsmith.builders.ledger import claims as ledger_claims
from synthsmith.builders.ledger import file as ledger_file
from synthsmith.builders.ledger import schema as ledger_schema
from synthsmith.builders.ledger.claims import Claim, Claims, GiveBack
from synthsmith.builders.ledger.queue import Queue
from synthsmith.builders.ledger.rows import Entry, insert, pack, to_reply
from synthsmith.builders.model import Model, Reply, Request, TransientError
from synthsmith.verification.errors import InputError

FIRST_LOOK_SECONDS, LOOK_SECONDS = 0.1, 2.0  # between looks at what another process is asking for

_Item: TypeAlias = Entry | Claim | GiveBack


@dataclass(frozen=True, slots=True)
class Account:
    """What one model was asked for in one stage, by batch API or not: what has one price.

    `failed` requests got no reply and will be asked again; `unmetered` replies came without token counts and
    are not in the sums. Sums are None where no reply told its own; `cached_tokens` are part of
    `prompt_tokens`.
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


class Ledger:
    """The journal in one file, made if it is not there; InputError where the file cannot serve as one."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._calls: dict[str, asyncio.Task[Reply]] = {}
        self._claims = Claims()
        self._queue: Queue[_Item] = Queue(self._write)
        self._renewer: asyncio.Task[None] | None = None
        with ledger_file.sentences(path):
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
        """Write what still waits, end all claims, fold the WAL into the file, and let go of it."""
        with ledger_file.sentences(self.path):
            try:
                left = tuple(item for item in self._queue.left() if isinstance(item, Entry))
                if left:
                    self._write(left)
                if self._claims.begun:
                    # A disk too full for it is no harm: the claims are void once the process has ended.
                    with suppress(sqlite3.OperationalError), ledger_file.transaction(self._writer):
                        self._claims.end(self._writer)
            finally:
                self._reader.close()
                self._writer.close()

    def get(self, key: str) -> Reply | None:
        """The recorded reply to the request with this key; None where there is none or it failed."""
        with ledger_file.sentences(self.path):
            rows = self._reader.execute(ledger_schema.SELECT_REPLY, (bytes.fromhex(key),)).fetchall()
            return to_reply(rows[0]) if rows else None

    async def complete(self, request: Request, model: Model) -> Reply:
        """The recorded reply, or the model's, recorded; one key is asked for once, whoever waits.

        Where another process is asking for it, its reply; where that gets none, or ends, the model is asked.
        """
        key = request.key
        call = self._calls.get(key)
        if call is None:
            stored = self.get(key)
            if stored is not None:
                return stored
            call = self._calls[key] = asyncio.create_task(self._call(key, request, model))
            call.add_done_callback(lambda done: self._forget(key, done))
            if self._renewer is None or self._renewer.done():
                self._renewer = asyncio.create_task(self._renew())
        # One of those who wait may be cancelled; the reply is on its way and paid for all the same.
        return await asyncio.shield(call)

    async def put(self, request: Request, reply: Reply, *, failed: bool = False) -> None:
        """Record a reply; return when it is on the disk. An earlier reply stays, an earlier failure goes."""
        await self._put(request.key, request, reply, failed=failed)

    def account(self) -> tuple[Account, ...]:
        """What was asked of whom, by model, stage and way of asking; a matter of microseconds at any size."""
        with ledger_file.sentences(self.path):
            return account(self._reader)

    async def _call(self, key: str, request: Request, model: Model) -> Reply:
        try:
            stored = await self._turn(key, request)
            if stored is not None:
                return stored
            reply = await model.complete(request)
        except TransientError as error:
            await self._put(key, request, Reply("", "", request.model, error=str(error)), failed=True)
            raise
        except asyncio.CancelledError:
            self._queue.post(GiveBack(bytes.fromhex(key)))  # the loop may be ending: nothing new is begun
            raise
        except BaseException:
            await self._queue.put(GiveBack(bytes.fromhex(key)))
            raise
        if not await self._put(key, request, reply):
            stored = self.get(key)  # another process was first: our claim had expired
            assert stored is not None
            return stored
        return reply

    async def _put(self, key: str, request: Request, reply: Reply, *, failed: bool = False) -> bool:
        """Whether it is recorded, rather than an earlier reply."""
        return await self._queue.put(Entry(bytes.fromhex(key), request, reply, failed))

    async def _turn(self, key: str, request: Request) -> Reply | None:
        """None once the request is ours to make, or the reply that another process got meanwhile."""
        claim = Claim(bytes.fromhex(key), request.model, request.stage)
        seconds = FIRST_LOOK_SECONDS
        while not await self._queue.put(claim):
            while (stored := self.get(key)) is None and not self._free(claim.key):
                await asyncio.sleep(seconds)
                seconds = min(2 * seconds, LOOK_SECONDS)
            if stored is not None:
                return stored
        return None

    def _free(self, key: bytes) -> bool:
        with ledger_file.sentences(self.path):
            return ledger_claims.free(self._reader, key)

    async def _renew(self) -> None:
        """Keep our claims valid while anything is asked."""
        while self._calls:
            await asyncio.sleep(ledger_claims.RENEW_SECONDS)
            if self._calls and self._claims.due:
                with suppress(InputError):  # whoever waits for a reply to be written is told
                    await self._queue.put(GiveBack())

    def _forget(self, key: str, done: "asyncio.Task[Reply]") -> None:
        del self._calls[key]
        if not done.cancelled():
            done.exception()  # whoever waited has it; where nobody did any more, it is not news

    def _write(self, lot: Sequence[_Item]) -> tuple[bool, ...]:
        """For each item whether it was done: a reply may be recorded already, a claim another's."""
        packed = [pack(item) for item in lot if isinstance(item, Entry)]  # before others are locked out
        wanted = [item for item in lot if isinstance(item, Claim)]
        ended = [item.key for item in lot if not isinstance(item, Claim) and item.key is not None]
        with ledger_file.sentences(self.path), ledger_file.transaction(self._writer, durable=bool(packed)):
            recorded = iter([insert(self._writer, one) for one in packed])
            taken = iter(self._claims.take(self._writer, wanted))
            if self._claims.begun:
                self._claims.give_back(self._writer, ended)
        answers = {Entry: recorded, Claim: taken, GiveBack: repeat(True)}
        return tuple(next(answers[type(item)]) for item in lot)


def account(connection: sqlite3.Connection) -> tuple[Account, ...]:
    """The account of the ledger that the connection is to."""
    rows = connection.execute(ledger_schema.SELECT_ACCOUNT).fetchall()
    return tuple(Account(*(*row, bool(batched))) for *row, batched in rows)
