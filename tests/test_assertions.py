"""Assertions as tests: candidates in folders named by their verdict, and equality that is Python's own."""

import json
from collections import Counter, OrderedDict, defaultdict, deque, namedtuple
from collections.abc import Iterator
from decimal import Decimal
from enum import IntEnum
from fractions import Fraction
from pathlib import Path

import numpy
import pytest
from hypothesis import given
from hypothesis import strategies as st
from synthsmith.verification import telling
from synthsmith.verification.assertion_forms import read_test
from synthsmith.verification.assertions import ASSERTIONS, under_test
from synthsmith.verification.errors import InputError
from synthsmith.verification.judge import Entry, judge_all
from synthsmith.verification.sandbox import Sandbox
from synthsmith.verification.told import Expectation, Form
from synthsmith.verification.types import Language, Limits, Solution, Verdict

LIMITS = Limits(cpu_seconds=0.5, memory_mb=128)
CANDIDATES = sorted((Path(__file__).parent / "candidates").glob("*/*.py"))
APART = """
METADATA = {"dataset": "test"}

def check(candidate):
    assert candidate(1) == 2
    assert True, "a comment"
    assert [candidate(0)] == [0], "a message"
    assert abs(candidate(2) - 4.0) < 1e-6

check(double)
"""
IN_PLACE = """
for number in range(3):
    assert double(number) == number + number
assert double(1) == 2
"""
PYTEST = """
import pytest
from solution import double

def test_small():
    assert double(1) == 2

def test_text():
    result = double("a")
    assert result == "aa"

def test_wrong():
    with pytest.raises(TypeError):
        double(None)
"""


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(1) as it:
        yield it


def verdict(sandbox: Sandbox, code: str, test: str) -> Verdict:
    solution, case = under_test(Solution("s", code), test)
    return next(judge_all([Entry(solution, (case,), ASSERTIONS, LIMITS)], sandbox)).verdict


def named(path: Path) -> str:
    return f"{path.parent.name}-{path.stem}"


@pytest.mark.parametrize("path", CANDIDATES, ids=named)
def test_a_candidate_gets_the_verdict_of_its_folder(path: Path, sandbox: Sandbox) -> None:
    assert verdict(sandbox, path.read_text(), APART) == path.parent.name


@pytest.mark.parametrize("path", CANDIDATES, ids=named)
def test_the_verdict_is_the_same_where_assertions_run_as_code(path: Path, sandbox: Sandbox) -> None:
    assert verdict(sandbox, path.read_text(), IN_PLACE) == path.parent.name


def test_what_runs_as_code_believes_an_equality_as_plain_assertions_do(sandbox: Sandbox) -> None:
    code = (Path(__file__).parent / "candidates/WA/equals_everything.py").read_text()
    assert verdict(sandbox, code, "for _ in range(1): assert double(1) == 2") is Verdict.AC


def test_pytest_functions_of_the_module_named_solution_are_called(sandbox: Sandbox) -> None:
    right = "def double(n): return n + n"
    assert verdict(sandbox, right, PYTEST) is Verdict.AC
    assert verdict(sandbox, right + " if n != 'a' else n", PYTEST) is Verdict.WA
    assert verdict(sandbox, right + " if n else 0", PYTEST) is Verdict.RE  # pytest: DID NOT RAISE


def test_a_candidate_that_is_no_text_is_none_for_the_compiler(sandbox: Sandbox) -> None:
    assert verdict(sandbox, "def double(n): return n + n  # \ud800", APART) is Verdict.CE


def test_programs_in_another_language_are_not_run_and_said_so(sandbox: Sandbox) -> None:
    solution, case = under_test(Solution("s", "int main() {}", Language.CPP), APART)
    judged = next(judge_all([Entry(solution, (case,), ASSERTIONS, LIMITS)], sandbox))
    assert (judged.verdict, judged.detail) == (
        Verdict.JE,
        "test code calls functions in python only, not in cpp",
    )


def told(value: object) -> object:
    return json.loads(telling._shown(value))


SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.integers(-1, 1),
    st.floats(),
    st.floats(allow_nan=False).map(lambda x: float(round(x)) if abs(x) < 1e9 else x),
    st.complex_numbers(),
    st.text(st.characters(), max_size=3),
    st.binary(max_size=3),
)
KEYS = SCALARS | st.tuples(SCALARS, SCALARS)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.lists(inner, max_size=3).map(tuple),
        st.sets(KEYS, max_size=3),
        st.frozensets(KEYS, max_size=3),
        st.dictionaries(KEYS, inner, max_size=3),
    ),
    max_leaves=6,
)


