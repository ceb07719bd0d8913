"""Runs of programs that make or check inputs: ours to fail, or theirs."""

from synthsmith.builders.inputs import HEAD
from synthsmith.verification.types import Outcome, Status


class NotRun(Exception):
    """The sandbox could not run a program: our fault, which says nothing of the task."""


def ours(outcome: Outcome) -> Outcome:
    """The outcome; NotRun where there is none by our fault."""
    if outcome.status is Status.INTERNAL:
        raise NotRun(f"a program could not be run: {last_line(outcome)}")
    return outcome


def last_line(outcome: Outcome) -> str:
    """The last line of what the program said of its end."""
    lines = outcome.stderr.decode("utf-8", "replace").strip().split("\n")
    return lines[-1][:HEAD] or "no message"
