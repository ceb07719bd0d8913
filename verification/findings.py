"""What is wrong with data made elsewhere, each finding with its evidence; pure.

Code                     what it says
wrong_test               the vote is confident of another output than the one given
doubtful_test            the vote has another output than the one given, but is not confident
contradictory_test       an earlier test has the same input and another output
duplicate_test           an earlier test has the same input and the same output
empty_input              the input is blank
breaks_all               no program that was run ended well on the input
unconfirmed_test         there is no label, and no program gives the output that is given
undecided_test           the programs that ended well disagree, and no output is probable enough
wrong_golden             the program stated as golden fails labels of which the vote is confident; without a
                         vote, at least half of what is given
wrong_solution           the same of a program stated as right
doubtful_solution        a program stated as golden or right fails labels, but the vote is confident of none
over_limits              a program stated as golden or right fails on nothing but limits of time or memory
weak_tests               a program stated as wrong passes every test that was kept
weak_suite               the tests that were kept fail too few of the wrong programs and mutants
no_submission_passes     no program passes all tests as they are given
too_few_solutions        too few to vote: the given outputs were held against what there is
unverifiable             no program can be run here, or there is no test
not_mapped               parts of the row that could not be taken over, counted by reason
bad_row                  no problem at all
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from synthsmith.verification.certificate import Suite, Vote
from synthsmith.verification.comparison import Comparison
from synthsmith.verification.problems import Problem
from synthsmith.verification.strength import Marks
from synthsmith.verification.types import Solution, Status

CONFIDENT = 0.95  # the probability from which on a label stands against what is given
LONGEST = 200  # characters of an output that are shown
SURVIVORS = 3  # changes that no test notices, of those that are shown


class Code(StrEnum):
    WRONG_TEST = "wrong_test"
    DOUBTFUL_TEST = "doubtful_test"
    CONTRADICTORY_TEST = "contradictory_test"
    DUPLICATE_TEST = "duplicate_test"
    EMPTY_INPUT = "empty_input"
    BREAKS_ALL = "breaks_all"
    UNCONFIRMED_TEST = "unconfirmed_test"
    UNDECIDED_TEST = "undecided_test"
    WRONG_GOLDEN = "wrong_golden"
    WRONG_SOLUTION = "wrong_solution"
    DOUBTFUL_SOLUTION = "doubtful_solution"
    OVER_LIMITS = "over_limits"
    WEAK_TESTS = "weak_tests"
    WEAK_SUITE = "weak_suite"
    NO_SUBMISSION_PASSES = "no_submission_passes"
    TOO_FEW_SOLUTIONS = "too_few_solutions"
    UNVERIFIABLE = "unverifiable"
    NOT_MAPPED = "not_mapped"
    BAD_ROW = "bad_row"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong. `test` and `submission` name what it is about, where it is about one.

    `given` and `label` are outputs, cut; `support` of `cast` distinct programs stand behind the label or,
    where there is none, behind the given output.
    """

    code: Code
    detail: str
    test: str | int | None = None
    submission: str | None = None
    given: str | None = None
    label: str | None = None
    probability: float | None = None
    support: int | None = None
    cast: int | None = None


def of_inputs(problem: Problem) -> Iterator[tuple[int, Finding]]:
    """What inputs and given outputs show by themselves, each with the number of its case."""
    first: dict[str, int] = {}
    for number, case in enumerate(problem.cases):
        text = case.input.rstrip()
        if not text:
            yield number, _test(problem, number, Code.EMPTY_INPUT, "the input is blank")
        earlier = first.setdefault(text, number)
        if earlier == number:
            continue
        other = f"test {problem.tests[earlier]!r} has the same input"
        if _same_output(problem, earlier, number):
            yield number, _test(problem, number, Code.DUPLICATE_TEST, f"{other} and output")
        else:
            yield number, _test(problem, number, Code.CONTRADICTORY_TEST, f"{other} and another output")


def of_votes(
    problem: Problem, votes: Sequence[Vote], table: Comparison | None
) -> Iterator[tuple[int, Finding]]:
    """What runs and labels show of the tests, each with the number of its case. `votes` may be empty."""
    if table is None:
        return
    for number in range(len(problem.cases)):
        vote = votes[number] if votes else None
        if table.broken(number):
            yield number, _test(problem, number, Code.BREAKS_ALL, f"runs ended with {_ends(table, number)}")
        elif vote is not None and vote.output is not None:
            if table.label_given[number] is False:
                yield number, _contradicted(problem, number, vote)
        elif vote is not None and vote.runner_up:
            detail = f"camps of {vote.support} and {vote.runner_up} programs; no label"
            yield number, _test(problem, number, Code.UNDECIDED_TEST, detail, vote)
        elif not table.supporters(number) and any(marks[number] is False for marks in table.given):
            what = "passes the test" if problem.assertions else "gives the output"
            detail = f"none of {table.ended_well(number)} programs that ended well {what}"
            yield number, _unconfirmed(problem, number, table, detail)


