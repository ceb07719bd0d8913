"""What is asked of a verification: by which method labels and a golden solution are found, and how surely."""

from dataclasses import dataclass
from enum import StrEnum


class Method(StrEnum):
    """How outcomes become labels and a golden solution (`vote.py`, `choice.py`)."""

    AGREEMENT = "agreement"
    MAJORITY = "majority"  # the paper's, to compare with


class Weights(StrEnum):
    """What a case's weight hangs on (paper, appendix E.2): the quarter of its input's size, or its kind."""

    SIZE = "size"
    KIND = "kind"


@dataclass(frozen=True, slots=True)
class Rules:
    """What is asked of a verification.

    By AGREEMENT a label is given where it is right with a probability of at least `label_precision`, and a
    golden solution chosen where it is right on all cases with at least `golden_precision`: so of all that is
    given at least that share is right, as far as the probabilities can be trusted; 0 takes the most probable
    one, however little that is. By MAJORITY neither has a meaning. `min_decided` labelled cases are needed
    for a choice. `seed` draws the split of Algorithm 1 and, by MAJORITY, breaks ties.
    """

    method: Method = Method.AGREEMENT
    label_precision: float = 0.8
    golden_precision: float = 0.7
    weights: Weights = Weights.SIZE
    min_decided: int = 4
    seed: int = 0

    def __post_init__(self) -> None:
        for name in ("label_precision", "golden_precision"):
            if not 0 <= getattr(self, name) < 1:
                raise ValueError(f"{name} must be at least 0 and below 1, not {getattr(self, name)!r}")


USUAL = Rules()
