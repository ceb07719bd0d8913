"""The jobs of one `run_all`, between the caller who awaits them and the workers who do them.

Workers take jobs of the program that they have ready before others, so that a program is compiled by as few
of them as are needed to keep all busy.
"""

import threading
import time
from collections import deque
from dataclasses import dataclass

from ..errors import InputError
from ..types import Limits, Outcome, Program
from .worker import Worker

NO_OTHER_LIMITS = Limits()
TOGETHER = 8
QUICK_SECONDS = 0.05  # a run that takes no longer lets the next one wait with the same worker

Numbered = tuple[int, "Job"]


@dataclass(frozen=True, slots=True)
class Job:
    """One run to be made by `Sandbox.run_all`; see `Sandbox.run`."""

    program: Program
    stdin: bytes = b""
    limits: Limits = NO_OTHER_LIMITS
    files: tuple[bytes, ...] = ()


class Feed:
    """Numbered jobs in, outcomes out. Thread-safe: one thread adds and awaits, several take and answer."""

    def __init__(self) -> None:
        self.added = 0
        self._servers = 0  # threads that take jobs; counted under the lock, so that no job is left alone
        self._waiting: deque[Numbered] = deque()
        self._served: dict[int, Program] = {}  # by thread: what it works on
        self._done: dict[int, Outcome | BaseException] = {}
        self._awaited = -1
        self._failure: BaseException | None = None
        self._changed = threading.Condition()

    def add(self, job: Job, most_servers: int) -> bool:
        """Whether one more thread should come to take jobs; it counts as there from now on."""
        with self._changed:
            self._waiting.append((self.added, job))
            self.added += 1
            wanted = self._servers < min(most_servers, len(self._waiting))
            self._servers += wanted
            return wanted

    def take(self, program: Program | None) -> Numbered | None:
        """The next job for a worker that has `program` ready; None: there is none, the thread is let go."""
        with self._changed:
            if not self._waiting:
                self._servers -= 1
                self._served.pop(threading.get_ident(), None)
                return None
            number, job = self._out(self._choose(program))
            self._served[threading.get_ident()] = job.program
            return number, job

    def take_more(self, program: Program) -> Numbered | None:
        """The next job of this very program, if there is one."""
        with self._changed:
            for index, (_, job) in enumerate(self._waiting):
                if job.program is program:
                    return self._out(index)
        return None

    def answer(self, number: int, result: Outcome | BaseException, *, slow: bool = True) -> None:
        """Give what came of a job to whom it may concern."""
        with self._changed:
            self._done[number] = result
            # to wake the caller costs more than to take an answer, so quick ones wait for company
            together = len(self._done) >= TOGETHER or len(self._waiting) < TOGETHER
            if (slow or together) and self._awaited in self._done:
                self._changed.notify()

    def wait_for(self, number: int) -> Outcome:
        """The outcome of a job; raises what was answered instead, or why the feed has failed."""
        with self._changed:
            self._awaited = number
            while number not in self._done:
                if self._failure is not None:
                    raise self._failure
                self._changed.wait()
            result = self._done.pop(number)
        if isinstance(result, BaseException):
            raise result
        return result

    def close(self, failure: BaseException | None = None) -> None:
        """Hand out no more jobs; whoever waits for one is told the failure."""
        with self._changed:
            self._failure = failure
            self._waiting.clear()
            self._changed.notify()

    def _out(self, index: int) -> Numbered:
        taken = self._waiting[index]
        del self._waiting[index]
        return taken

    def _choose(self, program: Program | None) -> int:
        """The first job of the program; else the first of one that nobody works on; else the first of all."""
        free = None
        busy = tuple(self._served.values())
        for index, (_, job) in enumerate(self._waiting):
            if job.program is program:
                return index
            if free is None and not any(job.program is other for other in busy):
                free = index
        return free or 0


def work(worker: Worker, feed: Feed, begun: deque[Numbered], until: float) -> bool:
    """Do jobs on a worker; whether it is time to let another have it, as there may be more to do.

    `begun` holds the jobs that have no answer: what is left there at the end was lost with the worker. Raises
    BrokenWorkerError.
    """
    quick = False
    while time.monotonic() < until and not worker.spoiled:
        taken = feed.take(worker.program)
        if taken is None:
            return False
        job = taken[1]
        quick = quick and job.program is worker.program
        begun.append(taken)
        try:
            worker.begin(job.program, job.stdin, job.limits, job.files)
        except InputError as error:
            feed.answer(begun.pop()[0], error)
            continue
        quick = _finish(worker, feed, begun, quick=quick)
    return True


def _finish(worker: Worker, feed: Feed, begun: deque[Numbered], *, quick: bool) -> bool:
    """Wait for the run that was begun and for those of its program that follow it; whether they are quick."""
    while begun and not worker.spoiled:
        job = begun[0][1]
        if quick and len(begun) == 1 and (more := feed.take_more(job.program)):
            begun.append(more)
            job = more[1]
            worker.begin(job.program, job.stdin, job.limits, job.files)
        outcome = worker.end()
        quick = outcome.usage.wall_seconds <= QUICK_SECONDS
        feed.answer(begun.popleft()[0], outcome, slow=not quick)
    return quick
