"""The zygote's loop: answers the user's side. A program to prepare, a binary to build, runs to make.

It runs nothing foreign itself: whatever does is a child. Programs are compiled in a child of their own, so
that source text which breaks the compiler breaks nothing else, and come back as marshalled code. Languages
that are built to a binary have it made by their own tools in such children (native.py), and their runs become
that binary.
"""

import _socket
import array
import contextlib
import gc
import marshal
import os
import resource
import struct
import sys
from collections.abc import Sequence
from typing import NoReturn

from . import calls, child, native, scratch, together, walls, wire
from .limits import ResourceLimits, limits_of
from .meter import Meter
from .reaper import Reaper
from .runs import Child, Watch

# in the zygote, the first of them METER; a child closes them
METER, DOMAIN, BINARY, CONNECTION, NOWHERE, LAST_WORDS = 57, 58, 59, 60, 61, 62
MESSAGE_BYTES = 4096
RECEIVED = 3  # from here to below METER lie the descriptors that come with a packet
NO_FILE = b"\xff"  # in the place of a descriptor: -1
STREAMS_BYTES = 16
BLANK = bytes(len(child.NOTE))
unpack_streams = struct.Struct("4i").unpack
DESCRIPTORS_SPACE = _socket.CMSG_SPACE(4 * (4 + wire.MOST_FILES))
ON_DEMAND = frozenset(
    {
        *(
            "argparse",
            "array",
            "calendar",
            "cmath",
            "dataclasses",
            "datetime",
            "decimal",
            "enum",
            "fractions",
        ),
        *("hashlib", "json", "numbers", "queue", "statistics", "struct", "textwrap", "threading"),
    }
)


@contextlib.contextmanager
def no_fork_hooks():  # type: ignore[no-untyped-def]  # Iterator would be an import
    """What is imported inside registers nothing to be run in every child.

    `random` would take a new seed there, and `threading` would spend 0.4 ms on threads that there are not;
    its hook is given to the child instead, for the forks of the program itself.
    """
    register = os.register_at_fork
    os.register_at_fork = lambda **_: None
    try:
        yield
    finally:
        os.register_at_fork = register


