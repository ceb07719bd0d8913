"""The pool: gives runs to workers, makes them again where that is called for, and answers in order."""

import logging
import os
import platform
import shlex
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

from ..errors import SandboxError
from ..types import Limits, Outcome, Program, Status, Walled
from . import languages
from .feed import NO_OTHER_LIMITS, SKIPPED, Feed, Job
from .line import BrokenWorkerError
from .turn import Turn, is_late, work
from .worker import Terms
from .workers import Workers

log = logging.getLogger(__name__)
VERSION = "5"  # raised when the same program could end differently than before
WALLS = ("root", "user", "bare")  # the ways of being, best first; see walls.py
TRIES = 3
LATE_TRIES = 3


def missing(layers: tuple[str, ...]) -> str | None:
    """What the layers lack of the documented minimum, as the end of a sentence; None where nothing."""
    if "seccomp" not in layers:
        return "system calls cannot be filtered (no seccomp, or an architecture without a table)"
    if "private root" not in layers and "landlock" not in layers:
        return "files cannot be hidden (neither mount namespaces nor Landlock)"
    if not {"pid namespace", "landlock signal scope", "own uid"} & set(layers):
        return "programs could signal the caller (no pid namespace, no Landlock of Linux 6.12, no own uid)"
    return None


class Sandbox:
    """Runs programs behind walls, on `workers` fork servers (None: one per usable core). Thread-safe.

    SandboxError where this machine does not give the minimum, unless `unsafe`. `walls` asks for one way of
    being (see walls.py) instead of the best that holds. Limits of time are multiplied by `speed`. Programs
    in C++ are compiled with `cpp_flags`; InputError where the compiler does not take them. While it is
    `patient`, runs that are late by little are made again while no other goes on.
    """

    def __init__(
        self,
        workers: int | None = None,
        *,
        unsafe: bool = False,
        walls: str | None = None,
        speed: float = 1.0,
        cpp_flags: Sequence[str] = languages.CPP_FLAGS,
        patient: bool = True,
    ) -> None:
        languages.require_flags(cpp_flags)
        self.workers = workers or len(os.sched_getaffinity(0))
        self.cpp_flags = tuple(cpp_flags)
        self._terms = Terms(self.cpp_flags, speed, patient)
        self._workers = Workers(self.workers, self._terms, (walls,) if walls else WALLS)
        self.layers = self._workers.layers
        lack = missing(self.layers)
        if lack and not unsafe:
            self._workers.close()
            raise SandboxError(f"programs cannot be run safely here: {lack}; see `synthsmith doctor`")
        self._feeds: set[Feed] = set()
        self._executor = ThreadPoolExecutor(self.workers, thread_name_prefix="sandbox")

    @property
    def speed(self) -> float:
        """What limits of time are multiplied by: this machine's factor (calibrate.py), or 1."""
        return self._terms.speed

    @speed.setter
    def speed(self, factor: float) -> None:
        self._terms.speed = factor

    @property
    def isolated(self) -> bool:
        """Whether programs run behind the documented minimum of walls; False only in an unsafe one."""
        return missing(self.layers) is None

    @property
    def version(self) -> str:
        """Names what decides how a program ends: the sandbox's own version and the interpreter's."""
        python = f"{platform.python_implementation().lower()}-{platform.python_version()}"
        flags = () if self.cpp_flags == languages.CPP_FLAGS else (shlex.join(self.cpp_flags),)
        return "/".join((VERSION, python, *flags))

    @property
    def record(self) -> Walled:
        """What certificates say of it."""
        return Walled(self.version, self.layers)

    def run(
        self,
        program: Program,
        stdin: bytes = b"",
        limits: Limits = NO_OTHER_LIMITS,
        files: tuple[bytes, ...] = (),
        unless: Callable[[], bool] | None = None,
    ) -> Outcome:
        """How the program ended. Blocks until it has; may be called from many threads at once.

        It finds the `files` as /proc/self/fd/3 and so on, can only read them, and gets these paths as its
        last arguments. InputError where its language cannot be run, or these files not given; SandboxError
        where the sandbox is closed or cannot be had any more. `Status.INTERNAL` when worker after worker
        broke without the program being at fault. `unless` as in `Job`.
        """
        languages.text_of(program)
        return self._run_surely(Job(program, stdin, limits, files, unless=unless))

    def run_all(self, jobs: Iterable[Job], *, ahead: int = 64) -> Iterator[Outcome]:
        """The outcomes in the order of the jobs, run in parallel, at most `ahead` before the one awaited.

        Jobs are read as they are needed, and fewer where the outputs before the one awaited grow large.
        """
        feed, asked = Feed(patient=self._terms.patient), 0
        self._feeds.add(feed)
        try:
            for job in jobs:
                if feed.add(job, self.workers):
                    self._send_server(feed)
                while feed.added - asked > max(ahead, self.workers):
                    yield feed.wait_for(asked)
                    asked += 1
                while feed.is_full() and (outcome := feed.wait_fed(asked)):
                    yield outcome
                    asked += 1
            for number in range(asked, feed.added):
                yield feed.wait_for(number)
        finally:
            self._feeds.discard(feed)
            feed.close()

    def cpu_seconds(self) -> float:
        """CPU seconds used so far by the idle workers' zygotes and all the runs they have made."""
        return self._workers.cpu_seconds()

    def close(self) -> None:
        """End all workers and whatever they run; runs that are waited for raise SandboxError."""
        self._workers.close()
        for feed in tuple(self._feeds):
            feed.close(SandboxError("the sandbox was closed while programs ran"))
        self._executor.shutdown(cancel_futures=True)
        self._terms.builds.clear()

    def __enter__(self) -> "Sandbox":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _send_server(self, feed: Feed) -> None:
        try:
            self._executor.submit(self._serve, feed)
        except RuntimeError as error:
            raise SandboxError("the sandbox is closed") from error

    def _serve(self, feed: Feed) -> None:
        """Do jobs of the feed until there are none left; from time to time others have their turn."""
        turn = Turn()
        try:
            if self._work(feed, turn):
                self._send_server(feed)
            for number, job in turn.begun.items():
                feed.answer(number, self._run_surely(job))
            for number, job in turn.late.items():
                outcome = self.run_alone(job)
                feed.note(job.program, outcome)
                feed.answer(number, outcome)
        except BaseException as error:  # noqa: BLE001  the thread's boundary: told to the one who waits
            feed.close(error)

    def _work(self, feed: Feed, turn: Turn) -> bool:
        """Whether there may be more to do for a worker."""
        worker = self._workers.take()
        keep = False
        try:
            more = work(worker, feed, turn)
            keep = not worker.spoiled
            return more
        except BrokenWorkerError as error:
            self._note(error)
            return True
        finally:
            self._workers.give_back(worker, keep=keep)

    def _run_surely(self, job: Job) -> Outcome:
        """The outcome; if it came late, that of a run alone."""
        outcome = self._run(job)
        return self.run_alone(job) if is_late(outcome) and self._terms.patient else outcome

    def run_alone(self, job: Job) -> Outcome:
        """The outcome of a run while no other of this sandbox goes on: they share caches and memory.

        One that is late is made again: the same program and input took up to 1.3 times what they took before.
        """
        with self._workers.alone():
            for _ in range(LATE_TRIES):
                outcome = self._run(job)
                if not is_late(outcome):
                    break
            return outcome

    def _run(self, job: Job) -> Outcome:
        reason = ""
        for _ in range(TRIES):
            worker = self._workers.take()
            keep = False
            try:
                if job.unwanted:
                    keep = True
                    return SKIPPED
                worker.begin(job.program, job.stdin, job.limits, job.files)
                outcome = worker.end(job.unless)
                keep = not worker.spoiled
                return SKIPPED if job.unwanted else outcome
            except BrokenWorkerError as error:
                self._note(error)
                reason = str(error)
            finally:
                self._workers.give_back(worker, keep=keep)
        return Outcome(Status.INTERNAL, stderr=reason.encode())

    def _note(self, error: BrokenWorkerError) -> None:
        if self._workers.closed:
            raise SandboxError("the sandbox was closed while a program ran") from error
        log.warning("a worker broke and is replaced: %s", error)
