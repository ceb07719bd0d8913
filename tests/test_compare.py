import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from synthsmith.verification.compare import TOKENS, Checker, checker_for, parse_checker
from synthsmith.verification.errors import InputError
from synthsmith.verification.types import Parameter, Signature

TEXT_CHECKERS = [
    parse_checker(value)
    for value in (
        "tokens",
        "exact",
        "lines",
        "unordered",
        {"kind": "tokens", "case_sensitive": False},
        {"kind": "floats", "absolute": 1e-6, "relative": 1e-6},
        {"kind": "floats", "absolute": 1e-6},
        {"kind": "floats", "relative": 1e-9},
        {"kind": "floats"},
    )
]
COUNT = Signature("count", (Parameter("a", "List[int]"),), "int")
MEAN = Signature("mean", (Parameter("a", "List[int]"),), "float")
CHECKERS = TEXT_CHECKERS + [checker_for(checker, COUNT) for checker in TEXT_CHECKERS]
FLOATS = TEXT_CHECKERS[5]
VALUES = checker_for(TOKENS, COUNT)

words = st.sampled_from(
    b"1 1.0 01 1e0 -0 0 0.0 nan NaN inf -inf 1e999 1_0 yes YES \xff\xfe [1,2] [2,1] true 0.015625 1e5".split()
)
blanks = st.sampled_from([b" ", b"\n", b"\r\n", b"\t", b"\n\n", b"  "])
outputs = st.one_of(
    st.binary(max_size=40),
    st.lists(st.one_of(words, blanks), max_size=12).map(b"".join),
    st.floats().map(lambda number: repr(number).encode()),
    st.recursive(
        st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text(max_size=5)),
        lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(st.text(max_size=3), inner)),
        max_leaves=8,
    ).map(lambda value: json.dumps(value).encode()),
)
checkers = st.sampled_from(CHECKERS)
alike = st.recursive(  # values that are often equal, in different words
    st.sampled_from(
        ["1", "1.0", "-0.0", "0", "true", "false", "null", '"1"', "NaN", "Infinity", "1e22", "1e400"]
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=2).map(lambda items: f"[{','.join(items)}]"),
        st.tuples(inner, inner).map('{{"a":{0[0]},"b":{0[1]}}}'.format),
        st.tuples(inner, inner).map('{{"b":{0[0]},"a":{0[1]}}}'.format),
    ),
    max_leaves=4,
).map(str.encode)


@given(st.sampled_from(["tokens", "exact", "lines", "unordered"]), alike, alike)
def test_values_are_equal_where_their_keys_are(kind: str, one: bytes, other: bytes) -> None:
    checker = checker_for(parse_checker(kind), COUNT)
    assert checker.accepts(one, other) is (checker.key(one) == checker.key(other))


@given(checkers, outputs)
def test_every_output_is_accepted_as_itself(checker: Checker, output: bytes) -> None:
    assert checker.accepts(output, output)
    assert checker.key(output) == checker.key(output)


@given(checkers, outputs, outputs)
def test_judging_is_symmetric_but_for_tolerances_that_are_relative_to_the_answer(
    checker: Checker, one: bytes, other: bytes
) -> None:
    if not checker.relative:
        assert checker.accepts(one, other) == checker.accepts(other, one)


@given(st.sampled_from([c for c in CHECKERS if c.kind != "floats"]), outputs, outputs)
def test_without_a_tolerance_an_output_is_accepted_if_and_only_if_the_keys_are_equal(
    checker: Checker, one: bytes, other: bytes
) -> None:
    assert checker.accepts(one, other) == (checker.key(one) == checker.key(other))


@given(st.floats(allow_nan=False, allow_infinity=False), st.floats(-20, 20))
def test_numbers_that_vote_together_are_within_the_width_of_a_cell(number: float, tolerances: float) -> None:
    other = number + tolerances * 1e-6 * max(1.0, abs(number))
    if not math.isfinite(other):
        return
    one, two = repr(number).encode(), repr(other).encode()
    together = FLOATS.key(one) == FLOATS.key(two)
    assert together or abs(tolerances) > 1e-6
    if together:
        assert abs(number - other) <= 11e-6 * max(1.0, abs(number), abs(other))


def test_numbers_at_round_values_vote_together_however_they_are_printed() -> None:
    for exact in (0.0, 1.0, 0.5, 0.015625, 0.1, 1e-5, 5e-6, 10.0, 100000.0, 123456.5, -2.5):
        keys = {FLOATS.key(b"%r" % (exact + noise)) for noise in (0, 1e-11, -1e-11)}
        keys |= {FLOATS.key(b"%.7f" % exact), FLOATS.key(b"%.12e" % exact)}
        assert len(keys) == 1, exact


