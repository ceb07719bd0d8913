"""Inputs that stay: no blank, no copy of an earlier one, of the right form, and accepted by the validator.

A wrong input breaks right solutions, so an input counts only once the validator program accepted it (exit
status 0). It refuses an input by a non-zero exit status and a message. Where it breaks down instead
(traceback, limit), nothing is known of the input, and it is dropped as well: to lose an input costs less than
to keep a wrong one.
"""

from collections.abc import Sequence

from synthsmith.builders.arguments import check_arguments
from synthsmith.builders.inputs import HEAD, Dropped, drop
from synthsmith.builders.runs import last_line, ours
from synthsmith.builders.tasks import Task
from synthsmith.verification.sandbox import Job, Sandbox
from synthsmith.verification.types import Case, Limits, Outcome, Program, Status

LARGEST_INPUT_BYTES = 8 << 20  # statements are asked to stay under a quarter of it; rows hold them all
VALIDATOR_LIMITS = Limits(cpu_seconds=10.0, memory_mb=1024, output_bytes=1 << 20)


def distinct(cases: Sequence[Case], task: Task) -> tuple[list[Case], list[Dropped]]:
    """The cases that are no blank, no copy of an earlier one and, for a function, its arguments."""
    kept: dict[str, Case] = {}
    dropped = []
    for case in cases:
        trouble = _trouble(case, task)
        key = case.input.rstrip()
        if trouble:
            dropped.append(drop(case, trouble))
        elif key in kept:
            dropped.append(drop(case, f"the same as {kept[key].id}"))
        else:
            kept[key] = case
    return list(kept.values()), dropped


def validate(cases: Sequence[Case], validator: Program, sandbox: Sandbox) -> tuple[list[Case], list[Dropped]]:
    """The cases that the validator accepts; NotRun by our fault."""
    valid, dropped = [], []
    jobs = (Job(validator, case.input.encode(), VALIDATOR_LIMITS) for case in cases)
    for case, outcome in zip(cases, sandbox.run_all(jobs), strict=True):
        verdict = _refusal(ours(outcome))
        if verdict:
            dropped.append(drop(case, verdict))
        else:
            valid.append(case)
    return valid, dropped


def _trouble(case: Case, task: Task) -> str:
    if not case.input.strip():
        return "empty"
    try:
        if len(case.input.encode()) > LARGEST_INPUT_BYTES:
            return f"larger than {LARGEST_INPUT_BYTES >> 20} MiB"
        if task.signature is not None:
            check_arguments(case.input, task.signature)
    except UnicodeEncodeError:
        return "not text: half of a surrogate pair"
    except ValueError as error:
        return str(error)
    return ""


def _refusal(outcome: Outcome) -> str:
    """Why the validator does not accept the input; empty where it does."""
    if outcome.status is Status.OK:
        return ""
    said = outcome.stderr.decode("utf-8", "replace")
    if outcome.status is not Status.CRASH or not outcome.exit_code or "Traceback (most recent" in said:
        return f"the validator broke down ({outcome.status}): {last_line(outcome)}"
    return f"invalid: {said.strip().split(chr(10))[0][:HEAD] or 'no message'}"
