"""The walls, each a function that holds or raises OSError, and `build`, which puts them up in order.

Three ways of being, chosen by the pool from what the machine allows:
    root   namespaces made with the caller's own capabilities; the runs have another uid than the zygote
    user   the same namespaces inside a user namespace, begun by an ordinary user
    bare   no namespaces (a default container): Landlock, seccomp and limits alone
"""

import os
import resource
from collections.abc import Callable, Sequence
from functools import partial
from typing import NamedTuple

from . import kernel, landlock, seccomp
from .limits import OPEN_FILES, ResourceLimits, lower_once
from .root import DEVICES, SCRATCH, SYSTEM, SYSTEM_FILES, private_root, uncovered
from .wire import FIRST_FILE

NAMESPACES = (
    kernel.CLONE_NEWNS | kernel.CLONE_NEWPID | kernel.CLONE_NEWNET | kernel.CLONE_NEWIPC | kernel.CLONE_NEWUTS
)
ROOM_FOR_OTHERS = (
    1024  # without a user namespace the limit counts all that the user runs; the watch is precise
)
KEPT_AS_ROOT = (
    kernel.CAP_KILL,
    kernel.CAP_SETUID,
    kernel.CAP_SETGID,
    kernel.CAP_DAC_OVERRIDE,  # to empty the scratch folder of another uid's files
    kernel.CAP_FOWNER,
)


Steps = tuple[Callable[[], object], ...]


class Walls(NamedTuple):
    """What holds. `uid` is that of the runs, None for the zygote's own; `domain` a Landlock domain that each
    run enters, -1 where the zygote is inside already; `moved` says where libraries were bound elsewhere."""

    layers: tuple[str, ...]
    own_processes: bool  # the zygote is pid 1 of a namespace that holds nothing but its runs
    uid: int | None = None
    other_processes: int = 1  # what else counts against the uid's limit of processes: the zygote at least
    domain: int = -1
    moved: tuple[tuple[str, str], ...] = ()


def enter_namespaces(walls: str, *, grouped: bool) -> None:
    """Make the namespaces; the pid namespace begins with the next fork.

    Who is in a control group of its own (`grouped`) sees no names of groups outside it either.
    """
    uid, gid = os.geteuid(), os.getegid()
    namespaces = NAMESPACES | kernel.CLONE_NEWCGROUP if grouped else NAMESPACES
    if walls == "user":
        if uid == 0:
            _leave_roots_count(uid_of_runs(os.getpid()))
        kernel.unshare(kernel.CLONE_NEWUSER | namespaces)
        _write("/proc/self/setgroups", "deny")
        _write("/proc/self/uid_map", f"{uid} {uid} 1")
        _write("/proc/self/gid_map", f"{gid} {gid} 1")
    else:
        kernel.unshare(namespaces)


def _write(path: str, text: str) -> None:
    with open(path, "w") as file:
        file.write(text)


def uid_of_runs(pid: int) -> int:
    """A uid that no account and no other worker of this machine has, as far as there is room for one."""
    with open("/proc/self/uid_map") as file:
        most = max(int(first) + int(count) for first, _, count in map(str.split, file))
    return 0x70000000 + pid if most > 0x7FFFFFFF else 61184 + pid % 4336


def build(walls: str, libraries: tuple[str, ...], uid: int) -> Walls:
    """Everything that a fork inherits, put up once, in the zygote. OSError where a wall cannot stand."""
    kernel.prctl(kernel.PR_SET_DUMPABLE, 0)
    layers: list[str] = []
    moved: tuple[tuple[str, str], ...] = ()
    private = walls != "bare"
    if private:
        moved = private_root(libraries)
        layers += ["pid namespace", "network namespace", "ipc namespace", "private root"]
    else:
        kernel.prctl(kernel.PR_SET_CHILD_SUBREAPER, 1)
    own_uid = uid if _may_change_uid(walls, uid, libraries) else None
    others = 1
    if own_uid is not None:
        os.setgroups([])
        os.setresgid(own_uid, own_uid, own_uid)
        kernel.keep_capabilities(KEPT_AS_ROOT)
        layers.append("own uid")
    else:
        others = 1 if private else _counted_apart(uid)
        kernel.keep_capabilities(())
    lower_once()
    kernel.prctl(kernel.PR_SET_NO_NEW_PRIVS, 1)
    layers += ["resource limits", "no new privileges"]
    domain = _landlock(private, libraries, moved, layers)
    if seccomp.supported():
        seccomp.install(_also_denied(private=private, own_uid=own_uid))
        layers.append("seccomp")
    return Walls(tuple(layers), private, own_uid, others, domain, moved)


