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
from collections.abc import Callable, Sequence
from functools import partial
from os import closerange, dup2
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
THREE_BYTES = 12  # of the descriptors of a run's streams
BLANK = bytes(len(child.NOTE))
NOTE = child.NOTE
RUN_KIND = wire.RUN[0]
unpack_three = struct.Struct("3i").unpack_from
pack_end = wire.pack_end
scratch_state = scratch.state
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
        self.receive, self.send = connection.recvmsg, connection.send
        self.opcodes = opcodes
        self.standing = standing
        self.has_scratch = standing.own_processes
        self.watch = Watch(Reaper(own_processes=standing.own_processes), CONNECTION, meter)
        self.scratch = scratch.empty() if standing.own_processes else scratch.state()
        self.program: child.Program | None = None
        self.main: Callable[[], object] | None = None
        self.arguments: tuple[str, ...] = ()  # of a binary
        self.of_function = False  # whether the runs have a fourth file, for the result
        self.result = -1  # that file
        self.given: Sequence[int] = ()  # the files that the next run is given
        self.inputs = -1  # of a run in one process with others
        self.execute: Child = self._execute
        self.plain: Child | None = None  # the same for runs that have their three streams and nothing else
        self.packet = b""  # the last order, which is mostly that of the next run as well
        self.order = wire.COMPILE
        self.limits: ResourceLimits = ()

    def answer(self) -> None:
        packet, extra, _, _ = self.receive(64, DESCRIPTORS_SPACE)
        if packet and packet[0] == RUN_KIND:
            reply = self.run(packet, extra[0][2])
        elif packet[:1] == wire.MANY:
            reply = self.run_many(packet, extra[0][2])
        elif packet:
            reply = self.answer_rarely(packet[:1], array.array("i", extra[0][2] if extra else b""))
        else:
            os._exit(0)
        closerange(RECEIVED, METER)
        self.send(reply)

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
        ended = wire.Ended(*self.watch.run(wire.COMPILE, lambda: self._compile(text, source), ()))
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
        self.of_function = bool(text.method)
        self._import_on_demand(names, text)
        if text.method:
            imports |= calls.modules_of(names)
        sys.argv[1:] = text.arguments
        self.program = child.Program(text, code, child.needs_collection(text.code), imports)
        self.main = self._make_main(self.program)
        self._make_ready()
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

    def _make_main(self, program: child.Program) -> Callable[[], object] | None:
        """What all its runs begin with, None where each of them has to make its own."""
        sys.modules.pop("__main__", None)
        alike = not program.text.method and not program.collects
        return child.main_of(program.code) if alike else None

    def _make_ready(self) -> None:
        """Put together what the plain runs of this program do under these limits."""
        self.plain = None
        if self.program is not None and not self.of_function:
            steps = walls.steps(self.standing, self.limits) + child.first_steps()
            self.plain = partial(child.run, steps, self.main, self.program, self.program.collects)
        gc.freeze()

    def _compile(self, text: wire.Text, target: int) -> NoReturn:
        walls.confine(self.standing, limits_of(wire.COMPILE, self.standing.other_processes), target)
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
        self.program = self.plain = None
        self.execute = self._execute_binary
        self.watch.native = True
        self.of_function = bool(text.method)
        return wire.READY

    def run(self, packet: bytes, descriptors: bytes, execute: Child | None = None) -> bytes:
        """How the program ended on these files: input, output, errors, and one for a function's result.

        The files that it is given follow. 0 to 2 stay as they are until the next run: whoever sent large
        files empties them.
        """
        if packet != self.packet:
            self.packet, self.order = packet, wire.unpack_order(packet)
            self.limits = limits_of(self.order, self.standing.other_processes)
            self._make_ready()
        streams: Sequence[int] = unpack_three(descriptors)
        dup2(streams[0], 0)
        dup2(streams[1], 1)
        dup2(streams[2], 2)
        if execute is not None or self.plain is None or len(descriptors) > THREE_BYTES:
            execute, streams = execute or self.execute, self._more(descriptors)
        else:
            execute = self.plain
        NOTE[:] = BLANK  # a run may have left word for the next one in it
        ended = self.watch.run(self.order, execute, streams)
        clean = not self.has_scratch or scratch_state() == self.scratch or self._clean()
        return pack_end(*ended, NOTE[0], clean)

    def _more(self, descriptors: bytes) -> Sequence[int]:
        """The streams and what the run may write to beside them; takes note of all that is given."""
        streams = array.array("i", descriptors)
        self.result = streams[3] if self.of_function else -1
        self.given = streams[4 if self.of_function else 3 :]
        return (*streams[:3], self.result)

    def run_many(self, packet: bytes, descriptors: bytes) -> bytes:
        """As `run`, for several inputs in one process, which are in the first file; its report follows."""
        self.inputs = array.array("i", descriptors)[0]
        return self.run(packet, descriptors[4:], self._execute_many) + together.report()

    def _execute_many(self) -> NoReturn:
        each = marshal.loads(wire.read_all(self.inputs))  # before the file is closed
        walls.confine(self.standing, self.limits, self.result)
        assert self.program is not None
        together.run(self.program, each, self.result, self.order.output_bytes)

    def _execute(self) -> None:
        """As what is `plain`, for a function or with files that are given."""
        program, order = self.program, self.order
        assert program is not None
        steps = walls.steps(self.standing, self.limits, self.result, self.given) + child.first_steps()
        main = child.method_of(program, self.result, order.output_bytes) if self.of_function else self.main
        sys.argv += wire.file_paths(len(self.given))
        child.run(steps, main, program, program.collects)

    def _execute_binary(self) -> NoReturn:
        """A function's result is its file 3 (calls.hpp); functions are given no files."""
        walls.confine(self.standing, self.limits, BINARY, (self.result,) if self.of_function else self.given)
        arguments = self.arguments + wire.file_paths(len(self.given))
        native.become_binary(BINARY, arguments, self.order, self.standing)

    def _clean(self) -> bool:
        """Whether the scratch folder is as it was; a run that left something there gets it emptied."""
        if not self.has_scratch or scratch.state() == self.scratch:
            return True
        try:
            return scratch.empty() == self.scratch
        except OSError:
            return False  # the pool takes another worker; the outcome stands
