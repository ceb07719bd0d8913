"""What work costs: CPU of everything that took part in it, and wall time."""

import resource
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Cost:
    cpu_seconds: float
    wall_seconds: float


def cpu_seconds() -> float:
    """User + system of this process and of all children that it has waited for, and theirs."""
    usages = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


def measured(work: Callable[[], Result], elsewhere: Callable[[], float] = lambda: 0.0) -> tuple[Result, Cost]:
    """What the work gives and what it cost; `elsewhere` counts the CPU of processes not waited for yet."""
    cpu, begun = cpu_seconds() + elsewhere(), time.perf_counter()
    result = work()
    wall = time.perf_counter() - begun
    return result, Cost(cpu_seconds() + elsewhere() - cpu, wall)
