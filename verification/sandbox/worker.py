"""One worker from the outside: a zygote's process, the socket to it, and the exchange of a run."""

import contextlib
import fcntl
import marshal
import opcode
import os
import signal
import site
import socket
import struct
import subprocess
import sys
import sysconfig
from collections import deque
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

from ..errors import InputError
from ..types import Limits, Outcome, Program, Status, Usage
from . import languages, wire
from .builds import SEALS, Build, Builds, new_binary

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
OPCODES = wire.Opcodes(opcode.opmap["IMPORT_NAME"], opcode.opmap["EXTENDED_ARG"])
HEADROOM = (
    1.25  # times its limit of CPU that a run may go on, so that one that is late is told from an endless one
)
START_SECONDS = 60.0
BUILD_SECONDS = 2100.0  # two tools' wall limits (native.py), each with all the patience there is for it
GRACE_SECONDS = 20.0  # after the wall limit, which the zygote keeps: then it is the zygote that hangs
STDERR_KEPT = 4096
SHORT_BYTES = 16384  # an output up to here is read in one call


class BrokenWorkerError(Exception):
    """The zygote is gone or does not answer; the message says what it said last."""


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


class Worker:
    """A zygote and the program it has ready. Not thread-safe: one run at a time."""

    def __init__(self, walls: str, builds: Builds) -> None:
        self.layers: tuple[str, ...] = ()
        self._builds = builds
        self.program: Program | None = None  # that it has ready
        self.may_share = False  # whether several inputs of it can be tried in one process
        self._refusal: bytes | None = None
        self._timeout = 0.0
        self._begun: deque[Files | None] = deque()  # None: the compiler refused the program
        self.spoiled = False  # it could not clean up behind a run: its answer holds, the worker does not
        self._errors = os.memfd_create("errors")
        self._socket, inner = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        libraries, packages = readable_folders()
        setting = wire.Setting(walls, inner.fileno(), os.getpid(), libraries, packages, OPCODES)
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
            pass_fds=[inner.fileno()],
            start_new_session=True,  # the terminal's Ctrl-C is for the user's process
        )
        inner.close()

    def ready(self) -> None:
        """Wait until the walls stand; RefusedError where one cannot, BrokenWorkerError if nothing starts."""
        self._wait_at_most(START_SECONDS)
        answer = self._receive()
        if answer[:1] != wire.READY:
            raise RefusedError(answer[1:].decode(errors="replace"))
        self.layers = tuple(answer[1:].decode().split("\n"))

    def run(self, program: Program, stdin: bytes, limits: Limits, given: tuple[bytes, ...] = ()) -> Outcome:
        """How the program ended. BrokenWorkerError: the worker is of no more use; not the program's fault."""
        self.begin(program, stdin, limits, given)
        return self.end()

    def begin(self, program: Program, stdin: bytes, limits: Limits, given: tuple[bytes, ...] = ()) -> None:
        """Let a run follow those begun already, all of which must be of the same program.

        So the zygote finds the next one waiting when it has finished one.
        """
        if given:
            _require_room(program, given)
        if program is not self.program and program != self.program:
            self._prepare(program)
        if self._refusal is not None:
            self._begun.append(None)
            return
        order = _order(limits)
        files = Files(limits, stdin, given, of_function=program.signature is not None)
        self._begun.append(files)
        self._send(wire.pack_order(order), files.descriptors)

    def end(self) -> Outcome:
        """How the run ended that was begun first of those not asked for yet; errors as in `run`."""
        files = self._begun.popleft()
        if files is None:
            return Outcome(Status.COMPILE, stderr=self._refusal or b"")
        try:
            self._wait_at_most(files.limits.wall * wire.PATIENCE + GRACE_SECONDS)
            end = wire.unpack_end(self._receive())
            self.spoiled = self.spoiled or not end.clean
            return outcome(end, files)
        finally:
            files.close()

    def run_together(self, inputs: Sequence[bytes], limits: Limits) -> list[Outcome]:
        """The outcomes of the program's first inputs that ended well, all in one process; maybe of none.

        All of them together kept the limits of one run. See together.py for what that is worth.
        """
        order = _order(limits)
        files = Files(limits, b"", of_function=False)
        try:
            with _memory_files("inputs") as (each,):
                wire.write_all(each, marshal.dumps(tuple(inputs)))
                self._send(wire.pack_order(order, wire.MANY), (each, *files.descriptors))
                self._wait_at_most(order.wall_seconds * wire.PATIENCE + GRACE_SECONDS)
                answer = self._receive()
            end = wire.unpack_end(answer)
            self.spoiled = self.spoiled or not end.clean
            whole = outcome(end, files)
            kept = whole.status in (Status.OK, Status.CRASH, Status.TIME)  # those before the last one did
            return _parts(whole, wire.unpack_marks(answer)) if kept else []
        finally:
            files.close()

    def cpu_seconds(self) -> float:
        """What the zygote and all its runs have used so far."""
        self._wait_at_most(GRACE_SECONDS)
        self._send(wire.SPENT, ())
        return float(self._receive())

    def hang_up(self) -> None:
        """Let the zygote end itself and whatever it runs; a thread that waits for an answer is told so."""
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Hang up and wait until all its processes are gone. Harmless when done again."""
        self.hang_up()
        self._socket.close()
        while self._begun:
            if files := self._begun.popleft():
                files.close()
        try:
            self._process.wait(GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._errors >= 0:
            os.close(self._errors)
            self._errors = -1

    def _prepare(self, program: Program) -> None:
        self.program = None
        text = languages.text_of(program)
        tools = languages.tools_of(program.language)
        if tools is None:
            self._refusal = self._hand_over(text)
        else:
            build = self._builds.get(languages.source_bytes(program.code), tools, self._build)
            self._refusal = build.refusal
            if build.refusal is None:
                self._hand_over(text._replace(code=""), build.binary)
        self.program = program

    def _hand_over(self, text: wire.Text, *binary: int) -> bytes | None:
        """Make this the program of the runs to come; the compiler's words where it refused."""
        self._wait_at_most(START_SECONDS)
        with _memory_files("program") as (source,):
            wire.write_text(source, text)
            self._send(wire.PROGRAM, (source, *binary))
        answer = self._receive()
        self.may_share = answer == wire.MAY_SHARE
        return None if answer[:1] == wire.READY else answer[1:]

    def _build(self, source: bytes, tools: wire.Tools) -> Build:
        """The program built inside."""
        self._wait_at_most(BUILD_SECONDS)
        binary = new_binary()
        try:
            with _memory_files("tools", "source", "object") as (commands, text, between):
                wire.write_tools(commands, tools)
                wire.write_all(text, source)
                self._send(wire.BUILD, (commands, text, between, binary))
            answer = self._receive()
        except BaseException:
            os.close(binary)
            raise
        refused = answer[:1] != wire.READY
        return Build(binary, answer[1:].replace(b"<stdin>", languages.CPP_FILE) if refused else None)

    def _wait_at_most(self, seconds: float) -> None:
        if seconds != self._timeout:
            option = struct.pack("ll", int(seconds) + 1, 0)
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, option)
            self._timeout = seconds

    def _send(self, packet: bytes, descriptors: tuple[int, ...]) -> None:
        try:
            socket.send_fds(self._socket, [packet], descriptors)
        except OSError as error:
            raise BrokenWorkerError(self._last_words()) from error

    def _receive(self) -> bytes:
        try:
            answer = self._socket.recv(wire.MOST)
        except OSError as error:
            late = isinstance(error, BlockingIOError)
            raise BrokenWorkerError("no answer in time" if late else self._last_words()) from error
        if not answer:
            raise BrokenWorkerError(self._last_words())
        return answer

    def _last_words(self) -> str:
        words = wire.read_all(self._errors)[-STDERR_KEPT:].decode(errors="replace")
        return words or "it ended without a word"


