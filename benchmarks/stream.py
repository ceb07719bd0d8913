"""Memory while many large inputs and outputs stream through the sandbox.

    python benchmarks/stream.py [cases, 10000] [bytes of each input and output, 1048576]

Prints the resident memory of this process and its workers after every tenth of the cases; exits with 1 if
after the first tenth it grew by more than a tenth.
"""

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

from synthsmith.verification.sandbox import Job, Sandbox
from synthsmith.verification.types import Limits, Program, Status

PROGRAM = Program("import sys\nsys.stdout.buffer.write(sys.stdin.buffer.read().swapcase())\n")
LIMITS = Limits(cpu_seconds=10.0, memory_mb=256, output_bytes=64 << 20)


def resident_mb() -> float:
    """Of all processes of this session: proportional set sizes, so that shared pages count once."""
    total, waiting = 0, [Path("/proc/self")]
    while waiting:
        process = waiting.pop()
        try:
            rollup = (process / "smaps_rollup").read_text()
            children = (process / "task" / process.resolve().name / "children").read_text().split()
        except OSError:
            continue  # it has just ended
        total += next(int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Pss:"))
        waiting += [Path("/proc") / child for child in children]
    return total / 1024


def jobs(cases: int, size: int) -> Iterator[Job]:
    for number in range(cases):
        yield Job(PROGRAM, (b"%09d a" % number).ljust(size - 1, b"a") + b"\n", LIMITS)


def main(cases: int, size: int) -> int:
    found = []
    with Sandbox() as sandbox:
        for number, outcome in enumerate(sandbox.run_all(jobs(cases, size))):
            assert outcome.status is Status.OK, outcome
            assert outcome.stdout.startswith(b"%09d A" % number)
            assert len(outcome.stdout) == size
            if (number + 1) % max(1, cases // 10) == 0:
                found.append(resident_mb())
                print(f"{number + 1:8d} cases {found[-1]:8.1f} MB", flush=True)
    return int(max(found) > 1.1 * found[0])


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("cases", type=int, nargs="?", default=10_000)
    parser.add_argument("size", type=int, nargs="?", default=1 << 20)
    options = parser.parse_args()
    sys.exit(main(options.cases, options.size))
