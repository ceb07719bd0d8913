"""How slow a core is while a run goes on: a fixed piece of work, timed now and then on the core of the run.

CPU time is not the same everywhere, nor always: two programs on the two threads of one core were seen to take
1.7 times the CPU time that each takes alone, and a guest is not told what else its host does. The zygote does
the work every 100 ms, between its looks at a run that lasts: so both meet the same core in the same state.
"""

import os
import time
from collections.abc import Callable

# CPU seconds that the work takes on an undisturbed core of a current server (AMD EPYC in a cloud, CPython
# 3.11 of Debian 12): what time limits are meant for. Sorting is as fast in every build of CPython.
INTERPRETED_SECONDS = 0.000165
NATIVE_SECONDS = 0.000068
# Times what the work took beyond 1 that a run may take beyond 1. Programs in Python whose data are larger
# than the caches were slowed by up to 1.85 times as much (2.05 times their CPU time where it took 1.57). With
# as much for C++, one that took 1.9 times its limit was let pass on a busy core.
INTERPRETED_DOUBT = 2.0
NATIVE_DOUBT = 1.0
# On a core that was disturbed all the time, under a CPython not built for speed, honest programs took up to
# 2.3 times what they took elsewhere; beyond that the machine has to be said to be slow (calibrate.py).
MOST_ALLOWED = 2.5
_SIZE = 50
_NUMBERS = [number * 7919 % 100003 for number in range(1500)]


def allowance(slowness: float, speed: float = 1.0, doubt: float = INTERPRETED_DOUBT) -> float:
    """Times its limit of CPU that a run may take whose core was so slow, on a machine of that factor.

    It is the factor at least (calibrate.py), and at most MOST_ALLOWED times that.
    """
    return speed * min(MOST_ALLOWED, max(1.0, 1.0 + doubt * (slowness / speed - 1.0)))


class Pace:
    """How slow the core of a run was, over all samples taken, for programs in Python or `native` ones."""

    def __init__(self, cores: set[int], *, native: bool) -> None:
        self.cores = cores  # that this process may use
        self.work: Callable[[], object] = _sort if native else _compute
        self.seconds = NATIVE_SECONDS if native else INTERPRETED_SECONDS
        self.doubt = NATIVE_DOUBT if native else INTERPRETED_DOUBT
        self.samples = 0
        self.speeds = 0.0

    def sample(self, pid: int) -> None:
        """Time the work on the core of the process; nothing is learned where one cannot be chosen."""
        try:
            os.sched_setaffinity(0, {_core_of(pid)})
        except (OSError, IndexError):  # it has just ended, or its core is not ours to use
            return
        self.work()  # brings what it needs into the caches
        begun = time.thread_time()
        self.work()
        took = time.thread_time() - begun
        os.sched_setaffinity(0, self.cores)
        self.speeds += self.seconds / max(took, 1e-9)
        self.samples += 1

    def slowness(self) -> float:
        """Times the CPU time that the run would have taken on the reference; 1.0 where it was too short."""
        return self.samples / self.speeds if self.samples else 1.0

    def allowance(self, speed: float) -> float:
        """Times its limit of CPU that the run may take, on a machine of that factor."""
        return allowance(self.slowness(), speed, self.doubt) if self.samples else speed


def _core_of(pid: int) -> int:
    """Where the process ran last (proc(5), stat, field 39)."""
    with open(f"/proc/{pid}/stat", "rb") as file:
        return int(file.read().rpartition(b")")[2].split()[36])


def _sort() -> list[int]:
    return sorted(_NUMBERS)


def _compute() -> int:
    row = [1] * _SIZE
    for _ in range(_SIZE):
        for column in range(1, _SIZE):
            row[column] = (row[column] + row[column - 1]) % 1000000007
    return row[-1]
