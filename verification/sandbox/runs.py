"""One run, from the zygote's side: fork, watch the limits, end what is left, say how it went."""

import errno
import os
import select
import time
from collections.abc import Callable, Sequence
from os import close, fork, pidfd_open
from time import monotonic
from typing import TypeAlias

from . import wire
from .kernel import SIGKILL
from .meter import Meter
from .pace import Pace
from .reaper import PAGE, TICKS, Reaper

Child = Callable[[], object]
# What is in `wire.Ended`, in its order, without the calls that it takes to make one.
Measured: TypeAlias = "tuple[wire.Stop, int, float, float, int, float, float]"
NONE = wire.Stop.NONE
TICK_SECONDS = 0.02  # how often a run that lasts is looked at
TICKS_A_SAMPLE = 5  # of the pace of its core


class Watch:
    """Forks runs and watches each until it has ended or is over a limit."""

    def __init__(self, reaper: Reaper, connection: int, meter: Meter | None) -> None:
        self.reaper, self.end = reaper, reaper.end
        self.connection = connection
        self.meter = meter
        self.cores = os.sched_getaffinity(0)
        self.native = False  # whether the runs become binaries
        self.base_bytes = _resident("self")
        self.poll = select.poll()
        self.poll.register(connection, 0)  # reports a hang-up all the same
        self.await_event = self.poll.poll
        self.awaited = -1  # the descriptor that stands for the run; mostly the same, and then kept registered
        self.order: wire.Order | None = None
        self.first_look = 0.0  # milliseconds after which a run of this order is looked at
        self.speed = 1.0

    def run(self, order: wire.Order, child: Child, files: Sequence[int]) -> Measured:
        """How the run of `child` ended, whatever it did.

        It may write to all `files` but the first (-1: none in this place).

        What every run needs stands here in one line: after a fork each page that this process touches costs
        a fault of some 2 microseconds, so calls and objects are saved where they can be.
        """
        if order is not self.order:
            self.order, self.speed = order, order.speed
            self.first_look = 1000 * min(TICK_SECONDS, order.cpu_seconds, order.wall_seconds)
        begun = monotonic()
        pid = fork()
        if pid == 0:
            try:
                child()
            finally:
                os._exit(1)  # whatever happens, the child never comes back into the zygote's loop
        ended = pidfd_open(pid)
        if ended != self.awaited:
            self._await(ended)
        happened = self.await_event(self.first_look)
        stop, slowness, allowed = NONE, 1.0, self.speed
        if not happened:
            stop, slowness, allowed = self._wait(pid, order, files[1:], begun)
        close(ended)
        if stop is not NONE:
            os.kill(pid, SIGKILL)
        elif happened and happened[0][0] == self.connection:
            os._exit(0)  # nobody is left to tell: pid 1 takes its namespace with it
        wall = monotonic() - begun
        code, cpu, peak = self.end(pid)
        if not happened and self.meter:
            cpu = self.meter.corrected(cpu)
        return stop, code, cpu, wall, peak, slowness, allowed

    def _await(self, ended: int) -> None:
        if self.awaited >= 0:
            self.poll.unregister(self.awaited)
        self.poll.register(ended, select.POLLIN)
        self.awaited = ended

    def _wait(
        self, pid: int, order: wire.Order, files: Sequence[int], begun: float
    ) -> tuple[wire.Stop, float, float]:
        """Return once the first process has ended, or with the limit that is to end it; and its pace."""
        # the process's CPU clock (CPUCLOCK_SCHED), as clock_getcpuclockid(3) makes it
        clock = (~pid << 3) | 2
        happened: list[tuple[int, int]] = []
        stop = NONE
        pace, ticks = Pace(self.cores, native=self.native), 0
        if self.meter:
            self.meter.begin(_clock(clock))
        while stop is NONE and not happened:
            ticks += 1
            if ticks % TICKS_A_SAMPLE == 2:
                pace.sample(pid)
            most = order.cpu_seconds * pace.allowance(order.speed) * order.room
            spent = _clock(clock)
            if self.meter:
                spent = self.meter.corrected(spent)
            left = min(most - spent, self._wall_left(pid, order, begun))
            stop = self._look(pid, order, files, most) if left > 0 else wire.Stop.TIME
            if stop is NONE:
                happened = self.poll.poll(1000 * min(TICK_SECONDS, left) + 1)
        if happened and happened[0][0] == self.connection:
            os._exit(0)
        return stop, pace.slowness(), pace.allowance(order.speed)

    def _look(self, pid: int, order: wire.Order, files: Sequence[int], most_seconds: float) -> wire.Stop:
        if any(file >= 0 and os.fstat(file).st_size > order.output_bytes for file in files):
            return wire.Stop.OUTPUT
        try:
            pids = self.reaper.processes()
            if len(pids) <= 1:
                over = _resident(pid) > order.memory_bytes
                return wire.Stop.MEMORY if over else NONE
            return self._look_at_all(pids, order, most_seconds)
        except OSError as error:
            if error.errno not in (errno.ENOENT, errno.ESRCH):
                raise
            return NONE  # no /proc, or ended while we looked

    def _look_at_all(self, pids: list[int], order: wire.Order, most_seconds: float) -> wire.Stop:
        """Several processes: their CPU and their memory together."""
        spent, held = 0.0, 0
        for pid in pids:
            try:
                spent += _spent(pid)
                held += max(0, _resident(pid) - self.base_bytes)
            except OSError:
                continue  # it has just ended
        if held > wire.SEVERAL_PROCESSES * order.memory_bytes:
            return wire.Stop.MEMORY
        over = spent > most_seconds or len(pids) > order.processes
        return wire.Stop.TIME if over else NONE

    def _wall_left(self, pid: int, order: wire.Order, begun: float) -> float:
        """Seconds of wall time left. Time in which the run was ready and had no processor is not its own.

        So a busy machine ends no honest program, up to `wire.PATIENCE` times the limit. Not so where it has
        several processes, as those may be what it waits for, and hide the CPU time that they use.
        """
        passed = time.monotonic() - begun
        left = order.wall_seconds - passed
        if left > 0 or len(self.reaper.processes()) > 1:
            return left
        return min(left + _kept_waiting(pid), order.wall_seconds * wire.PATIENCE - passed)


def _kept_waiting(pid: int) -> float:
    """Seconds that the process's first thread waited for a processor (proc(5), schedstat)."""
    try:
        with open(f"/proc/{pid}/schedstat", "rb") as file:
            return int(file.read().split()[1]) / 1e9
    except (OSError, IndexError):
        return 0.0  # it has just ended, or the kernel does not count


def _clock(clock: int) -> float:
    try:
        return time.clock_gettime(clock)
    except OSError:
        return 0.0  # it has just ended


def _resident(pid: int | str) -> int:
    """Bytes of memory that are its own: resident, less what is shared with files."""
    with open(f"/proc/{pid}/statm", "rb") as file:
        fields = file.read().split()
    if fields[1] == b"0":  # its first thread has ended: any other one tells the memory of all
        others = os.listdir(f"/proc/{pid}/task")
        with open(f"/proc/{pid}/task/{others[-1] if others else pid}/statm", "rb") as file:
            fields = file.read().split()
    return (int(fields[1]) - int(fields[2])) * PAGE


def _spent(pid: int) -> float:
    """CPU seconds of a process and of the children it has waited for, to the kernel's tick."""
    with open(f"/proc/{pid}/stat", "rb") as file:
        fields = file.read().rpartition(b")")[2].split()
    return sum(int(field) for field in fields[11:15]) / TICKS