def _require_room(program: Program, files: tuple[bytes, ...]) -> None:
    if files and program.signature is not None:
        raise InputError("files can be given to whole programs only, not to a function that is called.")
    if len(files) > wire.MOST_FILES:
        raise InputError(f"a run can be given at most {wire.MOST_FILES} files, not {len(files)}.")


@contextlib.contextmanager
def _memory_files(*names: str) -> Iterator[tuple[int, ...]]:
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

    def close(self) -> None:
        if self.large:  # the zygote keeps the files until its next run
            os.ftruncate(self.stdin, 0)
            os.ftruncate(self.answer, 0)
            os.ftruncate(self.errors, 0)
        for descriptor in self.descriptors:
            os.close(descriptor)


def _order(limits: Limits) -> wire.Order:
    cpu_seconds = limits.cpu_seconds * HEADROOM
    return wire.Order(cpu_seconds, limits.wall, limits.memory_mb << 20, limits.output_bytes, limits.processes)


def _parts(whole: Outcome, marks: Sequence[int]) -> list[Outcome]:
    """The outcomes of inputs that shared a process, each with an equal share of what all used.

    `marks` are the ends of their outputs, as told by a process that the program could have tampered with: it
    can cheat nobody but itself, as it could have written this output at once, but not lead us astray.
    """
    starts = (0, *marks)
    if any(start > end for start, end in zip(starts, marks, strict=False)) or starts[-1] > len(whole.stdout):
        return []
    used = whole.usage
    share = (
        Usage(used.cpu_seconds / len(marks), used.wall_seconds / len(marks), used.memory_mb)
        if marks
        else used
    )
    return [
        Outcome(Status.OK, stdout=whole.stdout[start:end], exit_code=0, usage=share, shared=True)
        for start, end in zip(starts, marks, strict=False)
    ]


def outcome(end: wire.End, files: Files) -> Outcome:
    """The run in the words of the caller."""
    ended, limits = end.ended, files.limits
    answer, length = _start(files.answer, limits.output_bytes)
    errors, noise = _start(files.errors, STDERR_KEPT)
    files.large = files.large or max(length, noise) > SHORT_BYTES
    status = status_of(end, limits, over=max(length, noise) > limits.output_bytes)
    if status is Status.OK and files.of_function and not length:
        status = Status.CRASH  # the value was lost
    return Outcome(
        status,
        stdout=answer,
        stderr=errors if noise <= STDERR_KEPT else _read(files.errors, noise - STDERR_KEPT, STDERR_KEPT),
        exit_code=ended.code if ended.code >= 0 else None,
        signal=-ended.code if ended.code < 0 else None,
        usage=Usage(ended.cpu_seconds, ended.wall_seconds, ended.peak_bytes / (1 << 20)),
        raised=end.raised,
    )


def status_of(end: wire.End, limits: Limits, *, over: bool) -> Status:
    """The one status of a run. Where it broke several limits, output counts before memory before time."""
    ended = end.ended
    if over or ended.stop is wire.Stop.OUTPUT:
        return Status.OUTPUT
    if ended.code == -signal.SIGXFSZ:  # a file of its own; CPython ignores the signal
        return Status.OUTPUT
    if ended.stop is wire.Stop.MEMORY or end.out_of_memory or ended.peak_bytes > limits.memory_mb << 20:
        return Status.MEMORY
    if (
        ended.stop is wire.Stop.TIME
        or ended.cpu_seconds > limits.cpu_seconds
        or ended.code == -signal.SIGXCPU
    ):
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
