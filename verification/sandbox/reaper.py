"""Ends whatever a run left behind, and adds up what all of its processes used."""

import contextlib
import os

from .kernel import SIGKILL

PAGE = os.sysconf("SC_PAGE_SIZE")
TICKS = os.sysconf("SC_CLK_TCK")


class Reaper:
    """The children of this process: in a pid namespace of its own, all other processes there are."""

    def __init__(self, *, own_processes: bool) -> None:
        self.own_processes = own_processes
        self.forget()

    def forget(self) -> None:
        """Begin the sums of a new run."""
        self.cpu_seconds = 0.0
        self.peak_bytes = 0

    def reap(self, pid: int, options: int = 0) -> tuple[int, int]:
        """The pid and wait status of an ended child, its use added to the sums; pid 0 where none ended."""
        pid, status, usage = os.wait4(pid, options)
        if pid:
            self.cpu_seconds += usage.ru_utime + usage.ru_stime
            self.peak_bytes = max(self.peak_bytes, usage.ru_maxrss << 10)
        return pid, status

    def end_all(self) -> None:
        """Kill and reap until nothing is left; a process that forks meanwhile is met in the next round."""
        if self.own_processes:
            with contextlib.suppress(ProcessLookupError):
                os.kill(-1, SIGKILL)
                self._reap_rest()
            return
        with contextlib.suppress(ChildProcessError):
            while True:
                self._kill_descendants()
                while self.reap(-1, os.WNOHANG)[0]:
                    pass

    def _reap_rest(self) -> None:
        with contextlib.suppress(ChildProcessError):
            while True:
                self.reap(-1)

    def _kill_descendants(self) -> None:
        for pid in self.processes():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, SIGKILL)

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


def _children(pid: int) -> list[int]:
    try:
        with open(f"/proc/{pid}/task/{pid}/children") as file:
            return [int(word) for word in file.read().split()]
    except (FileNotFoundError, ProcessLookupError):
        return []  # gone meanwhile; what it left is a child of ours now