def has_nan(value: object) -> bool:
    """Then `==` goes by identity, which no text can have."""
    return "nan" in repr(value)


@given(VALUES, VALUES)
def test_what_is_told_equals_as_the_values_do(value: object, other: object) -> None:
    if not has_nan(value) or not has_nan(other):
        assert Expectation(Form.EQUAL, other).met_by(told(value)) is (value == other)
        assert Expectation(Form.UNEQUAL, other).met_by(told(value)) is (value != other)
    if not has_nan(value):
        assert Expectation(Form.EQUAL, value).met_by(told(value))


@given(VALUES)
def test_what_is_told_is_as_true_as_the_value(value: object) -> None:
    assert Expectation(Form.TRUE).met_by(told(value)) is bool(value)
    assert Expectation(Form.FALSE).met_by(told(value)) is not bool(value)


Pair = namedtuple("Pair", "a b")
Colour = IntEnum("Colour", "RED")
LIKE = [True, 1, 1.0, 0, None, "", (1,), [1], {1}, {1: 2}, {1: 0}, (1, 2), 0.5, b"a", [1, 2], {(1, 2)}, "a"]
RETURNED = [
    *(Counter([1]), OrderedDict({1: 2}), defaultdict(int, {1: 0}), Pair(1, 2), Colour.RED, deque([1, 2])),
    *(Fraction(1, 2), Decimal("0.5"), Decimal("nan"), {1: 2}.keys(), {1: 2}.values(), range(1, 2)),
    *(numpy.int64(1), numpy.float32(0.5), numpy.bool_(True), numpy.str_("a"), [numpy.int8(1), 2]),
    *(bytearray(b"a"), object(), int, {1: 2}.items(), frozenset({1}), (x for x in [1]), -0.0, 10**400),
]


def known(value: object) -> str:
    """A name that every process gives it: without the address in memory."""
    return repr(value).partition(" at 0x")[0][:40]


@pytest.mark.parametrize("value", RETURNED, ids=known)
def test_other_types_equal_builtin_values_as_they_do_in_python(value: object) -> None:
    for other in LIKE:
        if isinstance(value, numpy.generic) and isinstance(other, list | tuple):
            continue  # numpy compares with each part
        assert Expectation(Form.EQUAL, other).met_by(told(value)) is bool(value == other), other
    for single in (True, False, None):
        assert Expectation(Form.SAME, single).met_by(told(value)) is (value is single)


@pytest.mark.parametrize("value", RETURNED, ids=known)
def test_other_types_are_as_true_as_in_python(value: object) -> None:
    assert Expectation(Form.TRUE).met_by(told(value)) is bool(value)


def test_what_contains_itself_or_has_no_end_equals_nothing_and_is_still_true() -> None:
    itself: list[object] = [1]
    itself.append(itself)
    unfolded: list[object] = [1]
    for _ in range(64):
        unfolded = [unfolded, unfolded]
    deep: list[object] = []
    for _ in range(100_000):
        deep = [deep]
    for value in (itself, unfolded, deep, "x" * 10**6, 1 << 10**7):
        assert told(value) == {"o": True}
        assert not Expectation(Form.EQUAL, [1]).met_by(told(value))


FORMS = [
    ("f(1) == 2", Form.EQUAL, 2),
    ("2 == f(1)", Form.EQUAL, 2),
    ("f(1) != (1, [2])", Form.UNEQUAL, (1, [2])),
    ("f(1) is True", Form.SAME, True),
    ("f(1) is not None", Form.NOT_SAME, None),
    ("f(1) in [1, 2]", Form.AMONG, [1, 2]),
    ("f(1) not in {1, 2}", Form.NOT_AMONG, {1, 2}),
    ("f(1)", Form.TRUE, None),
    ("not f(1)", Form.FALSE, None),
    ("abs(f(1) - 0.5) < 1e-6", Form.NEARER, 0.5),
    ("abs(-3 - f(1)) <= 10 ** -9", Form.NEAR, -3),
    ("math.isclose(f(1), 0.5, rel_tol=1e-3)", Form.CLOSE, 0.5),
    ("sorted(f(1))[0] == 10**9 + 7", Form.EQUAL, 10**9 + 7),
    ("f(1) == [0] * 3 + [float('-inf')]", Form.EQUAL, [0, 0, 0, -float("inf")]),
    ("round(f(1), 2) == -1.5", Form.EQUAL, -1.5),
    ("f(1) == {'a': {1, 2}, b'b': set()}", Form.EQUAL, {"a": {1, 2}, b"b": set()}),
]


