"""The fork server: a warm interpreter behind its walls that forks one child for each run.

It never runs foreign code itself. What a fork inherits is set up here, once; a run costs a fork and little
more. What the zygote holds in memory is paid for at every fork (about 50 microseconds a megabyte), so it
imports what most programs use, and the rest when the first program comes that names it (server.py).
"""

import _socket
import contextlib
import gc
import os
import sys
from typing import NoReturn

from . import child, kernel, memory, rehearsal, walls, wire
from .limits import THREAD_STACK_BYTES
from .meter import Meter
from .server import CONNECTION, DOMAIN, LAST_WORDS, METER, NOWHERE, Server, no_fork_hooks

WARM = (
    *("abc", "bisect", "collections", "collections.abc", "contextlib", "copy", "functools", "heapq", "io"),
    *(
        "itertools",
        "linecache",
        "math",
        "operator",
        "os",
        "random",
        "re",
        "string",
        "time",
        "traceback",
        "types",
    ),
    "typing",
)


def main(setting: wire.Setting, connection: _socket.socket, uid: int) -> NoReturn:
    """Serve until the pool hangs up. Ends the process."""
    try:
        _warm()
        os.dup2(connection.fileno(), CONNECTION, inheritable=False)
        os.dup2(0, NOWHERE, inheritable=False)
        os.dup2(2, LAST_WORDS, inheritable=False)
        connection.close()
        connection = _socket.socket(fileno=CONNECTION)
        meter = _put_away_meter(setting.meter)
        standing = _put_away_domain(walls.build(setting.walls, setting.libraries, uid))
        kernel.prctl(kernel.PR_SET_PDEATHSIG, kernel.SIGKILL)  # after the last change of ids, which clears it
        _settle(setting, standing)
    except OSError as error:
        connection.send(wire.REFUSED + str(error).encode())
        os._exit(1)
    connection.send(wire.READY + "\n".join(standing.layers).encode())
    try:
        _serve(Server(connection, standing, setting.opcodes, meter))
    finally:
        os.dup2(LAST_WORDS, 2)  # for the traceback that the interpreter prints on its way out


def _put_away_meter(file: int) -> Meter | None:
    if file < 0:
        return None
    os.dup2(file, METER, inheritable=False)
    os.close(file)
    return Meter(METER)


def _put_away_domain(standing: walls.Walls) -> walls.Walls:
    if standing.domain < 0:
        return standing
    os.dup2(standing.domain, DOMAIN, inheritable=False)
    os.close(standing.domain)
    return standing._replace(domain=DOMAIN)


def _serve(server: Server) -> NoReturn:
    gc.collect()
    gc.disable()
    gc.freeze()
    memory.fill_holes()
    while True:
        server.answer()


def _warm() -> None:
    """Import what programs use most, and fix what would differ from run to run."""
    with no_fork_hooks():
        for name in WARM:
            __import__(name)
    sys.modules["random"].seed(0)
    kernel.usual_thread_stacks(THREAD_STACK_BYTES)


def _settle(setting: wire.Setting, standing: walls.Walls) -> None:
    """Leave the launcher's traces: its paths, environment, modules and signal handlers."""
    moved = dict(standing.moved)
    sys.path[:] = [_inside(path, moved) for path in (*sys.path, *setting.packages)]
    sys.path_importer_cache.clear()
    with contextlib.suppress(ImportError):
        __import__("no_module_has_this_name")  # lists the folders once, for all runs
    _import_packages(setting.warm)
    for name in ("PYTHONHASHSEED", "LD_LIBRARY_PATH", "LD_BIND_NOW"):
        os.environ.pop(name, None)
    sys.argv = [child.FILE]
    child.define_quitters()
    child.count_recursion_from_the_program()
    for name in [name for name in sys.modules if name.partition(".")[0] == "inside"]:
        del sys.modules[name]
    child.default_signals()  # a handler would let the runs signal even pid 1
    rehearsal.rehearse()
    memory.join_maps()


def _import_packages(names: tuple[str, ...]) -> None:
    """Those that cannot be imported are left to the programs, which will be told why."""
    with no_fork_hooks():
        for name in names:
            with contextlib.suppress(Exception):
                __import__(name)
        if "numpy" in sys.modules:
            sys.modules["numpy"].random.seed(0)  # the state of `random` is fixed too


def _inside(path: str, moved: dict[str, str]) -> str:
    for outside, inside in moved.items():
        if path == outside or path.startswith(outside + "/"):
            return inside + path[len(outside) :]
    return path
