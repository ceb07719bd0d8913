"""The forked child: runs one program as CPython would run it, from the first line to the last flush.

Nothing here can be trusted once the program has begun: it may change every object of the interpreter. That is
why the child has nothing to say but its exit status, its files, and one byte of `NOTE`.
"""

import atexit
import gc
import io
import linecache
import marshal
import mmap
import os
import signal
import sys
import threading
import traceback
import types
import warnings
from dataclasses import dataclass
from typing import NoReturn

from . import calls, wire

NOTE = mmap.mmap(-1, mmap.PAGESIZE)  # shared with the zygote; first byte 1: an uncaught MemoryError
FILE = "solution.py"
FLUSH_FAILED = 120  # CPython's exit code when its last flush fails
BUFFER_BYTES = 1 << 16
FRAMES_SHOWN = 40


@dataclass(frozen=True, slots=True)
class Program:
    text: wire.Text
    code: types.CodeType


def open_streams() -> None:
    """Make the standard streams once; every child inherits the objects, on whatever files 0 to 2 then are."""
    sys.stdin = sys.__stdin__ = _stream(0, "r", "strict")  # type: ignore[misc]
    sys.stdout = sys.__stdout__ = _stream(1, "w", "strict")  # type: ignore[misc]
    sys.stderr = sys.__stderr__ = _stream(2, "w", "backslashreplace")  # type: ignore[misc]


def _stream(number: int, mode: str, errors: str) -> io.TextIOWrapper:
    raw = io.FileIO(number, mode, closefd=False)
    name = ("<stdin>", "<stdout>", "<stderr>")[number]
    raw.name = name  # type: ignore[misc]
    buffer = io.BufferedReader(raw, BUFFER_BYTES) if mode == "r" else io.BufferedWriter(raw, BUFFER_BYTES)
    stream = io.TextIOWrapper(buffer, "utf-8", errors, "\n", line_buffering=number == 2)
    stream.mode = mode  # type: ignore[misc]
    return stream


def compile_text(text: wire.Text, target: int) -> NoReturn:
    """Write the marshalled code to `target` and exit with 0, or the compiler's words and exit with 1."""
    status = 1
    try:
        warnings.simplefilter("ignore")
        code = compile(text.code.removeprefix("\ufeff"), FILE, "exec", dont_inherit=True)
        wire.write_all(target, marshal.dumps(code))
        status = 0
    except BaseException as error:  # noqa: BLE001  whatever the compiler raises is the program's fault
        wire.write_all(target, "".join(traceback.format_exception_only(error)).encode(errors="replace"))
    finally:
        os._exit(status)


def run(program: Program, result: int, output_bytes: int) -> NoReturn:
    """Run the program and leave with its exit code, as `python3 solution.py` would."""
    status = 1
    try:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        sys.argv[1:] = program.text.arguments
        gc.enable()
        status = _guarded(program, result, output_bytes)
        status = _finish(status)
    finally:
        os._exit(status & 0xFF)


def _guarded(program: Program, result: int, output_bytes: int) -> int:
    """The exit code of the program's main thread, with its last exception reported on stderr."""
    try:
        if program.text.method:
            calls.call(program.code, program.text, result, output_bytes)
        else:
            _run_main(program.code)
    except SystemExit as error:
        if program.text.method:
            print("SystemExit inside the function", file=sys.stderr)
            return 1
        return _exit_code(error.code)
    except BaseException as error:  # noqa: BLE001  the boundary: any exception of the program ends it
        if isinstance(error, MemoryError):
            NOTE[0] = 1
        _report(error, program.text.code)
        return 1
    return 0


def _run_main(code: types.CodeType) -> None:
    main = types.ModuleType("__main__")
    sys.modules["__main__"] = main
    namespace = main.__dict__
    namespace["__builtins__"] = sys.modules["builtins"]
    namespace["__file__"] = FILE
    del main
    exec(code, namespace)


def _exit_code(code: object) -> int:
    if code is None:
        return 0
    if isinstance(code, int):
        return code
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


def _finish(status: int) -> int:
    """What the interpreter does at its end: join threads, run exit handlers, flush, drop the module, flush."""
    threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()
    failed = _flush()
    sys.stdout, sys.stderr = sys.__stdout__, sys.__stderr__
    atexit._clear()
    sys.modules.pop("__main__", None)
    gc.collect()
    return FLUSH_FAILED if _flush() or failed else status


def _flush() -> bool:
    """Whether stdout could not be flushed."""
    failed = False
    for stream in (sys.stdout, sys.stderr):
        try:
            if stream is not None and not stream.closed:
                stream.flush()
        except BaseException as error:  # noqa: BLE001  a stream of the program's own making
            failed = failed or stream is sys.stdout
            if stream is sys.stdout and sys.stderr is not None:
                print(f"Exception ignored in: {stream!r}\n{error!r}", file=sys.stderr)
    return failed
