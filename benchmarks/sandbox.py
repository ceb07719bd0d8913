"""What an isolated run costs, beside a fresh interpreter for each.

    python benchmarks/sandbox.py [runs per round, 300] [rounds, 3]

Three workloads (next to nothing; imports and a small graph; sorting 10,000 numbers), all executors
interleaved in every round, medians over the rounds. CPU is user + system of everything: this process, the
interpreters it started, the fork servers and all runs. Wall figures depend on what else the machine does, the
ratios much less.
"""

import random
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass

from synthsmith.verification.sandbox import Job, Sandbox
from synthsmith.verification.types import Program, Status

NOTHING = "n = int(input())\nprint(2 * n)\n"
IMPORTS = """\
import sys, math, heapq, bisect
from collections import Counter, defaultdict

def main():
    n, m = map(int, sys.stdin.readline().split())
    edges = defaultdict(list)
    for line in sys.stdin:
        u, v, w = map(int, line.split())
        edges[u].append((v, w))
        edges[v].append((u, w))
    far, heap = [math.inf] * n, [(0, 0)]
    while heap:
        d, u = heapq.heappop(heap)
        if d < far[u]:
            far[u] = d
            for v, w in edges[u]:
                heapq.heappush(heap, (d + w, v))
    known = sorted(d for d in far if d < math.inf)
    most = Counter(d % 7 for d in known).most_common(1)[0][1]
    print(len(known), sum(known), bisect.bisect(known, 50), most)

main()
"""
SORT = "import sys\nprint(*sorted(map(int, sys.stdin.read().split()[1:])))\n"

Execute = Callable[[str, list[bytes]], list[bytes]]


@dataclass(frozen=True, slots=True)
class Cost:
    cpu_ms: float
    runs_per_second: float


def graph(rng: random.Random, nodes: int = 200, edges: int = 600) -> bytes:
    lines = [f"{rng.randrange(nodes)} {rng.randrange(nodes)} {rng.randint(1, 100)}" for _ in range(edges)]
    return "\n".join([f"{nodes} {edges}", *lines, ""]).encode()


def workloads(runs: int) -> dict[str, tuple[str, list[bytes]]]:
    rng = random.Random(0)
    numbers = [b"10000\n" + b" ".join(b"%d" % rng.randrange(10**6) for _ in range(10_000)) for _ in range(8)]
    graphs = [graph(rng) for _ in range(8)]
    return {
        "trivial": (NOTHING, [b"%d\n" % number for number in range(runs)]),
        "imports": (IMPORTS, [graphs[number % 8] for number in range(runs)]),
        "sort": (SORT, [numbers[number % 8] for number in range(runs)]),
    }


def spawning(*flags: str) -> Execute:
    """One interpreter per run, one after the other."""

    def execute(code: str, inputs: list[bytes]) -> list[bytes]:
        command = [sys.executable, *flags, "-c", code]
        done = [subprocess.run(command, input=data, capture_output=True, check=True) for data in inputs]
        return [process.stdout for process in done]

    return execute


def in_sandbox(sandbox: Sandbox) -> Execute:
    def execute(code: str, inputs: list[bytes]) -> list[bytes]:
        outcomes = list(sandbox.run_all(Job(Program(code), data) for data in inputs))
        assert all(outcome.status is Status.OK for outcome in outcomes), outcomes
        return [outcome.stdout for outcome in outcomes]

    return execute


def spent(sandbox: Sandbox) -> float:
    """CPU seconds of this process, of the children it has waited for, and of the sandbox."""
    usages = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in usages) + sandbox.cpu_seconds()


def measure(execute: Execute, sandbox: Sandbox, code: str, inputs: list[bytes]) -> tuple[Cost, list[bytes]]:
    cpu, begun = spent(sandbox), time.perf_counter()
    outputs = execute(code, inputs)
    wall = time.perf_counter() - begun
    return Cost(1000 * (spent(sandbox) - cpu) / len(inputs), len(inputs) / wall), outputs


def main(runs: int, rounds: int) -> None:
    with Sandbox() as sandbox:
        print(f"{sandbox.workers} workers, {', '.join(sandbox.layers)}\n")
        executors = {
            "sandbox": (in_sandbox(sandbox), runs),
            "python3 -I -S -E": (spawning("-I", "-S", "-E"), max(10, runs // 10)),
            "python3": (spawning(), max(10, runs // 10)),
        }
        for name, (code, inputs) in workloads(runs).items():
            costs: dict[str, list[Cost]] = {executor: [] for executor in executors}
            wanted = executors["python3"][0](code, inputs[:8])
            in_sandbox(sandbox)(code, inputs[:8])  # workers started, the program compiled
            for _ in range(rounds):
                for executor, (execute, count) in executors.items():
                    cost, outputs = measure(execute, sandbox, code, inputs[:count])
                    assert outputs[:8] == wanted, executor
                    costs[executor].append(cost)
            report(name, costs)


def report(workload: str, costs: dict[str, list[Cost]]) -> None:
    cpu = {name: statistics.median(cost.cpu_ms for cost in found) for name, found in costs.items()}
    for name, found in costs.items():
        rate = statistics.median(cost.runs_per_second for cost in found)
        ratio = cpu[name] / cpu["sandbox"]
        print(f"{workload:8s} {name:17s} {cpu[name]:8.2f} ms CPU a run {ratio:6.1f} x {rate:8.0f} runs/s")


if __name__ == "__main__":
    runs, rounds = [*map(int, sys.argv[1:3]), *(300, 3)[len(sys.argv[1:3]) :]]
    main(runs, rounds)
