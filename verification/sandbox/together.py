"""Several inputs of one program in one process, one after the other: fast, and believed only with care.

A run in a process of its own costs a fork, which for most programs is more than the run itself. Here the
module is executed anew for each input, on fresh streams, and what is left of one input is put right before
the next. That is no isolation: whoever asks for it has to run again, isolated, what the company could have
changed. What is certain without that: CPU, memory and output of all together kept the limits of one run, as
the kernel counts them for the process; and inputs that did not end well, or left a mark, are not reported.

Only programs of a tame kind are tried (`may_share`): they import well-known modules and name nothing that
reaches around the module they are. It stops at the first input after which a module that the program imports,
or the scratch folder, is not what it was.
"""

import gc
import os
import struct
import sys
from collections.abc import Sequence
from typing import NoReturn

from . import child, scratch

MOST = 64
FRAMES_KEPT_BACK = 4
COUNT, MARKS = struct.Struct("<I"), struct.Struct("<Q")
COUNT_AT, MARKS_AT = 8, 16  # places in the note: how many inputs ended well, and where each one's output ends
TAME = frozenset(
    {
        *("abc", "array", "bisect", "cmath", "collections", "copy", "dataclasses", "datetime", "decimal"),
        *(
            "enum",
            "fractions",
            "functools",
            "heapq",
            "io",
            "itertools",
            "json",
            "math",
            "numbers",
            "operator",
        ),
        *("os", "queue", "random", "re", "statistics", "string", "sys", "time", "typing"),
    }
)
REACHING = frozenset(
    {
        *("exec", "eval", "__import__", "__builtins__", "__dict__", "globals", "vars", "modules"),
        *("_getframe", "settrace", "setprofile", "addaudithook", "setswitchinterval", "setcontext"),
        *("getcontext", "fork", "forkpty", "kill", "killpg", "abort", "_exit", "environ", "putenv"),
        *(
            "unsetenv",
            "chdir",
            "fchdir",
            "umask",
            "dup",
            "dup2",
            "closerange",
            "popen",
            "system",
            "startfile",
        ),
        *(
            "spawnv",
            "spawnl",
            "spawnve",
            "spawnle",
            "posix_spawn",
            "posix_spawnp",
            "execv",
            "execve",
            "execl",
        ),
        *("truncate", "ftruncate", "lseek", "seek", "set_blocking", "register_at_fork", "setrlimit", "nice"),
        *("__setattr__", "setattr", "delattr", "__subclasses__", "__class__", "setstate", "__stdin__"),
    }
)
STREAMS = ("stdin", "stdout", "stderr", "__stdin__", "__stdout__", "__stderr__")


def may_share(names: frozenset[str], imports: frozenset[str]) -> bool:
    """Whether several inputs of a program can be tried in one process at all."""
    return imports <= TAME and not names & REACHING


def run(program: child.Program, inputs: Sequence[bytes]) -> NoReturn:
    """Run the program on each input while all goes well; the note says how far it came."""
    try:
        files = tuple(os.dup(number) for number in range(3))
        gc.enable()
        # calls of ours that have become faster count for less: rather too early an error than one too late
        child.FRAMES_BELOW -= FRAMES_KEPT_BACK
        state = _state(program.imports)
        for number, data in enumerate(inputs):
            _put_right(files, data, program.imports)
            status = child.guarded(program, -1, 0)
            if child.finish(status, collects=program.collects) != 0 or _state(program.imports) != state:
                break
            MARKS.pack_into(child.NOTE, MARKS_AT + MARKS.size * number, os.lseek(files[1], 0, os.SEEK_CUR))
            COUNT.pack_into(child.NOTE, COUNT_AT, number + 1)
    finally:
        os._exit(0)


def report() -> bytes:
    """Where the output of each input that ended well ends."""
    (count,) = COUNT.unpack_from(child.NOTE, COUNT_AT)
    return child.NOTE[MARKS_AT : MARKS_AT + MARKS.size * min(count, MOST)]


def forget() -> None:
    """Make the note say that nothing was done."""
    COUNT.pack_into(child.NOTE, COUNT_AT, 0)


def _put_right(files: tuple[int, ...], data: bytes, imports: frozenset[str]) -> None:
    """What a new process would find: its input, its streams, the interpreter's settings."""
    os.ftruncate(files[0], 0)
    os.pwrite(files[0], data, 0)
    os.lseek(files[0], 0, os.SEEK_SET)
    for number, file in enumerate(files):
        os.dup2(file, number)
    main = sys.modules.pop("__main__", None)
    if main is not None:
        main.__dict__.clear()  # its functions hold it, and would keep all that it held
    child.open_streams()
    sys.setrecursionlimit(child.USUAL_RECURSION)
    sys.set_int_max_str_digits(sys.int_info.default_max_str_digits)
    if "random" in imports:
        sys.modules["random"].seed(0)  # as the zygote did


def _state(imports: frozenset[str]) -> list[object]:
    """What must be the same before and after an input, by identity where it can be."""
    found: list[object] = [scratch.state()]
    for name in sorted(imports | {"builtins"}):
        holds = dict(vars(sys.modules[name]))
        if name == "sys":
            for stream in STREAMS:
                holds.pop(stream, None)
        found.append(holds)
    return found
