"""A control group (cgroup v2) for each zygote and all its runs, where this process may make such groups.

What the zygote looks at every 20 ms, or not at all, the kernel then bounds at every page and every fork:
the memory of all processes of a run together, with what their files, pipes and page tables take, and their
number. And it counts the CPU time that a run hides by ignoring its dead children (meter.py). The limits lie
above those of a run, as the zygote is in the group too: what breaks them would have broken its own at the
next look. Such a run takes its zygote along (memory.oom.group); `memory.events` tells it from one whose
machine had no memory left.

We make groups only where that is ours to do: below the group of this process where systemd has marked it as
delegated (`Delegate=yes`), or in the root of a cgroup namespace, as privileged containers have it. The kernel
bounds groups only below one that holds no process itself, so all that are in it move to one group below it,
CALLERS, which has no limits. https://systemd.io/CGROUP_DELEGATION and
https://docs.kernel.org/admin-guide/cgroup-v2.html say more.
"""

import contextlib
import itertools
import os
import time
from functools import cache
from pathlib import Path
from typing import NamedTuple

from . import wire

CALLERS = "synthsmith-callers"
PREFIX = "synthsmith-"
MARKS = ("user.delegate", "trusted.delegate")  # extended attributes of systemd's; the second is root's to see
CONTROLLERS = ("memory", "pids")
# Beside what a run may hold: launcher, zygote with packages, scratch folder, page tables.
MEMORY_BESIDES = 256 << 20
STREAMS = 4  # the outputs and errors of a run, and of the one before, which are read when it goes on
PROCESSES_BESIDES = 8  # launcher, zygote, threads of packages that it has imported
ROUNDS = 5  # of moving what was begun meanwhile
REMOVAL_SECONDS = 2.0  # the dead leave their group a little later than they are waited for

_numbers = itertools.count()


class Place(NamedTuple):
    """Where groups can be made, and which of CONTROLLERS bound them."""

    folder: Path
    controllers: tuple[str, ...]


def own_group(groups: str, mounts: str) -> tuple[str, Path] | None:
    """This process's group, as its name in /proc/self/cgroup and as a folder, found by /proc/self/mountinfo.

    The two are arguments, as proc(5) has them. None where no cgroup v2 is mounted that shows it.
    """
    name = next((line[3:] for line in groups.splitlines() if line.startswith("0::/")), None)
    if name is None:
        return None
    for line in mounts.splitlines():
        fields, _, kind = line.partition(" - ")
        root, point = (field.replace("\\040", " ") for field in fields.split(" ")[3:5])
        if kind.startswith("cgroup2 ") and Path(name).is_relative_to(root):
            return name, Path(point) / Path(name).relative_to(root)
    return None


def is_delegated(name: str, folder: Path) -> bool:
    """Whether a group is ours to divide: marked so, or the root of a namespace that is not the machine's."""
    if name == "/":
        return (folder / "cgroup.events").exists()  # which every group has but the machine's root
    for mark in MARKS:
        with contextlib.suppress(OSError):
            if os.getxattr(folder, mark) == b"1":
                return True
    return False


@cache
def place() -> Place | None:
    """Where this process may make groups, made ready for it; None where nowhere.

    The first call moves the processes that are in a delegated group to CALLERS below it.
    """
    try:
        found = own_group(Path("/proc/self/cgroup").read_text(), Path("/proc/self/mountinfo").read_text())
        return None if found is None else _made_ready(*found)
    except OSError:  # a kernel without groups, or one that is said to be ours, and is not
        return None


def _made_ready(name: str, folder: Path) -> Place | None:
    if folder.name == CALLERS:  # who has started this process was here before
        name, folder = os.path.dirname(name), folder.parent
    if not is_delegated(name, folder):
        return None
    made = Place(folder, _bounding(folder))
    _sweep(folder)
    trial = Group(made)
    trial.close_files()
    trial.remove()
    return made


def _bounding(folder: Path) -> tuple[str, ...]:
    """Those of CONTROLLERS that bound the groups below this one, after making them do so where that works."""
    wanted = set(CONTROLLERS) & set((folder / "cgroup.controllers").read_text().split())
    enabled = folder / "cgroup.subtree_control"
    missing = wanted.difference(enabled.read_text().split())
    if missing and _moved_away(folder):
        with contextlib.suppress(OSError):  # begun meanwhile, again and again
            enabled.write_text(" ".join(f"+{each}" for each in sorted(missing)))
    return tuple(sorted(wanted.intersection(enabled.read_text().split())))


