"""What a batch gave, handed over to those who asked.

Files may be larger than memory, so replies are handed over no faster than they are put away: of those who
were given one, at most `HELD` may be busy with it. Who asks in a task of its own, as the ledger does, is done
with a reply when that task ends.
"""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, replace

from synthsmith.builders.batch.api import Api, State
from synthsmith.builders.batch.lines import Line, read
from synthsmith.builders.completions import Again, to_reply
from synthsmith.builders.model import PermanentError, Reply, Request
from synthsmith.builders.refusals import Refused, reply_to

HELD = 256
OK = 200


@dataclass(slots=True, eq=False)
class Asked:
    """A request, and the task that waits for what becomes of it. It was put into `tries` batches in vain."""

    request: Request
    key: str
    future: "asyncio.Future[Reply]"
    task: "asyncio.Task[object] | None"
    tries: int = 0


def give_up(asked: Iterable[Asked], error: BaseException) -> None:
    """Tell those who still wait that there will be no reply."""
    for one in asked:
        if not one.future.done():
            one.future.set_exception(error)


class Hands:
    """The tasks that were given a reply and may still hold it."""

    def __init__(self, most: int = HELD) -> None:
        self.most = most
        self._busy: set[asyncio.Task[object]] = set()
        self._free = asyncio.Event()

    async def free(self) -> None:
        """Wait until one more reply can be given."""
        while len(self._busy) >= self.most:
            self._free.clear()
            await self._free.wait()

    def give(self, asked: Asked, reply: Reply) -> None:
        """Give the reply, if somebody waits for it still."""
        if asked.future.done():
            return
        asked.future.set_result(reply)
        if asked.task is not None and asked.task not in self._busy:
            self._busy.add(asked.task)
            asked.task.add_done_callback(self.put_away)

    def put_away(self, task: "asyncio.Task[object]") -> None:
        """The task holds no reply any more."""
        task.remove_done_callback(self.put_away)
        self._busy.discard(task)
        self._free.set()


class Results:
    """What becomes of those in `due` by the files of one batch; who was told is taken out of `due`.

    `again` says, by key, how the server failed at others for a while. `served`: there was a proper answer.
    """

    def __init__(self, api: Api, due: dict[str, Asked], hands: Hands) -> None:
        self.api, self.due, self.hands = api, due, hands
        self.again: dict[str, str] = {}
        self.served = False

    async def hand_over(self, state: State) -> None:
        """Read the answers, then the errors: whether others were answered decides what an error means."""
        for file in filter(None, (state.output, state.errors)):
            await self.api.read(file, self._take)

    async def _take(self, data: bytes) -> None:
        line = read(data)
        asked = self.due.get(line.key)
        if asked is None:
            self._note(line.status == OK)
            return
        await self.hands.free()
        try:
            reply = self._reply(line, asked.request)
        except Again as error:
            self.again[line.key] = str(error)
            return
        except PermanentError as error:
            give_up([asked], error)
        else:
            self.hands.give(asked, replace(reply, batched=True))
        del self.due[line.key]  # and with it the reply

    def _reply(self, line: Line, request: Request) -> Reply:
        if line.status is None:
            raise Again(f"{line.code}: {line.message}")
        if line.status == OK:
            reply = to_reply(line.body, request.model)
            self._note(True)
            return reply
        refused = Refused(line.status, line.code, line.message)
        api = self.api
        return reply_to(refused, request, api.address, api.endpoint.key_variable, served=api.served)

    def _note(self, served: bool) -> None:
        self.served |= served
        self.api.served |= served
