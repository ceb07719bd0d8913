"""Memory and time of requests that wait for a batch API: while they wait, and while their replies come.

    python benchmarks/batches.py [requests, 10000] [bytes of each reply, 20000]

As in a build, every request goes through the ledger and the purse, and eight share a prompt of 4 KB. The
server runs in a process of its own and holds the batches back until all requests were sent. Prints the
resident memory of this process: before, while all wait, and at its peak.
"""

import argparse
import asyncio
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.append(str(ROOT / "tests"))

from batch_server import Fate, Json, Script, completion, serving  # noqa: E402
from synthsmith.builders.batch.model import BatchModel  # noqa: E402
from synthsmith.builders.endpoints import Batching, Endpoint  # noqa: E402
from synthsmith.builders.ledger import Ledger  # noqa: E402
from synthsmith.builders.model import Message, Reply, Request  # noqa: E402
from synthsmith.builders.purse import Purse  # noqa: E402

SAMPLES, PROMPT_BYTES = 8, 4000
WAITED_SECONDS = 1.0


def memory_mb(name: str) -> float:
    """`VmRSS`, the resident memory now, or `VmHWM`, the most that it ever was."""
    status = Path("/proc/self/status").read_text()
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith(name)) / 1024


def request(url: str, number: int) -> Request:
    prompt, sample = divmod(number, SAMPLES)
    text = f"prompt {prompt} ".ljust(PROMPT_BYTES, "x")
    messages = (Message("user", text),)
    return Request("solution", f"0:{prompt}", "solution", "0" * 64, messages, sample, "m", endpoints=(url,))


async def ask(url: str, number: int, size: int, folder: Path, release: Path) -> None:
    batching = Batching(quiet_seconds=WAITED_SECONDS, poll_seconds=0.2)
    model = Purse(BatchModel([Endpoint(url, batch=batching)], folder / "batches"))
    with Ledger(folder / "ledger.sqlite") as ledger:

        async def one(index: int) -> None:
            reply: Reply = await ledger.complete(request(url, index), model)
            assert len(reply.text) == size

        before, start = memory_mb("VmRSS"), time.monotonic()
        asking = [asyncio.create_task(one(index)) for index in range(number)]
        while not list((folder / "batches").glob("*.json")) or '"batch"' not in newest(folder):
            await asyncio.sleep(0.1)
        sent = time.monotonic() - start - WAITED_SECONDS
        print(f"{number} requests, sent off in {sent:.1f} s")
        print(f"before      {before:8.1f} MB")
        print(f"all waiting {memory_mb('VmRSS'):8.1f} MB")
        release.touch()
        start = time.monotonic()
        await asyncio.gather(*asking)
        seconds, mb = time.monotonic() - start, number * size / 1e6
        print(f"at the peak {memory_mb('VmHWM'):8.1f} MB, {mb:.0f} MB of replies in {seconds:.1f} s")
    await model.close()


def newest(folder: Path) -> str:
    return max((folder / "batches").glob("*.json")).read_text()


def serve(size: int, release: Path) -> None:
    """Print the address, and serve until the input ends."""

    def fate(batch: int, line: Json) -> Fate:
        return completion("y" * size)

    with serving(Script(fate=fate, held=1)) as server:
        print(server.url, flush=True)
        while not release.exists():
            time.sleep(0.05)
        server.script.held = 0
        sys.stdin.read()


def main(number: int, size: int) -> None:
    with tempfile.TemporaryDirectory() as name:
        release = Path(name) / "release"
        command = [sys.executable, __file__, "serve", str(size), str(release)]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
            assert server.stdout is not None
            url = server.stdout.readline().strip()
            asyncio.run(ask(url, number, size, Path(name), release))


if __name__ == "__main__":
    if sys.argv[1:2] == ["serve"]:
        serve(int(sys.argv[2]), Path(sys.argv[3]))
    else:
        parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
        parser.add_argument("requests", type=int, nargs="?", default=10_000)
        parser.add_argument("size", type=int, nargs="?", default=20_000)
        options = parser.parse_args()
        main(options.requests, options.size)