@pytest.mark.parametrize(("assertion", "form", "value"), FORMS)
def test_an_assertion_against_a_literal_is_taken_apart(assertion: str, form: Form, value: object) -> None:
    read = read_test(f"assert {assertion}, 'a message'")
    assert [(each.form, each.value) for each in read.expectations] == [(form, value)]
    assert read.complete


@pytest.mark.parametrize(
    "code",
    [
        "assert f(1) == g(1)",
        "assert f(1) == 2 or f(1) == 3",
        "assert f(1) == float('nan')",
        "assert f(1) == 9 ** 9 ** 9",
        "assert f(1) == [0] * 10**9",
        "assert f(1) < 2",
        "for x in []: assert f(x) == 1",
        "try:\n    assert f(1) == 2\nexcept AssertionError: pass",
        "def check(c):\n    assert c(1) == 2\ncheck(f)\ncheck(f)",
        "def check(c):\n    if c(1): return\n    assert c(1) == 2\ncheck(f)",
        "x = f",
    ],
)
def test_what_cannot_be_decided_outside_stays_code(code: str) -> None:
    read = read_test(code)
    assert (read.expectations, read.complete) == ((), False)


@pytest.mark.parametrize(
    ("code", "complete"),
    [
        ("import math\nx = f(1)\nassert x == 2", True),
        ("from numpy.testing import assert_allclose\nassert_allclose(f(1), 2)\nassert f(1) == 2", False),
        ("import pytest\nassert f(1) == 2\nwith pytest.raises(ValueError): f(0)", False),
        ("def same(a, b): assert a == b\nsame(f(1), 2)\nassert f(1) == 2", False),
        ("def pair(n): return (n, n)\nassert f(*pair(1)) == 2", True),
        ("assert f(1) == 2\nassert f(1) == f(2)", False),
    ],
)
def test_a_check_of_another_kind_beside_assertions_wants_the_end_to_be_proved(
    code: str, complete: bool
) -> None:
    read = read_test(code)
    assert (len(read.expectations), read.complete) == (1, complete)


def test_no_expected_value_enters_the_child_and_the_secret_is_new_each_time() -> None:
    apart = [under_test(Solution("s", ""), "assert f(1) == 271828")[1] for _ in range(2)]
    in_place = [under_test(Solution("s", ""), "assert f(1) > 271828")[1] for _ in range(2)]
    assert "271828" not in apart[0].input
    assert apart[0] == apart[1]
    assert in_place[0].input != in_place[1].input


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("assert f(", "the test code cannot be read: '(' was never closed"),
        ("assert f('\ud800')", "the test code cannot be read"),
        ("from solution import f\nclass TestF: pass", "TestF is a class of tests; only functions are called"),
        ("from solution import f\ndef test_f(tmp_path): pass", "test_f needs pytest"),
        ("", "it asks nothing"),
        ("METADATA = {'author': 'x'}\ndef check(c):\n    assert c(1) == 2", "it asks nothing"),
        ("class F(TestCase): ...\nif __name__ == '__main__': ...", "it asks nothing"),
        ("class F(TestCase): ...\nunittest.main(exit=False)", "unittest.main ends"),
    ],
)
def test_test_code_that_cannot_be_read_is_said_in_a_sentence(code: str, message: str) -> None:
    with pytest.raises(InputError, match=message.replace("(", r"\(")):
        read_test(code)


@given(st.binary(max_size=64), st.sampled_from([b"", telling.MARK, telling.MARK + b'{"told":[[0,']))
def test_no_output_breaks_the_judge(noise: bytes, before: bytes) -> None:
    assert not ASSERTIONS.accepts(before + noise + b"\n", b"\nassert f(1) == {(1,): {2}}")


@pytest.mark.parametrize(
    "form",
    [
        *('{"t":1}', '{"i":"x"}', '{"c":[1]}', '{"q":["1","0"]}', '{"q":["%s","1"]}' % ("f" * 10**6), "{}"),
        *('{"d":[[1],2]}', '{"s":[{"s":[]}]}', '{"s":[1,1.0]}', "[" * 10**5, '{"b":"0"}', '{"a":1,"b":2}'),
    ],
    ids=lambda form: form[:20],
)
def test_a_made_up_value_meets_nothing(form: str) -> None:
    output = telling.MARK + f'{{"told":[[0,{form}]],"end":""}}\n'.encode()
    for value in ("1", "{1}", "{1, 2}", "{1: 2}", "(1,)", "b''", "1j"):
        assert not ASSERTIONS.accepts(output, f"\nassert f(1) == {value}".encode())
