"""Resource limits, which the kernel keeps: those of the zygote, once, and those of each run."""

import resource

from .pace import MOST_ALLOWED
from .wire import Order

OPEN_FILES, STACK_BYTES, THREAD_STACK_BYTES = 64, 1 << 30, 8 << 20
SPACE_BEYOND_MEMORY = 1 << 30  # addresses, not memory: a thread's stack of 512 MB, arenas, libraries
ResourceLimits = tuple[tuple[int, tuple[int, int]], ...]  # kind, (soft, hard)

_HARD = {which: resource.getrlimit(which)[1] for which in range(16)}


def lower(which: int, value: int) -> None:
    """Lower a limit to `value`, or to what this machine allows at most."""
    resource.setrlimit(which, _bounded(which, value))


def _bounded(which: int, value: int) -> tuple[int, int]:
    most = _HARD[which]
    bounded = value if most == resource.RLIM_INFINITY else min(value, most)
    return bounded, bounded


def lower_once() -> None:
    """The limits that are the same for every run."""
    lower(resource.RLIMIT_CORE, 0)
    lower(resource.RLIMIT_MEMLOCK, 0)
    lower(resource.RLIMIT_NOFILE, OPEN_FILES)


def limits_of(order: Order, other_processes: int) -> ResourceLimits:
    """The limits that differ from run to run, made once for all runs of one order.

    `other_processes` is what else counts against the uid's limit of processes.
    """
    most_seconds = order.cpu_seconds * order.speed * MOST_ALLOWED * order.room
    return (
        (resource.RLIMIT_CPU, _bounded(resource.RLIMIT_CPU, int(most_seconds) + 2)),
        (resource.RLIMIT_FSIZE, _bounded(resource.RLIMIT_FSIZE, order.output_bytes + 1)),
        (resource.RLIMIT_NPROC, _bounded(resource.RLIMIT_NPROC, order.processes + other_processes)),
        (resource.RLIMIT_AS, _bounded(resource.RLIMIT_AS, order.memory_bytes + SPACE_BEYOND_MEMORY)),
    )
