"""Whether runs that share processes give the results of runs by themselves, and what each way costs.

    python benchmarks/sharing.py judge|verify IN.jsonl [--every 1] [--from 0] [--programs N]

IN.jsonl is as for `synthsmith judge` and `synthsmith verify`; `--every 5 --from 2` takes every fifth problem
from the third on, `--programs` the first submissions of each. Only submissions in Python are taken: no others
ever share. For each problem both ways are run, one after the other; what differs is printed, in the end the
CPU of both. As a program can run just about as long as it may, a problem that differs is run in both ways
once more before it counts, and then the exit status is 1.
"""

import argparse
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path

from spending import Cost, measured
from synthsmith.verification.judge import Entry, judge_all
from synthsmith.verification.problems import Problem, read_problems
from synthsmith.verification.sandbox import Sandbox
from synthsmith.verification.types import Language
from synthsmith.verification.verify import verify

TRIES = 2


def judged(problem: Problem, sandbox: Sandbox, *, may_share: bool) -> object:
    """The verdict on each test of each submission."""
    entries = (
        Entry(each, problem.cases, problem.checker, problem.limits, problem.signature, may_share=may_share)
        for each in problem.submissions
    )
    return [[case.verdict for case in each.cases] for each in judge_all(entries, sandbox)]


def verified(problem: Problem, sandbox: Sandbox, *, may_share: bool) -> object:
    """The decision, with labels, golden solution and certificate."""
    return verify(
        problem.submissions,
        [replace(case, expected=None) for case in problem.cases],
        sandbox,
        checker=problem.checker,
        limits=problem.limits,
        signature=problem.signature,
        may_share=may_share,
    )


def chosen(path: Path, every: int, first: int, programs: int | None) -> Iterator[Problem]:
    for problem in islice(read_problems(path), first, None, every):
        kept = [each for each in problem.submissions if each.language is Language.PYTHON]
        if kept and not problem.assertions:
            yield replace(problem, submissions=tuple(kept[:programs]))


def differs(problem: Problem, sandbox: Sandbox, how: Callable[..., object], costs: dict[bool, Cost]) -> bool:
    """Whether both ways give different results, each time that they are tried."""
    for _ in range(TRIES):
        results = []
        for may_share in (False, True):
            found, cost = measured(lambda: how(problem, sandbox, may_share=may_share), sandbox.cpu_seconds)  # noqa: B023
            results.append(found)
            spent = costs[may_share]
            costs[may_share] = Cost(
                spent.cpu_seconds + cost.cpu_seconds, spent.wall_seconds + cost.wall_seconds
            )
        if results[0] == results[1]:
            return False
        print(f"{problem.id} differs:\n  isolated: {results[0]}\n  shared:   {results[1]}", flush=True)
    return True


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("what", choices=["judge", "verify"])
    parser.add_argument("source", type=Path)
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--from", type=int, default=0, dest="first")
    parser.add_argument("--programs", type=int)
    given = parser.parse_args()
    how = judged if given.what == "judge" else verified
    costs = {may_share: Cost(0.0, 0.0) for may_share in (False, True)}
    problems = submissions = runs = different = 0
    with Sandbox() as sandbox:
        for problem in chosen(given.source, given.every, given.first, given.programs):
            different += differs(problem, sandbox, how, costs)
            print(f"{problem.id}: {different} so far differ", file=sys.stderr, flush=True)
            problems += 1
            submissions += len(problem.submissions)
            runs += len(problem.submissions) * len(problem.cases)
    print(f"{problems} problems, {submissions} submissions, {runs} runs: {different} problems differ")
    for may_share, cost in costs.items():
        name = "shared" if may_share else "isolated"
        print(f"{name:8s} {cost.cpu_seconds:8.1f} s CPU {cost.wall_seconds:8.1f} s wall")
    sys.exit(different > 0)


if __name__ == "__main__":
    main()
