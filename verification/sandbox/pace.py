"""How slow a core is while a run goes on: a fixed piece of work, timed again and again on the same core.

CPU time is not the same everywhere, nor always: two programs on the two threads of one core were seen to take
1.7 times the CPU time that each takes alone, and a guest is not told what else its host does. The zygote does
the work between its looks at the run, so that both meet the same core in the same state.
"""

import os
import time

# CPU seconds that the work takes on an undisturbed core of a current server (AMD EPYC in a cloud, CPython
# 3.11 of Debian 12): what time limits are meant for.
REFERENCE_SECONDS = 0.000165
# What works on more memory than the caches hold was slowed more: by up to 1.85 times what this work took
# beyond 1 (2.05 times its CPU time where this work took 1.57). A late run is not to pay for it.
_DOUBT = 2.0
_SIZE = 50


def allowance(slowness: float) -> float:
    """Times its limit of CPU that a run may take whose core was so slow; at least 1."""
    return max(1.0, 1.0 + _DOUBT * (slowness - 1.0))


def choose_core() -> bool:
    """Keep this process and its forks to one of the cores that it may use; whether that can be."""
    try:
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    except OSError:
        return False
    return True


class Pace:
    """The mean of samples."""

    def __init__(self) -> None:
        self.samples = 0
        self.speeds = 0.0

    def sample(self) -> None:
        """Time the work once; a first time, untimed, brings it into the caches."""
        _work()
        begun = time.thread_time()
        _work()
        self.speeds += REFERENCE_SECONDS / max(time.thread_time() - begun, 1e-9)
        self.samples += 1

    def slowness(self) -> float:
        """Times the CPU time that the run would have taken on the reference; 1.0 where it was too short."""
        return self.samples / self.speeds if self.samples else 1.0


def _work() -> int:
    row = [1] * _SIZE
    for _ in range(_SIZE):
        for column in range(1, _SIZE):
            row[column] = (row[column] + row[column - 1]) % 1000000007
    return row[-1]
