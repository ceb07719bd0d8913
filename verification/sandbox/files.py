"""The memory files of a run, made by the user's side, and what is read from them when it has ended."""

import contextlib
import fcntl
import os
import signal
from collections.abc import Iterator, Sequence

from ..types import Limits, Outcome, Status, Usage
from . import wire
from .builds import SEALS

STDERR_KEPT = 4096
SHORT_BYTES = 16384  # an output up to here is read in one call


@contextlib.contextmanager
def memory_files(*names: str) -> Iterator[tuple[int, ...]]:
    """Empty files, closed in the end."""
    files = tuple(os.memfd_create(name, os.MFD_CLOEXEC) for name in names)
    try:
        yield files
    finally:
        for file in files:
            os.close(file)


def sealed(content: bytes) -> int:
    """A memory file of this content, to be read alone."""
    file = os.memfd_create("file", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    wire.write_all(file, content)
    fcntl.fcntl(file, fcntl.F_ADD_SEALS, SEALS)
    return file


class Files:
    """The memory files of one run, new for each: nothing that a run does to them can meet the next."""

    __slots__ = ("answer", "descriptors", "errors", "large", "limits", "of_function", "stdin")

    def __init__(
        self, limits: Limits, stdin: bytes, given: tuple[bytes, ...] = (), *, of_function: bool
    ) -> None:
        self.limits = limits
        self.of_function = of_function
        self.large = len(stdin) > SHORT_BYTES
        self.stdin = os.memfd_create("stdin", os.MFD_CLOEXEC)
        self.errors = os.memfd_create("stderr", os.MFD_CLOEXEC)
        self.answer = os.memfd_create("answer", os.MFD_CLOEXEC)
        if of_function:  # its prints are nobody's answer
            printed = os.open("/dev/null", os.O_WRONLY | os.O_CLOEXEC)
            self.descriptors: tuple[int, ...] = (self.stdin, printed, self.errors, self.answer)
        else:
            self.descriptors = (self.stdin, self.answer, self.errors)
        wire.write_all(self.stdin, stdin)
        for content in given:
            self.descriptors += (sealed(content),)

    def give_up(self) -> None:
        """Make the run one that has written too much, which ends it at the zygote's next look."""
        with contextlib.suppress(OSError):  # closed by another thread
            os.ftruncate(self.errors, self.limits.output_bytes + 1)

    def close(self) -> None:
        if self.large:  # the zygote keeps the files until its next run
            os.ftruncate(self.stdin, 0)
            os.ftruncate(self.answer, 0)
            os.ftruncate(self.errors, 0)
        for descriptor in self.descriptors:
            os.close(descriptor)


def parts(whole: Outcome, marks: Sequence[int]) -> list[Outcome | None]:
    """The outcomes of inputs that shared a process, each with an equal share of what all used.

    `marks` are the ends of their outputs, or NOT_WELL, as told by a process that the program could have
    tampered with: it can cheat nobody but itself, as it could have written this output at once, but not lead
    us astray.
    """
    used = whole.usage
    count = max(len(marks), 1)
    share = Usage(used.cpu_seconds / count, used.wall_seconds / count, used.memory_mb)
    made: list[Outcome | None] = []
    start = 0
    for mark in marks:
        if mark == wire.NOT_WELL:
            made.append(None)
            continue
        if not start <= mark <= len(whole.stdout):
            return []
        made.append(
            Outcome(Status.OK, stdout=whole.stdout[start:mark], exit_code=0, usage=share, shared=True)
        )
        start = mark
    return made


def outcome(end: wire.End, files: Files) -> Outcome:
    """The run in the words of the caller."""
    ended, limits = end.ended, files.limits
    answer, length = _start(files.answer, limits.output_bytes)
    errors, noise = _start(files.errors, STDERR_KEPT)
    if noise > STDERR_KEPT:
        errors = _read(files.errors, noise - STDERR_KEPT, STDERR_KEPT)
    files.large = files.large or max(length, noise) > SHORT_BYTES
    late = ended.cpu_seconds > limits.cpu_seconds * ended.allowed
    status = status_of(end, limits, late=late, over=max(length, noise) > limits.output_bytes)
    if status is Status.OK and files.of_function and not length:
        status = Status.CRASH  # the value was lost
    return Outcome(
        status,
        stdout=answer,
        stderr=errors,
        exit_code=ended.code if ended.code >= 0 else None,
        signal=-ended.code if ended.code < 0 else None,
        usage=Usage(ended.cpu_seconds, ended.wall_seconds, ended.peak_bytes / (1 << 20), ended.slowness),
        raised=end.raised,
    )


def status_of(end: wire.End, limits: Limits, *, late: bool, over: bool) -> Status:
    """The one status of a run. Where it broke several limits, output counts before memory before time."""
    ended = end.ended
    if over or ended.stop is wire.Stop.OUTPUT:
        return Status.OUTPUT
    if ended.code == -signal.SIGXFSZ:  # a file of its own; CPython ignores the signal
        return Status.OUTPUT
    if ended.stop is wire.Stop.MEMORY or end.out_of_memory or ended.peak_bytes > limits.memory_mb << 20:
        return Status.MEMORY
    if late or ended.stop is wire.Stop.TIME or ended.code == -signal.SIGXCPU:
        return Status.TIME
    return Status.OK if ended.code == 0 else Status.CRASH


def _start(descriptor: int, most: int) -> tuple[bytes, int]:
    """The first bytes of a file, `most` of them if it has as many, and its length.

    One call where it is short, which nearly all are.
    """
    data = os.pread(descriptor, min(most, SHORT_BYTES) + 1, 0)
    if len(data) <= min(most, SHORT_BYTES):
        return data, len(data)
    length = os.fstat(descriptor).st_size
    return _read(descriptor, 0, min(length, most)), length


def _read(descriptor: int, start: int, length: int) -> bytes:
    data = os.pread(descriptor, length, start)
    while len(data) < length:  # one call reads at most 2 GiB
        more = os.pread(descriptor, length - len(data), start + len(data))
        if not more:
            break
        data += more
    return data
