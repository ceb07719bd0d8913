"""The workers of a sandbox: started when they are wanted, handed out to one caller at a time, replaced."""

import contextlib
import os
import queue
import threading
import weakref
from collections.abc import Iterator

from ..errors import SandboxError
from .line import BrokenWorkerError, RefusedError
from .worker import Terms, Worker


class Workers:
    """`count` places of workers that live in the first of the ways of being that this machine allows.

    SandboxError where none does. Thread-safe. They end with this object.
    """

    def __init__(self, count: int, terms: Terms, ways: tuple[str, ...]) -> None:
        self._alive: set[Worker] = set()
        self._count = count
        self._terms = terms
        self._process = os.getpid()
        self._closed = threading.Event()
        self._finalizer = weakref.finalize(self, _end_all, self._alive, self._closed, self._process)
        self._walls, first = self._first(ways)
        self.layers = first.layers
        self._idle: queue.LifoQueue[Worker | None] = queue.LifoQueue()
        for _ in range(count - 1):
            self._idle.put(None)  # started when it is first wanted
        self._idle.put(first)
        self._turnstile = threading.RLock()  # held by the next one, and by the one who wants to be alone

    @property
    def closed(self) -> bool:
        return self._closed.is_set()

    def take(self) -> Worker:
        """A worker for the caller alone, started anew where its place is empty. To be given back."""
        if os.getpid() != self._process:
            raise SandboxError("a Sandbox does not survive a fork: make one in the process that uses it")
        if self.closed:
            raise SandboxError("the sandbox is closed")
        with self._turnstile:  # who waits holds it: who gives a worker back does not take it again before
            worker = self._idle.get()
        if self.closed:  # while we waited; the place passes on to whoever waits next
            self._idle.put(None)
            raise SandboxError("the sandbox is closed")
        if worker is not None:
            return worker
        try:
            worker = self._start(self._walls)
        except (BrokenWorkerError, RefusedError) as error:
            self._idle.put(None)
            if self.closed:
                raise SandboxError("the sandbox was closed while a worker started") from error
            raise SandboxError(f"a worker could not be started: {error}") from error
        if self.closed:  # maybe before it was among those that are ended
            self.give_back(worker, keep=False)
            raise SandboxError("the sandbox was closed while a worker started")
        return worker

    def give_back(self, worker: Worker, *, keep: bool) -> None:
        """Whoever does not `keep` it leaves its place to a new one."""
        if keep and not self.closed:
            self._idle.put(worker)
            return
        self._end(worker)
        self._idle.put(None)

    @contextlib.contextmanager
    def alone(self) -> Iterator[None]:
        """Nobody but this thread has a worker meanwhile."""
        with self._turnstile:
            others = [self._idle.get() for _ in range(self._count - 1)]
            try:
                yield
            finally:
                for other in others:
                    self._idle.put(other)

    def cpu_seconds(self) -> float:
        """CPU seconds used so far by those that are idle."""
        workers = [self._idle.get_nowait() for _ in range(self._idle.qsize())]
        for worker in workers:
            self._idle.put(worker)
        return sum(worker.cpu_seconds() for worker in workers if worker is not None)

    def close(self) -> None:
        """End them all, and whatever they run."""
        self._finalizer()

    def _first(self, ways: tuple[str, ...]) -> tuple[str, Worker]:
        """The best way of being that this machine allows, and a worker that lives it."""
        refusals = []
        for walls in ways:
            if walls == "root" and os.geteuid() != 0:
                continue
            try:
                return walls, self._start(walls)
            except RefusedError as error:
                refusals.append(f"{walls}: {error}")
            except BrokenWorkerError as error:
                raise SandboxError(f"a worker could not be started: {error}") from error
        raise SandboxError(f"no walls can be put up here ({'; '.join(refusals)})")

    def _start(self, walls: str) -> Worker:
        worker = Worker(walls, self._terms)
        self._alive.add(worker)
        try:
            worker.ready()
        except BaseException:
            self._end(worker)
            raise
        return worker

    def _end(self, worker: Worker) -> None:
        self._alive.discard(worker)
        worker.close()


def _end_all(workers: set[Worker], closed: threading.Event, process: int) -> None:
    """Close every worker, from whichever thread; in a forked child they are the parent's and stay."""
    closed.set()
    if os.getpid() == process:
        for worker in tuple(workers):
            worker.hang_up()
        for worker in tuple(workers):
            worker.close()
