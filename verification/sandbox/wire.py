"""The words between the pool and a zygote: one sequenced packet each, descriptors beside it.

Bulk never travels here: programs, inputs and outputs lie in memory files whose descriptors are passed, so
that a packet is a few bytes and ten megabytes of input cost one copy. Both ends are ours, hence marshal.

Named tuples, here and in the other files that the zygote loads: every page that it holds is paid for at each
fork, and `dataclasses` brings 1 MB along (measured: 50 microseconds a run).
"""

import marshal
import os
import struct
from enum import IntEnum
from typing import NamedTuple, TypeAlias

WARM_PACKAGES = ("numpy",)  # imported beforehand for the programs that name them, where they are installed
MOST = 65536  # bytes of the longest packet
MOST_FILES = 8  # that a run is given beside its streams
FIRST_FILE = 3  # the descriptor of the first of them
SEVERAL_PROCESSES = 2  # together they may hold this many times the memory of one: shared pages count twice
PATIENCE = 10  # times the wall limit that a run on a busy machine may last

PROGRAM, BUILD, RUN, MANY, SPENT = b"P", b"B", b"R", b"M", b"S"  # requests
OUT_OF_MEMORY, RAISED = 1, 2  # notes of a run: how an exception that was not caught ended it
READY, REFUSED = b"Y", b"N"  # answers to a start and to a program
# what may follow a READY for a program:
MAY_SHARE = b"+"  # several inputs of it can be tried in one process
NAMES_PACKAGES = b"n"  # it names packages that a zygote could have imported beforehand, and this one has not


NOT_WELL = -1  # an input that shared its process, and has to run alone
# What is made of nodes: "" nothing, "ListNode", "TreeNode", or in brackets the shape of a list's items.
Shape: TypeAlias = "str | tuple[Shape]"


class Stop(IntEnum):
    """What ended a run: itself, or the zygote over a limit."""

    NONE = 0
    TIME = 1
    MEMORY = 2
    OUTPUT = 3


class Order(NamedTuple):
    """A run to be made: its limits, in the kernel's units.

    It may use `cpu_seconds` times what the pace of its core allows on a machine of this `speed` (pace.py),
    and is ended at `room` times that.
    """

    cpu_seconds: float
    wall_seconds: float
    memory_bytes: int
    output_bytes: int
    processes: int
    speed: float = 1.0
    room: float = 1.0


# what is done to a program before its first run: compiled, or each of the tools that build it
COMPILE = Order(cpu_seconds=10.0, wall_seconds=30.0, memory_bytes=1 << 30, output_bytes=64 << 20, processes=1)
BUILD_STEP = Order(
    cpu_seconds=10.0, wall_seconds=100.0, memory_bytes=512 << 20, output_bytes=64 << 20, processes=8
)


class Ended(NamedTuple):
    """How a run's processes ended and what they used: `code` is the exit code, or minus the signal.

    `slowness` is that of its core, `allowed` times its limit of CPU what it was allowed for it (pace.py).
    """

    stop: Stop
    code: int
    cpu_seconds: float
    wall_seconds: float
    peak_bytes: int
    slowness: float
    allowed: float


class End(NamedTuple):
    """The answer to a run. `out_of_memory`: a MemoryError was not caught; `clean`: nothing is left of it;
    `raised`: another exception was not caught."""

    ended: Ended
    out_of_memory: bool
    clean: bool
    raised: bool


class Text(NamedTuple):
    """A program to be prepared. `method` is empty for one that reads its standard input.

    `shapes` are those of the parameters and of the value that goes back, empty where no nodes are among them;
    `in_place`: that value is the first argument after the call.
    """

    code: str
    arguments: tuple[str, ...] = ()
    class_name: str = ""
    method: str = ""
    parameters: int = 0
    shapes: tuple[Shape, ...] = ()
    in_place: bool = False


class Tools(NamedTuple):
    """How a program becomes a binary: two commands, each from its standard input to its standard output."""

    compile: tuple[str, ...]
    link: tuple[str, ...]


class Opcodes(NamedTuple):
    """Numbers of this interpreter's bytecode, whose module is an import that the zygote does without."""

    import_name: int
    extended_argument: int


class Setting(NamedTuple):
    """How a zygote is to be set up: chosen by the pool, handed over on the command line.

    `libraries` are folders that the runs may read, `packages` those appended to their `sys.path`, `warm` the
    packages to be imported beforehand. `entrance` and `meter` are files of its control group (cgroups.py), -1
    where it has none.
    """

    walls: str
    descriptor: int
    entrance: int
    meter: int
    user_pid: int
    libraries: tuple[str, ...]
    packages: tuple[str, ...]
    warm: tuple[str, ...]
    opcodes: Opcodes


_ORDER = struct.Struct("<cddQQIdd")
_END = struct.Struct("<BiddQddBB")
pack_end = _END.pack  # what is in `Ended`, then what else is in `End`; no function of ours: they cost faults


def pack_order(order: Order, kind: bytes = RUN) -> bytes:
    return _ORDER.pack(kind, *order)


def unpack_order(packet: bytes) -> Order:
    return Order(*_ORDER.unpack(packet)[1:])


def unpack_end(packet: bytes) -> End:
    stop, *ended, note, clean = _END.unpack_from(packet)
    return End(Ended(Stop(stop), *ended), note == OUT_OF_MEMORY, bool(clean), note == RAISED)


def unpack_marks(packet: bytes) -> tuple[int, ...]:
    """What follows the end of inputs that shared a process: where the output of each ends, or NOT_WELL."""
    return struct.unpack(f"<{(len(packet) - _END.size) // 8}q", packet[_END.size :])


def file_paths(count: int) -> tuple[str, ...]:
    """Where a run finds the files that it is given: each opened by its path is read from the start."""
    return tuple(f"/proc/self/fd/{FIRST_FILE + number}" for number in range(count))


def write_text(descriptor: int, text: Text) -> None:
    write_all(descriptor, marshal.dumps(tuple(text)))


def read_text(descriptor: int) -> Text:
    return Text(*marshal.loads(read_all(descriptor)))


def write_tools(descriptor: int, tools: Tools) -> None:
    write_all(descriptor, marshal.dumps(tuple(tools)))


def read_tools(descriptor: int) -> Tools:
    return Tools(*marshal.loads(read_all(descriptor)))


def pack_setting(setting: Setting) -> str:
    return marshal.dumps((*setting[:-1], tuple(setting.opcodes))).hex()


def unpack_setting(argument: str) -> Setting:
    setting = Setting(*marshal.loads(bytes.fromhex(argument)))
    return setting._replace(opcodes=Opcodes(*setting.opcodes))


def write_all(descriptor: int, data: bytes) -> None:
    """Write everything from the file's start, in as many calls as the kernel wants."""
    view, written = memoryview(data), 0
    while written < len(view):
        written += os.pwrite(descriptor, view[written:], written)


def append(descriptor: int, data: bytes) -> None:
    """Write everything from the file's position on."""
    view, written = memoryview(data), 0
    while written < len(view):
        written += os.write(descriptor, view[written:])


def read_all(descriptor: int, start: int = 0) -> bytes:
    """What the file holds from `start`; its position stays as it is."""
    chunks = []
    while chunk := os.pread(descriptor, 1 << 30, start):
        chunks.append(chunk)
        start += len(chunk)
    return chunks[0] if len(chunks) == 1 else b"".join(chunks)
