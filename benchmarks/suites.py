"""What the order of a suite is worth on problems whose verdicts are known.

    python benchmarks/suites.py PROBLEMS.jsonl.gz [--mutants 16] [--most-tests 60] [--workers 2] [--slow]

PROBLEMS is a file in the rows of `synthsmith judge` whose submissions carry their verdict as `expected`. Each
submission runs on every test (on the first so many of problems with more), those that are known to be too
slow only with --slow, as they take most of the time. The shortest accepted submission in Python that passes
gives the mutants. Then tests are put in order
- given:    as they stand in the file;
- size:     the smallest input first;
- mutants:  by the mutants alone, so that no submission has a say in how well it is found out;
- halves:   by mutants and every second wrong submission, told of the other ones;
- all:      by mutants and all wrong submissions, which tells what the order could do at best.
For each it is told which share of the wrong submissions the first 1, 3, 5 and 10 tests fail, over all
submissions that the whole suite fails, of problems with more than ten tests. Ctrl-C ends it with what it has.
"""

import argparse
import contextlib
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from synthsmith.verification.judge import Entry, judge_all
from synthsmith.verification.mutants import Mutant, mutants
from synthsmith.verification.problems import Problem, read_problems
from synthsmith.verification.sandbox import Sandbox, cannot_run
from synthsmith.verification.strength import Marks, greedy, killers, needed, rates
from synthsmith.verification.trials import is_gross, mutant_limits, programs_of, try_programs
from synthsmith.verification.types import Language, Outcome, Solution, Status, Verdict

HEADS = (1, 3, 5, 10)


@dataclass(frozen=True, slots=True)
class Measured:
    """A problem: what its submissions and mutants pass, and which submissions are right."""

    problem: Problem
    marks: Mapping[str, Marks]
    right: Collection[str]
    mutants: Mapping[str, Marks]  # those that are not gross
    made: int
    killed: int
    seconds: tuple[float, float]  # of the submissions' runs, of the mutants'


def measure(problem: Problem, sandbox: Sandbox, count: int, *, slow: bool) -> Measured | None:
    """The problem's table; None where nothing of it can be run."""
    known = zip(problem.submissions, problem.submission_extra, strict=True)
    verdicts = {each.id: extra.get("expected") for each, extra in known}
    runnable = [each for each in problem.submissions if not cannot_run(each.language)]
    runnable = [each for each in runnable if slow or verdicts[each.id] != "TLE"]
    if not runnable or problem.signature:
        return None
    began = time.monotonic()
    entries = [Entry(each, problem.cases, problem.checker, problem.limits) for each in runnable]
    table = {each.id: judged for each, judged in zip(runnable, judge_all(entries, sandbox), strict=True)}
    judged_in = time.monotonic() - began
    marks = {
        name: [None if case.verdict is Verdict.JE else case.verdict is Verdict.AC for case in judged.cases]
        for name, judged in table.items()
    }
    right = [name for name in marks if verdicts[name] == "AC"]
    chosen = min(
        (each for each in runnable if _may_stand_as_golden(each, marks, right)), key=_size, default=None
    )
    made: tuple[Mutant, ...] = ()
    tried: tuple[Marks, ...] = ()
    if chosen is not None:
        runs = [Outcome(Status.OK, usage=case.usage) for case in table[chosen.id].cases]
        limits = mutant_limits(problem.limits, runs, problem.cases)
        made = mutants(chosen.code, 0, count)
        tried = try_programs(programs_of(made), problem.cases, problem.checker, sandbox, limits)
    subtle = {f"m{n}": each for n, each in enumerate(tried) if not is_gross(each, problem.cases)}
    seconds = (judged_in, time.monotonic() - began - judged_in)
    return Measured(problem, marks, right, subtle, len(made), sum(False in m for m in tried), seconds)


def _may_stand_as_golden(each: Solution, marks: Mapping[str, Marks], right: Collection[str]) -> bool:
    return each.language is Language.PYTHON and each.id in right and all(marks[each.id])


def _size(each: Solution) -> int:
    return len(each.code)


