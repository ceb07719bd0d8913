"""What a build spends as it goes, and the caps that it may not pass.

A request is let through only if all that was spent, all that is under way and its own most put together stay
within the caps; its most is what its prompt can have of tokens (never more than bytes) and `max_tokens`. What
does not fit now waits while others are under way, for most replies are much shorter than they could be; what
does not fit when none is ends the build (`CapReached`), to be carried on with a higher cap. Replies that are
recorded already cost nothing and do not come here.

Not counted: what an endpoint asks for tries that gave no reply, such as a stream that was cut; nobody tells.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from synthsmith.builders.costs import Price, Prices, usd_of
from synthsmith.builders.ledger import Account
from synthsmith.builders.model import CapReached, Model, Reply, Request
from synthsmith.verification.errors import InputError

UNKNOWN = Price(1, 1)  # of a model without a price, where no dollars are counted: it is not free
CHAT_FORM_TOKENS = 256  # what a chat template and a system prompt of the server's may add to a prompt


@dataclass(frozen=True, slots=True)
class Caps:
    """The most that a build may spend, all its runs together. None: no matter how much."""

    usd: float | None = None
    tokens: int | None = None


NO_CAPS = Caps()


@dataclass(slots=True)
class Spending:
    """Tokens of prompts and completions, and what they cost; `unpriced` replies are not in the dollars."""

    tokens: int = 0
    usd: float = 0.0
    unpriced: int = 0

    def __str__(self) -> str:
        known = f"${self.usd:.2f}" if not self.unpriced or self.usd else ""
        more = "" if not self.unpriced else f"{known and ' and '}{self.unpriced} replies without a price"
        return f"{self.tokens:,} tokens, {known}{more}"


@dataclass(slots=True)
class _Most:
    """The most that requests under way can cost."""

    tokens: int = 0
    usd: float = 0.0


class Purse:
    """A model that counts what the model behind it costs, and refuses what could pass the caps.

    `by_batch` says whether requests to an address go by its batch API, at the price of that.
    InputError where a cap cannot be kept: a model without a price, or without `max_tokens`.
    """

    def __init__(
        self,
        model: Model,
        caps: Caps = NO_CAPS,
        prices: Prices | None = None,
        spent: Iterable[Account] = (),
        by_batch: Callable[[str | None], bool] = lambda _: False,
    ) -> None:
        self.model, self.caps, self.by_batch = model, caps, by_batch
        self.prices = prices or {}
        self.spent = Spending()
        self._under_way = _Most()
        self._requests = 0
        self._waiting: list[asyncio.Event] = []
        for line in spent:
            tokens = (line.prompt_tokens or 0) + (line.completion_tokens or 0)
            self._add(tokens, usd_of(line, self.prices), line.requests - line.failed)

    @property
    def draws(self) -> int | None:
        """How many draws the model behind it can answer for."""
        return self.model.draws

    async def complete(self, request: Request) -> Reply:
        """The model's reply; CapReached where it could cost more than is left."""
        async with self._room(request):
            reply = await self.model.complete(request)
            self._count(request, reply)
            return reply

    async def close(self) -> None:
        """Close the model behind it."""
        await self.model.close()

    @asynccontextmanager
    async def _room(self, request: Request) -> AsyncIterator[None]:
        most = self._most(request)
        while not self._fits(most):
            if not self._requests:
                raise CapReached(
                    f"{self._cap()} is reached: {self.spent} are spent, "
                    f"and one more request could take {self._told(most)}"
                )
            settled = asyncio.Event()
            self._waiting.append(settled)
            await settled.wait()
        self._requests += 1
        self._under_way.tokens += most.tokens
        self._under_way.usd += most.usd
        try:
            yield
        finally:
            self._requests -= 1
            self._under_way.tokens -= most.tokens
            self._under_way.usd -= most.usd
            waiting, self._waiting = self._waiting, []
            for settled in waiting:
                settled.set()

    def _fits(self, most: _Most) -> bool:
        tokens = self.spent.tokens + self._under_way.tokens + most.tokens
        usd = self.spent.usd + self._under_way.usd + most.usd
        within_tokens = self.caps.tokens is None or tokens <= self.caps.tokens
        return within_tokens and (self.caps.usd is None or usd <= self.caps.usd)

    def _most(self, request: Request) -> _Most:
        if self.caps == NO_CAPS:
            return _Most()
        extra = json.loads(request.decoding.extra_body)
        completion = request.decoding.max_tokens or extra.get("max_completion_tokens")
        if not isinstance(completion, int):
            raise InputError(f"A cap needs a limit of tokens: set max_tokens for {request.model}.")
        prompt = sum(len(message.content.encode()) for message in request.messages) + CHAT_FORM_TOKENS
        batched = self.by_batch(request.endpoints[0] if request.endpoints else None)
        usd = self._price(request.model).usd(prompt, completion, batched=batched)
        return _Most(prompt + completion, usd)

    def _price(self, model: str) -> Price:
        price = self.prices.get(model)
        if price is None and self.caps.usd is not None:
            raise InputError(f"A cap in dollars needs a price for {model}: give it under `prices`.")
        return price or UNKNOWN

    def _count(self, request: Request, reply: Reply) -> None:
        """Add a reply; one that tells no tokens counts as its most where there is a cap to be kept."""
        prompt, completion = reply.prompt_tokens, reply.completion_tokens
        if prompt is None or completion is None:
            most = self._most(request)
            known = self.caps.usd is not None or self._price(request.model).is_free
            self._add(most.tokens, most.usd if known else None)
        else:
            price = self.prices.get(request.model)
            cached = reply.cached_tokens or 0
            usd = price.usd(prompt, completion, cached, batched=reply.batched) if price else None
            self._add(prompt + completion, usd)

    def _add(self, tokens: int, usd: float | None, replies: int = 1) -> None:
        self.spent.tokens += tokens
        self.spent.usd += usd or 0.0
        self.spent.unpriced += replies if usd is None else 0

    def _told(self, most: _Most) -> str:
        tokens = f"{most.tokens:,} tokens (max_tokens counts in full)"
        return tokens if self.caps.usd is None else f"${most.usd:,.2f}, {tokens}"

    def _cap(self) -> str:
        caps = [
            f"the cap of ${self.caps.usd:,.2f}" if self.caps.usd is not None else "",
            f"the cap of {self.caps.tokens:,} tokens" if self.caps.tokens is not None else "",
        ]
        return " or ".join(filter(None, caps))
