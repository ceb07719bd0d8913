"""One batch that the server has: waiting for its end, and telling those who wait what became of them."""

import asyncio
import logging
import math
import time
from dataclasses import dataclass

from synthsmith.builders.batch.api import TOO_MUCH, Api, State
from synthsmith.builders.batch.records import FAILED, Record, Records
from synthsmith.builders.batch.results import Asked, Hands, Results, give_up
from synthsmith.builders.model import PermanentError, TransientError
from synthsmith.verification.errors import VerificationError

LONGEST_QUIET = 20  # times the quiet time that the first of several waits for the others
VALIDATING, COMPLETED, CANCELLED = "validating", "completed", "cancelled"
ENDS = (COMPLETED, CANCELLED, FAILED, "expired")
LATE_POLLS = 10  # of a batch that is complete, for the file with its answers
SHOWN_FAULTS = 3

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Outcome:
    """Who is to be asked for again, and why; `too_much`: the server had no room for the batch."""

    again: tuple[tuple[Asked, str], ...] = ()
    too_much: bool = False
    completed: bool = False


class Batch:
    """A batch, and those who wait for it; others may join them at any time."""

    def __init__(
        self, api: Api, records: Records, record: Record, hands: Hands, waiting: dict[str, Asked]
    ) -> None:
        self.api, self.records, self.record, self.hands = api, records, record, hands
        self.waiting = waiting
        self.due: dict[str, Asked] = {}  # of those who wait, the ones who are being told
        self.checked = asyncio.Event()  # the server takes it, or does not
        self.accepted = False
        self._joined = -math.inf  # when the last of several came

    def join(self, asked: Asked) -> None:
        """Let it wait as well."""
        self.waiting[asked.key] = asked
        self._joined = time.monotonic()

    async def outcome(self) -> Outcome:
        """What became of all who waited when the batch had ended. They wait no more."""
        try:
            await self._all_joined()
            state = await self._end()
            self.due.update(self.waiting)
            self.waiting.clear()
            outcome = await self._told(state, self.due)
        except VerificationError as error:
            outcome = Outcome()
            self.give_up(self._lost(error) if isinstance(error, PermanentError) else error)
        self.due.clear()
        self.checked.set()
        return outcome

    def give_up(self, error: BaseException) -> None:
        """Tell all who wait that there will be no reply."""
        for waiting in (self.due, self.waiting):
            give_up(waiting.values(), error)
            waiting.clear()

    async def _all_joined(self) -> None:
        quiet = self.api.batching.quiet_seconds
        end = time.monotonic() + LONGEST_QUIET * quiet
        while (left := min(self._joined + quiet, end) - time.monotonic()) > 0:
            await asyncio.sleep(left)

    async def _end(self) -> State:
        """How the batch ended, when it has."""
        late = 0
        while True:
            state = await self.api.state(self.record.batch)
            if state.status not in (VALIDATING, FAILED):
                self.accepted = True
                self.checked.set()
            without = state.status == COMPLETED and state.answered > 0 and not state.output
            if state.status in ENDS and not (without and late < LATE_POLLS):
                return state
            late += without
            await asyncio.sleep(self.api.batching.poll_seconds)

    async def _told(self, state: State, due: dict[str, Asked]) -> Outcome:
        results = Results(self.api, due, self.hands)
        if state.status != FAILED:
            await results.hand_over(state)
        was_told = self.record.ended  # by an earlier run
        if was_told != state.status:
            self.record = self.records.update(self.record, ended=state.status, served=results.served)
            logger.info("%s: %s", self.record.batch, state.status)
        if state.status == FAILED:
            return self._failed(state, due)
        if state.status == CANCELLED and not was_told:
            words = f"{self.record.batch} was cancelled at {self.api.address}"
            give_up(due.values(), TransientError(f"{words}, {len(due)} of its requests unanswered"))
            return Outcome()
        missing = len(due) - len(results.again)
        if missing and state.status == COMPLETED:
            words = "%s: %d requests are in none of its files, and are sent again"
            logger.warning(words, self.record.batch, missing)
        why = f"{self.record.batch} ended ({state.status}) without it"
        again = ((asked, results.again.get(key, why)) for key, asked in due.items())
        return Outcome(tuple(again), completed=True)

    def _failed(self, state: State, due: dict[str, Asked]) -> Outcome:
        """Nothing was run: for too much at a time, or for a fault."""
        words = "; ".join(sentence for _, sentence in state.wrong[:SHOWN_FAULTS]) or "no reason is given"
        said = f"{self.api.address} did not take {self.record.batch}: {words}"
        if any(code == TOO_MUCH for code, _ in state.wrong):
            return Outcome(tuple((asked, said) for asked in due.values()), too_much=True)
        give_up(due.values(), PermanentError(said))
        return Outcome()

    def _lost(self, error: PermanentError) -> PermanentError:
        """What is to be raised where the server does not let us have what it was sent."""
        return PermanentError(
            f"{error}. {self.record.batch} was sent there and cannot be had: it can with the key that it was "
            f"sent with; where it is gone, remove {self.record.path}, and its requests are paid for anew."
        )
