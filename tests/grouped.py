"""Runs a command where control groups may be made: python grouped.py COMMAND ARGUMENT...

That is in the root of a cgroup namespace, with cgroup v2 mounted, as privileged containers have it. Exits
as the command does, or with NOT_HERE where that cannot be had (it needs root). Leaves no group behind.
"""

import ctypes
import os
import subprocess
import sys
import tempfile
from pathlib import Path

CLONE_NEWNS, CLONE_NEWCGROUP, MS_REC, MS_PRIVATE = 0x00020000, 0x02000000, 16384, 1 << 18
NOT_HERE = 77
LIBC = ctypes.CDLL(None, use_errno=True)


def checked(result: int) -> None:
    if result != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def mount(point: str) -> None:
    checked(LIBC.mount(b"none", point.encode(), b"cgroup2", 0, None))


def begin_inside(group: Path, point: str) -> None:
    """In the child: enter the group, which becomes the root of what it sees."""
    (group / "cgroup.procs").write_text("0")
    checked(LIBC.unshare(CLONE_NEWCGROUP | CLONE_NEWNS))
    checked(LIBC.umount(point.encode()))
    mount(point)


def remove(group: Path) -> None:
    for inner in group.glob("*/"):
        inner.rmdir()
    group.rmdir()


def main(command: list[str]) -> int:
    with tempfile.TemporaryDirectory() as point:
        group = Path(point) / f"grouped-{os.getpid()}"
        try:
            checked(LIBC.unshare(CLONE_NEWNS))
            checked(LIBC.mount(b"none", b"/", None, MS_REC | MS_PRIVATE, None))
            mount(point)
            group.mkdir()
        except OSError as error:
            print(f"no cgroup namespace can be had here: {error}", file=sys.stderr)
            return NOT_HERE
        try:
            return subprocess.run(command, preexec_fn=lambda: begin_inside(group, point)).returncode
        finally:
            remove(group)
            checked(LIBC.umount(point.encode()))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
