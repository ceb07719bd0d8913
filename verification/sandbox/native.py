"""Languages that are built to a binary: how it is made, and how a forked child becomes it.

The compiler reads what nobody has read, so it stands behind the same walls as a run, with limits of its own.
It needs no folder: the source is its standard input, the object file its standard output, and the linker
likewise makes the binary of the object file. So it works where there is nowhere to write, and leaves nothing.
"""

import os
import resource
from typing import NoReturn

from . import child, limits, walls, wire
from .runs import Watch

BESIDES_STACK = 16 << 20  # bytes of the memory limit that a stack leaves to the rest
NOT_STARTED = 127
WORDS_BYTES = 4096


def build(watch: Watch, standing: walls.Walls, files: tuple[int, int, int, int]) -> bytes:
    """Empty with the binary written, or the words of the tool that failed; leaves 0 to 2 changed.

    The files: the tools (and then what they say), the source, what lies between, the binary.
    """
    tools, source, between, binary = files
    steps = wire.read_tools(tools)
    os.ftruncate(tools, 0)
    compiled = _work(watch, standing, steps.compile, (source, between, tools))
    return compiled or _work(watch, standing, steps.link, (between, binary, tools))


def _work(
    watch: Watch, standing: walls.Walls, command: tuple[str, ...], streams: tuple[int, int, int]
) -> bytes:
    """What is to be said where the command failed."""

    def tool() -> NoReturn:
        walls.confine(standing, limits.limits_of(wire.BUILD_STEP, standing.other_processes), -1)
        child.NOTE[0] = 1
        try:
            _usual_signals()
            os.execve(command[0], command, os.environ)
        finally:
            child.NOTE[0] = 0  # not reached by the tool, nor the note by it

    stand_on(*streams)
    child.NOTE[0] = 0
    ended = wire.Ended(*watch.run(wire.BUILD_STEP, tool, streams))
    if not child.NOTE[0]:
        raise RuntimeError(f"{command[0]} could not be started")
    if ended.code == 0 and not ended.stop:
        return b""
    length = os.fstat(streams[2]).st_size
    said = os.pread(streams[2], WORDS_BYTES, max(0, length - WORDS_BYTES))
    if ended.stop or not said:
        limit = f"over its limit of {ended.stop.name.lower()}" if ended.stop else f"status {ended.code}"
        said += f"\nthe compiler did not finish ({limit})\n".encode()
    return said[-WORDS_BYTES:].lstrip(b"\n")


def stand_on(stdin: int, stdout: int, stderr: int) -> None:
    """Make these the standard streams."""
    os.dup2(stdin, 0)
    os.dup2(stdout, 1)
    os.dup2(stderr, 2)


def become_binary(
    binary: int, arguments: tuple[str, ...], order: wire.Order, standing: walls.Walls
) -> NoReturn:
    """Become the program in this open file, which closes as it starts.

    The stack may take nearly all the memory there is, as in contests, and ends just below the limit: so
    recursion without end is a crash, with the kernel's signal, and not a matter of memory. Where real and
    effective uid differ (root without a uid of its own for the runs, see walls.py) the kernel gives 8 MiB.
    """
    try:
        if standing.uid is None and standing.own_processes:
            # The runs own the file, and one may have left word for the next in what they can change of it.
            os.fchmod(binary, 0o700)
            os.utime(binary, ns=(0, 0))
        limits.lower(resource.RLIMIT_STACK, stack_bytes(order.memory_bytes))
        _usual_signals()
        os.execve(binary, ("solution", *arguments), os.environ)
    except OSError as error:
        os.write(2, f"the program could not be started: {error.strerror}\n".encode())
    finally:
        os._exit(NOT_STARTED)


def stack_bytes(memory_bytes: int) -> int:
    """The limit of the stack under a limit of memory."""
    return min(max(memory_bytes - BESIDES_STACK, memory_bytes // 2), limits.STACK_BYTES)


def _usual_signals() -> None:
    """Undo what CPython ignores, as an ignored signal stays so in what the child becomes."""
    import signal  # the zygote has it since its start

    for number in (signal.SIGPIPE, signal.SIGXFSZ):
        signal.signal(number, signal.SIG_DFL)
