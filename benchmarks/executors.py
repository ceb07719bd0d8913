"""Other ways to run a program on many inputs, each written anew from a description of what it does.

All take a program, its inputs, the right outputs, and give the outputs, with WORKERS at work.

spawning       an interpreter for each run, by subprocess
xcoder         X-Coder's: a pool of processes; for each input one of them writes the program to a temporary
               file and runs the interpreter on it, waiting with a time limit
code_eval      Hugging Face's `code_eval` (code_eval_way.py), which knows no input: the program is wrapped in
               one that replaces the streams and asserts the right output
lcb_per_test   LiveCodeBench's: for each input a Manager and a forked Process that compiles and runs the
               program in itself, streams replaced, under an alarm
lcb_shared     the same, but one Process for all inputs of a worker: nothing isolates one run from the next
"""

import io
import multiprocessing
import os
import signal
import subprocess
import sys
import tempfile
import venv
from collections.abc import Callable, MutableSequence, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from functools import partial
from itertools import chain

from code_eval_way import passed

Execute = Callable[[str, Sequence[bytes], Sequence[bytes]], list[bytes]]
FORK = multiprocessing.get_context("fork")
WORKERS = 2
SECONDS = 10
WRAPPED = """\
import io, sys
sys.stdin = io.TextIOWrapper(io.BytesIO({data!r}))
sys.stdout = told = io.StringIO()
exec({code!r}, {{"__name__": "__main__"}})
assert told.getvalue().encode() == {right!r}
"""


def bare_interpreter(folder: str) -> str:
    """This Python in an environment of its own in the folder, without packages that would slow its start."""
    venv.create(folder, symlinks=True)
    return os.path.join(folder, "bin", "python")


def spawning(*interpreter: str) -> Execute:
    def execute(code: str, inputs: Sequence[bytes], _: Sequence[bytes]) -> list[bytes]:
        command = [*interpreter, "-c", code]
        with ThreadPoolExecutor(WORKERS) as threads:
            return list(threads.map(partial(_communicate, command), inputs))

    return execute


def _communicate(command: list[str], data: bytes) -> bytes:
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        try:
            return process.communicate(data, timeout=SECONDS)[0]
        except subprocess.TimeoutExpired:
            process.kill()
            return b""


def xcoder(interpreter: str) -> Execute:
    def execute(code: str, inputs: Sequence[bytes], _: Sequence[bytes]) -> list[bytes]:
        with ProcessPoolExecutor(WORKERS, mp_context=FORK) as pool:
            return list(pool.map(partial(_from_file, interpreter, code), inputs))

    return execute


def xcoder_table(interpreter: str, programs: Sequence[str], inputs: Sequence[bytes]) -> list[list[bytes]]:
    """The outputs of every program on every input, by one such pool."""
    with ProcessPoolExecutor(WORKERS, mp_context=FORK) as pool:
        codes = [code for code in programs for _ in inputs]
        outputs = pool.map(partial(_from_file, interpreter), codes, [*inputs] * len(programs))
        return [[next(outputs) for _ in inputs] for _ in programs]


def _from_file(interpreter: str, code: str, data: bytes) -> bytes:
    with tempfile.NamedTemporaryFile("w", suffix=".py", delete=False) as file:
        file.write(code)
    try:
        return _communicate([interpreter, file.name], data)
    finally:
        os.unlink(file.name)


def code_eval(code: str, inputs: Sequence[bytes], rights: Sequence[bytes]) -> list[bytes]:
    pairs = list(zip(inputs, rights, strict=True))
    programs = [WRAPPED.format(data=data, code=code, right=right) for data, right in pairs]
    right = passed(programs, SECONDS, WORKERS)
    return [output if ok else b"" for output, ok in zip(rights, right, strict=True)]


def lcb_per_test(code: str, inputs: Sequence[bytes], _: Sequence[bytes]) -> list[bytes]:
    with ThreadPoolExecutor(WORKERS) as threads:
        return [outputs[0] for outputs in threads.map(lambda data: _in_process(code, [data]), inputs)]


def lcb_shared(code: str, inputs: Sequence[bytes], _: Sequence[bytes]) -> list[bytes]:
    size = -(-len(inputs) // WORKERS)
    parts = [inputs[start : start + size] for start in range(0, len(inputs), size)]
    with ThreadPoolExecutor(WORKERS) as threads:
        return list(chain.from_iterable(threads.map(partial(_in_process, code), parts)))


def _in_process(code: str, inputs: Sequence[bytes]) -> list[bytes]:
    with FORK.Manager() as manager:
        said = manager.list()
        process = FORK.Process(target=_run_all, args=(code, inputs, said))
        process.start()
        process.join((SECONDS + 1) * len(inputs) + 5)
        if process.is_alive():
            process.kill()
            process.join()
        return (list(said) or [[b""] * len(inputs)])[0]


def _run_all(code: str, inputs: Sequence[bytes], said: MutableSequence[list[bytes]]) -> None:
    said.append([in_process(code, data) for data in inputs])


def in_process(code: str, data: bytes) -> bytes:
    """What the program writes when it is run in this process."""
    before = sys.stdin, sys.stdout
    sys.stdin, sys.stdout = io.TextIOWrapper(io.BytesIO(data)), io.StringIO()
    signal.alarm(SECONDS)
    try:
        exec(compile(code, "<solution>", "exec"), {"__name__": "__main__"})
        return sys.stdout.getvalue().encode()
    finally:
        signal.alarm(0)
        sys.stdin, sys.stdout = before
