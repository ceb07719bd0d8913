"""`synthsmith judge`: the submissions of a file of problems whose outputs are known -> one verdict a line."""

from collections import Counter, deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from synthsmith.verification.assertions import ASSERTIONS, under_test
from synthsmith.verification.errors import InputError
from synthsmith.verification.fields import Extra
from synthsmith.verification.judge import Entry, Judged, judge_all
from synthsmith.verification.problems import Problem, read_problems
from synthsmith.verification.results import carry, fresh_files, write_lines
from synthsmith.verification.sandbox import Sandbox
from synthsmith.verification.types import Solution, Usage, Verdict


@dataclass(frozen=True, slots=True)
class JudgeSummary:
    """What the terminal says at the end.

    Of the JE, `unsupported` could not be run here at all; `checker_failed` of all met a failing checker.
    """

    problems: int
    submissions: int
    verdicts: dict[Verdict, int]
    unsupported: int
    checker_failed: int


def judge_file(
    source: Path,
    target: Path,
    sandbox: Sandbox,
    *,
    may_share: bool = False,
    stop: bool = False,
    progress: Callable[[int, int], None] = lambda problems, submissions: None,
) -> JudgeSummary:
    """What was judged; `target` gets a line for each submission, in the order of the file, when it is done.

    `may_share` lets several runs share a process, `stop` ends with a submission's first failure, see `Entry`.
    `progress` is told the number of problems and of submissions finished. On an InputError the lines of the
    rows before it are in the file that `results.py` says.
    """
    waiting: deque[tuple[Problem, int]] = deque()
    verdicts: Counter[Verdict] = Counter()
    problems = unsupported = checker_failed = 0
    with fresh_files(source, target) as (lines,):
        for judged in judge_all(_entries(source, waiting, may_share=may_share, stop=stop), sandbox):
            problem, index = waiting.popleft()
            write_lines(lines, [_line(problem, index, judged)])
            verdicts[judged.verdict] += 1
            unsupported += bool(judged.detail) and not judged.cases
            checker_failed += bool(judged.detail) and bool(judged.cases)
            problems += index == len(problem.submissions) - 1
            progress(problems, verdicts.total())
    counted = dict(sorted(verdicts.items()))
    return JudgeSummary(problems, verdicts.total(), counted, unsupported, checker_failed)


def _entries(
    source: Path, waiting: deque[tuple[Problem, int]], *, may_share: bool, stop: bool
) -> Iterator[Entry]:
    """All submissions; each is put on `waiting` before it is handed out, so that its verdict finds it."""
    for problem in read_problems(source):
        require_judgeable(problem)
        for index, solution in enumerate(problem.submissions):
            waiting.append((problem, index))
            yield replace(entry_for(problem, solution), may_share=may_share, stop=stop)


def entry_for(problem: Problem, solution: Solution) -> Entry:
    """What judges the solution by all tests of the problem."""
    if not problem.assertions:
        return Entry(solution, problem.cases, problem.checker, problem.limits, problem.signature)
    pairs = [under_test(solution, case.input, case.id) for case in problem.cases]
    return Entry(pairs[0][0], tuple(case for _, case in pairs), ASSERTIONS, problem.limits)


def require_judgeable(problem: Problem) -> None:
    """Raises InputError where the problem has no tests, or one without its output."""
    if not problem.cases:
        raise InputError(f"{problem.where}: field tests is empty; there is nothing to judge by.")
    for index, case in enumerate(problem.cases):
        if case.expected is None and not problem.assertions:
            raise InputError(
                f"{problem.where}: field tests[{index}].output is missing; judging needs the known output."
            )


def _line(problem: Problem, index: int, judged: Judged) -> Extra:
    line = {
        "id": problem.id,
        "submission": problem.submissions[index].id,
        "verdict": judged.verdict,
        "passed": judged.passed,
        "total": judged.total,
        **_usage(judged.usage),
        "cases": [
            {"test": test, "verdict": case.verdict, **_usage(case.usage)}
            for test, case in zip(problem.tests, judged.cases, strict=False)  # no cases where nothing ran
        ],
    }
    if judged.detail:
        line["detail"] = judged.detail
    return carry(line, problem.extra, problem.submission_extra[index])


def _usage(usage: Usage) -> dict[str, float]:
    return {
        "cpu_seconds": round(usage.cpu_seconds, 4),
        "wall_seconds": round(usage.wall_seconds, 4),
        "memory_mb": round(usage.memory_mb, 1),
    }
