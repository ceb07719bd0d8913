"""The private root: read-only binds of what programs may see, a scratch folder, and nothing else."""

import os
from collections.abc import Iterable

from . import kernel

SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32")
SYSTEM_FILES = ("/etc/ld.so.cache", "/etc/localtime")
# without /dev/zero, of which shared memory can be made that no resident set shows
DEVICES = ("/dev/null", "/dev/full", "/dev/random", "/dev/urandom")
LINKS = (
    ("fd", "/proc/self/fd"),
    ("stdin", "/proc/self/fd/0"),
    ("stdout", "/proc/self/fd/1"),
    ("stderr", "/proc/self/fd/2"),
)
SCRATCH = "/tmp"
SCRATCH_OPTIONS = "size=64m,nr_inodes=4096,mode=1777"
COVERED = ("/tmp", "/dev", "/proc", "/mnt")  # what lies here is bound elsewhere: the private root has its own


def private_root(libraries: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    """Make a root of read-only binds the only one there is; where libraries had to be bound elsewhere."""
    os.umask(0o022)
    kernel.mount("none", "/", None, kernel.MS_REC | kernel.MS_PRIVATE)
    links = {path: os.readlink(path) for path in SYSTEM if os.path.islink(path)}  # /bin -> usr/bin
    paths = uncovered(path for path in (*SYSTEM, *SYSTEM_FILES, *libraries) if path not in links)
    sources = {path: os.open(path, os.O_PATH | os.O_CLOEXEC) for path in (*paths, *DEVICES)}
    kernel.mount(
        "root", SCRATCH, "tmpfs", kernel.MS_NOSUID | kernel.MS_NODEV, "size=1m,nr_inodes=4096,mode=755"
    )
    moved: list[tuple[str, str]] = []
    for path, target in links.items():
        os.symlink(target, SCRATCH + path)
    for path in paths:
        inside = _place(path, len(moved))
        if inside != path:
            moved.append((path, inside))
        _bind(sources[path], SCRATCH + inside)
    for device in DEVICES:
        _make_target(sources[device], SCRATCH + device)
    for name, target in LINKS:
        os.symlink(target, f"{SCRATCH}/dev/{name}")
    os.mkdir(SCRATCH + "/proc")
    os.mkdir(SCRATCH + "/tmp")
    kernel.lock_mounts(SCRATCH)
    for device in DEVICES:  # after the lock, which allows no devices
        kernel.mount(f"/proc/self/fd/{sources[device]}", SCRATCH + device, None, kernel.MS_BIND)
    for descriptor in sources.values():
        os.close(descriptor)
    _mount_proc(SCRATCH + "/proc")
    flags = kernel.MS_NOSUID | kernel.MS_NODEV
    kernel.mount("scratch", SCRATCH + "/tmp", "tmpfs", flags, SCRATCH_OPTIONS)
    kernel.pivot_to(SCRATCH)
    os.chdir(SCRATCH)
    return tuple(moved)


def uncovered(paths: Iterable[str]) -> list[str]:
    """The paths that exist and do not lie under an earlier one, as the bind of that brings them along."""
    kept: list[str] = []
    for path in paths:
        covered = any(path == other or path.startswith(other.rstrip("/") + "/") for other in kept)
        if os.path.exists(path) and not covered:
            kept.append(path)
    return kept


def _place(path: str, number: int) -> str:
    """Where a path lies inside: at its own place, but for what the private root's own folders would hide."""
    hidden = any(path.startswith(folder + "/") for folder in COVERED)
    return f"/mnt/{number}" if hidden else path


def _bind(descriptor: int, target: str) -> None:
    _make_target(descriptor, target)
    # by descriptor: the path itself may be hidden under the new root by now
    kernel.mount(f"/proc/self/fd/{descriptor}", target, None, kernel.MS_BIND | kernel.MS_REC)


def _make_target(descriptor: int, target: str) -> None:
    os.makedirs(os.path.dirname(target), exist_ok=True)
    if os.path.isdir(f"/proc/self/fd/{descriptor}"):
        os.makedirs(target, exist_ok=True)
    else:
        os.close(os.open(target, os.O_CREAT | os.O_WRONLY, 0o644))


def _mount_proc(target: str) -> None:
    """Processes of the namespace and nothing of the kernel (subset=pid, Linux 5.8); read-only."""
    flags = kernel.MS_RDONLY | kernel.MS_NOSUID | kernel.MS_NODEV | kernel.MS_NOEXEC
    kernel.mount("proc", target, "proc", flags, "subset=pid")
