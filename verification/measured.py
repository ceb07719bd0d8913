"""How right the method is on programs whose right answers are known, as measured and shipped.

The figures are in `measured.json`, which `benchmarks/labels.py --record` writes and nobody types; they were
measured with weights that were fitted to other problems than those they were tried on. Where the
method changes it has to be made anew, which a test asks for.
"""

from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from pydantic import TypeAdapter

FILE = "measured.json"


@dataclass(frozen=True, slots=True)
class KnownData:
    """What was measured on. `tests` are those of all problems, `programs_right` the share right on all."""

    name: str
    sha256: str
    problems: int
    tests: int
    programs: int
    programs_right: float


@dataclass(frozen=True, slots=True)
class Measurement:
    """Draws of so many programs to a problem: shares that are right, of all tests and all draws.

    `given_labels` is the share of tests that get a label by the usual rules, `given_labels_right` that of
    these which is right; likewise of golden programs and draws. None where none was given. The paper's vote
    never abstains, and `labels_right` and `golden_right` are ours where it does not either, to compare with.
    `calibration_error` is the expected one of labels, ten bins.
    """

    programs: int
    draws: int
    majority_labels_right: float
    majority_golden_right: float
    labels_right: float
    golden_right: float
    calibration_error: float
    given_labels: float
    given_labels_right: float | None
    given_golden: float
    given_golden_right: float | None


@dataclass(frozen=True, slots=True)
class ReliabilityBin:
    """So many labels, their mean probability, and the share of them that is right."""

    labels: int
    probability: float
    right: float


@dataclass(frozen=True, slots=True)
class Regime:
    """All that was measured on one body of known data."""

    data: KnownData
    sizes: tuple[Measurement, ...]
    reliability: tuple[ReliabilityBin, ...]


@dataclass(frozen=True, slots=True)
class Usual:
    """The rules by which labels and golden programs were given."""

    label_precision: float
    golden_precision: float


@dataclass(frozen=True, slots=True)
class Measured:
    """The whole file. `fingerprint` is that of the method when it was made (`benchmarks/fingerprint.py`)."""

    made_by: str
    rules: Usual
    fingerprint: str
    draws: int
    seed: int
    regimes: tuple[Regime, ...]


@cache
def measured() -> Measured:
    """The figures that came with this version."""
    return TypeAdapter(Measured).validate_json(files(__package__).joinpath(FILE).read_bytes())
