"""What the judge over HTTP costs, beside the sandbox used directly.

    python benchmarks/serve.py [submissions per round, 2000] [rounds, 3]

Trivial submissions in one `/judge/long-batch` against `Sandbox.run_all` with the same programs and inputs,
interleaved in every round; every verdict and output is looked at. CPU is user + system of everything: both
processes, their fork servers and all runs; wall figures depend on what else the machine does.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from synthsmith.verification.sandbox import Job, Sandbox
from synthsmith.verification.types import Program

CODE = "n = int(input())\nprint(2 * n)\n"
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Cost:
    runs_per_second: float
    cpu_ms: float


@contextmanager
def serving() -> Iterator[str]:
    """The URL of a judge in a process of its own."""
    command = [sys.executable, "-m", "synthsmith", "serve", "--port", "0"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as server:
        try:
            assert server.stderr is not None
            yield next(word for word in server.stderr.readline().split() if word.startswith("http://"))
        finally:
            server.terminate()


def over_http(url: str, runs: int) -> None:
    submissions = [
        {"type": "python", "solution": CODE, "input": f"{n}\n", "expected_output": f"{2 * n}"}
        for n in range(runs)
    ]
    body = json.dumps({"type": "batch", "submissions": submissions}).encode()
    with urllib.request.urlopen(f"{url}/judge/long-batch", body) as answer:
        results = json.load(answer)["results"]
    assert len(results) == runs
    assert all(result["success"] for result in results)


def directly(sandbox: Sandbox, runs: int) -> None:
    outcomes = sandbox.run_all(Job(Program(CODE), b"%d\n" % n) for n in range(runs))
    assert [int(outcome.stdout) for outcome in outcomes] == [2 * n for n in range(runs)]


def spent() -> float:
    """CPU seconds of this process and all below it, the living and those they have waited for."""
    total, waiting = 0, [os.getpid()]
    while waiting:
        pid = waiting.pop()
        try:
            stat = Path(f"/proc/{pid}/stat").read_text()
            for task in Path(f"/proc/{pid}/task").iterdir():
                waiting += map(int, (task / "children").read_text().split())
        except OSError:
            continue  # it has just ended
        total += sum(map(int, stat.rpartition(")")[2].split()[11:15]))
    return total / TICKS


def measure(execute: Callable[[int], None], runs: int) -> Cost:
    cpu, begun = spent(), time.perf_counter()
    execute(runs)
    wall = time.perf_counter() - begun
    return Cost(runs / wall, 1000 * (spent() - cpu) / runs)


def main(runs: int, rounds: int) -> None:
    with Sandbox() as sandbox, serving() as url:
        ways: dict[str, Callable[[int], None]] = {
            "/judge/long-batch": lambda runs: over_http(url, runs),
            "Sandbox.run_all": lambda runs: directly(sandbox, runs),
        }
        costs: dict[str, list[Cost]] = {way: [] for way in ways}
        for way in ways.values():
            way(64)  # all workers started
        for _ in range(rounds):
            for name, way in ways.items():
                costs[name].append(measure(way, runs))
    report(costs, sandbox.workers)


def report(costs: dict[str, list[Cost]], workers: int) -> None:
    print(f"{workers} workers")
    for name, found in costs.items():
        rate = statistics.median(cost.runs_per_second for cost in found)
        cpu = statistics.median(cost.cpu_ms for cost in found)
        print(f"{name:17s} {rate:8.0f} runs/s {cpu:8.2f} ms CPU a run")
    served, direct = costs.values()
    pairs = tuple(zip(served, direct, strict=True))
    speed = statistics.median(mine.runs_per_second / other.runs_per_second for mine, other in pairs)
    cpu = statistics.median(mine.cpu_ms / other.cpu_ms for mine, other in pairs)
    print(f"over HTTP / directly: {speed:.2f} in runs/s, {cpu:.2f} in CPU")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("runs", type=int, nargs="?", default=2000)
    parser.add_argument("rounds", type=int, nargs="?", default=3)
    options = parser.parse_args()
    main(options.runs, options.rounds)
