"""Several inputs of one program in one process, one after the other: fast, and believed only with care.

A run in a process of its own costs a fork, which for most programs is more than the run itself. Here the
module is executed anew for each input (or the function's module, before it is called), on fresh streams, and
what is left of one input is put right before the next. That is no isolation, so it is hedged in:

- only programs of a tame kind are tried (`may_share`): they import well-known modules and name nothing that
  reaches around the module they are, asks the clock, or draws by chance;
- the first run of a program is always one of its own. Its input is run once more at the end of the company,
  and if that ends in any other way or with another output, nothing of the company counts;
- all together keep the limits of one run, half of that of CPU, as the kernel counts them for the process: an
  input that was in time here is in time alone;
- where a module that the program imports, the files it has open or the scratch folder are not what they were
  after an input, nothing of the company counts; an input that does not end well is not reported.

What is reported is marked (`Outcome.shared`), and whoever asked for it runs again, isolated, what the company
could have changed. The judge counts a right answer and runs all else again; the vote does so with whatever is
not in the camp of a label and with the golden solution (matrix.py, company.py). In both, a program of which
one such run shows something else than in company is run anew in whole, isolated: its word in company is worth
nothing.

Why that is safe against programs that want to cheat. A process in company can find out that it is, and its
report (how many inputs ended well, with which outputs) is the program's own to forge. But nothing secret is
in it: expected outputs are compared outside. It cannot have a second guess, one in company and another alone:
its guesses in company that are wrong are run again, and if these runs answer anything else, or crash, the
guesses that were right are void as well. So it is judged by one function of the input, as alone.

What is not closed. A program that carries word from input to input behind our back sees the other inputs of
its test suite, though never an output: that helps where one test's input tells another one's answer. One that
draws by chance in spite of `may_share` has its right answers confirmed by no second draw unless a wrong one
gives it away; over all tests of a program that is worth less than half a test. And which inputs share a
process hangs on which worker is free, so the few programs of which company changes something that none of
this notices could differ from time to time. Rewards for a model that is trained against this judge are better
taken isolated where that matters; the server (serve/) always does so.
"""

import gc
import os
import struct
import sys
from collections.abc import Sequence
from typing import NoReturn

from . import child, nodes, scratch, wire
from .limits import OPEN_FILES

MOST = 65
FRAMES_KEPT_BACK = 4
COUNT, MARKS = struct.Struct("<I"), struct.Struct("<q")
COUNT_AT, MARKS_AT = 8, 16  # places in the note
STREAMS_KEPT = OPEN_FILES - 3  # so that the program's own files get the numbers that they get alone
TAME = frozenset(
    {
        *("abc", "array", "bisect", "cmath", "collections", "copy", "dataclasses", "datetime", "decimal"),
        *("enum", "fractions", "functools", "heapq", "io", "itertools", "json", "math", "numbers"),
        *("operator", "os", "queue", "random", "re", "statistics", "string", "sys", "typing"),
    }
)
REACHING = frozenset(
    {
        *("exec", "eval", "__import__", "__builtins__", "__dict__", "globals", "vars", "modules"),
        *("_getframe", "settrace", "setprofile", "addaudithook", "setswitchinterval", "setcontext"),
        *("getcontext", "fork", "forkpty", "kill", "killpg", "abort", "_exit", "environ", "putenv"),
        *("unsetenv", "chdir", "fchdir", "umask", "dup", "dup2", "closerange", "popen", "system"),
        *("startfile", "spawnv", "spawnl", "spawnve", "spawnle", "posix_spawn", "posix_spawnp"),
        *("execv", "execve", "execl", "truncate", "ftruncate", "lseek", "seek", "set_blocking"),
        *("register_at_fork", "setrlimit", "nice", "__setattr__", "setattr", "delattr"),
        *("__subclasses__", "__class__", "setstate", "__stdin__", "__del__"),
    }
)
CHANCE = {  # by module: what asks the clock, the kernel or the process for something else each time
    "datetime": frozenset({"now", "today", "utcnow"}),
    "os": frozenset({"urandom", "getrandom", "getpid", "times"}),
    "random": frozenset({"seed", "Random", "SystemRandom"}),
}
STREAMS = ("stdin", "stdout", "stderr", "__stdin__", "__stdout__", "__stderr__")


