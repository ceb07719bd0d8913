"""How much a suite of cases finds out, from who passes which case; pure.

A case kills a program that fails it. The order of the cases is greedy: the next is always the one that kills
most of the programs which none before it kills. Where several do, the one that kills most in all goes first,
then the one with the smaller input, then the smaller id. When every program that can be killed was, the count
begins anew with the cases that are left, so that each program is killed as early as possible a second time,
and so on: one that is like a program at hand, yet not the same, is not left to a single case.

The order matters because trainers may score a prefix alone (verl: the first ten tests).
"""

from collections.abc import Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from synthsmith.verification.types import Case

Marks: TypeAlias = Sequence[bool | None]  # by case: passed, failed, or (our fault) not known


@dataclass(frozen=True, slots=True)
class Rates:
    """How many programs of each sort there are, and how many of them a suite fails."""

    wrong: int
    wrong_killed: int
    right: int
    right_failed: int

    @property
    def tnr(self) -> float | None:
        """The share of the wrong programs that the suite fails; None where there are none."""
        return self.wrong_killed / self.wrong if self.wrong else None

    @property
    def tpr(self) -> float | None:
        """The share of the right programs that the suite passes; None where there are none."""
        return 1 - self.right_failed / self.right if self.right else None


def rates(marks: Mapping[str, Marks], right: Collection[str]) -> Rates:
    """The rates of a suite over programs by name, of which those in `right` are the right ones.

    Which are is the caller's to say: known verdicts make these the true rates.
    """
    failed = {name: False in each for name, each in marks.items()}
    good = [name for name in marks if name in right]
    bad = [name for name in marks if name not in right]
    return Rates(len(bad), sum(failed[name] for name in bad), len(good), sum(failed[name] for name in good))


def killers(marks: Mapping[str, Marks], cases: int) -> tuple[frozenset[str], ...]:
    """For each of so many cases, the names of the programs that it kills."""
    return tuple(
        frozenset(name for name, each in marks.items() if each[column] is False) for column in range(cases)
    )


def greedy(
    kills: Sequence[Collection[Hashable]], cases: Sequence[Case], suspect: Collection[int] = ()
) -> tuple[int, ...]:
    """The columns of the cases in the order that the module tells; `suspect` ones come after all others."""
    trusted = [column for column in range(len(cases)) if column not in suspect]
    return (*_order(kills, cases, trusted), *_order(kills, cases, sorted(set(suspect))))


def needed(kills: Sequence[Collection[Hashable]], order: Sequence[int]) -> int:
    """How many of the cases at the head of the order kill all that any of them kills."""
    alive: set[Hashable] = set().union(*kills)
    for count, column in enumerate(order):
        if not alive:
            return count
        alive -= set(kills[column])
    return len(order)


def _order(kills: Sequence[Collection[Hashable]], cases: Sequence[Case], columns: Sequence[int]) -> list[int]:
    sizes = [len(case.input.encode()) for case in cases]
    left, order = list(columns), list[int]()
    alive: set[Hashable] = set()
    while left:
        if not any(alive.intersection(kills[column]) for column in left):
            alive = set().union(*(kills[column] for column in left))
        best = min(
            left,
            key=lambda column: (
                -len(alive.intersection(kills[column])),
                -len(kills[column]),
                sizes[column],
                cases[column].id,
                column,
            ),
        )
        alive -= set(kills[best])
        left.remove(best)
        order.append(best)
    return order
