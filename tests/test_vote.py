from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from synthsmith.verification.agreement import Agreement
from synthsmith.verification.certificate import Vote
from synthsmith.verification.compare import TOKENS, Checker, parse_checker
from synthsmith.verification.rules import Rules
from synthsmith.verification.types import Case, Matrix, Outcome, Purpose, Solution, Status
from synthsmith.verification.vote import vote_by_agreement, vote_by_majority
from synthsmith.verification.voters import voters_of

Column = list[bytes | Status]
EASY = Rules(label_precision=0.5)
AGREED = 5  # cases on which all agree, so that a program is known to be reliable


def table(*columns: Column, programs: tuple[int, ...] | None = None) -> Matrix:
    """A table with the given columns: outputs, or how the run ended instead."""
    rows = range(len(columns[0]))
    return Matrix(
        solutions=tuple(Solution(f"s{row}", f"print({row}, {'x' * row!r})") for row in rows),
        cases=tuple(Case(f"c{column}", str(column)) for column in range(len(columns))),
        programs=programs or tuple(rows),
        outcomes=tuple(tuple(outcome(column[row]) for column in columns) for row in rows),
    )


def outcome(run: bytes | Status) -> Outcome:
    return Outcome(run, b"1") if isinstance(run, Status) else Outcome(Status.OK, run)


def votes(matrix: Matrix, rules: Rules = EASY, checker: Checker = TOKENS) -> tuple[Vote, ...]:
    return vote_by_agreement(matrix, Agreement(voters_of(matrix, checker)), rules)


def first(column: Column, rules: Rules = EASY, checker: object = "tokens") -> Vote:
    """The vote on a case beside others on which all of the programs agree."""
    agreed: list[Column] = [[b"%d" % number] * len(column) for number in range(AGREED)]
    return votes(table(column, *agreed), rules, parse_checker(checker))[0]


def test_most_label_a_case_with_what_most_of_them_wrote() -> None:
    vote = first([b"2", b"1  ", b"1\n", b"1\n"])
    assert (vote.output, vote.support, vote.runner_up, vote.cast) == ("1\n", 3, 1, 4)
    assert 0.5 < vote.probability < 1


def test_more_agreement_is_more_probable() -> None:
    shares = [first([b"1"] * right + [b"2"] * (8 - right)).probability for right in (5, 6, 7, 8)]
    assert shares == sorted(set(shares))


def test_a_case_is_undecided_below_the_wanted_precision_but_its_probability_is_told() -> None:
    vote = first([b"1", b"1", b"1", b"2", b"2"])
    assert vote.output == "1"
    unsure = first([b"1", b"1", b"1", b"2", b"2"], Rules(label_precision=0.99))
    assert unsure == replace(vote, output=None)


def test_a_tie_is_not_broken() -> None:
    tie = first([b"1", b"1", b"2", b"2"])
    assert (tie.output, tie.support, tie.runner_up, tie.cast) == (None, 2, 2, 4)


def test_those_who_agree_elsewhere_are_believed_and_those_who_never_do_are_not() -> None:
    agreed: list[Column] = [[b"7"] * 3 + [b"8%d" % column, b"9%d" % column, b"8"] for column in range(AGREED)]
    vote = votes(table([b"1", b"1", b"1", b"2", b"2", b"2"], *agreed))[0]
    assert (vote.output, vote.support, vote.runner_up) == ("1", 3, 3)


def test_one_program_alone_is_no_camp() -> None:
    assert first([b"1", Status.CRASH, Status.TIME]).output is None


def copies(*codes: str) -> Matrix:
    column: Column = [b"1"] * len(codes)
    matrix = table(column, column)
    solutions = tuple(replace(s, code=code) for s, code in zip(matrix.solutions, codes, strict=True))
    return replace(matrix, solutions=solutions)


@pytest.mark.parametrize("renamed", ["x = 1\nprint(x)", "y = 1\nprint(y)  # the same", "x=1\nprint( x )"])
def test_a_near_copy_changes_nothing(renamed: str) -> None:
    codes = ("x = 1\nprint(x)", "print(2 - 1)", "import sys\nsys.stdout.write('1')")
    assert votes(copies(*codes, renamed)) == votes(copies(*codes))


def test_a_program_that_takes_something_else_from_elsewhere_is_no_copy() -> None:
    codes = ("from math import ceil\nprint(ceil(1))", "from math import floor\nprint(floor(1))")
    assert votes(copies(*codes))[0].cast == 2


def test_programs_that_are_alike_count_for_less() -> None:
    one = "total = 0\nfor number in range(10):\n    total += number\nprint(total - 44)"
    other = one.replace("44", "44 + 0")
    foreign = "import sys\nsys.stdout.write(str(len('a')))"
    alike, different = votes(copies(one, other))[0], votes(copies(one, foreign))[0]
    assert alike.support == different.support == 2
    assert alike.probability < different.probability


def test_only_runs_that_ended_well_vote() -> None:
    failed = first([b"2", b"2", *(status for status in Status if status is not Status.OK)])
    assert (failed.support, failed.cast) == (2, 2)


