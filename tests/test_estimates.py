"""pass@k and its intervals, held against counting and against the truth of made populations."""

import math
from itertools import combinations
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from synthsmith.verification.errors import InputError
from synthsmith.verification.estimates import (
    Bootstrap,
    Count,
    estimates,
    pass_at_k,
    quantile,
    require_k,
    scores,
    usual_k,
)

SIZES = st.integers(1, 9).flatmap(lambda n: st.tuples(st.just(n), st.integers(0, n), st.integers(1, n)))
COUNTS = st.lists(
    st.integers(1, 8).flatmap(lambda n: st.builds(Count, st.just(n), st.integers(0, n))),
    min_size=1,
    max_size=6,
)
FEW = Bootstrap(50)


@given(SIZES)
def test_the_estimate_is_what_trying_every_choice_of_k_samples_gives(sizes: tuple[int, int, int]) -> None:
    n, c, k = sizes
    samples = [True] * c + [False] * (n - c)
    choices = list(combinations(samples, k))
    assert pass_at_k(n, c, k) == pytest.approx(sum(map(any, choices)) / len(choices), abs=1e-12)


@given(COUNTS, st.randoms(use_true_random=False))
def test_pass_at_1_is_the_average_and_neither_hangs_on_the_order(counts: list[Count], random: Random) -> None:
    found = scores(counts, [1], FEW)
    assert found.average is not None
    assert found.passes[1].value == pytest.approx(found.average.value)
    assert found.average.value == pytest.approx(
        sum(each.right / each.samples for each in counts) / len(counts)
    )
    random.shuffle(counts)
    assert scores(counts, [1], FEW).passes[1].value == pytest.approx(found.passes[1].value)


@given(COUNTS)
def test_intervals_lie_within_the_values_and_are_the_same_each_time(counts: list[Count]) -> None:
    found = scores(counts, [1, 4], FEW)
    assert found == scores(counts, [1, 4], FEW)
    for k, each in found.passes.items():
        values = [pass_at_k(one.samples, one.right, k) for one in counts if one.samples >= k]
        assert each.problems == len(values)
        assert min(values) - 1e-12 <= each.low <= each.high <= max(values) + 1e-12


def test_problems_with_fewer_samples_than_k_have_no_say() -> None:
    found = scores([Count(4, 4), Count(2, 0), Count(0, 0)], [2, 4, 8], FEW)
    assert {k: (each.value, each.problems) for k, each in found.passes.items()} == {2: (0.5, 2), 4: (1.0, 1)}
    assert found.average is not None
    assert (found.average.value, found.average.problems) == (0.5, 2)
    assert scores([], [1]).average is None


def test_the_interval_holds_the_truth_about_as_often_as_it_says() -> None:
    """100 benchmarks of 60 problems, each solved with a chance that is drawn evenly: the mean is one half."""
    rng, held = Random(5), 0
    for number in range(100):
        counts = [
            Count(8, sum(rng.random() < p for _ in range(8))) for p in (rng.random() for _ in range(60))
        ]
        average = scores(counts, [], Bootstrap(200, seed=number)).average
        assert average is not None
        held += average.low <= 0.5 <= average.high
    assert 88 <= held <= 99


def test_the_interval_is_about_as_wide_as_theory_says() -> None:
    values = [0.0, 1.0] * 200
    [found] = estimates([values], Bootstrap(1000))
    assert found is not None
    assert found.high - found.low == pytest.approx(2 * 1.96 * 0.5 / math.sqrt(400), rel=0.12)


def test_quantiles_are_interpolated() -> None:
    assert [quantile([3.0, 1.0, 2.0], share) for share in (0, 0.25, 0.5, 1)] == [1.0, 1.5, 2.0, 3.0]


def test_k_is_the_powers_of_two_and_the_number_of_samples() -> None:
    assert [usual_k(n) for n in (1, 2, 6, 8)] == [(1,), (1, 2), (1, 2, 4, 6), (1, 2, 4, 8)]
    assert require_k([8, 1, 8], 8) == (1, 8)
    with pytest.raises(InputError, match="from 1 to 8"):
        require_k([9], 8)
