"""The generator program of a task, run in the sandbox: once for each size, small ones with several seeds.

A run is `generator --seed N --size SIZE` and prints one JSON object a line. Sizes are apart so that there are
many small inputs, which a brute-force program can answer, and some at the limits of the statement, and so
that no single run has to make everything. Every seed comes from the draw's name. A run that fails is on
record and the others stand.
"""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace

from synthsmith.builders.inputs import Dropped, drop, read_entries
from synthsmith.builders.runs import last_line, ours
from synthsmith.verification.sandbox import Job, Sandbox
from synthsmith.verification.types import Case, Limits, Outcome, Program, Status

RUNS = ("small", "small", "medium", "large", "stress")  # the sizes asked for, one run each
MOST_PER_RUN = 8
LIMITS = Limits(cpu_seconds=10.0, memory_mb=1024, output_bytes=64 << 20)


@dataclass(frozen=True, slots=True)
class Generated:
    """The inputs of all runs in order, what was dropped, and how runs failed, in a sentence each."""

    cases: tuple[Case, ...] = ()
    dropped: tuple[Dropped, ...] = ()
    failures: tuple[str, ...] = ()


class _FailedError(Exception):
    """A run that gave nothing; the message says why."""


def generator_seed(draw: str, run: int) -> int:
    """The seed of one run of a draw's generator program."""
    return int.from_bytes(hashlib.sha256(f"{draw}:generator:{run}".encode()).digest()[:4], "big") >> 1


def generate(program: Program, draw: str, sandbox: Sandbox) -> Generated:
    """What the runs gave; inputs are named by size, run and place: `small2-3`. NotRun by our fault."""
    calls = [("--seed", str(generator_seed(draw, run)), "--size", size) for run, size in enumerate(RUNS)]
    jobs = (Job(replace(program, args=call), b"", LIMITS) for call in calls)
    made = Generated()
    for name, call, outcome in zip(_names(), calls, sandbox.run_all(jobs), strict=True):
        try:
            cases, dropped = _read(name, ours(outcome))
        except _FailedError as error:
            failures = (*made.failures, f"the generator, run with {' '.join(call)}, {error}")
            made = replace(made, failures=failures)
        else:
            made = replace(made, cases=made.cases + cases, dropped=made.dropped + dropped)
    return made


def _names() -> Iterator[str]:
    return (f"{size}{RUNS[: run + 1].count(size)}" for run, size in enumerate(RUNS))


def _read(name: str, outcome: Outcome) -> tuple[tuple[Case, ...], tuple[Dropped, ...]]:
    if outcome.status is not Status.OK:
        raise _FailedError(f"ended as {outcome.status}: {last_line(outcome)}")
    try:
        lines = [line for line in outcome.stdout.decode().split("\n") if line.strip()]
    except UnicodeDecodeError:
        raise _FailedError("wrote what is not UTF-8") from None
    if not lines:
        raise _FailedError("wrote nothing")
    cases, dropped = read_entries(f"{name}-", map(_json, lines), "input")
    spare = (drop(case, f"more than {MOST_PER_RUN} inputs of one run") for case in cases[MOST_PER_RUN:])
    return cases[:MOST_PER_RUN], (*dropped, *spare)


def _json(line: str) -> object:
    try:
        value: object = json.loads(line)
    except (ValueError, RecursionError):
        return line
    return value
