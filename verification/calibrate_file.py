"""`synthsmith calibrate`: the time limits of a file's problems from the programs that are known to be right.

The rule. The right programs of a row are its submissions whose carried key `expected` is "AC", or all of them
where the caller trusts the file. Each is run once on every test, with CEILING_SECONDS of CPU time. If all of
them pass, the limit is twice the slowest CPU time that any of them took on any test, in reference seconds
(`calibrate.py`), rounded up to a whole second and at least 1 s. Otherwise the row stays as it was: a program
that should be right and is not, or cannot be run here, makes the tests or the word `expected` doubtful.
"""

import json
import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from synthsmith.verification.judge import Entry, judge_all
from synthsmith.verification.judge_file import require_judgeable
from synthsmith.verification.problems import Problem, read_rows
from synthsmith.verification.results import as_json, fresh_files
from synthsmith.verification.sandbox import Sandbox
from synthsmith.verification.types import Verdict

CEILING_SECONDS = 60.0
ROOM = 2.0  # times the slowest right program
LEAST_SECONDS = 1
NONE_RIGHT = 'no submission is expected to be "AC"'


@dataclass(frozen=True, slots=True)
class CalibrateSummary:
    """What the terminal says at the end. `kept` names the rows that stayed as they were, and why."""

    problems: int
    kept: tuple[tuple[str | int, str], ...]

    @property
    def calibrated(self) -> int:
        return self.problems - len(self.kept)


def calibrate_file(
    source: Path,
    target: Path,
    sandbox: Sandbox,
    *,
    trust: bool = False,
    progress: Callable[[int], None] = lambda problems: None,
) -> CalibrateSummary:
    """What was calibrated; `target` gets every row, in order, with `time_limit_s` set where that can be.

    All other keys stay as they are, in their order; a target named *.gz is gzipped. The speed of
    the sandbox is taken as this machine's factor. On an InputError the rows before it are in the file that
    `results.py` says.
    """
    kept: list[tuple[str | int, str]] = []
    problems = 0
    with fresh_files(source, target) as (file,):
        for problems, (line, problem) in enumerate(read_rows(source), start=1):
            seconds = _seconds(problem, sandbox, trust)
            if isinstance(seconds, str):
                kept.append((problem.id, seconds))
                file.write(line.decode().strip() + "\n")
            else:
                file.write(_with_limit(line, seconds) + "\n")
            file.flush()
            progress(problems)
    return CalibrateSummary(problems, tuple(kept))


def limit_seconds(slowest: float, speed: float) -> int:
    """The time limit in reference seconds where the slowest right program took that long here."""
    return max(LEAST_SECONDS, math.ceil(ROOM * slowest / speed))


def _seconds(problem: Problem, sandbox: Sandbox, trust: bool) -> int | str:
    """The row's time limit, or why it keeps what it has."""
    pairs = zip(problem.submissions, problem.submission_extra, strict=True)
    right = [solution for solution, extra in pairs if trust or extra.get("expected") == "AC"]
    if not right:
        return "there is no submission" if trust else NONE_RIGHT
    require_judgeable(problem)
    limits = replace(problem.limits, cpu_seconds=CEILING_SECONDS, wall_seconds=None)
    entries = [
        Entry(each, problem.cases, problem.checker, limits, problem.signature, stop=True) for each in right
    ]
    slowest = 0.0
    for solution, judged in zip(right, judge_all(entries, sandbox), strict=True):
        if judged.verdict is not Verdict.AC:
            return f"{solution.id} ended as {judged.verdict}"
        slowest = max(slowest, judged.usage.cpu_seconds)
    return limit_seconds(slowest, sandbox.speed)


def _with_limit(line: bytes, seconds: int) -> str:
    row = json.loads(line)
    row["time_limit_s"] = seconds
    return as_json(row)
