"""One worker from the outside: a zygote's process, the socket to it, and the exchange of a run."""

import contextlib
import marshal
import opcode
import os
import site
import socket
import struct
import subprocess
import sys
import sysconfig
from collections import deque
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from ..errors import InputError
from ..types import Limits, Outcome, Program, Status
from . import languages, wire
from .builds import Build, Builds, new_binary
from .files import STDERR_KEPT, Files, memory_files, outcome, parts

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
# Times its limit of CPU that a run may go on, so that one that is late is told from an endless one. On a core
# that was disturbed all the time, with a CPython not built for speed, honest programs took up to 2.3 times
# what they took elsewhere.
HEADROOM = 2.5
START_SECONDS = 60.0
BUILD_SECONDS = 2100.0  # two tools' wall limits (native.py), each with all the patience there is for it
GRACE_SECONDS = 20.0  # after the wall limit, which the zygote keeps: then it is the zygote that hangs


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


def _require_room(program: Program, files: tuple[bytes, ...]) -> None:
    if files and program.signature is not None:
        raise InputError("files can be given to whole programs only, not to a function that is called.")
    if len(files) > wire.MOST_FILES:
        raise InputError(f"a run can be given at most {wire.MOST_FILES} files, not {len(files)}.")


class Worker:
    """A zygote and the program it has ready. Not thread-safe: one run at a time."""

    def __init__(self, walls: str, builds: Builds, speed: float, cpp_flags: Sequence[str]) -> None:
        self.layers: tuple[str, ...] = ()
        self.speed = speed  # what limits of time are multiplied by
        self._builds = builds
        self._cpp_flags = cpp_flags
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

    def run(
        self,
        program: Program,
        stdin: bytes,
        limits: Limits,
        given: tuple[bytes, ...] = (),
        *,
        kind: bytes = wire.RUN,
    ) -> Outcome:
        """How the program ended. BrokenWorkerError: the worker is of no more use; not the program's fault."""
        self.begin(program, stdin, limits, given, kind=kind)
        return self.end()

    def begin(
        self,
        program: Program,
        stdin: bytes,
        limits: Limits,
        given: tuple[bytes, ...] = (),
        *,
        kind: bytes = wire.RUN,
    ) -> None:
        """Let a run follow those begun already, all of which must be of the same program.

        So the zygote finds the next one waiting when it has finished one. `kind` may be `wire.ALONE`, which
        takes the pace of the core.
        """
        if given:
            _require_room(program, given)
        if program is not self.program and program != self.program:
            self._prepare(program)
        if self._refusal is not None:
            self._begun.append(None)
            return
        order = self._order(limits)
        files = Files(limits, stdin, given, of_function=program.signature is not None)
        self._begun.append(files)
        self._send(wire.pack_order(order, kind), files.descriptors)

    def end(self) -> Outcome:
        """How the run ended that was begun first of those not asked for yet; errors as in `run`."""
        files = self._begun.popleft()
        if files is None:
            return Outcome(Status.COMPILE, stderr=self._refusal or b"")
        try:
            self._wait_at_most(files.limits.wall * self.speed * wire.PATIENCE + GRACE_SECONDS)
            answer = self._receive()
            end = wire.unpack_end(answer)
            self.spoiled = self.spoiled or not end.clean
            return outcome(end, files, self.speed, wire.unpack_slowness(answer))
        finally:
            files.close()

    def run_together(self, inputs: Sequence[bytes], limits: Limits) -> list[Outcome]:
        """The outcomes of the program's first inputs that ended well, all in one process; maybe of none.

        All of them together kept the limits of one run. See together.py for what that is worth.
        """
        order = self._order(limits)
        files = Files(limits, b"", of_function=False)
        try:
            with memory_files("inputs") as (each,):
                wire.write_all(each, marshal.dumps(tuple(inputs)))
                self._send(wire.pack_order(order, wire.MANY), (each, *files.descriptors))
                self._wait_at_most(order.wall_seconds * wire.PATIENCE + GRACE_SECONDS)
                answer = self._receive()
            end = wire.unpack_end(answer)
            self.spoiled = self.spoiled or not end.clean
            whole = outcome(end, files, self.speed)
            kept = whole.status in (Status.OK, Status.CRASH, Status.TIME)  # those before the last one did
            return parts(whole, wire.unpack_marks(answer)) if kept else []
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

    def _order(self, limits: Limits) -> wire.Order:
        return wire.Order(
            limits.cpu_seconds * self.speed * HEADROOM,
            limits.wall * self.speed,
            limits.memory_mb << 20,
            limits.output_bytes,
            limits.processes,
        )

    def _prepare(self, program: Program) -> None:
        self.program = None
        text = languages.text_of(program)
        tools = languages.tools_of(program.language, self._cpp_flags)
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
        with memory_files("program") as (source,):
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
            with memory_files("tools", "source", "object") as (commands, text, between):
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
