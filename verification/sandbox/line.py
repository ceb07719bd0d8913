"""A zygote from the outside: its process, the socket to it, and what it said last."""

import contextlib
import os
import select
import site
import socket
import struct
import subprocess
import sys
import sysconfig
import threading
from functools import cache
from pathlib import Path

from . import cgroups, languages, wire
from .files import STDERR_KEPT

ENVIRONMENT = {
    "PATH": languages.TOOL_FOLDERS,
    "HOME": "/tmp",
    "LANG": "C.UTF-8",
    "PYTHONHASHSEED": "0",  # the order of sets is the same in every run; removed before programs see it
    "LD_BIND_NOW": "1",  # else every run would look up the C functions that it calls; removed likewise
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "MALLOC_ARENA_MAX": "2",  # an arena per thread would use up the address space
}
START_SECONDS = 60.0
GRACE_SECONDS = 20.0  # after the wall limit, which the zygote keeps: then it is the zygote that hangs


class BrokenWorkerError(Exception):
    """The zygote is gone or does not answer; the message says what it said last."""


class FullGroupError(BrokenWorkerError):
    """The zygote is gone because its runs held more memory than its control group may; it `peak_bytes`."""

    def __init__(self, peak_bytes: int) -> None:
        super().__init__(
            f"its control group held {peak_bytes >> 20} MiB of memory, which is more than it may"
        )
        self.peak_bytes = peak_bytes


class RefusedError(Exception):
    """The zygote could not put up its walls; the message is the kernel's."""


@cache
def readable_folders() -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The folders of this interpreter that runs may read, and those of them that hold packages."""
    paths = sysconfig.get_paths()
    packages = [paths["purelib"], paths["platlib"], *site.getsitepackages()]
    if site.ENABLE_USER_SITE:
        packages.append(site.getusersitepackages())
    standard = [paths["stdlib"], paths["platstdlib"]]
    shared = [os.path.join(prefix, "lib") for prefix in (sys.base_prefix, sys.base_exec_prefix)]
    real = [os.path.realpath(path) for path in (*shared, *standard)]
    present = [path for path in dict.fromkeys(packages) if os.path.isdir(path)]
    return tuple(dict.fromkeys([*shared, *standard, *real, *present])), tuple(present)


def _new_group() -> cgroups.Group | None:
    place = cgroups.place()
    if place is None:
        return None
    try:
        return cgroups.Group(place)
    except OSError as error:
        raise RefusedError(f"control group: {error}") from error


class Line:
    """A zygote's process and the socket to it; `warm` are packages that it imports beforehand."""

    def __init__(self, walls: str, opcodes: wire.Opcodes, warm: tuple[str, ...] = ()) -> None:
        self._group = _new_group()
        self._timeout = 0.0
        self._errors = os.memfd_create("errors")
        self._reading_errors = threading.Lock()
        self._socket, inner = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._poll = select.poll()
        self._poll.register(self._socket, select.POLLIN)
        libraries, packages = readable_folders()
        handed_over = (inner.fileno(), *(self._group.files if self._group else (-1, -1)))
        setting = wire.Setting(walls, *handed_over, os.getpid(), libraries, packages, warm, opcodes)
        environment = dict(ENVIRONMENT)
        if "LD_LIBRARY_PATH" in os.environ:  # some interpreters find their own library by it
            environment["LD_LIBRARY_PATH"] = os.environ["LD_LIBRARY_PATH"]
        boot = str(Path(__file__).with_name("boot.py"))
        self._process = subprocess.Popen(
            [sys.executable, "-s", "-S", "-B", boot, wire.pack_setting(setting)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=self._errors,
            env=environment,
            cwd="/",
            pass_fds=[file for file in handed_over if file >= 0],
            start_new_session=True,  # the terminal's Ctrl-C is for the user's process
        )
        inner.close()
        if self._group:
            self._group.close_files()

    def ready(self) -> tuple[str, ...]:
        """The layers, once the walls stand.

        RefusedError where one cannot, BrokenWorkerError if nothing starts.
        """
        self.wait_at_most(START_SECONDS)
        answer = self.receive()
        if answer[:1] != wire.READY:
            raise RefusedError(answer[1:].decode(errors="replace"))
        layers = tuple(answer[1:].decode().split("\n"))
        return layers + self._group.layers if self._group else layers

    def cpu_seconds(self) -> float:
        """What the zygote and all its runs have used so far."""
        self.wait_at_most(GRACE_SECONDS)
        self.send(wire.SPENT, ())
        return float(self.receive())

    def wait_at_most(self, seconds: float) -> None:
        """For every answer from now on; BrokenWorkerError where the line was closed."""
        if seconds != self._timeout:
            option = struct.pack("ll", int(seconds) + 1, 0)
            try:
                self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, option)
            except OSError as error:
                raise BrokenWorkerError(self._last_words()) from error
            self._timeout = seconds

    def bound(self, order: wire.Order, *, lower: bool = True) -> None:
        """Let the kernel end whatever goes far beyond the order that follows, if there is a group for that.

        Without `lower` no less is allowed than before, as others are still to be done. Errors as in `send`.
        """
        if self._group:
            try:
                self._group.bound(order, lower=lower)
            except OSError as error:  # somebody else has taken the group away
                raise BrokenWorkerError(f"its control group: {error}") from error

    def send(self, packet: bytes, descriptors: tuple[int, ...]) -> None:
        """BrokenWorkerError where nobody is there."""
        try:
            socket.send_fds(self._socket, [packet], descriptors)
        except OSError as error:
            raise BrokenWorkerError(self._last_words()) from error

    def has_answer(self, seconds: float) -> bool:
        """Whether `receive` will return at once, or within so many seconds."""
        return bool(self._poll.poll(1000 * seconds))

    def receive(self) -> bytes:
        """BrokenWorkerError where no answer comes in time, or none can come; FullGroupError is one."""
        try:
            answer = self._socket.recv(wire.MOST)
        except OSError as error:
            late = isinstance(error, BlockingIOError)
            raise BrokenWorkerError("no answer in time" if late else self._last_words()) from error
        if answer:
            return answer
        if self._group and self._group.was_full():
            raise FullGroupError(self._group.peak_bytes())
        raise BrokenWorkerError(self._last_words())

    def hang_up(self) -> None:
        """Let the zygote end itself and whatever it runs; a thread that waits for an answer is told so."""
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Hang up and wait until all its processes are gone. Harmless when done again.

        Another thread that uses the line meanwhile has BrokenWorkerError.
        """
        self.hang_up()
        self._socket.close()
        try:
            self._process.wait(GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._group:
            self._group.remove()
        with self._reading_errors:
            if self._errors >= 0:
                os.close(self._errors)
                self._errors = -1

    def _last_words(self) -> str:
        with self._reading_errors:
            if self._errors < 0:
                return "it was closed"
            words = wire.read_all(self._errors)[-STDERR_KEPT:].decode(errors="replace")
        return words or "it ended without a word"
