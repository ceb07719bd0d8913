"""A build: the feature tree, then tasks through the stages, several at once, each written when finished.

    OUT/build.json       the settings in full and their digest
    OUT/features.json    the feature tree, before and after evolution
    OUT/ledger.sqlite    every reply
    OUT/batches/         one file per batch that was sent to a batch API
    OUT/attempts/        one file per finished attempt

Killed at any moment and started again it goes on where it was: what has a file is done, what has a reply in
the ledger is paid for. What comes out depends on the settings and the replies alone, never on the order in
which tasks end. One build at a time may work in a folder.
"""

import asyncio
import logging
import os
from collections import Counter
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random

from synthsmith.builders import attempts
from synthsmith.builders.attempts import Attempt
from synthsmith.builders.costs import prices_of
from synthsmith.builders.crowd import first
from synthsmith.builders.drafts import Draw, Plan, ask_all, plan
from synthsmith.builders.finishing import Workshop
from synthsmith.builders.folder import BuildFolder, claim, pinned
from synthsmith.builders.growth import tree_of_build
from synthsmith.builders.ledger import Account, Ledger
from synthsmith.builders.model import CapReached, Model, Reply, Request, TransientError
from synthsmith.builders.progress import Progress, silent
from synthsmith.builders.provenance import Asked
from synthsmith.builders.purse import NO_CAPS, Caps, Purse
from synthsmith.builders.sampling import Sampler
from synthsmith.builders.settings import Settings
from synthsmith.verification.decision import Reason, Rejected
from synthsmith.verification.errors import InputError
from synthsmith.verification.sandbox import Sandbox

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Summary:
    """What a build came to. `reused` attempts were there before.

    `unfinished` says why tasks were left for the next run (an endpoint that failed, a cap that was reached);
    with those that were not begun any more they are in no count.
    """

    tasks: int
    verified: int
    rejected: tuple[tuple[Reason, int], ...]
    reused: int
    unfinished: tuple[str, ...]
    account: tuple[Account, ...]
    spent: str

    @property
    def finished(self) -> int:
        """How many tasks ended, verified or rejected."""
        return self.verified + sum(count for _, count in self.rejected)


@dataclass(slots=True)
class _State:
    """What a build knows of its tasks so far: how each ended (None: verified), and what went wrong."""

    ended: dict[int, Reason | None]
    unfinished: list[str] = field(default_factory=list)
    failures_in_a_row: int = 0
    stopped: bool = False  # nothing more may be spent
    reused: int = 0
    shown: int = 0  # of pairs, parts of the tree or tasks, whatever is at hand


def draws(settings: Settings, recorded: int | None) -> tuple[str, ...]:
    """The names of a build's draws in order; InputError where more tasks are asked for than were recorded.

    Recorded draws are 0:0, 0:1, ...; another seed takes them in another order.
    """
    if recorded is None:
        return tuple(f"{settings.seed}:{index}" for index in range(settings.tasks))
    if settings.tasks > recorded:
        raise InputError(
            f"{settings.tasks} tasks are asked for, but the recorded model holds {recorded}: ask for at most "
            f"{recorded}, or give a live model."
        )
    order = list(range(recorded))
    if settings.seed:
        Random(settings.seed).shuffle(order)
    return tuple(f"0:{index}" for index in order[: settings.tasks])


def build(
    settings: Settings,
    out: Path,
    model: Model,
    sandbox: Sandbox,
    progress: Progress = silent,
    caps: Caps = NO_CAPS,
) -> Summary:
    """What the build in this folder came to, when every task that could be finished is finished.

    The model is closed at the end. After KeyboardInterrupt or any error the same call goes on where it was.
    """
    names = draws(settings, model.draws)
    settings = pinned(settings, out)
    with claim(out, settings) as folder, Ledger(folder.ledger) as ledger:
        prices = prices_of((role.name for role in settings.models.all()), settings.prices)
        purse = Purse(model, caps, prices, ledger.account(), settings.by_batch)
        return asyncio.run(_Run(settings, folder, ledger, purse, sandbox, progress).build(names))