def orders(found: Measured) -> Iterator[tuple[str, Sequence[int], Collection[str]]]:
    """Name, order, and the wrong submissions that it may be told of."""
    cases = found.problem.cases
    wrong = [name for name, marks in found.marks.items() if name not in found.right and False in marks]

    def by(programs: Collection[str]) -> Sequence[int]:
        chosen = {**{name: found.marks[name] for name in programs}, **found.mutants}
        return greedy(killers(chosen, len(cases)), cases)

    yield "given", range(len(cases)), wrong
    yield "size", greedy([()] * len(cases), cases), wrong
    yield "mutants", by(()), wrong
    for half in (0, 1):
        yield "halves", by(wrong[half::2]), wrong[1 - half :: 2]
    yield "all", by(wrong), wrong


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("problems", type=Path)
    parser.add_argument("--mutants", type=int, default=16)
    parser.add_argument("--most-tests", type=int, default=60)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--slow", action="store_true")
    options = parser.parse_args()
    found: list[Measured] = []
    with Sandbox(options.workers) as sandbox, contextlib.suppress(KeyboardInterrupt):
        for problem in read_problems(options.problems):
            short = replace(problem, cases=problem.cases[: options.most_tests])
            each = measure(short, sandbox, options.mutants, slow=options.slow)
            if each is not None:
                found.append(each)
                _show_problem(each)
    _show(found)


def _show_problem(each: Measured) -> None:
    told = rates(each.marks, each.right)
    print(
        f"{each.problem.id}: {len(each.problem.cases)} tests, wrong {told.wrong_killed}/{told.wrong} failed, "
        f"right {told.right_failed}/{told.right} failed, mutants {each.killed}/{each.made} "
        f"({len(each.mutants)} not gross), {each.seconds[0]:.1f} + {each.seconds[1]:.1f} s",
        flush=True,
    )


def _show(found: Sequence[Measured]) -> None:
    total = [rates(each.marks, each.right) for each in found]
    wrong, right = sum(each.wrong for each in total), sum(each.right for each in total)
    print(f"\n{len(found)} problems, all their tests:")
    print(
        f"  TNR {sum(each.wrong_killed for each in total) / max(1, wrong):.4f} of {wrong} wrong submissions"
    )
    print(f"  TPR {1 - sum(each.right_failed for each in total) / max(1, right):.4f} of {right} right ones")
    made = sum(each.made for each in found)
    print(f"  mutants failed: {sum(each.killed for each in found)} of {made}")
    seconds = [sum(each.seconds[n] for each in found) for n in (0, 1)]
    print(f"  wall: {seconds[0]:.0f} s for the submissions, {seconds[1]:.0f} s for the mutants")
    _show_heads("problems with more than ten tests", [e for e in found if len(e.problem.cases) > 10])
    with_mutants = [e for e in found if len(e.problem.cases) > 10 and e.mutants]
    _show_heads("those of them with mutants that are not gross", with_mutants)


def _show_heads(title: str, found: Sequence[Measured]) -> None:
    print(f"\n{len(found)} {title}: wrong submissions failed by the first tests")
    caught: dict[str, list[int]] = {}
    for each in found:
        for name, order, wrong in orders(each):
            counts = caught.setdefault(name, [0] * (len(HEADS) + 1))
            counts[-1] += len(wrong)
            for place, head in enumerate(HEADS):
                counts[place] += sum(
                    any(each.marks[one][column] is False for column in order[:head]) for one in wrong
                )
    for name, counts in caught.items():
        shares = "  ".join(
            f"{head}: {count / max(1, counts[-1]):.4f}" for head, count in zip(HEADS, counts, strict=False)
        )
        print(f"  {name:8} {shares}  of {counts[-1]}")
    _show_needed(found)


def _show_needed(found: Sequence[Measured]) -> None:
    def count(order: Callable[[Measured], Sequence[int]]) -> float:
        return sum(needed(_killed_by(each), order(each)) for each in found) / max(1, len(found))

    def greedily(each: Measured) -> Sequence[int]:
        return greedy(_killed_by(each), each.problem.cases)

    tests = sum(len(each.problem.cases) for each in found) / max(1, len(found))
    print(
        f"  tests until all wrong submissions are failed, mean: {count(greedily):.2f} in greedy order, "
        f"{count(lambda each: range(len(each.problem.cases))):.2f} as given, of {tests:.1f}"
    )


def _killed_by(each: Measured) -> tuple[frozenset[str], ...]:
    wrong = {name: marks for name, marks in each.marks.items() if name not in each.right}
    return killers(wrong, len(each.problem.cases))


if __name__ == "__main__":
    main()