def _landlock(
    private: bool, libraries: tuple[str, ...], moved: tuple[tuple[str, str], ...], layers: list[str]
) -> int:
    """-1 where the zygote itself went in, or there is none; else the domain that each run has to enter."""
    version = landlock.abi()
    if not version:
        return -1
    layers.append("landlock")
    devices = [(device, landlock.USE_DEVICE) for device in DEVICES]
    if private:
        rules = [("/", landlock.READ), (SCRATCH, landlock.EVERYTHING), *devices]
        domain = landlock.ruleset(rules)
        landlock.enter(domain)
        os.close(domain)
        return -1
    if version >= landlock.SIGNALS_SINCE:
        layers.append("landlock signal scope")
    return landlock.ruleset(
        [*((path, landlock.READ) for path in (*SYSTEM, *SYSTEM_FILES, *libraries)), *devices]
    )


def _may_change_uid(walls: str, uid: int, libraries: tuple[str, ...]) -> bool:
    """Whether runs can have another uid and still import: an interpreter under /root is closed to it."""
    if walls == "user" or os.geteuid() != 0:
        return False
    if walls == "root":
        return True
    paths = uncovered(libraries)
    child = os.fork()
    if child == 0:
        try:
            os.setresuid(uid, uid, uid)
            for path in paths:
                os.listdir(path)
            os._exit(0)
        finally:
            os._exit(1)
    return os.waitpid(child, 0)[1] == 0


def _also_denied(*, private: bool, own_uid: int | None) -> seccomp.Numbers:
    """Calls that only some ways of being have to refuse: without mounts of its own, Landlock leaves a gap."""
    denied = {} if own_uid is not None else dict(seccomp.SET_IDS)
    return denied if private else denied | seccomp.CHANGE_ATTRIBUTES


def _counted_apart(uid: int) -> int:
    """What else counts against the limit of processes where there is no uid or namespace of our own.

    For an ordinary user the limit counts all that the user runs.
    """
    if os.geteuid() == 0:
        _leave_roots_count(uid)
        return 1
    return _threads_of(os.getuid()) + ROOM_FOR_OTHERS


def _leave_roots_count(uid: int) -> None:
    """Change the real uid alone: it exempts root from the limit of processes; files go by the effective."""
    os.setresuid(uid, 0, 0)


def _threads_of(uid: int) -> int:
    count = 0
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            if os.stat(f"/proc/{name}").st_uid == uid:
                count += len(os.listdir(f"/proc/{name}/task"))
        except OSError:
            continue  # gone meanwhile
    return count


def confine(walls: Walls, limits: ResourceLimits, kept: int, given: Sequence[int] = ()) -> None:
    """Take the steps at once."""
    for step in steps(walls, limits, kept, given):
        step()


def steps(walls: Walls, limits: ResourceLimits, kept: int = -1, given: Sequence[int] = ()) -> Steps:
    """What each run does in its child, in this order: limits, descriptors, the uid.

    0 to 2 and `kept` stay open, and the files that are given, as 3 and so on. Received after three others and
    in rising order, each has a number above the one that it gets: none is overwritten before its turn.

    The zygote makes the calls ready, with their arguments, as a child pays for each page that it touches.
    """
    # a session of its own would do as well and costs 0.05 ms (the scheduler's autogroup)
    made: list[Callable[[], object]] = [partial(os.setpgid, 0, 0) if walls.own_processes else os.setsid]
    if walls.domain >= 0:
        made.append(partial(landlock.enter, walls.domain))
    first = FIRST_FILE + len(given)
    made += [partial(os.dup2, descriptor, number) for number, descriptor in enumerate(given, FIRST_FILE)]
    if kept < 0:
        made.append(partial(os.closerange, first, OPEN_FILES))
    else:
        made += [partial(os.closerange, first, kept), partial(os.closerange, kept + 1, OPEN_FILES)]
    if walls.uid is not None:
        made.append(partial(os.setresuid, walls.uid, walls.uid, walls.uid))
    if not walls.own_processes:
        made.append(partial(kernel.prctl, kernel.PR_SET_PDEATHSIG, kernel.SIGKILL))
    return (*made, *(partial(resource.setrlimit, which, pair) for which, pair in limits))
