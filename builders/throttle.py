"""How many requests an endpoint is given at a time, and how fast: what it takes, found by trying.

The number under way follows additive increase, multiplicative decrease (Chiu and Jain 1989, as TCP): it is
halved when the endpoint is overloaded, once for all requests that were under way then, and grows by one for
every window of good answers, up to what the user allows. A Retry-After holds back all requests to the
endpoint, not only the one that was told, so that a 429 is met once and not by every request in turn. Limits
per minute space the requests evenly; tokens are reckoned before and put right when the reply tells them.
"""

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

MOST_WINDOW = 32  # good answers that let in one more: answers take minutes, and a day has few of them
MINUTE = 60.0


@dataclass(slots=True)
class Ticket:
    """One request under way. `epoch` tells whether the endpoint was slowed down since it began.

    `tokens` is what it was reckoned to use; whoever learns more puts it right there.
    """

    epoch: int
    tokens: int


class Gate:
    """Lets requests to one endpoint through, at most `most` at a time."""

    def __init__(
        self, most: int, requests_per_minute: int | None = None, tokens_per_minute: int | None = None
    ) -> None:
        self.most = most
        self.limit = float(most)
        self.inside = 0
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._epoch = 0
        self._shut_until = 0.0
        self._requests = _Meter(requests_per_minute)
        self._tokens = _Meter(tokens_per_minute)

    @property
    def load(self) -> float:
        """How much is asked of the endpoint for what it takes: 1 is all of it."""
        return (self.inside + len(self._waiting)) / self.limit

    @asynccontextmanager
    async def admitted(self, tokens: int) -> AsyncIterator[Ticket]:
        """Wait for the turn of a request reckoned at so many tokens; it is under way inside the block."""
        await self._enter()
        try:
            await self._pause(tokens)
            ticket = Ticket(self._epoch, tokens)
            try:
                yield ticket
            finally:
                self._tokens.spend(ticket.tokens - tokens)
        finally:
            self.inside -= 1
            self._let_in()

    def answered(self) -> None:
        """A good answer came: a little more can be asked."""
        if self.inside + 1 >= self.limit:
            self.limit = min(float(self.most), self.limit + 1 / min(self.limit, MOST_WINDOW))
            self._let_in()

    def overloaded(self, ticket: Ticket, after: float | None) -> None:
        """The endpoint had too much to do; it is to be left alone for `after` seconds where it said so."""
        if ticket.epoch == self._epoch:
            self._epoch += 1
            self.limit = max(1.0, self.limit / 2)
        if after:
            self._shut_until = max(self._shut_until, time.monotonic() + after)

    async def _enter(self) -> None:
        if not self._waiting and self.inside < int(self.limit):
            self.inside += 1
            return
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():  # its place was given already
                self.inside -= 1
                self._let_in()
            raise

    def _let_in(self) -> None:
        while self._waiting and self.inside < int(self.limit):
            turn = self._waiting.popleft()
            if not turn.done():
                self.inside += 1
                turn.set_result(None)

    async def _pause(self, tokens: int) -> None:
        """Sleep until the endpoint may be asked; the time of each is set in the order of their coming."""
        at = max(self._requests.next_time(1), self._tokens.next_time(tokens))
        while (left := max(at, self._shut_until) - time.monotonic()) > 0:
            await asyncio.sleep(left)


class _Meter:
    """Spaces what is spent evenly: `per_minute` of something, or any amount where that is None."""

    def __init__(self, per_minute: int | None) -> None:
        self.seconds_each = MINUTE / per_minute if per_minute else 0.0
        self._free_at = 0.0

    def next_time(self, amount: int) -> float:
        """When so much may be spent, which is taken as spent then."""
        at = max(self._free_at, time.monotonic())
        self._free_at = at + amount * self.seconds_each
        return at

    def spend(self, amount: int) -> None:
        """So much more was spent than reckoned (less where negative)."""
        self._free_at += amount * self.seconds_each
