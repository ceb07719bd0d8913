from hypothesis import given
from hypothesis import strategies as st
from synthsmith.verification.likeness import independent, likeness, near_copies
from synthsmith.verification.tokens import tokens
from synthsmith.verification.types import Language, Solution

SUM = "total = 0\nfor n in range(int(input())):\n    total += n * n\nprint(total)"
READ = "import sys\nvalues = [int(word) for word in sys.stdin.read().split()]\n"


def python(*codes: str) -> list[Solution]:
    return [Solution(str(number), code) for number, code in enumerate(codes)]


codes = st.lists(
    st.sampled_from([SUM, SUM + "\n", SUM.replace("n", "m"), "print(1)", "print(2)", "def", "", "x = 1"]),
    min_size=1,
    max_size=6,
)


@given(codes)
def test_likeness_is_a_share_and_the_same_both_ways(given: list[str]) -> None:
    rows = likeness(python(*given))
    for one, row in enumerate(rows):
        assert row[one] == 1
        assert all(0 <= value <= 1 and value == rows[other][one] for other, value in enumerate(row))


@given(codes)
def test_programs_count_for_one_at_least_and_for_their_number_at_most(given: list[str]) -> None:
    members = range(len(given))
    count = independent(likeness(python(*given)), members)
    assert 1 - 1e-9 <= count <= len(given) + 1e-9


def test_names_layout_comments_and_docstrings_make_no_other_program() -> None:
    body = ["a = 0", "for i in range(int(input())):", "    a += i * i  # so", "print(a)"]
    lines = ["def main():", "    '''Squares.'''", *(f"    {line}" for line in body), "main()"]
    other = "\n".join(lines)
    renamed = other.replace("a ", "sum_ ").replace("print(a)", "print(sum_)").replace("main", "solve")
    assert near_copies(python(SUM, other, renamed)) == (0, 1, 1)
    assert independent(likeness(python(other, renamed)), (0, 1)) == 1


def test_what_is_used_where_makes_another_program() -> None:
    assert near_copies(python("a, b = 1, 2\nprint(a - b)", "a, b = 1, 2\nprint(b - a)")) == (0, 1)
    assert near_copies(python("x = [2]\nx.append(1)", "x = [2]\nx.remove(1)")) == (0, 1)
    assert near_copies(python("f = min\nprint(f(1, 2))", "f = max\nprint(f(1, 2))")) == (0, 1)


def test_what_all_have_in_common_tells_nothing() -> None:
    bodies = (
        "print(sum(values))",
        "while values:\n    print(values.pop())",
        "print(len(set(values)))",
        "print()",
    )
    alike = likeness(python(*(READ + body for body in bodies)))
    assert max(alike[0][1:]) < 0.6 < 0.7 < likeness(python(READ + bodies[0], READ + bodies[2]))[0][1]


def test_programs_in_different_languages_are_not_alike() -> None:
    one = Solution("a", "x = 1;", Language.PYTHON)
    assert likeness([one, Solution("b", "x = 1;", Language.CPP)])[0][1] == 0


def test_programs_in_cpp_are_alike_by_their_tokens() -> None:
    code = "#include <iostream>\nint main() { int n; std::cin >> n; while (n--) std::cout << n * n << ' '; }"
    other = code.replace(" n", " m").replace("(n", "(m").replace("<iostream>", "<bits/stdc++.h>  // all")
    alike = likeness([Solution("a", code, Language.CPP), Solution("b", other, Language.CPP)])
    assert alike[0][1] > 0.9


def test_tokens_are_written_down_here_so_that_every_python_has_to_agree() -> None:
    code = "def f(x):\n    'Words.'\n    return f'a{x!r:>{w}}b' 'c' f'{y=}' f'' + \"\U0001fae8\"\n"
    named = ("Module", "FunctionDef", "n", "arguments", "arg", "n", "Return", "BinOp")
    value, spec = ("FormattedValue", "n", "114"), ("JoinedStr", "'>'", "FormattedValue", "n", "-1")
    joined = ("JoinedStr", "'a'", *value, *spec, "'bcy='", *value)
    assert tokens(code, Language.PYTHON) == (*named, *joined, "Add", r"'\U0001fae8'")


def test_what_is_in_an_f_string_counts_and_how_it_is_quoted_does_not() -> None:
    one, same, other = (f"print(f{text})" for text in ("'{a} of {b}'", '"{a} of {b}"', "'{a} in {b}'"))
    alike = likeness(python(one, same, other))
    assert alike[0][1] == 1 > alike[0][2]


def test_what_cannot_be_parsed_has_the_tokens_of_its_text() -> None:
    assert tokens("print x + len(y)", Language.PYTHON) == ("print", "n", "+", "len", "(", "n", ")")
