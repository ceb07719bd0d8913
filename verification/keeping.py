"""The tests of a problem that can be trusted, why, and a program to go with them.

A test is kept where nothing is found against it and either its label is the output that is given, or there
was no vote on it and every program that ended well gives that output. A label without a given output is kept
where the vote chose a golden solution. Test code has no output: it is judged, and kept where a program passes
it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from enum import StrEnum

from synthsmith.verification.comparison import Comparison
from synthsmith.verification.decision import Rejected, Verified, votes_of
from synthsmith.verification.problems import Problem
from synthsmith.verification.stated import Stated
from synthsmith.verification.types import Case


class Basis(StrEnum):
    """Why a test was kept."""

    VOTE = "vote"  # the label, and it is the given output where there is one
    AGREEMENT = "agreement"  # no vote; every program that ended well gives the output that is given
    ASSERTION = "assertion"  # test code that a program passes


def kept_tests(
    problem: Problem, decision: Verified | Rejected, table: Comparison | None
) -> Iterator[tuple[int, Case, Basis]]:
    """The tests that can be trusted, findings apart."""
    votes = votes_of(decision)
    for number, case in enumerate(problem.cases if table else ()):
        label = votes[number].output if votes else None
        if problem.assertions:
            if table is not None and table.supporters(number):
                yield number, case, Basis.ASSERTION
        elif label is not None and case.expected is None:
            if isinstance(decision, Verified):
                yield number, replace(case, expected=label), Basis.VOTE
        elif label is not None:
            if table is not None and table.label_given[number]:
                yield number, case, Basis.VOTE
        elif table is not None and table.supporters(number) == table.ended_well(number) > 0:
            yield number, case, Basis.AGREEMENT


def pass_rates(table: Comparison | None, numbers: Sequence[int]) -> dict[str, float]:
    """The share of the tests of these numbers that each program passes; empty where nothing is known."""
    if table is None or not numbers:
        return {}
    return {name: table.passed(row, numbers) / len(numbers) for row, name in enumerate(table.names)}


def golden_of(decision: Verified | Rejected, stated: Stated, rates: Mapping[str, float]) -> str | None:
    """The vote's golden solution; else the first that passes all kept tests, stated golden ones before."""
    if isinstance(decision, Verified) and rates:
        return decision.golden
    ordered = sorted(rates, key=lambda name: (name not in stated.golden, name not in stated.right))
    return next((name for name in ordered if rates[name] == 1.0), None)
