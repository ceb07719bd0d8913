"""The jobs of one `run_all`, between the caller who awaits them and the workers who do them.

Workers take jobs of the program that they have ready before others, so that a program is compiled by as few
of them as are needed to keep all busy.
"""

import threading
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, replace

from ..types import Limits, Outcome, Program, Status

NO_OTHER_LIMITS = Limits()
TOGETHER = 8
MOST_WAITING = 64  # jobs that no worker has taken yet
FEW_WAITING = 16
MOST_HELD = 64 << 20  # bytes of output that wait for their turn, while more jobs are asked for
LARGEST_TOGETHER = 1 << 18  # bytes of input: what larger ones take is not the fork
APART_AFTER = 2  # times that a program's inputs did not all go well together, after which each runs alone
SLOW_AFTER = 3  # times that a program was too slow, after which its runs are ended at their limit

SKIPPED = Outcome(Status.INTERNAL, stderr=b"its caller did not want it any more")  # told by identity
Numbered = tuple[int, "Job"]


@dataclass(frozen=True, slots=True)
class Job:
    """One run to be made by `Sandbox.run_all`; see `Sandbox.run`.

    With `may_share` its process may run other inputs of the program before and after, where all are likely to
    go well: several times as fast for small programs. The outcome says whether it did (`shared`). Once
    `unless` says True, the run is not begun, or ended within half a second: its outcome is SKIPPED.
    """

    program: Program
    stdin: bytes = b""
    limits: Limits = NO_OTHER_LIMITS
    files: tuple[bytes, ...] = ()
    may_share: bool = False
    unless: Callable[[], bool] | None = None

    @property
    def unwanted(self) -> bool:
        return self.unless is not None and self.unless()


class Feed:
    """Numbered jobs in, outcomes out. Thread-safe: one thread adds and awaits, several take and answer."""

    def __init__(self, *, patient: bool = True) -> None:
        self.patient = patient  # with runs that are late
        self.added = 0
        self._held = 0  # bytes of output that were answered and not asked for yet
        self._fed = True  # False: the caller waits, and would give more jobs as well
        self._servers = 0  # threads that take jobs; counted under the lock, so that no job is left alone
        self._last: Program | None = None
        self._waiting: deque[Numbered] = deque()
        self._served: dict[int, Program] = {}  # by thread: what it works on
        self._done: dict[int, Outcome | BaseException] = {}
        self._awaited = -1
        self._slow: Counter[Program] = Counter()  # how often they were found too slow
        self._apart: Counter[Program] = Counter()  # how often their inputs did not all go well together
        self._failure: BaseException | None = None
        self._changed = threading.Condition()

    def add(self, job: Job, most_servers: int) -> bool:
        """Whether one more thread should come to take jobs; it counts as there from now on."""
        with self._changed:
            last = self._last
            if job.program is not last and job.program == last:
                job = replace(job, program=last)  # jobs of one program are told by identity
            self._last = job.program
            self._waiting.append((self.added, job))
            self.added += 1
            wanted = self._servers < min(most_servers, len(self._waiting))
            self._servers += wanted
            return wanted

    def is_full(self) -> bool:
        """Whether what is there already should be waited for before more is added."""
        with self._changed:
            return len(self._waiting) >= MOST_WAITING or self._held > MOST_HELD

    def take(self, program: Program | None) -> Numbered | None:
        """The next job for a worker that has `program` ready; None: there is none, the thread is let go."""
        with self._changed:
            while self._waiting:
                number, job = self._out(self._choose(program))
                if not job.unwanted:
                    self._served[threading.get_ident()] = job.program
                    return number, job
                self._done[number] = SKIPPED
                if number == self._awaited:
                    self._changed.notify()
            self._servers -= 1
            self._served.pop(threading.get_ident(), None)
            return None

    def take_more(self, program: Program) -> Numbered | None:
        """The next job of this very program, if there is one."""
        with self._changed:
            for index, (_, job) in enumerate(self._waiting):
                if job.program is program and not job.unwanted:
                    return self._out(index)
        return None

    def take_alike(self, job: Job, least: int, most: int) -> dict[int, Job]:
        """At most `most` jobs that may share a process with this one.

        Where there are no others for the other workers a fair part of them, but `least` if there are as many.
        """
        with self._changed:
            if self._apart[job.program] >= APART_AFTER:
                return {}
            alike = [
                (number, other)
                for number, other in self._waiting
                if other.program is job.program
                and other.may_share
                and other.limits == job.limits
                and not other.files
                and not other.unwanted
                and len(other.stdin) <= LARGEST_TOGETHER
            ]
            others = len(self._waiting) - len(alike)
            servers = max(self._servers, 1)
            fair = len(alike) if others >= servers else -(-len(alike) // servers)
            taken = dict(alike[: min(most, max(fair, least))])
            if taken:
                self._waiting = deque(each for each in self._waiting if each[0] not in taken)
                self._call_for_more()
        return taken

    def note_bad_company(self, program: Program) -> None:
        """Remember of a program that its inputs did not all go well together."""
        with self._changed:
            self._apart[program] += 1

    def answer(self, number: int, result: Outcome | BaseException, *, slow: bool = True) -> None:
        """Give what came of a job to whom it may concern."""
        with self._changed:
            self._done[number] = result
            self._held += _size(result)
            # to wake the caller costs more than to take an answer, so quick ones wait for company
            together = len(self._done) >= TOGETHER or len(self._waiting) < TOGETHER
            if (slow or together) and self._awaited in self._done:
                self._changed.notify()

    def note(self, program: Program, outcome: Outcome) -> None:
        """Remember of a program what came of a run, all doubts about its time removed."""
        if outcome.status is Status.TIME:
            with self._changed:
                self._slow[program] += 1

    def is_patient(self, program: Program) -> bool:
        """Whether it is still worth while to see if a run of the program is late or endless."""
        return not self._slow or self._slow[program] < SLOW_AFTER

    def wait_for(self, number: int) -> Outcome:
        """The outcome of a job; raises what was answered instead, or why the feed has failed."""
        with self._changed:
            self._wait(number)
            return self._pop(number)

    def wait_fed(self, number: int) -> Outcome | None:
        """The same, or None where the workers would soon have nothing to do but this one."""
        with self._changed:
            self._fed = False
            try:
                self._wait(number)
            finally:
                self._fed = True
            return self._pop(number) if number in self._done else None

    def close(self, failure: BaseException | None = None) -> None:
        """Hand out no more jobs; whoever waits for one is told the failure."""
        with self._changed:
            self._failure = failure
            self._waiting.clear()
            self._changed.notify()

    def _wait(self, number: int) -> None:
        self._awaited = number
        while number not in self._done and not self._is_hungry():
            if self._failure is not None:
                raise self._failure
            self._changed.wait()

    def _pop(self, number: int) -> Outcome:
        result = self._done.pop(number)
        self._held -= _size(result)
        if isinstance(result, BaseException):
            raise result
        return result

    def _is_hungry(self) -> bool:
        return not self._fed and len(self._waiting) <= FEW_WAITING and self._held <= MOST_HELD

    def _out(self, index: int) -> Numbered:
        taken = self._waiting[index]
        del self._waiting[index]
        self._call_for_more()
        return taken

    def _call_for_more(self) -> None:
        if self._is_hungry():
            self._changed.notify()

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


def _size(result: Outcome | BaseException) -> int:
    return len(result.stdout) if isinstance(result, Outcome) else 0
