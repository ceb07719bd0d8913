"""The order of cases, what is redundant, and the rates of a suite: pure."""

from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st
from synthsmith.verification.strength import Rates, greedy, killers, needed, rates
from synthsmith.verification.types import Case

CASES = tuple(Case(f"c{number}", "x" * size) for number, size in enumerate((5, 3, 1, 4, 2)))


def kills(*named: str) -> list[frozenset[str]]:
    return [frozenset(names) for names in named]


def test_each_case_adds_most_to_those_before_it() -> None:
    found = kills("ab", "bcd", "", "ef", "a")
    order = greedy(found, CASES)
    assert order == (1, 3, 0, 4, 2)  # bcd, then ef before ab: both of its programs are new; then a again
    assert needed(found, order) == 3


def test_of_equals_the_one_that_kills_more_then_the_smaller_then_the_smaller_id_is_first() -> None:
    assert greedy(kills("a", "a", "", "a", "ab"), CASES)[0] == 4
    assert greedy(kills("a", "a", "a", "b", "b"), CASES) == (2, 4, 1, 3, 0)
    alike = tuple(Case(name, "x") for name in ("b", "c", "a"))
    assert greedy(kills("", "", ""), alike) == (2, 0, 1)


def test_when_all_are_killed_the_count_begins_anew() -> None:
    # 0 kills all; for a second time 1 and 2 do so together, which 3 and 1 do not
    found = kills("abc", "ab", "c", "a", "")
    assert greedy(found, CASES) == (0, 1, 2, 3, 4)


def test_suspect_cases_come_last_however_much_they_kill() -> None:
    assert greedy(kills("abc", "a", "b", "", "c"), CASES, {0})[-1] == 0


def test_nothing_to_kill_needs_no_case() -> None:
    assert needed(kills("", ""), (0, 1)) == 0
    assert greedy([], ()) == ()


def test_what_failed_by_our_fault_kills_nobody() -> None:
    marks = {"a": (True, None, False), "b": (None, None, None)}
    assert killers(marks, 3) == (frozenset(), frozenset(), frozenset("a"))


def test_the_rates_are_those_of_the_programs_that_are_said_to_be_right_and_wrong() -> None:
    marks = {
        "r1": (True, True),
        "r2": (True, False),
        "w1": (False, None),
        "w2": (True, True),
        "w3": (None, True),
    }
    found = rates(marks, {"r1", "r2", "absent"})
    assert found == Rates(wrong=3, wrong_killed=1, right=2, right_failed=1)
    assert (found.tnr, found.tpr) == (1 / 3, 0.5)
    assert (rates({}, ()).tnr, rates({}, ()).tpr) == (None, None)


MATRICES = st.lists(st.frozensets(st.integers(0, 7)), min_size=1, max_size=7)


@given(MATRICES, st.randoms())
def test_the_order_is_whole_and_does_not_hang_on_the_order_given(
    given_kills: list[frozenset[int]], random: object
) -> None:
    cases = [Case(f"c{n}", "x" * (n % 3)) for n in range(len(given_kills))]
    order = greedy(given_kills, cases)
    assert sorted(order) == list(range(len(cases)))
    turned = list(range(len(cases)))
    random.shuffle(turned)  # type: ignore[attr-defined]
    again = greedy([given_kills[n] for n in turned], [cases[n] for n in turned])
    assert [cases[n].id for n in order] == [cases[turned[n]].id for n in again]


@given(MATRICES)
def test_the_head_kills_all_and_is_never_far_from_the_fewest(given_kills: list[frozenset[int]]) -> None:
    cases = [Case(f"c{n}", "") for n in range(len(given_kills))]
    order = greedy(given_kills, cases)
    head = needed(given_kills, order)
    everything = frozenset().union(*given_kills)
    assert frozenset().union(*(given_kills[n] for n in order[:head])) == everything
    fewest = next(
        size
        for size in range(len(cases) + 1)
        if any(frozenset().union(*chosen) == everything for chosen in combinations(given_kills, size))
    )
    assert fewest <= head <= fewest * 3  # greedy set cover: at most H(8) = 2.7 times
