"""Ends whatever a run left behind, and adds up what all of its processes used."""

import contextlib
import ctypes
import os
from collections.abc import Iterable

from .kernel import AT_ONCE, LIBC, SIGKILL, SIGSTOP

PAGE = os.sysconf("SC_PAGE_SIZE")
TICKS = os.sysconf("SC_CLK_TCK")
ANY_CHILD, WITHOUT_TAKING = 0, 0x41000005  # P_ALL; WEXITED, WNOHANG, WNOWAIT and __WALL of waitid(2)

_wait, _look = AT_ONCE.wait4, AT_ONCE.waitid
_status, _usage = ctypes.c_int(), (ctypes.c_long * 18)()  # seconds and microseconds of user and system, KiB
_at_status, _at_usage = ctypes.byref(_status), ctypes.byref(_usage)
_said, _used = memoryview(_status).cast("B").cast("i"), memoryview(_usage).cast("B").cast("l")


class Reaper:
    """The children of this process: in a pid namespace of its own, all other processes there are."""

    def __init__(self, *, own_processes: bool) -> None:
        self.own_processes = own_processes

    def end(self, pid: int) -> tuple[int, float, int]:
        """The exit code (or minus the signal) of a child that has ended or is about to, its CPU and its peak.

        All others are ended too, and counted in. Nearly always there are none, which is no exception here: as
        pid 1 we are the parent of whoever has lost its own, so where we have no child there is nobody. (The
        kernel looks for whom a signal to all meets among all processes of the machine.) `os.wait4` would
        import `resource` anew each time, and make 18 objects.
        """
        if _wait(pid, _at_status, 0, _at_usage) != pid:
            raise ChildProcessError(f"there is no child {pid}")
        status = _said[0]
        code = -(status & 0x7F) if status & 0x7F else status >> 8
        cpu_seconds, peak_bytes = _used[0] + _used[2] + (_used[1] + _used[3]) / 1e6, _used[4] << 10
        if not self.own_processes or _look(ANY_CHILD, 0, None, WITHOUT_TAKING) == 0:
            cpu_seconds, peak_bytes = self.end_all(cpu_seconds, peak_bytes)
        return code, cpu_seconds, peak_bytes

    def end_all(self, cpu_seconds: float, peak_bytes: int) -> tuple[float, int]:
        """Kill and reap until nothing is left; the CPU and the peak that were given, with those of the ended.

        In a namespace of our own one signal meets all, whatever they do, and where it meets nobody nothing is
        left. Elsewhere a process that forks meanwhile is met in the next round.
        """
        if self.own_processes and LIBC.kill(-1, SIGKILL) != 0:
            return cpu_seconds, peak_bytes
        options = 0 if self.own_processes else os.WNOHANG
        with contextlib.suppress(ChildProcessError):
            while True:
                if options:
                    self._kill_descendants()
                pid = -1
                while pid:  # all that are dead before the living are looked for again: that takes long
                    pid, _, usage = os.wait4(-1, options)
                    if pid:
                        cpu_seconds += usage.ru_utime + usage.ru_stime
                        peak_bytes = max(peak_bytes, usage.ru_maxrss << 10)
        return cpu_seconds, peak_bytes

    def _kill_descendants(self) -> None:
        """Stop all before one is killed: who is stopped forks no more and keeps its place under the limit.

        Where the dead only made room, programs that fork faster than we kill would never end.
        """
        stopped: list[int] = []
        while found := set(self.processes()).difference(stopped):
            _signal_all(found, SIGSTOP)
            stopped += found
        _signal_all(stopped, SIGKILL)

    def processes(self) -> list[int]:
        """The pids of everything below this process; OSError where /proc cannot be read."""
        if self.own_processes:
            return [int(name) for name in os.listdir("/proc") if name.isdigit() and name != "1"]
        found, waiting = [], [os.getpid()]
        while waiting:
            children = _children(waiting.pop())
            found += children
            waiting += children
        return found


def _signal_all(pids: Iterable[int], number: int) -> None:
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)


def _children(pid: int) -> list[int]:
    try:
        with open(f"/proc/{pid}/task/{pid}/children") as file:
            return [int(word) for word in file.read().split()]
    except (FileNotFoundError, ProcessLookupError):
        return []  # gone meanwhile; what it left is a child of ours now
