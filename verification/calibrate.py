"""How fast this machine is, so that limits mean the same on every machine.

A time limit is in **reference seconds**: those of the core that sandbox/pace.py takes as its reference. The
factor of a machine is how slow it is beside that: 2.0 takes twice as long, so its limits are doubled and the
same program gets the same verdict.

The least of several measurements is taken, which is what a core does undisturbed. Work beside it is not in
the factor: the pace of its core, taken while a run lasts, stretches the limit beyond it. Nor is it split by
language: a newer CPython lowers the factor, for programs in C++ too.
"""

from synthsmith.verification.errors import InputError, SandboxError
from synthsmith.verification.sandbox import Job, Sandbox
from synthsmith.verification.types import Limits, Program, Status

PROBES = 9
LEAST_FACTOR, MOST_FACTOR = 0.01, 100.0
_PROBE = Job(Program("for number in range(3_000_000): number * number"), b"", Limits(60.0, memory_mb=256))


def measure(sandbox: Sandbox) -> float:
    """This machine's factor; takes some two seconds. SandboxError where the probe cannot be run."""
    return min(_slowness(sandbox) for _ in range(PROBES))


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


def _slowness(sandbox: Sandbox) -> float:
    outcome = sandbox.run_alone(_PROBE)
    if outcome.status is not Status.OK:
        raise SandboxError(
            f"the probe of this machine's speed failed ({outcome.status}); see `synthsmith doctor`"
        )
    return outcome.usage.slowness
