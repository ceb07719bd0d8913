"""What a forked child becomes for languages that are built: a tool of the compiler's, or the built program.

The compiler reads what nobody has read, so it stands behind the same walls as a run, with limits of its own.
It needs no folder: the source is its standard input, the object file its standard output, and the linker
likewise makes the binary of the object file. So it works where there is nowhere to write, and leaves nothing.
"""

import _signal
import os
import resource
from typing import NoReturn

from . import walls, wire

LIMITS = wire.Order(
    cpu_seconds=10.0, wall_seconds=30.0, memory_bytes=768 << 20, output_bytes=64 << 20, processes=8
)
BESIDES_STACK = 16 << 20  # bytes of the memory limit that a stack leaves to the rest
NOT_STARTED = 127


def become_tool(command: tuple[str, ...]) -> NoReturn:
    """Become the command; OSError where it cannot be started."""
    _usual_signals()
    os.execve(command[0], command, os.environ)


def become_binary(binary: int, arguments: tuple[str, ...], order: wire.Order) -> NoReturn:
    """Become the program in this open file, which closes as it starts.

    The stack may take nearly all the memory there is, as in contests, and ends just below the limit: so
    recursion without end is a crash, with the kernel's signal, and not a matter of memory. Where real and
    effective uid differ (root without a uid of its own for the runs, see walls.py) the kernel gives 8 MiB.
    """
    try:
        walls.limit(resource.RLIMIT_STACK, stack_bytes(order.memory_bytes))
        _usual_signals()
        os.execve(binary, ("solution", *arguments), os.environ)
    except OSError as error:
        os.write(2, f"the program could not be started: {error.strerror}\n".encode())
    finally:
        os._exit(NOT_STARTED)


def stack_bytes(memory_bytes: int) -> int:
    """The limit of the stack under a limit of memory."""
    return min(max(memory_bytes - BESIDES_STACK, memory_bytes // 2), walls.STACK_BYTES)


def _usual_signals() -> None:
    """Undo what CPython ignores, as an ignored signal stays so in what the child becomes."""
    for number in (_signal.SIGPIPE, _signal.SIGXFSZ):
        _signal.signal(number, _signal.SIG_DFL)
