"""What data made elsewhere state of themselves, beside the problem: which programs are said to be right.

None of it is shown to the vote. It is what the vote, or the runs, are held against afterwards.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from synthsmith.verification.problems import Problem
from synthsmith.verification.types import Solution


@dataclass(frozen=True, slots=True)
class Stated:
    """`golden` and `right` name submissions; `wrong` are programs said to be wrong, which never vote.

    `left_out` counts what of the row could not be taken over, by reason.
    """

    golden: tuple[str, ...] = ()
    right: tuple[str, ...] = ()
    wrong: tuple[Solution, ...] = ()
    left_out: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Entry:
    """A problem and what is stated of it."""

    problem: Problem
    stated: Stated = Stated()


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that is no problem, where such rows are listed and passed over."""

    where: str
    detail: str
