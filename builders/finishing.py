"""From a planned task whose replies are recorded to its finished attempt.

What the verdict itself gives rise to is asked for here: further inputs where the cases are weak, and
solutions by the proxies. Of all tasks only so many run programs at a time (`room`); nobody holds a place
there while it waits for a model.
"""

import asyncio
from dataclasses import dataclass

from synthsmith.builders.asking import Ask
from synthsmith.builders.attempts import Attempt
from synthsmith.builders.crowd import all_of
from synthsmith.builders.drafts import Plan, draft, finish
from synthsmith.builders.model import Reply
from synthsmith.builders.more_inputs import ask_more, with_more
from synthsmith.builders.proxies import ask_solvers, weigh
from synthsmith.builders.settings import Settings
from synthsmith.verification.sandbox import Sandbox


@dataclass(frozen=True, slots=True)
class Workshop:
    """Where attempts are finished."""

    settings: Settings
    sandbox: Sandbox
    room: asyncio.Semaphore

    async def finished(self, planned: Plan, ask: Ask) -> Attempt:
        """The attempt; made once more with further inputs where its cases are weak."""
        attempt = await self._verified(planned, ask)
        request = ask_more(attempt, self.settings)
        if request is not None:
            attempt = await self._verified(planned, ask, await ask(request))
        requests = ask_solvers(attempt, self.settings)
        if not requests:
            return attempt
        replies = await all_of(map(ask, requests))
        async with self.room:
            return await asyncio.to_thread(weigh, attempt, replies, self.settings, self.sandbox)

    async def _verified(self, planned: Plan, ask: Ask, more: Reply | None = None) -> Attempt:
        async with self.room:
            made = await draft(planned, self.settings, ask)
            if isinstance(made, Attempt):
                return made
            made = with_more(made, more) if more else made
            return await asyncio.to_thread(finish, made, self.settings, self.sandbox)