class _Run:
    """One run over a build's folder."""

    def __init__(
        self,
        settings: Settings,
        folder: BuildFolder,
        ledger: Ledger,
        model: Purse,
        sandbox: Sandbox,
        progress: Progress,
    ) -> None:
        self.settings, self.folder, self.ledger = settings, folder, ledger
        self.model, self.sandbox, self.progress = model, sandbox, progress
        self.state = _State({})
        # Enough finishing tasks to keep every worker of the sandbox busy, few enough to hold in memory.
        room = asyncio.Semaphore(max(2, len(os.sched_getaffinity(0))))
        self.workshop = Workshop(settings, sandbox, room)

    async def build(self, names: tuple[str, ...]) -> Summary:
        """What the build came to when every one of its draws that can be finished is."""
        try:
            todo = await self._todo(names)
            self._show(len(self.state.ended), len(names), "tasks")
            if todo or not self.folder.features.is_file():
                await self._work(todo, len(names))
        except BaseExceptionGroup as group:
            raise first(group) from None
        except asyncio.CancelledError:
            self.sandbox.close()  # what runs in it is not wanted any more, and its threads must end
            raise
        finally:
            await self.model.close()
        return self._summary(len(names))

    async def ask(self, request: Request) -> Reply:
        """The reply, recorded or new."""
        reply = await self.ledger.complete(request, self.model)
        if self.model.spent.tokens:
            self.progress(self.state.shown, spent=str(self.model.spent))
        return reply

    def _show(
        self, done: int, total: int | None = None, what: str | None = None, spent: str | None = None
    ) -> None:
        self.state.shown = done
        self.progress(done, total, what, spent)

    async def _todo(self, names: tuple[str, ...]) -> list[Draw]:
        """The draws that have no attempt yet; InputError where there are attempts but no ledger."""
        todo = []
        for index, name in enumerate(names):
            draw = Draw(index, name, self.folder.settings)
            if not self._reuse(draw):
                todo.append(draw)
            await asyncio.sleep(0)  # to be interrupted: there may be 200,000 to look through
        if self.state.reused and not self.ledger.account():
            raise InputError(
                f"{self.folder.ledger} holds no reply, but {self.state.reused} attempts are finished, and "
                f"their cost is told from it: put it back, or remove {self.folder.attempts} to pay anew."
            )
        return todo

    def _reuse(self, draw: Draw) -> bool:
        """Whether the draw's attempt is there already; one that we failed to judge is made again."""
        attempt = attempts.read(self.folder.attempts, draw.index)
        if attempt is None or (attempt.draw, attempt.settings) != (draw.name, draw.settings):
            return False
        if _reason(attempt) is Reason.JUDGE_ERROR:
            return False
        self.state.ended[draw.index] = _reason(attempt)
        self.state.reused += 1
        return True

    async def _work(self, todo: list[Draw], total: int) -> None:
        tree = await tree_of_build(
            self.folder.features, self.folder.settings, self.settings, self.ask, self._show
        )
        sampler = Sampler(tree, self.settings.sampling)
        self._show(len(self.state.ended), total, "tasks")
        waiting = iter(todo)

        async def worker() -> None:
            for draw in waiting:
                if self.state.stopped:
                    break
                await self._attempt(draw, sampler, total)

        async with asyncio.TaskGroup() as group:
            for _ in range(min(self.settings.tasks_at_once, len(todo))):
                group.create_task(worker())

    async def _attempt(self, draw: Draw, sampler: Sampler, total: int) -> None:
        ask = Asked(self.ask)
        try:
            made = await plan(draw, sampler, self.settings, ask)
            if isinstance(made, Plan):
                await ask_all(made, self.settings, ask)
                made = await self.workshop.finished(made, ask)
        except CapReached as error:
            self.state.stopped = True
            self.state.unfinished.append(str(error))
            return
        except TransientError as error:
            self._left(str(error))
            return
        self.state.failures_in_a_row = 0
        made = replace(made, provenance=ask.provenance())
        await asyncio.to_thread(attempts.write, self.folder.attempts, made)
        self.state.ended[draw.index] = _reason(made)
        self._show(len(self.state.ended), total)

    def _left(self, why: str) -> None:
        """Leave a task for the next run; give up where the endpoint seems to be gone for good."""
        logger.warning("a task is left for the next run: %s", why)
        self.state.unfinished.append(why)
        self.state.failures_in_a_row += 1
        if self.state.failures_in_a_row >= max(4, self.settings.tasks_at_once):
            raise TransientError(f"{why} (so did {self.state.failures_in_a_row} tasks in a row)")

    def _summary(self, total: int) -> Summary:
        counts = Counter(self.state.ended.values())
        rejected = tuple((reason, counts[reason]) for reason in Reason if counts[reason])
        return Summary(
            tasks=total,
            verified=counts[None],
            rejected=rejected,
            reused=self.state.reused,
            unfinished=tuple(self.state.unfinished),
            account=self.ledger.account(),
            spent=str(self.model.spent),
        )


def _reason(attempt: Attempt) -> Reason | None:
    return attempt.outcome.reason if isinstance(attempt.outcome, Rejected) else None