def _moved_away(folder: Path) -> bool:
    """Whether no process is left in the group itself, as all have moved to CALLERS."""
    callers = folder / CALLERS
    for _ in range(ROUNDS):
        pids = (folder / "cgroup.procs").read_text().split()
        if not pids:
            return True
        if "0" in pids:  # in no pid namespace of ours: not ours to move
            return False
        callers.mkdir(exist_ok=True)
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                (callers / "cgroup.procs").write_text(pid)
    return False


def _sweep(folder: Path) -> None:
    """Remove the groups of processes that were killed before they could, as this one has none yet; one in use
    refuses."""
    for group in folder.glob(f"{PREFIX}*-*"):
        pid = group.name.removeprefix(PREFIX).partition("-")[0]
        if pid == str(os.getpid()) or not os.path.exists(f"/proc/{pid}"):
            with contextlib.suppress(OSError):
                group.rmdir()


class Group:
    """A group in `place`, empty at first. OSError where it cannot be made.

    `entrance` and `meter` are open files for who begins processes in it: one to write 0 to, which makes the
    writer a member, and one to read the group's CPU time from.
    """

    def __init__(self, place: Place) -> None:
        self._folder = place.folder / f"{PREFIX}{os.getpid()}-{next(_numbers)}"
        self._memory = "memory" in place.controllers
        self._pids = "pids" in place.controllers
        self._allowed = (0, 0)  # bytes, processes
        self.layers = ("cgroup cpu", *(f"cgroup {name}" for name in place.controllers))
        self._folder.mkdir()
        try:
            if self._memory:
                self._write("memory.oom.group", 1)
                with contextlib.suppress(FileNotFoundError):  # a kernel that does not account for swap
                    self._write("memory.swap.max", 0)
            self.entrance = os.open(self._folder / "cgroup.procs", os.O_WRONLY | os.O_CLOEXEC)
            self.meter = os.open(self._folder / "cpu.stat", os.O_RDONLY | os.O_CLOEXEC)
        except BaseException:
            self._folder.rmdir()
            raise

    @property
    def files(self) -> tuple[int, int]:
        """`entrance` and `meter`."""
        return self.entrance, self.meter

    def close_files(self) -> None:
        """Those that were to be handed over."""
        os.close(self.entrance)
        os.close(self.meter)

    def bound(self, order: wire.Order, *, lower: bool) -> None:
        """Let it hold what a run of this order may, beside what is not the run's; no less than before unless
        `lower`."""
        memory_bytes = wire.SEVERAL_PROCESSES * order.memory_bytes + STREAMS * order.output_bytes
        wanted = (memory_bytes + MEMORY_BESIDES, order.processes + PROCESSES_BESIDES)
        if not lower:
            wanted = (max(wanted[0], self._allowed[0]), max(wanted[1], self._allowed[1]))
        if self._memory and wanted[0] != self._allowed[0]:
            self._write("memory.max", wanted[0])
        if self._pids and wanted[1] != self._allowed[1]:
            self._write("pids.max", wanted[1])
        self._allowed = wanted

    def was_full(self) -> bool:
        """Whether the kernel ended all in it as it held more than it may, not for want of it elsewhere."""
        try:
            events = (self._folder / "memory.events").read_text().splitlines()
        except OSError:  # there is no such controller, or it was closed
            return False
        return any(line.startswith("oom ") and line != "oom 0" for line in events)

    def peak_bytes(self) -> int:
        """The most that it held."""
        try:
            return int((self._folder / "memory.peak").read_text())
        except OSError:  # before Linux 5.19
            return self._allowed[0]

    def remove(self) -> None:
        """End what is left in it, and it."""
        with contextlib.suppress(OSError):  # before Linux 5.14
            self._write("cgroup.kill", 1)
        until = time.monotonic() + REMOVAL_SECONDS
        while time.monotonic() < until:
            try:
                self._folder.rmdir()
            except FileNotFoundError:
                return
            except OSError:
                time.sleep(0.005)
            else:
                return

    def _write(self, name: str, value: int) -> None:
        (self._folder / name).write_text(str(value))
