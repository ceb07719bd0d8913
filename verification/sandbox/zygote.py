"""The fork server: a warm interpreter behind its walls that forks one child for each run.

It never runs foreign code itself. What a fork inherits is set up here, once; a run costs a fork and little
more. Programs are compiled in a child of their own, so that source text which breaks the compiler breaks
nothing else, and come back as marshalled code.
"""

import contextlib
import gc
import json
import marshal
import os
import random
import resource
import signal
import socket
import sys
from dataclasses import replace
from types import CodeType
from typing import NoReturn

from . import calls, child, kernel, scratch, walls, wire
from .reaper import Reaper
from .runs import Watch

CONNECTION, NOWHERE, LAST_WORDS = 60, 61, 62  # descriptors in the zygote; a child closes 3 to 63
COMPILE = wire.Order(
    cpu_seconds=10.0, wall_seconds=30.0, memory_bytes=1 << 30, output_bytes=64 << 20, processes=1
)
MESSAGE_BYTES = 4096
WARM = (
    "abc argparse array bisect cmath collections collections.abc contextlib copy dataclasses datetime decimal"
    " enum fractions functools heapq io itertools json linecache math numbers operator os queue random re"
    " statistics string struct textwrap threading time traceback types typing"
).split()


def main(setting: wire.Setting, connection: socket.socket, uid: int) -> NoReturn:
    """Serve until the pool hangs up. Ends the process."""
    try:
        _warm()
        os.dup2(connection.fileno(), CONNECTION, inheritable=False)
        os.dup2(0, NOWHERE, inheritable=False)
        os.dup2(2, LAST_WORDS, inheritable=False)
        connection.detach()
        connection = socket.socket(fileno=CONNECTION)
        standing = walls.build(setting.walls, setting.libraries, uid)
        kernel.prctl(kernel.PR_SET_PDEATHSIG, signal.SIGKILL)  # after the last change of ids, which clears it
        _settle(setting, standing)
    except OSError as error:
        connection.send(wire.REFUSED + str(error).encode())
        os._exit(1)
    connection.send(wire.READY + json.dumps(standing.layers).encode())
    server = Server(connection, standing)
    gc.collect()
    gc.freeze()
    try:
        while True:
            server.answer()
    finally:
        os.dup2(LAST_WORDS, 2)  # for the traceback that the interpreter prints on its way out


def _warm() -> None:
    """Import what programs use most, and fix what would differ from run to run."""
    register = os.register_at_fork
    os.register_at_fork = lambda **_: None  # `random` would take a new seed in every child
    for name in WARM:
        __import__(name)
    os.register_at_fork = register
    random.seed(0)
    calls.fill_prelude()
    kernel.usual_thread_stacks(walls.THREAD_STACK_BYTES)


def _settle(setting: wire.Setting, standing: walls.Walls) -> None:
    """Leave the launcher's traces: its paths, environment, descriptors and signal handlers."""
    moved = dict(standing.moved)
    sys.path[:] = [_inside(path, moved) for path in (*sys.path, *setting.packages)]
    sys.path_importer_cache.clear()
    with contextlib.suppress(ImportError):
        __import__("no_module_has_this_name")  # lists the folders once, for all runs
    for name in ("PYTHONHASHSEED", "LD_LIBRARY_PATH"):
        os.environ.pop(name, None)
    sys.argv = ["solution.py"]
    for name in [name for name in sys.modules if name.partition(".")[0] == "inside"]:
        del sys.modules[name]
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGCHLD):
        signal.signal(number, signal.SIG_DFL)
    child.open_streams()


def _inside(path: str, moved: dict[str, str]) -> str:
    for outside, inside in moved.items():
        if path == outside or path.startswith(outside + "/"):
            return inside + path[len(outside) :]
    return path


class Server:
    """Answers one packet at a time: a program to prepare, a run to make, or what was spent so far."""

    def __init__(self, connection: socket.socket, standing: walls.Walls) -> None:
        self.connection = connection
        self.standing = standing
        self.watch = Watch(Reaper(own_processes=standing.own_processes), CONNECTION)
        self.scratch = scratch.state()
        self.program: child.Program | None = None

    def answer(self) -> None:
        packet, descriptors, _, _ = socket.recv_fds(self.connection, 256, 4)
        if not packet:
            os._exit(0)
        if packet[:1] == wire.RUN:
            reply = wire.pack_end(self.run(wire.unpack_order(packet), descriptors))
        elif packet[:1] == wire.PROGRAM:
            reply = self.prepare(descriptors[0])
        else:
            reply = json.dumps(self.spent()).encode()
        for descriptor in descriptors:
            os.close(descriptor)
        self.connection.send(reply)

    def spent(self) -> float:
        """CPU seconds of this process and of all the runs it has made."""
        usages = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
        return sum(usage.ru_utime + usage.ru_stime for usage in usages)

    def prepare(self, source: int) -> bytes:
        """READY with the program kept for the runs to come, or REFUSED with the compiler's words."""
        text = wire.read_text(source)
        os.ftruncate(source, 0)
        child.NOTE[0] = 0
        end = self.watch.run(COMPILE, lambda: self._compile(text, source), ())
        result = wire.read_all(source)
        if not child.NOTE[0]:
            raise RuntimeError("a child could not be confined")
        if end.code != 0 or not result:
            reason = (
                result[-MESSAGE_BYTES:] or f"the compiler did not finish ({end.stop.name.lower()})".encode()
            )
            return wire.REFUSED + reason
        code = marshal.loads(result)
        assert isinstance(code, CodeType)
        self.program = child.Program(text, code)
        return wire.READY

    def _compile(self, text: wire.Text, target: int) -> NoReturn:
        walls.confine(self.standing, COMPILE, target)
        child.NOTE[0] = 1  # no foreign code runs here, so this can be believed
        child.compile_text(text, target)

    def run(self, order: wire.Order, descriptors: list[int]) -> wire.End:
        """How the program ended on these files: input, output, errors, and one for a function's result."""
        for number, descriptor in enumerate(descriptors[:3]):
            os.dup2(descriptor, number)
        child.NOTE[0] = 0
        end = self.watch.run(order, lambda: self._execute(order, descriptors), tuple(descriptors[1:]))
        for number in range(3):
            os.dup2(NOWHERE, number)  # let go of the files: they may be large
        return replace(end, out_of_memory=bool(child.NOTE[0]), clean=self._clean())

    def _execute(self, order: wire.Order, descriptors: list[int]) -> NoReturn:
        result = descriptors[3] if len(descriptors) > 3 else -1
        walls.confine(self.standing, order, result)
        assert self.program is not None
        child.run(self.program, result, order.output_bytes)

    def _clean(self) -> bool:
        """Whether the scratch folder is as it was; a run that left something there gets it emptied."""
        if not self.standing.own_processes or scratch.state() == self.scratch:
            return True
        return scratch.empty() == self.scratch