def of_programs(
    problem: Problem,
    golden: Sequence[str],
    right: Sequence[str],
    table: Comparison | None,
    votes: Sequence[Vote],
) -> Iterator[Finding]:
    """What labels, or without a vote what is given, show of the programs stated as golden or right."""
    if table is None:
        return
    for row, name in enumerate(table.names):
        if name not in golden and name not in right:
            continue
        marks = table.labels[row] if votes else table.given[row]
        marked = [number for number, mark in enumerate(marks) if mark is not None]
        failed = [number for number in marked if not marks[number]]
        if not failed or (not votes and 2 * len(failed) < len(marked)):
            continue
        code = Code.WRONG_GOLDEN if name in golden else Code.WRONG_SOLUTION
        if votes and not any(votes[number].probability >= CONFIDENT for number in failed):
            code = Code.DOUBTFUL_SOLUTION
        if {table.statuses[row][number] for number in failed} <= {Status.TIME, Status.MEMORY}:
            code = Code.OVER_LIMITS
        what = "labels" if votes else "tests as they are given"
        test = problem.tests[failed[0]]
        detail = f"passes {len(marked) - len(failed)} of {len(marked)} {what}; fails first on test {test!r}"
        yield Finding(code, detail, test, name)


def of_wrong(tried: Iterable[tuple[Solution, Marks]]) -> Iterator[Finding]:
    """Programs stated as wrong that pass every test that was kept, of which there is at least one."""
    for solution, marks in tried:
        if all(marks):
            detail = f"stated as wrong, but passes all {len(marks)} tests that were kept"
            yield Finding(Code.WEAK_TESTS, detail, submission=solution.id)


def of_suite(suite: Suite) -> Iterator[Finding]:
    """That the kept tests find out too little."""
    if suite.weak:
        mutants = (suite.mutants_killed or 0, suite.mutants or 0)
        told = killed((suite.wrong_killed, suite.wrong), mutants, int(suite.mutants is None))
        detail = f"the tests that were kept fail {told}"
        shown = "; ".join(suite.survivors[:SURVIVORS])
        yield Finding(Code.WEAK_SUITE, f"{detail}; not failed, for one: {shown}" if shown else detail)


def killed(wrong: tuple[int, int], mutants: tuple[int, int], without: int) -> str:
    """What tests fail, in words: so many of so many. `without` are golden programs that have no mutants."""
    told = "{} of {} wrong programs".format(*wrong)
    if mutants[1] or not without:
        told += " and {} of {} mutants".format(*mutants)
    return f"{told} (no mutants of golden programs in C++: {without})" if without else told


def none_passes(problem: Problem, table: Comparison | None) -> Iterator[Finding]:
    """That no program passes every test as it is given; without a given output, by its label.

    Tests that break all programs count, too.
    """
    if table is None:
        return
    tests = [
        [given if given is not None else label for given, label in zip(*marks, strict=True)]
        for marks in zip(table.given, table.labels, strict=True)
    ]
    columns = [
        number
        for number in range(len(problem.cases))
        if table.broken(number) or any(row[number] is not None for row in tests)
    ]
    best = max((sum(row[number] is True for number in columns) for row in tests), default=0)
    if best < len(columns):
        yield Finding(
            Code.NO_SUBMISSION_PASSES, f"the best of {len(table.names)} passes {best} of {len(columns)} tests"
        )


def left_out(reasons: Mapping[str, int]) -> Iterator[Finding]:
    """What of the row could not be taken over."""
    for reason, number in sorted(reasons.items()):
        yield Finding(Code.NOT_MAPPED, f"{number} left out: {reason}")


def cut(text: str | None) -> str | None:
    """The text as findings show it."""
    if text is None or len(text) <= LONGEST:
        return text
    return f"{text[:LONGEST]}... ({len(text)} characters)"


def _contradicted(problem: Problem, number: int, vote: Vote) -> Finding:
    sure = vote.probability >= CONFIDENT
    code = Code.WRONG_TEST if sure else Code.DOUBTFUL_TEST
    detail = f"{vote.support} of {vote.cast} programs give another output than the one given"
    return _test(problem, number, code, detail, vote)


def _unconfirmed(problem: Problem, number: int, table: Comparison, detail: str) -> Finding:
    given = cut(problem.cases[number].expected)
    return Finding(
        Code.UNCONFIRMED_TEST,
        detail,
        problem.tests[number],
        given=given,
        support=0,
        cast=table.ended_well(number),
    )


def _test(problem: Problem, number: int, code: Code, detail: str, vote: Vote | None = None) -> Finding:
    given = cut(problem.cases[number].expected)
    if vote is None:
        return Finding(code, detail, problem.tests[number], given=given)
    return Finding(
        code,
        detail,
        problem.tests[number],
        given=given,
        label=cut(vote.output),
        probability=round(vote.probability, 6),
        support=vote.support,
        cast=vote.cast,
    )


def _same_output(problem: Problem, one: int, other: int) -> bool:
    """Whether the outputs are the same for the checker; a checker program is not asked."""
    first, second = problem.cases[one].expected, problem.cases[other].expected
    if first is None or second is None:
        return True  # nothing is said twice, in different ways
    if problem.assertions or problem.checker.code:
        return first.split() == second.split()
    return problem.checker.key(first.encode()) == problem.checker.key(second.encode())


def _ends(table: Comparison, number: int) -> str:
    return ", ".join(f"{status} ({count})" for status, count in sorted(table.ends(number).items()))
