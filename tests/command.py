"""The command line as its users meet it: a process of its own, its exit status and what it wrote."""

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

COMMAND = (sys.executable, "-m", "synthsmith")
MEASURED = (sys.executable, str(Path(__file__).with_name("measured.py")))  # its peak of memory goes to a file
WEAKENED = (sys.executable, str(Path(__file__).with_name("weakened.py")))  # below the sandbox's minimum
FEWER = Path(__file__).with_name("fewer.yaml")  # settings of a small build
LONGEST_SECONDS = 600  # a guard against hanging for ever, no criterion


@dataclass(frozen=True, slots=True)
class Done:
    status: int
    stdout: str
    stderr: str


def environment(**variables: str) -> dict[str, str]:
    """The tests' environment without what a user's could mix in; this checkout comes first."""
    root = str(Path(__file__).resolve().parent.parent)
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("OPENAI_", "HF_"))}
    return {**kept, "PYTHONPATH": root, "HF_HUB_OFFLINE": "1", **variables}


def synthsmith(
    *arguments: str | Path,
    cwd: Path | None = None,
    stdout: Path | None = None,
    command: tuple[str, ...] = COMMAND,
) -> Done:
    """How `synthsmith ARGUMENTS` ended; `stdout` sends its output to a file."""
    with open(stdout or os.devnull, "wb") as sink:
        done = subprocess.run(
            [*command, *map(str, arguments)],
            cwd=cwd,
            env=environment(),
            stdin=subprocess.DEVNULL,
            stdout=sink if stdout else subprocess.PIPE,
            stderr=subprocess.PIPE,
            timeout=LONGEST_SECONDS,
        )
    return Done(done.returncode, (done.stdout or b"").decode(), done.stderr.decode())


def sentence(done: Done) -> str:
    """The one sentence that wrong use ends with: exit status 2, one line on stderr, no traceback."""
    assert done.status == 2, done
    assert done.stderr.startswith("synthsmith: "), done.stderr
    assert done.stderr.count("\n") == 1, done.stderr
    assert done.stderr.endswith("\n"), done.stderr
    return done.stderr.removeprefix("synthsmith: ").rstrip("\n")
