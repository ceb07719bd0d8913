"""Statements that give the method away, and those that only name what is in their story."""

import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_recordings import SAMPLES
from synthsmith.builders.recorded_model import FOLDER, read_reply, task_folders
from synthsmith.prompts import METHODS, ReplyError, final_answer, hints, json_object


@pytest.mark.parametrize(
    ("said", "features", "hint"),
    [
        ("Use Dijkstra to find it.", (), "Dijkstra"),
        ("This is dynamic\nprogramming.", (), "dynamic programming"),
        ("Think of a depth-first search.", (), "depth-first search"),
        ("Segment trees help here.", (), "Segment trees"),
        ("A BFS will do.", (), "BFS"),
        ("The intended complexity is low.", (), "intended complexity"),
        ("Your algorithm must run in O(n log n) time.", (), "O(n log n) time"),
        ("O(log(n)) is asked for.", (), "O(log(n))"),
        ("This can be solved with care.", (), "can be solved with"),
        ("The key observation is parity.", (), "The key observation"),
        ("A naive solution is too slow.", (), "naive solution"),
        ("**Hint:** look at the ends.", (), "**Hint:** look at the ends."),
        ("## Editorial", (), "## Editorial"),
        ("```python\nprint(1)\n```", (), "a block of python"),
        ("```\ndef solve(n):\n    pass\n```", (), "def solve(n):"),
        ("Using prefix sums, add up.", ("prefix sums",), "Using prefix sums"),
        ("The sliding window approach fits.", ("sliding window",), "sliding window approach"),
        ("Maintain a max heap of them.", ("max-heap",), "Maintain a max heap"),
        ("It applies; apply recursion twice.", ("recursion",), "apply recursion"),
    ],
)
def test_a_hint_is_told_in_the_statements_own_words(said: str, features: tuple[str, ...], hint: str) -> None:
    assert hints(f"# Title\n\n{said}\n\n## Input\n", features) == (hint,)


@pytest.mark.parametrize(
    ("said", "features"),
    [
        ("Customers wait in a priority queue at the counter.", ("priority queue",)),
        ("You are given a tree with n vertices, a binary string and a stack of plates.", ("tree", "stack")),
        ("You are given the root of a binary search tree.", ("binary search tree",)),
        ("A greedy merchant searches the map for a graph of roads.", ("greedy", "graph")),
        ("Find the length of the shortest path between a and b.", ("shortest path",)),
        ("Vendula may cut using exactly three intervals of any length.", ("intervals",)),
        ("Print the cost of an optimal solution.", ("optimal solution",)),
        ("The thief opens the lock by brute force.", ("brute force",)),
        ("The two pointers of the clock meet at noon.", ("two pointers",)),
        ("Let f(i) be its height and O(i) its owner; g(n) is given.", ()),
        ("```\nBFS dijkstra\n```", ()),
        ("The solution of the riddle is a number. Hints are sold at the bazaar.", ()),
        ("In the morning editorial stood a list of primes.", ()),
    ],
)
def test_what_is_in_a_story_is_no_hint(said: str, features: tuple[str, ...]) -> None:
    assert hints(said, features) == ()


@pytest.mark.parametrize("method", METHODS)
def test_every_listed_method_is_found_in_any_case_and_with_hyphens(method: str) -> None:
    for said in (method, method.upper(), method.replace(" ", "-"), method.replace(" ", "\n")):
        assert [hint.casefold().replace("-", " ") for hint in hints(f"({said})", ())] == [method]


def test_none_of_the_recorded_statements_gives_a_hint() -> None:
    seen = 0
    for folder in task_folders(FOLDER).values():
        if (folder / "statement.md").is_file():
            statement = json_object(final_answer(read_reply(folder / "statement.md").text))["question"]
            design = json_object(final_answer(read_reply(folder / "roles.md").text))
            chosen = [role["feature"] for role in json.loads(json.dumps(design["selected_features"]))]
            assert hints(str(statement), chosen) == (), folder.name
            seen += 1
    assert seen > 20


@given(st.text(), st.lists(st.text(), max_size=3))
def test_no_text_breaks_the_search_for_hints(text: str, features: list[str]) -> None:
    for statement in (text, SAMPLES["codeforces"] + text):
        with suppress(ReplyError):  # a block that is never closed
            hints(statement, features)
