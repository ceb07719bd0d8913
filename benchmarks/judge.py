"""What a run costs in the sandbox, beside other ways to run a program on many inputs.

    python benchmarks/judge.py [--inputs 500] [--rounds 3] [--prototype FILE]

The programs are those of workloads.py, the other ways those of executors.py, all with two workers. All ways
are interleaved in every round, medians are over the rounds, and every output is checked. CPU is user +
system of everything that took part: this process, the processes it started, the fork servers and all runs.
Wall figures depend on what else the machine does, the ratios much less; `least` is the CPU of the best round,
the one least disturbed by others. Only ours and the prototype's runs are isolated, but for `ours, shared`;
`lcb shared` does not even separate one run from the next.

FILE is a Python module with a fork server to be measured as well: its `Judge(mode, workers)` has `run(code,
inputs)`, which gives pairs of exit code and output, `cpu()` in seconds, and `close()`.
"""

import argparse
import contextlib
import importlib.util
import statistics
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from executors import (
    WORKERS,
    Execute,
    bare_interpreter,
    code_eval,
    in_process,
    lcb_per_test,
    lcb_shared,
    spawning,
    xcoder,
)
from spending import Cost, measured
from synthsmith.verification.sandbox import Job, Sandbox
from synthsmith.verification.types import Program, Status
from workloads import Workload, workloads

BASE = "X-Coder's way"
OURS = {"ours, isolated": False, "ours, shared": True}  # whether runs may share a process (`Job.may_share`)


@dataclass(frozen=True, slots=True)
class Way:
    execute: Execute
    elsewhere: Callable[[], float] = lambda: 0.0  # CPU seconds of processes that are not waited for yet


def in_sandbox(
    sandbox: Sandbox, may_share: bool, code: str, inputs: Sequence[bytes], _: Sequence[bytes]
) -> list[bytes]:
    outcomes = list(sandbox.run_all(Job(Program(code), data, may_share=may_share) for data in inputs))
    assert all(outcome.status is Status.OK for outcome in outcomes), outcomes
    return [outcome.stdout for outcome in outcomes]


def others(interpreter: str) -> dict[str, Execute]:
    return {
        BASE: xcoder(interpreter),
        "code_eval's way": code_eval,
        "LiveCodeBench's": lcb_per_test,
        "lcb shared": lcb_shared,
        "python3": spawning(interpreter),
        "python3 -I -S -E": spawning(interpreter, "-I", "-S", "-E"),
    }


def prototype(path: Path, closing: contextlib.ExitStack) -> Way:
    spec = importlib.util.spec_from_file_location("prototype", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    judge = module.Judge("fast", WORKERS)
    closing.callback(judge.close)
    return Way(lambda code, inputs, _: [output for _, output in judge.run(code, list(inputs))], judge.cpu)


def measure(way: Way, work: Workload, rights: Sequence[bytes]) -> Cost:
    outputs, cost = measured(lambda: way.execute(work.code, work.inputs, rights), way.elsewhere)
    assert outputs == rights
    return cost


def compare(ways: dict[str, Way], work: Workload, rounds: int) -> None:
    """Print the rows of one workload."""
    rights = [in_process(work.code, data) for data in work.inputs]
    for name in ways:
        few = Workload(work.name, work.code, work.inputs[:8])
        measure(ways[name], few, rights[:8])  # workers started, the program compiled
    costs: dict[str, list[Cost]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, way in ways.items():
            costs[name].append(measure(way, work, rights))
    report(work, costs)


def report(work: Workload, costs: dict[str, list[Cost]]) -> None:
    runs = len(work.inputs)
    wall = {name: statistics.median(cost.wall_seconds for cost in found) for name, found in costs.items()}
    cpu = {name: statistics.median(cost.cpu_seconds for cost in found) for name, found in costs.items()}
    least = {name: min(cost.cpu_seconds for cost in found) for name, found in costs.items()}
    for name in costs:
        print(
            f"{work.name:8s} {name:17s} {runs / wall[name]:8.0f} {1000 * cpu[name] / runs:10.2f}"
            f" {1000 * least[name] / runs:7.2f}"
            f" {wall[BASE] / wall[name]:10.2f} {cpu[BASE] / cpu[name]:9.2f}",
            flush=True,
        )


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--inputs", type=int, default=500)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--prototype", type=Path)
    given = parser.parse_args()
    with Sandbox(WORKERS) as sandbox, contextlib.ExitStack() as closing:
        print(
            f"{WORKERS} workers, {given.inputs} inputs, {given.rounds} rounds; {', '.join(sandbox.layers)}\n"
        )
        ways = {
            name: Way(partial(in_sandbox, sandbox, options), sandbox.cpu_seconds)
            for name, options in OURS.items()
        }
        if given.prototype:
            ways["prototype"] = prototype(given.prototype, closing)
        interpreter = bare_interpreter(closing.enter_context(tempfile.TemporaryDirectory()))
        ways |= {name: Way(execute) for name, execute in others(interpreter).items()}
        print(
            f"{'':26s} {'runs/s':>8s} {'CPU ms/run':>10s} {'least':>7s} {'x by wall':>10s} {'x by CPU':>9s}"
            f" of {BASE}"
        )
        for work in workloads(given.inputs):
            compare(ways, work, given.rounds)


if __name__ == "__main__":
    main()
