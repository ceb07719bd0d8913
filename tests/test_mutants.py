"""Mutants: one small change each, all different, the same for the same seed, and spread over the program."""

import ast
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from synthsmith.verification.mutants import mutants
from synthsmith.verification.mutations import OPERATORS
from synthsmith.verification.programs import identify, parse

PROGRAM = '''\
import sys
from collections import deque


def best(values: list[int], k: int) -> int:
    """The greatest sum of k neighbours."""
    total = sum(values[:k])
    top = total
    for i in range(k, len(values)):
        total += values[i] - values[i - k]
        if total > top and not values[i] < 0:
            top = max(top, total)
        elif total % 1000 == 7:
            break
    queue = deque([top])
    queue.append(-top)
    while queue:
        queue.popleft()
    return top


def main() -> None:
    sys.setrecursionlimit(10000)
    n, k = map(int, input().split())
    values = sorted(map(int, input().split()))
    print(best(values, k), f"{n + 1}")


if __name__ == "__main__":
    main()
'''


def one(code: str, operator: str) -> set[str]:
    """What one operator makes of a program, in the form of the syntax tree."""
    return {made.code.strip() for made in mutants(code, 0, 1000) if made.operator == operator}


@pytest.mark.parametrize(
    ("code", "operator", "made"),
    [
        ("a < b", "relation", {"a <= b", "a > b"}),
        ("a <= b < c", "relation", {"a < b < c", "a >= b < c", "a <= b <= c", "a <= b > c"}),
        ("a in b", "relation", {"a not in b"}),
        ("a // b", "arithmetic", {"a / b", "a % b"}),
        ("a % b", "arithmetic", {"a // b", "a"}),
        ("a -= b", "arithmetic", {"a += b"}),
        ("-a", "arithmetic", {"a"}),
        ("[a] * b", "arithmetic", set()),
        ("a and b", "logic", {"a or b"}),
        ("not a", "logic", {"a"}),
        ("a if b else c", "logic", {"a if not b else c"}),
        ("a if b else c", "condition", {"a if True else c", "a if False else c"}),
        ("[a for a in b if c]", "condition", {"[a for a in b if True]"}),
        ("f'{a + 1:b}'", "constant", {"f'{a + 2:b}'", "f'{a + 0:b}'"}),
        ("a(7)", "constant", {"a(8)", "a(6)"}),
        ("a(True)", "constant", {"a(False)"}),
        ("a('7', 7.0, None)", "constant", set()),
        (
            "range(a, b)",
            "bound",
            {"range(a + 1, b)", "range(a - 1, b)", "range(a, b + 1)", "range(a, b - 1)"},
        ),
        ("a[b:]", "bound", {"a[b + 1:]", "a[b - 1:]"}),
        ("min(a, key=b)", "choice", {"max(a, key=b)"}),
        ("sorted(a, key=b)", "choice", {"list(a)"}),
        ("a.popleft()", "choice", {"a.pop()"}),
        ("a.sort()", "deletion", {"pass"}),
        ("a[b] = c", "deletion", {"pass"}),
        ("a = c", "deletion", set()),
        ("main()", "deletion", set()),
        ("while a:\n    break", "leap", {"while a:\n    continue"}),
    ],
)
def test_an_operator_makes_these_changes(code: str, operator: str, made: set[str]) -> None:
    assert one(code, operator) == made


def test_what_only_sets_a_program_up_is_left_as_it_is() -> None:
    made = mutants(PROGRAM, 0, 10_000)
    assert {each.operator for each in made} == set(OPERATORS)
    for each in made:
        assert "sys.setrecursionlimit(10000)" in each.code
        assert "if __name__ == '__main__':\n    main()" in each.code
        assert "def best(values: list[int], k: int) -> int:" in each.code


def test_mutants_parse_and_differ_from_the_program_and_from_each_other() -> None:
    made = mutants(PROGRAM, 0, 10_000)
    assert len({identify(code).digest for code in (PROGRAM, *(each.code for each in made))}) == len(made) + 1
    before = ast.unparse(parse(PROGRAM)).splitlines()
    for each in made:
        after = each.code.splitlines()
        changed = sum(a != b for a, b in zip(before, after, strict=False))
        small = len(after) == len(before) and changed == 1
        assert small or each.operator in ("deletion", "condition")


def test_a_description_names_line_and_change() -> None:
    [each] = (made for made in mutants(PROGRAM, 0, 1000) if made.change == "total > top -> total >= top")
    assert (each.operator, each.line) == ("relation", 11)


def test_few_mutants_are_spread_over_operators_and_lines() -> None:
    made = mutants(PROGRAM, 3, 2 * len(OPERATORS))
    assert max(Counter(each.operator for each in made).values()) <= 3
    assert max(Counter(each.line for each in made).values()) <= 3


def test_the_seed_alone_says_which() -> None:
    assert mutants(PROGRAM, 1, 10) == mutants(PROGRAM, 1, 10)
    assert mutants(PROGRAM, 1, 10) != mutants(PROGRAM, 2, 10)
    assert mutants(PROGRAM, 1, 0) == ()


@pytest.mark.parametrize("code", ["", "def", "print(1", "x" * 300_000, "\0", "#include <bits/stdc++.h>"])
def test_what_has_no_syntax_tree_or_nothing_to_change_has_no_mutants(code: str) -> None:
    assert mutants(code, 0, 10) == ()


def test_no_depth_and_no_size_of_a_number_breaks_it() -> None:
    deep = "+".join(["1"] * 3000)
    large = "print(0x" + "f" * 6000 + " < 1)"
    for code in (deep, large, "print(" + "-" * 500 + "1)"):
        for each in mutants(code, 0, 5):
            parse(each.code)


SOURCES = sorted(Path(__file__).parent.glob("programs/*/*.py"))


@given(st.sampled_from(SOURCES), st.integers(0, 3), st.integers(0, 12))
def test_any_program_has_mutants_that_parse(path: Path, seed: int, count: int) -> None:
    made = mutants(path.read_text(encoding="utf-8", errors="surrogateescape"), seed, count)
    assert len(made) <= count
    for each in made:
        parse(each.code)