@pytest.mark.parametrize(
    ("value", "one", "other", "same"),
    [
        ("tokens", b"1  2\n", b"1\n2", True),
        ("tokens", b"Yes", b"yes", False),
        ("tokens", b"1", b"1.0", False),
        ("tokens", b"1 2", b"1 2 3", False),
        ("tokens", b"12", b"1 2", False),
        ({"kind": "tokens", "case_sensitive": False}, b"Yes", b"YES", True),
        ("exact", b"1\n", b"1", False),
        ("lines", b"1 2 \r\n3\n\n", b"1 2\n3", True),
        ("lines", b"1  2", b"1 2", False),
        ("lines", b"\n1", b"1", False),
        ("lines", b" 1", b"1", False),
        ("unordered", b"b 2\na 1\n", b"a  1\n\nb 2", True),
        ("unordered", b"a\na\nb", b"a\nb\nb", False),
        ("unordered", b"a b", b"a\nb", False),
        ({"kind": "floats", "absolute": 1e-6}, b"-0", b"0.0", True),
        ({"kind": "floats", "absolute": 1e-6}, b"1e5", b"100000.0", True),
        ({"kind": "floats", "absolute": 1e-6}, b"0.3333333", b"0.33333333333", True),
        ({"kind": "floats", "absolute": 1e-6}, b"0.33333", b"0.33333333333", False),
        ({"kind": "floats", "absolute": 1e-6}, b"nan", b"0", False),
        ({"kind": "floats", "absolute": 1e-6}, b"NaN", b"nan", True),
        ({"kind": "floats", "absolute": 1e-6}, b"inf", b"1e999", False),
        ({"kind": "floats", "absolute": 1e-6}, b"IMPOSSIBLE", b"impossible", True),
        ({"kind": "floats", "absolute": 1e-6}, b"1_0", b"10", False),
        ({"kind": "floats", "relative": 1e-6}, b"1000000.5", b"1000000", True),
        ({"kind": "floats", "relative": 1e-6}, b"10", b"0.1", False),
        ({"kind": "floats", "absolute": 0.1}, b"1 2", b"1", False),
    ],
)
def test_outputs_are_judged_by_the_named_rule(value: object, one: bytes, other: bytes, same: bool) -> None:
    assert parse_checker(value).accepts(one, other) is same


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (b"1", b"1.0", True),
        (b"-0.0", b"0", True),
        (b"true", b"1", False),
        (b'{"a": 1, "b": 2}', b'{"b":2,"a":1.0}', True),
        (b"[1, 2]", b"[2, 1]", False),
        (b'"a b"', b'"a  b"', False),
        (b"null", b'"null"', False),
        (b"not json", b" not json\n", True),
        (b"[" * 100_000, b"[" * 100_000, True),
        (b"9" * 5000, b"9" * 5000 + b" ", True),
        (b'"\\u00e9"', '"é"'.encode(), True),
    ],
)
def test_results_of_functions_are_compared_as_values(one: bytes, other: bytes, same: bool) -> None:
    assert VALUES.accepts(one, other) is same
    assert (VALUES.key(one) == VALUES.key(other)) is same


def test_functions_that_return_floats_may_differ_a_little() -> None:
    assert checker_for(TOKENS, MEAN).accepts(b"0.30000000000000004", b"0.3")
    assert not checker_for(TOKENS, MEAN).accepts(b"0.301", b"0.3")
    assert not VALUES.accepts(b"0.30000000000000004", b"0.3")


def test_an_unordered_function_result_is_a_multiset_on_top_alone() -> None:
    checker = checker_for(parse_checker("unordered"), COUNT)
    assert checker.accepts(b"[[1,2],[3]]", b"[[3],[1,2]]")
    assert not checker.accepts(b"[[2,1],[3]]", b"[[3],[1,2]]")


def test_tolerances_reach_the_numbers_inside_a_value() -> None:
    checker = checker_for(FLOATS, COUNT)
    assert checker.accepts(b'{"a": [0.50000001, 2]}', b'{"a": [0.5, 2.0]}')
    assert not checker.accepts(b"[0.5, 2]", b"[0.5]")
    assert not checker.accepts(b"true", b"1")


def test_ten_megabytes_are_compared_in_linear_time() -> None:
    long = b"12 345\n" * 1_400_000
    digits = b"7" * 10_000_000 + b"x"
    for checker in TEXT_CHECKERS[:5]:
        assert checker.accepts(long, long + b"")
    assert FLOATS.accepts(digits, digits + b" ")


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("fuzzy", "'fuzzy' is not known"),
        (5, "5 is not known"),
        ({"absolute": 1}, "None is not known"),
        ({"kind": "floats", "eps": 1}, "no option 'eps'"),
        ({"kind": "floats", "absolute": -1}, "must be a number >= 0"),
        ({"kind": "floats", "relative": "1e-6"}, "must be a number >= 0"),
        ({"kind": "floats", "relative": math.nan}, "must be a number >= 0"),
        ({"kind": "tokens", "case_sensitive": 0}, "must be true or false"),
        ({"kind": "program", "language": "java", "code": "x"}, "must be python or cpp"),
        ({"kind": "program", "language": "cpp"}, "must be the text of a program"),
    ],
)
def test_a_wrong_checker_is_refused_in_one_sentence(value: object, message: str) -> None:
    with pytest.raises(InputError, match=message):
        parse_checker(value)


def test_a_checker_program_gives_no_key() -> None:
    checker = parse_checker({"kind": "program", "language": "cpp", "code": "int main() {}"})
    with pytest.raises(InputError, match="has to be run"):
        checker.accepts(b"1", b"1")
