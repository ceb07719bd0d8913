"""Which names are one feature. The names are those that public collections of algorithms use."""

import random
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from synthsmith.builders import features
from synthsmith.builders.features import Tree
from synthsmith.builders.folding import Fold, folded, rules_for
from synthsmith.builders.naming import Folding, naming
from synthsmith.builders.settings import Settings
from synthsmith.builders.spelling import misspelt
from synthsmith.verification.errors import InputError

from synthsmith.config import load_settings

ONE = [
    ("Depth First Search", "depth-first search", "DFS", "Depth-First Search (DFS)", "depth first traversal"),
    ("dynamic programming", "DP", "dynamicprogramming", "Dynamic Programming (DP)"),
    ("Union Find", "disjoint sets", "DSU", "disjoint-set union", "union-find"),
    ("hash map", "hashmap", "Hash Maps", "hash-map"),
    ("vertices", "vertex"),
    ("caches", "cache"),
    ("branches", "branch"),
    ("indices of leaves", "index of leaf"),
    ("Dijkstra's algorithm", "dijkstra", "Dijkstra algorithm", "Dijkstra’s Algorithm"),
    ("sum of subsets", "subset sum"),
    ("Length of the union of segments", "length-of-segments-union"),
    ("2-SAT", "2SAT", "Two Sat"),
    ("2d array", "2D-arrays"),
    ("0-1 BFS", "0/1 breadth-first search"),
    ("Prüfer code", "prufer codes"),
    ("O(n²)", "o(n^2)", "O( n^2 )"),
    ("Fenwick tree", "binary indexed trees", "Binary Indexed Tree (BIT)"),
    ("coin change problem", "Coin Change"),
    ("Travelling Salesman Problem (TSP)", "tsp", "traveling salesman"),
    ("min cost path", "minimum-cost path"),
    ("divide & conquer", "divide and conquer"),
    ("knuth morris pratt", "KMP algorithm", "Knuth-Morris-Pratt"),
]
APART = [
    ("binary search", "binary search tree", "binary search on answer", "ternary search"),
    ("min heap", "max heap", "heap"),
    ("2-SAT", "3-SAT", "SAT"),
    ("2D prefix sums", "3D prefix sums", "prefix sums"),
    ("infix to postfix", "postfix to infix", "infix to prefix"),
    ("queue using two stacks", "stack using two queues"),
    ("array of trees", "tree of arrays"),
    ("directed graph", "undirected graph"),
    ("longest common subsequence", "longest common substring", "longest increasing subsequence"),
    ("supervised learning", "unsupervised learning"),
    ("O(2n)", "O(2^n)", "O(n^2)", "O(n)"),
    ("n-1", "n", "n1"),
    ("graphs", "graph algorithms", "graph problems"),
    ("trees", "tree algorithms", "trie"),
    ("heap", "Heap's algorithm"),
    ("with replacement", "without replacement"),
    ("C", "C++", "C#"),
    ("A* search", "a search"),
    ("decimal to octal", "octal to decimal"),
    ("sorted array", "sorting arrays"),
    ("lower bound", "upper bound"),
    ("class", "classification"),
    ("一", "二"),
]

letters = st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z")), min_size=1, max_size=12)
small = st.sampled_from(
    ["heap", "Heaps", "min heap", "DP", "dynamic programming", "two-pointers", "2 pointer"]
)
nested: st.SearchStrategy[features.Nested] = st.recursive(
    st.just({}), lambda below: st.dictionaries(small, below, max_size=4), max_leaves=12
)


@pytest.mark.parametrize("names", ONE, ids=lambda names: names[0])
def test_names_of_one_feature_have_one_key(names: Sequence[str]) -> None:
    assert len({naming(Folding()).key(name) for name in names}) == 1


@pytest.mark.parametrize("names", APART, ids=lambda names: names[0])
def test_names_of_different_features_stay_apart(names: Sequence[str]) -> None:
    assert len({naming(Folding()).key(name) for name in names}) == len(names)


