"""How fast this machine is, and limits that mean the same on every machine.

A time limit is in **reference seconds**: those of a core that does the probe, a fixed program in Python, in
REFERENCE_SECONDS of CPU time. An undisturbed core of a current server (AMD EPYC in a cloud, CPython 3.11)
took 0.21 s. The factor of a machine is its own time over that: 2.0 takes twice as long, so its limits are
doubled and the same program gets the same verdict.

The least of several times is taken, which is what the core does undisturbed. Work beside it is not in the
factor: two programs on the two threads of one core were seen to take 1.7 times the CPU time each. Nor is it
split by language: a newer CPython lowers the factor, for programs in C++ too.
"""

from dataclasses import replace

from synthsmith.verification.errors import InputError, SandboxError
from synthsmith.verification.problems import Problem
from synthsmith.verification.sandbox import Sandbox
from synthsmith.verification.types import Limits, Program, Status

REFERENCE_SECONDS = 0.20
PROBES = 9
LEAST_FACTOR, MOST_FACTOR = 0.01, 100.0
_PROBE = """\
def sift(size):
    marks = bytearray(b"\\1") * size
    for number in range(2, int(size**0.5) + 1):
        if marks[number]:
            marks[number * number :: number] = bytes(len(range(number * number, size, number)))
    return sum(marks)


def walk(size):
    seen, state, total = {}, 12345, 0
    for step in range(size):
        state = (state * 1103515245 + 12345) % 2147483648
        place = state % 4096
        total += seen.get(place, step) ^ step
        seen[place] = step
    return total


def paths(size):
    row = [1] * size
    for _ in range(size):
        for column in range(1, size):
            row[column] = (row[column] + row[column - 1]) % 1000000007
    return row[-1]


words = sorted(str(number * 7919 % 100003) for number in range(40000))
print(sift(300000), walk(400000), paths(700), len(" ".join(words)))
"""
_ANSWER = b"25999 10748428288 852103325 235556\n"
_PROBE_LIMITS = Limits(cpu_seconds=60.0, memory_mb=256)


def measure(sandbox: Sandbox) -> float:
    """This machine's factor; takes some two seconds. SandboxError where the probe cannot be run."""
    return min(_probe_seconds(sandbox) for _ in range(PROBES)) / REFERENCE_SECONDS


def scaled(limits: Limits, factor: float) -> Limits:
    """The limits with CPU and wall time for a machine of this factor; InputError beyond what can be."""
    if factor == 1.0:
        return limits
    try:
        return replace(limits, cpu_seconds=limits.cpu_seconds * factor, wall_seconds=limits.wall * factor)
    except ValueError as error:
        raise InputError(f"time limits times {factor:g}: {error}.") from error


def limits_here(problem: Problem, factor: float) -> Limits:
    """The problem's limits, scaled; an InputError names it."""
    try:
        return scaled(problem.limits, factor)
    except InputError as error:
        raise InputError(f"{problem.where}: field time_limit_s: {error}") from error


def parse_factor(text: str) -> float | None:
    """The factor that the text gives, None for "auto"; InputError where it is neither."""
    if text == "auto":
        return None
    try:
        factor = float(text)
    except ValueError:
        factor = 0.0
    if not LEAST_FACTOR <= factor <= MOST_FACTOR:  # not so for nan, too
        wanted = f'"auto" or a number from {LEAST_FACTOR:g} to {MOST_FACTOR:g}'
        raise InputError(f"--speed must be {wanted}, not {text!r}.")
    return factor


def _probe_seconds(sandbox: Sandbox) -> float:
    outcome = sandbox.run(Program(_PROBE), b"", _PROBE_LIMITS)
    if outcome.status is not Status.OK or outcome.stdout != _ANSWER:
        raise SandboxError(
            f"the probe of this machine's speed failed ({outcome.status}); see `synthsmith doctor`"
        )
    return outcome.usage.cpu_seconds
