from collections import Counter

from hypothesis import given
from hypothesis import strategies as st
from synthsmith.verification.compare import TOKENS, parse_checker
from synthsmith.verification.types import Case, Matrix, Outcome, Solution, Status, Vote
from synthsmith.verification.vote import vote

Column = list[bytes | Status]


def table(*columns: Column, programs: tuple[int, ...] | None = None) -> Matrix:
    """A table with the given columns: outputs, or how the run ended instead."""
    rows = range(len(columns[0]))
    return Matrix(
        solutions=tuple(Solution(f"s{row}", f"print({row})") for row in rows),
        cases=tuple(Case(f"c{column}", str(column)) for column in range(len(columns))),
        programs=programs or tuple(rows),
        outcomes=tuple(tuple(outcome(column[row]) for column in columns) for row in rows),
    )


def outcome(run: bytes | Status) -> Outcome:
    return Outcome(run, b"1") if isinstance(run, Status) else Outcome(Status.OK, run)


def only(column: Column, programs: tuple[int, ...] | None = None, checker: object = "tokens") -> Vote:
    [single] = vote(table(column, programs=programs), parse_checker(checker))
    return single


def test_a_lone_leader_labels_the_case_with_what_its_first_program_wrote() -> None:
    assert only([b"2", b"1  ", b"1\n"]) == Vote("c0", "1  ", 2, 1, 3, 3 / 5)


def test_a_tie_is_not_broken() -> None:
    tie = only([b"1", b"1", b"2", b"2", b"3"])
    assert (tie.output, tie.support, tie.runner_up, tie.cast, tie.probability) == (None, 2, 2, 5, 0.0)


def test_one_program_alone_is_no_camp() -> None:
    assert only([b"1", Status.CRASH, Status.TIME]).output is None


def test_copies_have_one_vote() -> None:
    assert only([b"1", b"1", b"1", b"2", b"2"], programs=(0, 0, 0, 1, 2)).output == "2"


def test_only_runs_that_ended_well_vote() -> None:
    failed = only([b"2", b"2", *(status for status in Status if status is not Status.OK)])
    assert (failed.output, failed.cast) == ("2", 2)


def test_a_run_that_failed_by_our_fault_changes_nothing() -> None:
    assert only([b"1", b"1", Status.INTERNAL]) == only([b"1", b"1"])


def test_blank_output_outvotes_but_never_labels() -> None:
    blank = only([b"", b"\n", b" ", b"7", b"7"])
    assert (blank.output, blank.support, blank.runner_up) == (None, 3, 2)


def test_output_that_is_not_utf8_is_no_label() -> None:
    assert only([b"\xff", b"\xff"]).output is None


def test_the_checker_says_who_agrees() -> None:
    floats = {"kind": "floats", "absolute": 1e-6}
    assert only([b"0.5", b"0.50000001", b"0.7"], checker=floats).support == 2
    assert only([b"0.5", b"0.50000001", b"0.7"]).output is None


runs = st.one_of(st.sampled_from([b"", b"1", b"1 ", b"2", b"3"]), st.sampled_from(list(Status)))


@given(st.lists(runs, min_size=1, max_size=12), st.randoms(use_true_random=False))
def test_the_order_of_the_candidates_does_not_matter(column: Column, random: object) -> None:
    shuffled = list(column)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    one, other = only(column), only(shuffled)
    key = TOKENS.key
    assert (one.support, one.runner_up, one.cast) == (other.support, other.runner_up, other.cast)
    assert key((one.output or "").encode()) == key((other.output or "").encode())


@given(st.lists(runs, min_size=1, max_size=12))
def test_a_label_is_what_strictly_most_and_at_least_two_gave(column: Column) -> None:
    ballots = Counter(run.strip() for run in column if isinstance(run, bytes))
    ballots[b"1"] += sum(run is Status.OK for run in column)  # `outcome` lets these write 1
    label = only(column).output
    if label is None:
        most = ballots.most_common(2) + [(b"", 0)] * 2
        assert most[0][1] < 2 or most[0][1] == most[1][1] or most[0][0] == b""
    else:
        mine = ballots.pop(label.strip().encode())
        assert mine >= 2
        assert all(mine > size for size in ballots.values())


@given(st.lists(st.lists(runs, min_size=3, max_size=3), min_size=1, max_size=5))
def test_cases_are_voted_on_independently(columns: list[Column]) -> None:
    together = vote(table(*columns), TOKENS)
    assert [(v.output, v.support) for v in together] == [(only(c).output, only(c).support) for c in columns]
