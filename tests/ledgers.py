"""Requests, models that count their calls, and processes that ask for replies over one ledger."""

import asyncio
import hashlib
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path

from command import environment
from synthsmith.builders.model import Message, Reply, Request, TransientError

ASKER = """
import asyncio, os, sys, time
from pathlib import Path
from synthsmith.builders.ledger import claims as ledger_claims
from synthsmith.builders.ledger import Ledger
from synthsmith.builders.model import Message, Reply, Request, TransientError

path, name, count, seconds, renew, valid, fails = sys.argv[1:]
ledger_claims.RENEW_SECONDS, ledger_claims.VALID_SECONDS = float(renew), float(valid)

class Model:
    draws = None
    async def complete(self, request):
        with open(path + ".asked", "a") as file:
            file.write(f"{name} {request.sample}\\n")
        await asyncio.sleep(float(seconds))
        while os.path.exists(path + ".stop"):
            await asyncio.sleep(0.02)
        if fails == "True":
            raise TransientError("gone")
        return Reply(f"reply {request.sample} of {name}")

async def ask(ledger, sample):
    request = Request("solution", "0:1", "solution", "d", (Message("user", "hello"),), sample, "m")
    try:
        return (await ledger.complete(request, Model())).text
    except TransientError as error:
        return str(error)

async def main():
    with Ledger(Path(path)) as ledger:
        Path(f"{path}.{name}").touch()
        told = await asyncio.gather(*(ask(ledger, sample) for sample in range(int(count))))
    print(*told, sep="\\n")

asyncio.run(main())
"""
Process = subprocess.Popen[str]


def request(sample: int = 0, *, stage: str = "solution", model: str = "m", prompt: str = "hello") -> Request:
    return Request(stage, "0:1", "solution", "d", (Message("user", prompt),), sample, model)


class Counting:
    """A model that counts its calls and answers with what a function makes of the request."""

    draws = None

    def __init__(self, answer: Callable[[Request], Reply]) -> None:
        self.answer, self.calls = answer, 0

    async def complete(self, request: Request) -> Reply:
        self.calls += 1
        await asyncio.sleep(0)
        return self.answer(request)

    async def close(self) -> None:
        pass


def echo(request: Request) -> Reply:
    return Reply(f"reply {request.sample}", model="answering", prompt_tokens=3, completion_tokens=5)


def fail(request: Request) -> Reply:
    raise TransientError("gone")


def state(folder: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()}


def asking(
    path: Path,
    name: str,
    count: int = 1,
    *,
    seconds: float = 0.0,
    renew: float = 15.0,
    valid: float = 90.0,
    fails: bool = False,
) -> Process:
    """A process that asks for so many replies at once and prints them; it makes the file `path.name` first.

    Each reply takes so long, and longer as long as there is a file `path.stop`.
    """
    arguments = map(str, (path, name, count, seconds, renew, valid, fails))
    command = [sys.executable, "-c", textwrap.dedent(ASKER), *arguments]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment())


def told(process: Process) -> list[str]:
    """What it printed, once it has ended well."""
    said, _ = process.communicate(timeout=60)
    assert process.returncode == 0
    return said.splitlines()


def asked(path: Path) -> list[str]:
    """What all processes asked of their models, in order."""
    log = Path(f"{path}.asked")
    return log.read_text().splitlines() if log.exists() else []
