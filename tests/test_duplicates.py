"""Near-duplicates and contamination: what is found, what is not, and that nothing else decides it."""

import random
from collections.abc import Iterable, Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from synthsmith.builders.duplicates import Item, Release, Removal, Search
from synthsmith.builders.duplicates.shingles import (
    FEWEST_PROGRAM,
    FEWEST_STATEMENT,
    jaccard,
    program_shingles,
    statement_shingles,
    words,
)
from synthsmith.builders.duplicates.signatures import PERMUTATIONS, band_length, keys
from synthsmith.verification.decision import Reason
from synthsmith.verification.types import Language

WORDS = [
    a + b + c for a in ("ka", "lo", "mi", "ru") for b in ("ne", "ta", "vo") for c in ("sh", "rn", "x", "del")
]
few = settings(max_examples=12)
seeds = st.integers(0, 10**6)

SIEVE = """
import sys
def primes(limit):
    flags = bytearray([1]) * (limit + 1)
    flags[0:2] = b"\\0\\0"
    for p in range(2, int(limit ** 0.5) + 1):
        if flags[p]:
            flags[p * p :: p] = bytearray(len(range(p * p, limit + 1, p)))
    return [n for n in range(limit + 1) if flags[n]]
def main():
    data = list(map(int, sys.stdin.read().split()))
    count, queries = data[0], data[1:]
    known = primes(max(queries))
    total = {}
    for query in queries[:count]:
        if query not in total:
            total[query] = sum(p for p in known if p <= query) % 1000
        print(total[query])
main()
"""


def told(rng: random.Random, length: int = 120) -> str:
    """A statement of so many words."""
    return " ".join(rng.choice(WORDS) for _ in range(length))


def changed(rng: random.Random, text: str, share: float) -> str:
    """The same with some of its words replaced."""
    return " ".join(rng.choice(WORDS) if rng.random() < share else word for word in text.split())


def family(seed: int, size: int = 14) -> list[str]:
    """Statements of which many are like one another, more or less."""
    rng = random.Random(seed)
    found = [told(rng) for _ in range(3)]
    while len(found) < size:
        found.append(changed(rng, rng.choice(found), rng.choice((0.01, 0.05, 0.1, 0.2, 0.5))))
    return found


def named(texts: Sequence[str]) -> list[Item]:
    return [Item(place, f"t{place}", text) for place, text in enumerate(texts)]


def found(items: Iterable[Item], release: Release | None = None) -> list[Removal]:
    with Search(release or Release()) as search:
        for item in items:
            search.add(item)
        return search.removals()


@few
@given(seeds, st.data())
def test_a_copy_in_another_dress_is_removed_and_nothing_else(seed: int, data: st.DataObject) -> None:
    rng = random.Random(seed)
    texts = [told(rng) + " 12 34" for _ in range(5)]
    chosen = data.draw(st.sampled_from(texts))
    blank = data.draw(st.sampled_from(["\n", "  ", r" \, ", " ** ", " <b> ", " 7 "]))
    dressed = "# " + chosen.replace("12", "1000000").replace(" ", blank).title()
    removed = found(named([*texts, dressed]))
    assert [(each.place, each.twin, each.score) for each in removed] == [(5, f"t{texts.index(chosen)}", 1.0)]


@few
@given(seeds, st.randoms(use_true_random=False))
def test_the_order_in_which_items_come_decides_nothing(seed: int, chance: random.Random) -> None:
    items = named(family(seed))
    shuffled = list(items)
    chance.shuffle(shuffled)
    assert found(shuffled) == found(items)


@few
@given(seeds)
def test_a_removed_row_names_a_twin_that_stands_and_is_linked_to_by_the_score(seed: int) -> None:
    texts = family(seed)
    removed = {each.name: each for each in found(named(texts))}
    sets = {f"t{place}": statement_shingles(text) for place, text in enumerate(texts)}
    for each in removed.values():
        assert each.twin not in removed
        assert (each.through is None) or removed[each.through].twin == each.twin
        link = each.through or each.twin
        assert each.score == jaccard(sets[each.name], sets[link]) >= 0.6
        assert int(link[1:]) < each.place


@few
@given(seeds, st.floats(0.5, 1), st.floats(0.5, 1))
def test_a_lower_threshold_lets_no_row_stand_that_a_higher_one_removes(seed: int, a: float, b: float) -> None:
    items = named(family(seed))
    fewer, more = (
        {each.place for each in found(items, Release(near_statements=threshold))}
        for threshold in (max(a, b), min(a, b))
    )
    assert fewer <= more


