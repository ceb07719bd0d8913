"""The forked child: runs one program as CPython would run it, from the first line to the last flush.

Nothing here can be trusted once the program has begun: it may change every object of the interpreter. That is
why the child has nothing to say but its exit status, its files, and what it writes in `NOTE`.
"""

import atexit
import contextlib
import gc
import io
import linecache
import marshal
import mmap
import os
import sys
import traceback
import types
import warnings
from collections.abc import Callable
from functools import partial
from io import TextIOWrapper
from typing import NamedTuple, NoReturn

from . import calls, wire
from .walls import Steps

# shared with the zygote, which empties it before each run; the first byte says what was not caught
NOTE = mmap.mmap(-1, mmap.PAGESIZE)
FILE = "solution.py"
FLUSH_FAILED = 120  # CPython's exit code when its last flush fails
BUFFER_BYTES = 1 << 16
FRAMES_SHOWN = 40
FRAMES_BELOW = 10  # of ours when a program begins; a test compares with CPython
INT_MAX, LONG_MAX = 2**31 - 1, 2**63 - 1
USUAL_RECURSION = sys.getrecursionlimit()


FINALIZING = ("__del__", "weakref", "finalize", "open", "IO", "Buffered", "exec", "eval", "finally")


class Program(NamedTuple):
    """A compiled program. `collects`: its end has to be played to the last, see `needs_collection`.

    `imports` names the modules that its code imports, packages without what is inside.
    """

    text: wire.Text
    code: types.CodeType
    collects: bool
    imports: frozenset[str]


def needs_collection(source: str) -> bool:
    """Whether the program could notice that its objects are destroyed at the end.

    It could by a finalizer, a weak reference, or a file of its own that is not flushed yet. Every other
    program ends with its last flush: taking its objects apart one by one would be wasted.
    """
    return any(word in source for word in FINALIZING)


def names_in(code: types.CodeType) -> set[str]:
    """All names that the code uses, its functions and classes included: those of imports are among them."""
    names = set(code.co_names)
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            names |= names_in(constant)
    return names


def imports_in(code: types.CodeType, opcodes: wire.Opcodes) -> set[str]:
    """The modules that the code imports by statements, its functions and classes included."""
    found, extended = set(), 0
    for opcode, argument in zip(code.co_code[::2], code.co_code[1::2], strict=True):
        argument |= extended << 8
        extended = argument if opcode == opcodes.extended_argument else 0
        if opcode == opcodes.import_name:
            found.add(code.co_names[argument].partition(".")[0])
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            found |= imports_in(constant, opcodes)
    return found


def default_signals() -> None:
    """Let no handler of Python's stand; SIGPIPE and SIGXFSZ stay ignored, as everywhere in CPython."""
    import signal

    signal.signal(signal.SIGINT, signal.SIG_DFL)


def define_quitters() -> None:
    """Define `exit` and `quit`, which the start without `site` left out; many programs end by them."""
    import _sitebuiltins
    import builtins

    for name in ("exit", "quit"):
        setattr(builtins, name, _sitebuiltins.Quitter(name, "Ctrl-D (i.e. EOF)"))


def count_recursion_from_the_program() -> None:
    """Let a program meet a recursion limit of its own where it would under CPython.

    Contest programs set limits that just suffice, so the frames of ours below them would end right ones.
    """
    stated, set_limit = sys.getrecursionlimit(), sys.setrecursionlimit

    def setrecursionlimit(limit: int, /) -> None:
        nonlocal stated
        fits = isinstance(limit, int) and 0 < limit <= INT_MAX
        set_limit(min(limit + FRAMES_BELOW, INT_MAX) if fits else limit)
        stated = limit

    sys.setrecursionlimit = setrecursionlimit
    sys.getrecursionlimit = lambda: stated
    set_limit(stated + FRAMES_BELOW)


def open_streams() -> None:
    """Make the standard streams once; every child inherits the objects, on whatever files 0 to 2 then are."""
    sys.stdin = sys.__stdin__ = _stream(0, "r", "strict")  # type: ignore[misc]
    sys.stdout = sys.__stdout__ = _stream(1, "w", "strict")  # type: ignore[misc]
    sys.stderr = sys.__stderr__ = _stream(2, "w", "backslashreplace")  # type: ignore[misc]


def _stream(number: int, mode: str, errors: str) -> TextIOWrapper:
    raw = io.FileIO(number, mode, closefd=False)
    name = ("<stdin>", "<stdout>", "<stderr>")[number]
    raw.name = name
    buffer = io.BufferedReader(raw, BUFFER_BYTES) if mode == "r" else io.BufferedWriter(raw, BUFFER_BYTES)
    stream = TextIOWrapper(buffer, "utf-8", errors, "\n", line_buffering=number == 2)
    stream.mode = mode  # type: ignore[misc]
    return stream


def compile_text(text: wire.Text, target: int, opcodes: wire.Opcodes) -> NoReturn:
    """Write the marshalled code to `target` and exit with 0, or the compiler's words and exit with 1."""
    status = 1
    try:
        warnings.simplefilter("ignore")
        code = compile(text.code.removeprefix("\ufeff"), FILE, "exec", dont_inherit=True)
        names, imports = frozenset(names_in(code)), frozenset(imports_in(code, opcodes))
        wire.write_all(target, marshal.dumps((code, names, imports)))
        status = 0
    except BaseException as error:  # noqa: BLE001  whatever the compiler raises is the program's fault
        wire.write_all(target, "".join(traceback.format_exception_only(error)).encode(errors="replace"))
    finally:
        os._exit(status)


