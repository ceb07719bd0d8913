"""The ledger at scale: replies per second, memory, and the sizes of the file and its WAL while it grows.

    python benchmarks/ledger.py [--replies 1000000] [--in-flight 512] [--bytes 20000] [--by complete|put]
                                [--processes 1] [--folder DIR]

Writes so many replies through `Ledger.complete`, many at a time, as a build does, or through `Ledger.put`,
which claims nothing. A model that answers at once writes them: prose and code, paragraphs of the recorded
replies in random order; eight replies to each prompt of 4 KB. Several processes share the file and ask for
the same requests. After each tenth a line is printed: `CPU` is that of one reply, the making of its text
included, `WAL max` the longest that it was since the last line, `get` the median time to read back one of the
replies, drawn at random from all, `account` that to tell the sums. What was written (some 9 kB a reply) is
removed in the end.
"""

import argparse
import asyncio
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from random import Random

from synthsmith.builders.ledger import Ledger
from synthsmith.builders.model import Message, Reply, Request
from synthsmith.builders.recorded_model import FOLDER

SAMPLES, PROMPT_BYTES, LOOKS = 8, 4000, 200


class Writer:
    """A model that answers at once with a text of so many bytes, which depends on the request alone."""

    draws = None

    def __init__(self, size: int) -> None:
        texts = [path.read_text(encoding="utf-8") for path in sorted(FOLDER.rglob("*.md"))]
        self.paragraphs = [part for text in texts for part in text.split("\n\n")]
        self.size, self.asked = size, 0

    def text(self, seed: str, size: int) -> str:
        random, parts, length = Random(seed), [], 0
        while length < size:
            parts.append(random.choice(self.paragraphs))
            length += len(parts[-1]) + 2
        return "\n\n".join(parts)[:size]

    def request(self, number: int) -> Request:
        prompt, sample = divmod(number, SAMPLES)
        messages = (Message("user", self.text(f"prompt {prompt}", PROMPT_BYTES)),)
        return Request("solution", f"0:{prompt}", "solution", "0" * 64, messages, sample, "m")

    async def complete(self, request: Request) -> Reply:
        self.asked += 1
        text = self.text(f"{request.subject} {request.sample}", self.size)
        return Reply(text, "stop", "m", 1000, 5000)

    async def close(self) -> None:
        pass


async def ask(ledger: Ledger, writer: Writer, numbers: range, by: str, in_flight: int) -> int:
    """The longest that the WAL was while these were asked for."""
    waiting, longest = iter(numbers), 0

    async def worker() -> None:
        nonlocal longest
        for number in waiting:
            request = writer.request(number)
            if by == "complete":
                await ledger.complete(request, writer)
            else:
                await ledger.put(request, await writer.complete(request))
            if number % 100 == 0:
                longest = max(longest, size(ledger.path, "-wal"))

    async with asyncio.TaskGroup() as group:
        for _ in range(in_flight):
            group.create_task(worker())
    return longest


def size(path: Path, suffix: str = "") -> int:
    try:
        return os.path.getsize(f"{path}{suffix}")
    except FileNotFoundError:
        return 0


def resident_mb() -> float:
    fields = Path("/proc/self/statm").read_text().split()
    return int(fields[1]) * os.sysconf("SC_PAGE_SIZE") / (1 << 20)


def milliseconds(work: Callable[[int], object], numbers: list[int]) -> float:
    found = []
    for number in numbers:
        begun = time.perf_counter()
        work(number)
        found.append(1000 * (time.perf_counter() - begun))
    return statistics.median(found)


def grow(path: Path, options: argparse.Namespace) -> None:
    writer, random = Writer(options.bytes), Random(0)
    print(
        "| replies | replies/s | CPU (ms) | RSS (MB) | file (MB) | WAL max (MB) | get (ms) | account (ms) |"
    )
    print("|---:|---:|---:|---:|---:|---:|---:|---:|", flush=True)
    with Ledger(path) as ledger:
        for tenth in range(10):
            first, last = (options.replies * part // 10 for part in (tenth, tenth + 1))
            begun, cpu = time.perf_counter(), time.process_time()
            wal = asyncio.run(ask(ledger, writer, range(first, last), options.by, options.in_flight))
            rate = (last - first) / (time.perf_counter() - begun)
            cpu = 1000 * (time.process_time() - cpu) / (last - first)
            keys = [writer.request(random.randrange(last)).key for _ in range(LOOKS)]
            get = milliseconds(lambda look: ledger.get(keys[look]), list(range(LOOKS)))  # noqa: B023
            account = milliseconds(lambda _: ledger.account(), list(range(LOOKS)))
            cells = (f"{last:,}", f"{rate:,.0f}", f"{cpu:.2f}", f"{resident_mb():.0f}")
            cells += (f"{size(path) / 1e6:,.0f}", f"{wal / 1e6:.1f}", f"{get:.3f}", f"{account:.3f}")
            print(f"| {' | '.join(cells)} |", flush=True)
    print(f"{writer.asked:,} replies were asked for by process {os.getpid()}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--replies", type=int, default=1_000_000)
    parser.add_argument("--in-flight", type=int, default=512)
    parser.add_argument("--bytes", type=int, default=20_000)
    parser.add_argument("--by", choices=("complete", "put"), default="complete")
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--folder", type=Path, help="where the file is made")
    parser.add_argument("--file", type=Path, help=argparse.SUPPRESS)  # what the other processes are told
    options = parser.parse_args()
    if options.file:
        grow(options.file, options)
        return
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        path = Path(folder) / "ledger.sqlite"
        command = [sys.executable, *sys.argv, "--file", str(path)]
        others = [subprocess.Popen(command, stdout=sys.stderr) for _ in range(options.processes - 1)]
        grow(path, options)
        if any(other.wait() for other in others):
            sys.exit("another process failed")


if __name__ == "__main__":
    main()
