"""The workers, and the lanes of work that they go round.

Each request has a lane: a known number of pieces, started in order. A worker that is free takes the next
piece of the lane whose turn it is; so a lane of one piece waits for one piece of each other lane, however
long those are. Results are kept until the request's own task reads them, in order; a lane whose results
nobody reads is passed over when they have become too many bytes.
"""

import asyncio
import contextlib
import logging
import threading
from collections import deque
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from enum import StrEnum

from synthsmith.verification.errors import VerificationError

log = logging.getLogger(__name__)
ROOM_BYTES = 8 << 20  # results of one lane that may wait to be read
PAUSE_SECONDS = 0.02  # between two readings of a lane of many: each costs the workers some of their time
REFUSED_AT_ONCE = 512  # of a lane whose time is over: the loop has others to serve


class Refusal(StrEnum):
    """Why a piece was not done: its time to be started was over, or we failed."""

    QUEUE_TIMEOUT = "queue_timeout"
    INTERNAL = "internal_error"


@dataclass(frozen=True, slots=True)
class Work:
    """What a request wants: `count` results, each from `make(index, unless)`, called on a worker's thread, or
    from `refuse(index, why)` where it could not be made. Once `unless()` is true nobody wants the result."""

    count: int
    make: Callable[[int, Callable[[], bool]], bytes]
    refuse: Callable[[int, Refusal], bytes]


class Lane:
    """The work of one request on its way. All but `ready` and `abandoned` is guarded by the engine's lock."""

    def __init__(self, work: Work) -> None:
        self.work = work
        self.end = work.count  # pieces from here on are not started any more
        self.begun = 0
        self.read = 0
        self.results: dict[int, bytes] = {}
        self.bytes = 0
        self.loop = asyncio.get_running_loop()
        self.ready = asyncio.Event()
        self.called = False  # its reader has been woken and has not looked yet
        self.abandoned = False  # there is no reader any more

    @property
    def is_full(self) -> bool:
        return self.bytes >= ROOM_BYTES

    def put(self, index: int, result: bytes) -> bool:
        """Keep a result; whether the reader has to be called for it."""
        self.results[index] = result
        self.bytes += len(result)
        calls = index == self.read and not self.called
        self.called = self.called or calls
        return calls

    def collect(self) -> list[bytes]:
        """The results that are next in order, as far as they are there; the reader will be called again."""
        self.ready.clear()
        self.called = False
        found = []
        while self.read in self.results:
            found.append(self.results.pop(self.read))
            self.read += 1
        self.bytes -= sum(map(len, found))
        return found

    def pass_refused(self) -> range:
        """Some of the pieces that are next in order and will never be started."""
        if self.read < self.end:
            return range(0)
        passed = range(self.read, min(self.work.count, self.read + REFUSED_AT_ONCE))
        self.read += len(passed)
        self.ready.set()  # there may be more
        return passed

    def call(self) -> None:
        with contextlib.suppress(RuntimeError):  # the loop is closed: the server has stopped
            self.loop.call_soon_threadsafe(self.ready.set)


class Engine:
    """`workers` threads that do the work of all lanes, from the making of the engine until `join`."""

    def __init__(self, workers: int) -> None:
        self.workers = workers
        self.running = 0
        self.waiting = 0  # pieces of all lanes not yet started
        self._lanes: deque[Lane] = deque()  # those with pieces to start, the next one's turn first
        self._changed = threading.Condition()
        self._stopped = False
        self._threads = [threading.Thread(target=self._serve, name=f"judge-{n}") for n in range(workers)]
        for thread in self._threads:
            thread.start()

    def open(self, work: Work) -> Lane:
        """A lane for the work, which begins at once. Withdraw it when its results are not wanted any more."""
        lane = Lane(work)
        with self._changed:
            if self._stopped:
                return self.turn_away(work)
            self._lanes.append(lane)
            self.waiting += work.count
            self._changed.notify(min(work.count, self.workers))
        return lane

    def turn_away(self, work: Work) -> Lane:
        """A lane whose work is refused whole."""
        lane = Lane(work)
        lane.end = 0
        return lane

    def withdraw(self, lane: Lane) -> int:
        """How many pieces of the lane were not started; to a reader they are refused with QUEUE_TIMEOUT."""
        with self._changed:
            left = lane.end - lane.begun
            if left > 0:
                self._lanes.remove(lane)
                self.waiting -= left
                lane.end = lane.begun
        lane.call()
        return max(0, left)

    def abandon(self, lane: Lane) -> int:
        """Withdraw it, and end what is under way: nobody is there to read it."""
        lane.abandoned = True
        return self.withdraw(lane)

    async def results(self, lane: Lane) -> AsyncIterator[list[bytes]]:
        """All results in order, as many at a time as there are; for the loop that opened the lane."""
        while lane.read < lane.work.count:
            found = self._collect(lane)
            if found:
                yield found
            if lane.read < lane.work.count:
                await lane.ready.wait()
                if lane.work.count > 1:
                    await asyncio.sleep(PAUSE_SECONDS)

    def stop(self) -> None:
        """Start nothing more at all: every lane is withdrawn."""
        with self._changed:
            self._stopped = True
            self._changed.notify_all()
            left = tuple(self._lanes)
        for lane in left:
            self.withdraw(lane)

    def join(self) -> None:
        """Wait for the threads to end: the engine must be stopped and the running pieces ending."""
        for thread in self._threads:
            thread.join()

    def _collect(self, lane: Lane) -> list[bytes]:
        with self._changed:
            if lane.is_full:
                self._changed.notify_all()  # there will be room, as soon as this lock is free
            found = lane.collect()
            refused = lane.pass_refused()
        return found + [lane.work.refuse(index, Refusal.QUEUE_TIMEOUT) for index in refused]

    def _serve(self) -> None:
        while (taken := self._take()) is not None:
            lane, index = taken
            result = _done(lane, index)
            with self._changed:
                self.running -= 1
                calls = lane.put(index, result)
            if calls:
                lane.call()

    def _take(self) -> tuple[Lane, int] | None:
        """The next piece, when there is one; None when the engine is stopped."""
        with self._changed:
            while not self._stopped:
                lane = self._next_lane()
                if lane is not None:
                    lane.begun += 1
                    if lane.begun == lane.end:
                        self._lanes.pop()
                    self.waiting -= 1
                    self.running += 1
                    return lane, lane.begun - 1
                self._changed.wait()
        return None

    def _next_lane(self) -> Lane | None:
        """The lane whose turn it is and that has room for a result; it goes to the end of the line."""
        for _ in range(len(self._lanes)):
            self._lanes.rotate(-1)
            if not self._lanes[-1].is_full:
                return self._lanes[-1]
        return None


def _done(lane: Lane, index: int) -> bytes:
    """The result of a piece. Whatever goes wrong here is our fault and is said to be: a boundary."""
    try:
        return lane.work.make(index, lambda: lane.abandoned)
    except VerificationError as error:
        log.error("a submission could not be worked on: %s", error)
    except Exception:
        log.exception("a submission could not be worked on")
    return lane.work.refuse(index, Refusal.INTERNAL)
