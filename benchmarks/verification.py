"""What the dual verification of one task costs, beside the two scripts that X-Coder published for it.

    python benchmarks/verification.py [--solutions 8] [--inputs 15] [--rounds 5]

Their way, written anew (executors.py): a first script runs every solution on every input, a `python3` for
each, and votes; a second one runs all of that again to score the solutions, and the best once more. Ours is
`verify`, with each run in a process of its own and with shared ones. The tasks are those of workloads.py; of
their solutions one is wrong everywhere, one crashes on about every fifth input, the others are right and
differ in what they assign. All have to find the same labels and a right golden solution.

All ways are interleaved in every round; medians over the rounds, `least` is the CPU of the best. CPU is
user + system of everything that took part. All have two workers.
"""

import argparse
import statistics
import tempfile
from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial

from executors import WORKERS, bare_interpreter, in_process, xcoder_table
from spending import Cost, measured
from synthsmith.verification.compare import TOKENS
from synthsmith.verification.decision import Verified
from synthsmith.verification.rules import Rules
from synthsmith.verification.sandbox import Sandbox
from synthsmith.verification.types import Case, Limits, Solution
from synthsmith.verification.verify import verify
from workloads import Workload, workloads

THEIRS = "X-Coder's scripts"
RULES = Rules(label_precision=0.0, golden_precision=0.0)  # copies of one program prove little
LIMITS = Limits(cpu_seconds=5.0)
CRASHES_IN = 5
Labels = list[bytes]
Way = Callable[[Sequence[str], Sequence[bytes]], tuple[int, Labels]]  # the golden solution and the labels


def solutions(code: str, count: int) -> list[str]:
    wrong = f"{code}\nprint('and more')\n"
    reads = "import io, sys\ndata = sys.stdin.read()\nsys.stdin = io.StringIO(data)\n"
    crashes = f"{reads}assert sum(map(ord, data)) % {CRASHES_IN}\n{code}"
    return [wrong, crashes, *(f"{code}\nattempt = {number}\n" for number in range(count - 2))]


def theirs(interpreter: str, programs: Sequence[str], inputs: Sequence[bytes]) -> tuple[int, Labels]:
    voted = xcoder_table(interpreter, programs, inputs)
    labels = [Counter(filter(None, column)).most_common(1)[0][0] for column in zip(*voted, strict=True)]
    tried = xcoder_table(interpreter, programs, inputs)
    passed = [sum(map(bytes.__eq__, outputs, labels)) for outputs in tried]
    golden = passed.index(max(passed))
    xcoder_table(interpreter, [programs[golden]], inputs)
    return golden, labels


def ours(
    sandbox: Sandbox, may_share: bool, programs: Sequence[str], inputs: Sequence[bytes]
) -> tuple[int, Labels]:
    end = verify(
        [Solution(str(number), code) for number, code in enumerate(programs)],
        [Case(str(number), data.decode()) for number, data in enumerate(inputs)],
        sandbox,
        checker=TOKENS,
        limits=LIMITS,
        rules=RULES,
        may_share=may_share,
    )
    assert isinstance(end, Verified), end
    return int(end.golden), [(case.expected or "").encode() for case in end.cases]


def measure(way: Way, sandbox: Sandbox, programs: Sequence[str], work: Workload, rights: Labels) -> Cost:
    (golden, labels), cost = measured(lambda: way(programs, work.inputs), sandbox.cpu_seconds)
    assert golden > 1
    assert labels == rights
    return cost


def compare(ways: dict[str, Way], sandbox: Sandbox, work: Workload, count: int, rounds: int) -> None:
    """Print the rows of one task."""
    programs = solutions(work.code, count)
    rights = [in_process(work.code, data) for data in work.inputs]
    costs: dict[str, list[Cost]] = {name: [] for name in ways}
    for number in range(rounds + 1):
        for name, way in ways.items():
            if number or name != THEIRS:  # first, workers are started
                costs[name].append(measure(way, sandbox, programs, work, rights))
    costs = {name: found[-rounds:] for name, found in costs.items()}
    cpu = {name: statistics.median(cost.cpu_seconds for cost in found) for name, found in costs.items()}
    wall = {name: statistics.median(cost.wall_seconds for cost in found) for name, found in costs.items()}
    for name, found in costs.items():
        print(
            f"{work.name:8s} {name:18s} {1000 * wall[name]:8.0f} {1000 * cpu[name]:8.0f}"
            f" {1000 * min(cost.cpu_seconds for cost in found):8.0f}"
            f" {wall[THEIRS] / wall[name]:10.1f} {cpu[THEIRS] / cpu[name]:9.1f}",
            flush=True,
        )


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--solutions", type=int, default=8)
    parser.add_argument("--inputs", type=int, default=15)
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    with Sandbox(WORKERS) as sandbox, tempfile.TemporaryDirectory() as folder:
        print(
            f"{given.solutions} solutions, {given.inputs} inputs, {given.rounds} rounds, {WORKERS} workers\n"
        )
        heads = f"{'wall ms':>8s} {'CPU ms':>8s} {'least':>8s} {'x by wall':>10s} {'x by CPU':>9s}"
        print(f"{'':27s} {heads} of {THEIRS}")
        ways: dict[str, Way] = {
            "ours, isolated": partial(ours, sandbox, False),
            "ours, shared": partial(ours, sandbox, True),
            THEIRS: partial(theirs, bare_interpreter(folder)),
        }
        for work in workloads(given.inputs):
            compare(ways, sandbox, work, given.solutions, given.rounds)


if __name__ == "__main__":
    main()