@given(letters)
def test_every_name_has_a_key_that_case_and_spacing_do_not_change(name: str) -> None:
    rules = naming(Folding())
    key = rules.key(name)
    assert key
    assert rules.key(f"  {name} ") == key
    assert rules.key(name.casefold()) == key


def test_folding_can_be_switched_off() -> None:
    rules = naming(Folding(enabled=False))
    assert rules.key("Two-Pointers") == "two-pointers"


def test_terms_and_names_to_keep_apart_can_be_added() -> None:
    rules = naming(Folding(terms={"aliens trick": "Lagrangian relaxation"}, apart=("sum of subsets",)))
    assert rules.key("Aliens Trick speed-up") == rules.key("lagrangian relaxation speed up")
    assert rules.key("sum of subsets") != rules.key("subset sum")
    assert rules.key("DP") == rules.key("dynamic programming")


def test_a_term_without_words_is_refused(tmp_path: object) -> None:
    with pytest.raises(ValueError, match="terms must be of 1 to 5 words, not ' ': 'x'"):
        Folding(terms={" ": "x"})


def test_one_wrong_letter_in_a_long_rare_word_is_a_slip() -> None:
    names = [f"algorithm {i}" for i in range(20)] + ["algrorithm x", "alogrithm y", "algoritm z"]
    assert misspelt(names) == dict.fromkeys(("algrorithm", "alogrithm", "algoritm"), "algorithm")


def test_words_that_are_alike_but_different_are_no_slips() -> None:
    frequent = [f"{word} {i}" for word in ("matching", "scheduler", "interval") for i in range(20)]
    rare = ["batching", "scheduled", "internal nodes", "algoritm"]
    rules = naming(Folding(), [*frequent, *rare])
    assert rules.slips == {}
    twice = naming(Folding(), [*frequent, "intervol x", "intervol y"])
    assert twice.slips == {}


# Folding a tree


def test_synonyms_among_siblings_are_one_feature_and_every_fold_is_told() -> None:
    parts = (
        features.from_nested({"algorithm": {"dynamic programming": {"knapsack": {}}}}, 3),
        features.from_nested({"algorithm": {"DP": {"Knapsack problem": {"0/1 knapsack": {}}}}}),
    )
    tree = features.merge(parts)
    found, folds = folded(tree, rules_for(Folding(), tree))
    assert features.names(found) == {"algorithm": {"dynamic programming": {"knapsack": {"0/1 knapsack": {}}}}}
    assert found.children["algorithm"].children["dynamic programming"].count == 4
    assert folds == (
        Fold("algorithm", "DP", "dynamic programming"),
        Fold("algorithm > dynamic programming", "Knapsack problem", "knapsack"),
    )


def test_equal_names_in_different_places_are_not_folded() -> None:
    tree = features.from_nested({"algorithm": {"DP": {}}, "problem type": {"dynamic programming": {}}})
    assert folded(tree, rules_for(Folding(), tree)) == (tree, ())


@given(st.lists(nested, max_size=5), st.randoms())
def test_folding_gives_the_same_tree_in_whatever_order_the_sources_come(
    values: list[features.Nested], order: random.Random
) -> None:
    def fold_all(values: list[features.Nested]) -> tuple[Tree, tuple[Fold, ...]]:
        tree = features.merge(features.from_nested({"algorithm": value}) for value in values)
        return folded(tree, rules_for(Folding(), tree))

    shuffled = values.copy()
    order.shuffle(shuffled)
    assert fold_all(values) == fold_all(shuffled)


@given(nested)
def test_folding_what_is_folded_changes_nothing(value: features.Nested) -> None:
    tree = features.from_nested({"algorithm": value})
    once, _ = folded(tree, rules_for(Folding(), tree))
    assert folded(once, rules_for(Folding(), once)) == (once, ())


def test_an_unknown_setting_of_folding_is_refused(tmp_path: object) -> None:
    path = tmp_path / "c.yaml"  # type: ignore[operator]
    path.write_text("folding: {term: {}}")
    with pytest.raises(InputError, match=r"folding\.term is not a setting; did you mean terms\?"):
        load_settings(path)


def test_the_defaults_fold() -> None:
    assert Settings().folding == Folding()
    assert Settings().folding.enabled
