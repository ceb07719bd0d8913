"""How the `code_eval` metric of Hugging Face's evaluate checks candidates, written anew from its description.

For each candidate, in one of four threads: a `multiprocessing.Manager` with a list for the result, and a
`Process` that executes candidate and test code with `exec`, in a temporary folder, behind a guard that takes
dangerous functions away and an alarm that ends it after the time limit. The list says whether it passed.
"""

import builtins
import contextlib
import faulthandler
import io
import multiprocessing
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, MutableSequence
from concurrent.futures import ThreadPoolExecutor

FORK = multiprocessing.get_context("fork")
WORKERS = 4
TAKEN = {
    os: (
        *("kill", "system", "putenv", "remove", "removedirs", "rmdir", "fchdir", "setuid", "fork", "forkpty"),
        *("killpg", "rename", "renames", "truncate", "replace", "unlink", "fchmod", "fchown", "chmod"),
        *("chown", "chroot", "lchown", "getcwd", "chdir"),
    ),
    shutil: ("rmtree", "move", "chown"),
    subprocess: ("Popen",),
    builtins: ("exit", "quit", "help"),
}


def passed(programs: list[str], seconds: float, workers: int = WORKERS) -> list[bool]:
    """Whether each program, candidate and test code in one, ran without an exception and in time."""
    with ThreadPoolExecutor(workers) as threads:
        return list(threads.map(lambda program: _passes(program, seconds), programs))


def _passes(program: str, seconds: float) -> bool:
    with FORK.Manager() as manager:
        said = manager.list()
        process = FORK.Process(target=_execute, args=(program, said, seconds))
        process.start()
        process.join(seconds + 1)
        if process.is_alive():
            process.kill()
            process.join()
        return list(said) == ["passed"]


def _execute(program: str, said: MutableSequence[str], seconds: float) -> None:
    kept = {(module, name): getattr(module, name) for module, names in TAKEN.items() for name in names}
    before, folder = os.getcwd(), tempfile.mkdtemp()
    os.chdir(folder)
    _guard()
    try:
        with _silence(), _alarm(seconds):
            exec(program, {})
        said.append("passed")
    except TimeoutError:
        said.append("timed out")
    except BaseException as error:  # noqa: BLE001  whatever the candidate raises
        said.append(f"failed: {error!r}")
    finally:
        for (module, name), function in kept.items():
            setattr(module, name, function)
        os.chdir(before)
        shutil.rmtree(folder, ignore_errors=True)


def _guard() -> None:
    """Take away what a candidate could do harm with, as far as names go."""
    faulthandler.disable()
    os.environ["OMP_NUM_THREADS"] = "1"
    for module, names in TAKEN.items():
        for name in names:
            setattr(module, name, None)
    for name in ("ipdb", "joblib", "resource", "psutil", "tkinter"):
        sys.modules[name] = None  # type: ignore[assignment]


@contextlib.contextmanager
def _silence() -> Iterator[None]:
    class WriteOnly(io.StringIO):
        def read(self, *_: object) -> str:
            raise OSError

        readline = readlines = read

        def readable(self) -> bool:
            return False

    stream = WriteOnly()
    before, sys.stdin = sys.stdin, stream
    try:
        with contextlib.redirect_stdout(stream), contextlib.redirect_stderr(stream):
            yield
    finally:
        sys.stdin = before


@contextlib.contextmanager
def _alarm(seconds: float) -> Iterator[None]:
    def late(*_: object) -> None:
        raise TimeoutError

    signal.signal(signal.SIGALRM, late)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
