"""Builds that are killed: starting them, what they have become, and whether anything of them is left."""

import hashlib
import os
import select
import shutil
import signal
import sqlite3
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from command import COMMAND, environment
from synthsmith.builders.ledger import Ledger

LONGEST_SECONDS = 300  # a guard against waiting for ever, no criterion
Process = subprocess.Popen[bytes]


@contextmanager
def running(*arguments: str | Path) -> Iterator[Process]:
    """`synthsmith ARGUMENTS` under way; it is killed in the end if it still runs."""
    with subprocess.Popen(
        [*COMMAND, *map(str, arguments)],
        env=environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def wait_until(happened: Callable[[], bool], process: Process) -> bool:
    """Whether it happened before the process ended."""
    end = time.monotonic() + LONGEST_SECONDS
    while not happened():
        assert time.monotonic() < end, "it never happened"
        try:
            process.wait(timeout=0.005)
        except subprocess.TimeoutExpired:
            continue
        return False
    return True


def kill(process: Process, *, tree: bool) -> tuple[int, ...]:
    """The pids of its descendants that outlive kill -9, of it alone or of the whole tree."""
    family = descendants(process.pid)
    watched = [(pid, handle) for pid in family if (handle := _open(pid)) is not None]
    for pid in (process.pid, *(family if tree else ())):
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue
    process.wait()
    left = tuple(pid for pid, handle in watched if not _ended(handle))
    for _, handle in watched:
        os.close(handle)
    return left


def descendants(pid: int) -> tuple[int, ...]:
    """The pids of all processes below this one."""
    children: dict[int, list[int]] = {}
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                stat = Path(f"/proc/{entry}/stat").read_text(errors="replace")
            except OSError:
                continue
            children.setdefault(int(stat.rpartition(")")[2].split()[1]), []).append(int(entry))
    found, waiting = [], [pid]
    while waiting:
        below = children.get(waiting.pop(), [])
        found += below
        waiting += below
    return tuple(found)


def digests(folder: Path, leave_out: Sequence[str] = ()) -> dict[str, str]:
    """The SHA-256 of every file below the folder, hidden ones included, by its path."""
    files = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
    return {
        name: hashlib.sha256(path.read_bytes()).hexdigest()
        for name, path in sorted(files.items())
        if name not in leave_out
    }


@dataclass(frozen=True, slots=True)
class Recorded:
    """One line of a ledger; `text` is None for a failure, which the next run asks for again."""

    prompt: str
    sample: int
    text: str | None


def recorded(build: Path) -> set[tuple[str, int]]:
    """What the build's ledger holds: prompt and sample of every line. The ledger is not touched."""
    found = [(each.prompt, each.sample) for each in replies(build)]
    assert len(found) == len(set(found))
    return set(found)


def replies(build: Path) -> list[Recorded]:
    """All lines of the build's ledger, which is not touched; none where it has no tables yet."""
    with tempfile.TemporaryDirectory() as folder:
        for path in build.glob("ledger.sqlite*"):
            shutil.copy(path, folder)
        copy = Path(folder) / "ledger.sqlite"
        connection = sqlite3.connect(copy)
        try:
            tables = connection.execute("SELECT count(*) FROM sqlite_master").fetchall()
            rows = connection.execute("SELECT key, prompt, sample FROM replies") if tables != [(0,)] else ()
            lines = [(key.hex(), prompt.hex(), sample) for key, prompt, sample in rows]
        finally:
            connection.close()
        with Ledger(copy) as ledger:
            found = [(prompt, sample, ledger.get(key)) for key, prompt, sample in lines]
    return [Recorded(prompt, sample, reply.text if reply else None) for prompt, sample, reply in found]


def _open(pid: int) -> int | None:
    try:
        return os.pidfd_open(pid)
    except OSError:
        return None


def _ended(handle: int) -> bool:
    poll = select.poll()
    poll.register(handle, select.POLLIN)
    return bool(poll.poll(30_000))