def may_share(names: frozenset[str], imports: frozenset[str]) -> bool:
    """Whether several inputs of a program can be tried in one process at all."""
    chance = any(names & CHANCE[module] for module in imports & CHANCE.keys())
    return imports <= TAME and not names & REACHING and not chance


def run(program: child.Program, inputs: Sequence[bytes], result: int, output_bytes: int) -> NoReturn:
    """Run the program on each input; tell by the note, at the end, how each ended."""
    try:
        files = tuple(os.dup2(number, STREAMS_KEPT + number, inheritable=False) for number in range(3))
        answers = files[1] if result < 0 else result
        gc.enable()
        # calls of ours that have become faster count for less: rather too early an error than one too late
        child.FRAMES_BELOW -= FRAMES_KEPT_BACK
        main = child.method_of(program, result, output_bytes) if program.text.method else None
        state, marks, end = _state(files, program.imports), [], 0
        for data in inputs:
            _put_right(program, files, data)
            status = child.guarded(main, program, reports=False)
            well = child.finish(status, program.collects) == 0
            if _state(files, program.imports) != state:
                os._exit(0)
            if well:
                end = os.lseek(answers, 0, os.SEEK_CUR)
            else:
                os.ftruncate(answers, end)
                os.lseek(answers, end, os.SEEK_SET)
            marks.append(end if well else wire.NOT_WELL)
        _tell(marks)
    finally:
        os._exit(0)


def report() -> bytes:
    """The marks that were told: of each input where its output ends, or that it did not end well."""
    (count,) = COUNT.unpack_from(child.NOTE, COUNT_AT)
    return child.NOTE[MARKS_AT : MARKS_AT + MARKS.size * min(count, MOST)]


def _tell(marks: Sequence[int]) -> None:
    for number, mark in enumerate(marks):
        MARKS.pack_into(child.NOTE, MARKS_AT + MARKS.size * number, mark)
    COUNT.pack_into(child.NOTE, COUNT_AT, len(marks))
    child.NOTE[0] = 0  # of an input that is not reported


def _put_right(program: child.Program, files: tuple[int, ...], data: bytes) -> None:
    """What a new process would find: its input, its streams, the interpreter's settings."""
    os.ftruncate(files[0], 0)
    os.pwrite(files[0], data, 0)
    os.lseek(files[0], 0, os.SEEK_SET)
    for name in ("__main__", "solution"):
        main = sys.modules.pop(name, None)
        if main is not None:
            main.__dict__.clear()  # its functions hold it, and would keep all that it held
    child.open_streams()
    sys.setrecursionlimit(child.USUAL_RECURSION)
    sys.set_int_max_str_digits(sys.int_info.default_max_str_digits)
    if "random" in program.imports:
        sys.modules["random"].seed(0)  # as the zygote did
    if program.text.shapes:
        nodes.make_again()


def _state(files: tuple[int, ...], imports: frozenset[str]) -> list[object]:
    """What must be the same before and after an input, by identity where it can be; streams are put right."""
    for number, file in enumerate(files):
        os.dup2(file, number)  # those that a program closes are no mark
    free = os.dup(0)  # the lowest number that no open file has
    os.close(free)
    found: list[object] = [scratch.state(), free, list(sys.path), list(sys.argv)]
    for name in sorted(imports | {"builtins"}):
        holds = dict(vars(sys.modules[name]))
        if name == "sys":
            for stream in STREAMS:
                holds.pop(stream, None)
        found.append(holds)
    return found