def test_a_program_that_met_nothing_but_faults_of_ours_changes_nothing() -> None:
    runs: list[Column] = [[b"1", b"1", b"2"], [b"1", b"1", b"1"], [b"3", b"4", b"4"]]
    assert votes(table(*([*run, Status.INTERNAL] for run in runs))) == votes(table(*runs))


def test_blank_output_counts_but_never_labels() -> None:
    blank = first([b"", b"\n", b" ", b"", b"", b"7"])
    assert (blank.output, blank.support, blank.runner_up) == (None, 5, 1)


def test_output_that_is_not_utf8_is_no_label() -> None:
    assert first([b"\xff", b"\xff", b"\xff"]).output is None


def test_brute_force_confirms_and_throws_doubt_but_does_not_decide() -> None:
    def beside(column: Column) -> Vote:
        matrix = table(column, *([b"%d" % n] * len(column) for n in range(AGREED)))
        brute = replace(matrix.solutions[-1], purpose=Purpose.BRUTE)
        return votes(replace(matrix, solutions=(*matrix.solutions[:-1], brute)))[0]

    assert beside([b"1", b"1", b"2", b"1"]).probability > beside([b"1", b"1", b"2", b"2"]).probability
    assert beside([b"1", b"2", b"3", b"1"]).output is None


def test_the_checker_says_who_agrees() -> None:
    floats = {"kind": "floats", "absolute": 1e-6}
    assert first([b"0.5", b"0.50000001", b"0.7"], checker=floats).support == 2
    assert first([b"0.5", b"0.50000001", b"0.7"]).support == 1


runs = st.one_of(st.sampled_from([b"", b"1", b"1 ", b"2", b"3"]), st.sampled_from(list(Status)))
tables = st.integers(1, 7).flatmap(
    lambda rows: st.lists(st.lists(runs, min_size=rows, max_size=rows), min_size=1, max_size=6)
)


@given(tables, st.randoms(use_true_random=False))
def test_the_order_of_candidates_and_cases_does_not_matter(columns: list[Column], random: object) -> None:
    matrix = table(*columns)
    rows, cases = list(range(len(columns[0]))), list(range(len(columns)))
    random.shuffle(rows)  # type: ignore[attr-defined]
    random.shuffle(cases)  # type: ignore[attr-defined]
    shuffled = Matrix(
        tuple(matrix.solutions[row] for row in rows),
        tuple(matrix.cases[case] for case in cases),
        tuple(matrix.programs[row] for row in rows),
        tuple(tuple(matrix.outcomes[row][case] for case in cases) for row in rows),
    )
    for method in (votes, lambda it: vote_by_majority(it, TOKENS, 3)):
        there = {vote.case: vote for vote in method(shuffled)}
        assert [there[vote.case] for vote in method(matrix)] == list(method(matrix))


@given(tables)
def test_probabilities_are_shares_of_one(columns: list[Column]) -> None:
    read = Agreement(voters_of(table(*columns), TOKENS))
    for column in range(len(columns)):
        given = read.labels(column).values() if read.voters.rows else ()
        assert all(0 <= each <= 1 for each in given)
        assert sum(given) < 1 + 1e-6
    assert sum(read.groups().values()) < 1 + 1e-6


@given(tables)
def test_a_label_is_the_answer_of_two_and_reaches_the_precision(columns: list[Column]) -> None:
    for vote, column in zip(votes(table(*columns)), columns, strict=True):
        ballots = Counter((b"1" if run is Status.OK else run).strip() for run in column if run not in FAILED)
        assert vote.cast == sum(ballots.values())
        if vote.output is not None:
            assert vote.output.strip()
            assert vote.support == ballots[vote.output.strip().encode()] >= 2
            assert vote.probability >= EASY.label_precision


FAILED = frozenset(Status) - {Status.OK}


def majority(column: Column, programs: tuple[int, ...] | None = None, seed: int = 0) -> Vote:
    [vote] = vote_by_majority(table(column, programs=programs), TOKENS, seed)
    return vote


def test_the_papers_majority_counts_copies_and_takes_whatever_leads() -> None:
    vote = majority([b"1", b"1", b"1", b"2", b"2"], programs=(0, 0, 0, 1, 2))
    assert (vote.output, vote.support, vote.runner_up, vote.cast, vote.probability) == ("1", 3, 2, 5, 0.6)
    assert majority([b"1", Status.CRASH, Status.TIME]).output == "1"
    assert majority([b"", b"", b"7"]).output == ""


def test_the_papers_ties_are_broken_by_the_seed_alone() -> None:
    drawn = [majority([b"1", b"2"], seed=seed).output for seed in range(40)]
    assert set(drawn) == {"1", "2"}
    assert drawn == [majority([b"2", b"1"], seed=seed).output for seed in range(40)]


def test_a_run_that_failed_by_our_fault_is_no_candidate_of_the_papers_vote() -> None:
    assert majority([b"1", b"1", Status.INTERNAL]) == majority([b"1", b"1"])