def main_of(code: types.CodeType) -> Callable[[], object]:
    """A function that runs the code as the module `__main__`, which is made here.

    So the zygote can make it once for all runs of a program. It is worth some 15 pages, but what the function
    holds is not destroyed at the end of a run.
    """
    main = types.ModuleType("__main__")
    sys.modules["__main__"] = main
    namespace = main.__dict__
    namespace["__builtins__"] = sys.modules["builtins"]
    namespace["__file__"] = FILE
    return types.FunctionType(code, namespace)  # with locals that are its globals, as code of `exec` has


def method_of(program: Program, result: int, output_bytes: int) -> Callable[[], object]:
    """A function that calls the program's own."""
    return partial(calls.call, program.code, program.text, result, output_bytes)


def first_steps() -> Steps:
    """What a run does after it is confined and before the program begins."""
    threading = sys.modules.get("threading")
    if threading is None:
        return (gc.enable,)
    return gc.enable, partial(os.register_at_fork, after_in_child=threading._after_fork)


def run(
    steps: Steps,
    main: Callable[[], object] | None,
    program: Program,
    collects: bool,
    leave: Callable[[int], object] = os._exit,
) -> None:
    """Take the steps, run the program and leave with its exit code, as `python3 solution.py` would.

    Its `main` is made here where there is none.

    What is used in every run is an argument or a local name, here and in what is called: to ask a module or
    an instance for a name, in code that is run once in a process, costs three copies of pages (the name, an
    entry of the type's cache, what was found).
    """
    status = 1
    try:
        for step in steps:
            step()
        status = guarded(main, program)  # a trace function left behind may end what follows
        status = finish(status, collects)
    finally:
        leave(status & 0xFF)


def guarded(main: Callable[[], object] | None, program: Program, *, reports: bool = True) -> int:
    """The exit code of the program's main thread, with its last exception reported on stderr if wanted."""
    try:
        if main is None:
            main_of(program.code)()
        else:
            main()
    except SystemExit as error:
        if program.text.method:
            print("SystemExit inside the function", file=sys.stderr)
            return 1
        return _exit_code(error.code)
    except BaseException as error:  # noqa: BLE001  the boundary: any exception of the program ends it
        NOTE[0] = wire.OUT_OF_MEMORY if isinstance(error, MemoryError) else wire.RAISED
        if reports:
            _report(error, program.text.code)
        return 1
    return 0


def _exit_code(code: object) -> int:
    if code is None:
        return 0
    if isinstance(code, int):
        return code if -LONG_MAX - 1 <= code <= LONG_MAX else -1  # as CPython, which takes it as a C long
    print(code, file=sys.stderr)
    return 1


def _report(error: BaseException, source: str) -> None:
    """Print the traceback as CPython would, without our own frames; a program's own hook goes first."""
    linecache.cache[FILE] = (len(source), None, source.splitlines(keepends=True), FILE)
    shown = error.__traceback__
    while shown is not None and shown.tb_frame.f_code.co_filename != FILE:
        shown = shown.tb_next
    error = error.with_traceback(shown)
    if sys.excepthook is not sys.__excepthook__:
        sys.excepthook(type(error), error, shown)
    else:
        traceback.print_exception(error, limit=-FRAMES_SHOWN)


def finish(status: int, collects: bool) -> int:
    """The exit code after all that the interpreter does at its end.

    Threads are joined, exit handlers run, the streams flushed, the objects destroyed, the streams flushed.
    """
    if "threading" in sys.modules:
        try:
            sys.modules["threading"]._shutdown()
        except BaseException as error:  # noqa: BLE001  what the program has put in its place
            _tell_of(error, "threading")
    atexit._run_exitfuncs()
    failed = _flush()
    if collects:
        sys.stdout, sys.stderr = sys.__stdout__, sys.__stderr__
        atexit._clear()
        sys.modules.pop("__main__", None)
        gc.collect()
        failed = _flush() or failed
    return FLUSH_FAILED if failed else status


def _flush() -> bool:
    """Whether stdout could not be flushed."""
    failed = False
    for stream in (sys.stdout, sys.stderr):
        try:
            # of one of CPython's making, its flush asks whether it is closed: that is less to touch
            if stream is not None and (type(stream) is TextIOWrapper or not stream.closed):
                stream.flush()
        except BaseException as error:  # noqa: BLE001  a stream of the program's own making
            if type(stream) is TextIOWrapper and _is_closed(stream):
                continue
            failed = failed or stream is sys.stdout
            if stream is sys.stdout and sys.stderr is not None:
                _tell_of(error, stream)
    return failed


def _is_closed(stream: TextIOWrapper) -> bool:
    try:
        return stream.closed
    except BaseException:  # noqa: BLE001  it was detached, or what it writes to is of the program's making
        return False


def _tell_of(error: BaseException, place: object) -> None:
    """Say what was ignored, as far as that can be said: what is still to be done must be done."""
    with contextlib.suppress(BaseException):  # nowhere to say it, or a `__repr__` of the program's
        print(f"Exception ignored in: {place!r}\n{error!r}", file=sys.stderr)