class Server:
    """Answers one packet at a time: a program to build or prepare, a run to make, what was spent so far."""

    def __init__(
        self, connection: _socket.socket, standing: walls.Walls, opcodes: wire.Opcodes, meter: Meter | None
    ) -> None:
        self.connection = connection
        self.opcodes = opcodes
        self.standing = standing
        self.watch = Watch(Reaper(own_processes=standing.own_processes), CONNECTION, meter)
        self.scratch = scratch.empty() if standing.own_processes else scratch.state()
        self.program: child.Program | None = None
        self.arguments: tuple[str, ...] = ()  # of a binary
        self.streams = 12  # bytes: of the descriptors of a run's streams, 16 with that of a function's result
        self.given: Sequence[int] = ()  # the files that the next run is given
        self.inputs = -1  # of a run in one process with others
        self.execute: Child = self._execute
        self.packet = b""  # the last order, which is mostly that of the next run as well
        self.order = wire.COMPILE
        self.limits: ResourceLimits = ()

    def answer(self) -> None:
        packet, extra, _, _ = self.connection.recvmsg(64, DESCRIPTORS_SPACE)
        if packet[:1] == wire.RUN:
            reply = self.run(packet, extra[0][2])
        elif packet[:1] == wire.MANY:
            reply = self.run_many(packet, extra[0][2])
        elif packet:
            reply = self.answer_rarely(packet[:1], array.array("i", extra[0][2] if extra else b""))
        else:
            os._exit(0)
        os.closerange(RECEIVED, METER)
        self.connection.send(reply)

    def answer_rarely(self, kind: bytes, descriptors: Sequence[int]) -> bytes:
        native.stand_on(NOWHERE, NOWHERE, NOWHERE)
        if kind == wire.PROGRAM:
            return self.prepare(*descriptors)
        return self.build(*descriptors) if kind == wire.BUILD else repr(self.spent()).encode()

    def spent(self) -> float:
        """CPU seconds of this process and of all the runs it has made."""
        usages = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
        return sum(usage.ru_utime + usage.ru_stime for usage in usages)

    def prepare(self, source: int, binary: int = -1) -> bytes:
        """READY with the program kept for the runs to come, or REFUSED with the compiler's words."""
        text = wire.read_text(source)
        if binary >= 0:
            return self._keep_binary(text, binary)
        os.ftruncate(source, 0)
        child.NOTE[0] = 0
        ended = self.watch.run(wire.COMPILE, lambda order, _: self._compile(order, text, source), ())
        result = wire.read_all(source)
        if not child.NOTE[0]:
            raise RuntimeError("a child could not be confined")
        if ended.code != 0 or not result:
            said = result[-MESSAGE_BYTES:] if ended.code == 1 else b""
            return wire.REFUSED + (
                said or f"the compiler did not finish ({ended.stop.name.lower()})".encode()
            )
        code, names, imports = marshal.loads(result)
        self.execute = self._execute
        self.watch.native = False
        self.streams = 16 if text.method else 12
        self._import_on_demand(names, text)
        if text.method:
            imports |= calls.modules_of(names)
        self.program = child.Program(text, code, child.needs_collection(text.code), imports)
        if any(name in names and name not in sys.modules for name in wire.WARM_PACKAGES):
            return wire.READY + wire.NAMES_PACKAGES
        shares = not text.arguments and together.may_share(names, imports)
        return wire.READY + wire.MAY_SHARE if shares else wire.READY

    def _import_on_demand(self, names: frozenset[str], text: wire.Text) -> None:
        """Import what the program will, so that its runs find it done; all of them parts of Python itself."""
        wanted = [name for name in sorted(names & ON_DEMAND) if name not in sys.modules]
        prelude = bool(text.method) and not calls.PRELUDE
        if wanted or prelude:
            with no_fork_hooks():
                for name in wanted:
                    __import__(name)
                if prelude:
                    calls.fill_prelude()
            gc.collect()
            gc.freeze()

    def _compile(self, order: wire.Order, text: wire.Text, target: int) -> NoReturn:
        walls.confine(self.standing, limits_of(order, self.standing.other_processes), target)
        child.NOTE[0] = 1  # no foreign code runs here, so this can be believed
        child.compile_text(text, target, self.opcodes)

    def build(self, tools: int, source: int, between: int, binary: int) -> bytes:
        """READY with the binary written, or REFUSED with the words of the tool that failed."""
        said = native.build(self.watch, self.standing, (tools, source, between, binary))
        native.stand_on(NOWHERE, NOWHERE, NOWHERE)
        if not self._clean():
            raise RuntimeError("a compiler left something behind")
        return wire.REFUSED + said if said else wire.READY

    def _keep_binary(self, text: wire.Text, binary: int) -> bytes:
        self.arguments = text.arguments
        os.dup2(binary, BINARY, inheritable=False)
        self.program = None
        self.execute = self._execute_binary
        self.watch.native = True
        self.streams = 16 if text.method else 12
        return wire.READY

    def run(self, packet: bytes, descriptors: bytes) -> bytes:
        """How the program ended on these files: input, output, errors, and one for a function's result.

        The files that it is given follow. 0 to 2 stay as they are until the next run: whoever sent large
        files empties them.
        """
        if packet != self.packet:
            self.packet, self.order = packet, wire.unpack_order(packet)
            self.limits = limits_of(self.order, self.standing.other_processes)
        streams = unpack_streams(descriptors[: self.streams].ljust(STREAMS_BYTES, NO_FILE))
        self.given = array.array("i", descriptors[self.streams :]) if descriptors[self.streams :] else ()
        os.dup2(streams[0], 0)
        os.dup2(streams[1], 1)
        os.dup2(streams[2], 2)
        note = child.NOTE
        note[:] = BLANK  # a run may have left word for the next one in it
        ended = self.watch.run(self.order, self.execute, streams[1:])
        return wire.pack_end(*ended, note[0], self._clean())

    def run_many(self, packet: bytes, descriptors: bytes) -> bytes:
        """As `run`, for several inputs in one process, which are in the first file; its report follows."""
        self.inputs = array.array("i", descriptors)[0]
        self.execute = self._execute_many
        try:
            return self.run(packet, descriptors[4:]) + together.report()
        finally:
            self.execute = self._execute

    def _execute_many(self, order: wire.Order, files: Sequence[int]) -> NoReturn:
        each = marshal.loads(wire.read_all(self.inputs))  # before the file is closed
        walls.confine(self.standing, self.limits, files[2])
        assert self.program is not None
        together.run(self.program, each, files[2], order.output_bytes)

    def _execute(self, order: wire.Order, files: Sequence[int]) -> NoReturn:
        walls.confine(self.standing, self.limits, files[2], self.given)
        assert self.program is not None
        program = self.program
        if self.given:
            program = program.with_arguments(wire.file_paths(len(self.given)))
        child.run(program, files[2], order.output_bytes)

    def _execute_binary(self, order: wire.Order, files: Sequence[int]) -> NoReturn:
        """A function's result is its file 3 (calls.hpp); functions are given no files."""
        walls.confine(self.standing, self.limits, BINARY, files[2:] if files[2] >= 0 else self.given)
        arguments = self.arguments + wire.file_paths(len(self.given))
        native.become_binary(BINARY, arguments, order, self.standing)

    def _clean(self) -> bool:
        """Whether the scratch folder is as it was; a run that left something there gets it emptied."""
        if not self.standing.own_processes or scratch.state() == self.scratch:
            return True
        try:
            return scratch.empty() == self.scratch
        except OSError:
            return False  # the pool takes another worker; the outcome stands
