"""What a worker does with the jobs of a feed, in one turn.

While runs are quick, the next one of the program waits with the worker. Where jobs may share a process,
several of them are tried in one (together.py).
"""

import time
from dataclasses import replace

from ..errors import InputError
from ..types import Outcome, Status
from .feed import SKIPPED, Feed, Job
from .worker import Worker

TURN_SECONDS = 0.25  # how long a worker does one caller's jobs before others have their turn
MOST_TOGETHER = 64
PART_OF_LIMIT = 0.25  # of the limit of CPU that all together are expected to use
MOST_OF_LIMIT = 0.5  # that they may use, so that none of them is late alone
FAR_MORE = 4  # times what is expected of them that they may use: what is lost on others is little
SPARE_SECONDS = 0.02
SHORTEST_SECONDS = 0.001
SMALL_SECONDS = 0.006  # of CPU: of a run that takes longer the fork is no great part
WORTH_SECONDS = 0.02  # what is expected to take no longer is not divided among workers
QUICK_SECONDS = 0.05  # a run that takes no longer lets the next one wait with the same worker


class Turn:
    """What a worker has taken from a feed and not answered, by number.

    What is left in `begun` at the end was lost with the worker. `late` are those that took more CPU than
    they may but ended by themselves, which a busy machine can be the reason for.
    """

    def __init__(self) -> None:
        self.until = 0.0  # on the monotonic clock, when others have their turn with the worker
        self.begun: dict[int, Job] = {}
        self.late: dict[int, Job] = {}


def is_late(outcome: Outcome) -> bool:
    """Whether a run ended by itself not long after its limit of CPU: it may be no fault of its own."""
    return outcome.status is Status.TIME and outcome.exit_code is not None


def work(worker: Worker, feed: Feed, turn: Turn) -> bool:
    """Do jobs on a worker; whether it is time to let another have it, as there may be more to do.

    Raises BrokenWorkerError.
    """
    turn.until = time.monotonic() + TURN_SECONDS
    quick = False
    while time.monotonic() < turn.until and not worker.spoiled:
        taken = feed.take(worker.program)
        if taken is None:
            return False
        number, job = taken
        quick = quick and job.program is worker.program
        try:
            _begin(worker, feed, turn, number, job)
        except InputError as error:
            del turn.begun[number]
            feed.answer(number, error)
            continue
        quick = _finish(worker, feed, turn, quick=quick)
    return True


def _begin(worker: Worker, feed: Feed, turn: Turn, number: int, job: Job) -> None:
    turn.begun[number] = job
    patient = feed.is_patient(job.program)
    worker.begin(job.program, job.stdin, job.limits, job.files, patient=patient)


def _end(worker: Worker, feed: Feed, turn: Turn, number: int) -> Outcome:
    """Wait for a run that was begun, and answer."""
    job = turn.begun[number]
    outcome = worker.end(job.unless)
    del turn.begun[number]
    if job.unwanted:
        outcome = SKIPPED
    if is_late(outcome) and feed.patient:
        turn.late[number] = job
    else:
        feed.note(job.program, outcome)
        feed.answer(number, outcome, slow=not _is_quick(outcome))
    return outcome


def _is_quick(outcome: Outcome) -> bool:
    return outcome.usage.wall_seconds <= QUICK_SECONDS


def _finish(worker: Worker, feed: Feed, turn: Turn, *, quick: bool) -> bool:
    """Wait for the run that was begun and for those of its program that follow it; whether they are quick."""
    while turn.begun and not worker.spoiled:
        number, job = next(iter(turn.begun.items()))
        shares = job.may_share and worker.may_share
        alone = len(turn.begun) == 1 and not shares
        if quick and alone and time.monotonic() < turn.until and (more := feed.take_more(job.program)):
            _begin(worker, feed, turn, *more)
        outcome = _end(worker, feed, turn, number)
        quick = _is_quick(outcome)
        small = outcome.usage.cpu_seconds <= SMALL_SECONDS
        if shares and small and outcome.status is Status.OK and not worker.spoiled:
            _try_together(worker, feed, turn, job, outcome)
    return quick


def _try_together(worker: Worker, feed: Feed, turn: Turn, job: Job, alone: Outcome) -> None:
    """Run jobs like this one, which ended so alone, several in one process, as long as that goes well."""
    expected = max(alone.usage.cpu_seconds, SHORTEST_SECONDS)
    most = min(MOST_TOGETHER, int(PART_OF_LIMIT * job.limits.cpu_seconds / expected))
    least = int(WORTH_SECONDS / expected)
    while most > 1 and not worker.spoiled and (taken := feed.take_alike(job, least, most)):
        turn.begun |= taken
        outcomes = _together(worker, list(taken.values()), job, alone, expected)
        for number, outcome in zip(taken, outcomes, strict=False):
            if outcome is not None:
                del turn.begun[number]
                feed.answer(number, outcome, slow=False)
        if 2 * len(turn.begun) > len(taken):
            feed.note_bad_company(job.program)
        for number in list(turn.begun):  # those that did not go well
            if worker.spoiled:
                return
            _begin(worker, feed, turn, number, turn.begun[number])
            _end(worker, feed, turn, number)


def _together(
    worker: Worker, jobs: list[Job], first: Job, alone: Outcome, expected: float
) -> list[Outcome | None]:
    """What comes of the jobs in one process; nothing where the first one, which is tried again behind them,
    does not come out as alone."""
    inputs = [*(each.stdin for each in jobs), first.stdin]
    seconds = FAR_MORE * expected * len(inputs) + SPARE_SECONDS
    limits = replace(first.limits, cpu_seconds=min(seconds, MOST_OF_LIMIT * first.limits.cpu_seconds))
    *outcomes, again = worker.run_together(inputs, limits) or [None]
    trusted = len(outcomes) == len(jobs) and again is not None and again.stdout == alone.stdout
    return outcomes if trusted else []