@few
@given(seeds, st.integers(1, 13))
def test_rows_that_come_later_change_nothing_for_those_before_them(seed: int, first: int) -> None:
    items = named(family(seed))
    assert found(items[:first]) == [each for each in found(items) if each.place < first]


@few
@given(seeds, st.sampled_from([0.5, 0.6, 0.75, 0.9, 1.0]))
def test_the_search_finds_what_comparing_all_with_all_finds(seed: int, threshold: float) -> None:
    texts = family(seed)
    sets = [statement_shingles(text) for text in texts]
    wanted = [
        place
        for place, one in enumerate(sets)
        if any(jaccard(one, other) >= threshold for other in sets[:place])
    ]
    assert [each.place for each in found(named(texts), Release(near_statements=threshold))] == wanted


def test_sets_that_are_just_alike_enough_nearly_always_share_a_key() -> None:
    for threshold in (0.5, 0.6, 0.7, 0.8, 0.9, 0.99):
        length = band_length(threshold)
        assert (1 - threshold**length) ** (PERMUTATIONS // length) <= 0.0005
    rng = np.random.default_rng(7)
    pool = rng.integers(0, 2**64, 40_000, np.uint64)
    met = lone = 0
    for start in range(0, 40_000, 400):
        one, other = pool[start : start + 160], pool[start + 40 : start + 200]  # alike by 0.6
        met += bool(set(keys(one, 0.6, 0)) & set(keys(other, 0.6, 0)))
        lone += bool(set(keys(one, 0.6, 0)) & set(keys(pool[start + 240 : start + 400], 0.6, 0)))
    assert (met, lone) == (100, 0)
    assert not set(keys(pool[:200], 0.6, 0)) & set(keys(pool[:200], 0.6, 1))


def test_only_words_count_in_a_statement() -> None:
    text = "Given **N** ($1 \\le n \\leq 10^{5}$) <code>pairs</code> in `a_1`, print YES; x&lt;y"
    assert words(text) == ["given", "n", "n", "pairs", "in", "a", "print", "yes", "x", "lt", "y"]
    assert words("ＦＵＬＬ ＷＩＤＴＨ and Straße") == ["full", "width", "and", "strasse"]
    assert words("給定一個") == list("給定一個")
    assert words("a < b and c > d") == ["a", "b", "and", "c", "d"]


@pytest.mark.parametrize("text", ["", "12 34", "\ud800 \x00", "one", "one two three"])
def test_what_is_too_short_is_compared_with_nothing(text: str) -> None:
    assert found(named([text, text])) == []
    assert len(statement_shingles(text)) <= 1


def test_a_statement_is_as_long_as_it_must_be() -> None:
    rng = random.Random(1)
    longer, shorter = told(rng, FEWEST_STATEMENT + 3), told(rng, FEWEST_STATEMENT + 2)
    assert len(found(named([longer, longer]))) == 1
    assert found(named([shorter, shorter])) == []


def renamed(code: str) -> str:
    for number, name in enumerate(("flags", "limit", "queries", "total", "known")):
        code = code.replace(name, f"v{number}")
    return "# another author\n" + code.replace("    ", "  ")


def coded(*codes: str, language: Language = Language.PYTHON) -> list[Item]:
    rng = random.Random(3)
    return [Item(place, f"t{place}", told(rng), ((language, code),)) for place, code in enumerate(codes)]


def test_a_program_with_other_names_and_comments_is_the_same_program() -> None:
    assert len(program_shingles((Language.PYTHON, SIEVE))) >= FEWEST_PROGRAM
    [removed] = found(coded(SIEVE, renamed(SIEVE)))
    assert (removed.place, removed.evidence, removed.twin, removed.score) == (1, "program", "t0", 1.0)
    assert removed.detail == "the program is like that of the draw t0 (1.00)"
    assert found(coded(SIEVE, renamed(SIEVE)), Release(near_programs=None)) == []


def test_short_programs_are_alike_by_chance_and_prove_nothing() -> None:
    short = "n = int(input())\nprint(sum(map(int, input().split())) % n)\n"
    assert found(coded(short, short)) == []


def test_programs_in_two_languages_have_nothing_in_common() -> None:
    one, other = ((language, SIEVE) for language in Language)
    assert jaccard(program_shingles(one), program_shingles(other)) == 0


def test_copies_take_no_part() -> None:
    text = told(random.Random(4))
    with Search(Release()) as search:
        for item in named([text, text, text]):
            search.add(item)
        removed = search.removals(lambda place: place == 1)
        searched = search.searched(removed, lambda place: place == 1)
    assert [(each.place, each.twin) for each in removed] == [(2, "t0")]
    assert (searched.tasks, searched.count(Reason.DUPLICATE, "statement")) == (2, 1)
