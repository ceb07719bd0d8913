"""Asking again for what failed, and for nothing else, from the requests that the ledger holds."""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from synthsmith.builders.ledger import Ledger
from synthsmith.builders.ledger import file as ledger_file
from synthsmith.builders.ledger.records import Record, records
from synthsmith.builders.model import Model, Request, TransientError
from synthsmith.builders.settings import Settings
from synthsmith.verification.errors import InputError


@dataclass(frozen=True, slots=True)
class Retried:
    """What became of the requests that had failed. `left` were not asked: too many had failed in a row.

    `why` is what the last failure said.
    """

    answered: int
    failed: int
    left: int
    why: str = ""


def addressed(record: Record, settings: Settings | None) -> Request:
    """The request, put where the settings put the model that it is for, or else where it was put before.

    InputError where neither says it.
    """
    request = record.request
    for role in settings.models.all() if settings is not None else ():
        if role.name == request.model:
            return replace(request, endpoints=role.addresses)
    if not record.addressed:
        raise InputError(
            f"The ledger does not say where the model {request.model!r} was asked, for an older version of "
            "SynthSmith wrote it: give --config with the settings of the build."
        )
    return request


async def retry(
    path: Path,
    model: Model,
    settings: Settings | None,
    concurrency: int,
    progress: Callable[[int, int], object] = lambda done, total: None,
) -> Retried:
    """What became of all failed requests of the ledger, each asked again once. The model is closed then."""
    with ledger_file.opened(path) as connection, Ledger(path) as ledger:
        [(total,)] = connection.execute("SELECT count(*) FROM replies WHERE failed = 1").fetchall()
        run = _Retry(ledger, model, max(4, concurrency))
        waiting = (addressed(record, settings) for record in records(connection, failed=True))
        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(concurrency):
                    group.create_task(run.work(waiting, lambda done: progress(done, total)))
        except BaseExceptionGroup as error:
            raise error.exceptions[0] from None
        finally:
            await model.close()
    return Retried(run.answered, run.failed, max(0, total - run.answered - run.failed), run.why)


class _Retry:
    """The counts of one run."""

    def __init__(self, ledger: Ledger, model: Model, patience: int) -> None:
        self.ledger, self.model, self.patience = ledger, model, patience
        self.answered = self.failed = self.in_a_row = 0
        self.why = ""

    async def work(self, waiting: Iterator[Request], told: Callable[[int], object]) -> None:
        """Ask for one after the other, as long as not too many fail in a row."""
        for request in waiting:
            if self.in_a_row >= self.patience:
                return
            try:
                await self.ledger.complete(request, self.model)
            except TransientError as error:
                self.failed, self.in_a_row, self.why = self.failed + 1, self.in_a_row + 1, str(error)
            else:
                self.answered, self.in_a_row = self.answered + 1, 0
            told(self.answered + self.failed)
