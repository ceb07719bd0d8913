import warnings
from concurrent.futures import ThreadPoolExecutor

import pytest
from synthsmith.verification.errors import InputError
from synthsmith.verification.programs import identify, parse
from synthsmith.verification.sandbox.languages import source_of
from synthsmith.verification.signatures import parse_signature
from synthsmith.verification.tokens import tokens
from synthsmith.verification.types import Language, Parameter, Program, Signature


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("print( 1 )  # one", "print(1)\n\n"),
        ("def f():\n  'doc'\n  return 1", "def f():\n    return 1"),
        ("def f():\n  'only doc'", "def f():\n    pass"),
        ("x = 'a'", 'x = "a"'),
        ("print 1 ", "print 1"),
    ],
)
def test_comments_layout_and_docstrings_make_no_other_program(one: str, other: str) -> None:
    assert identify(one) == identify(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("print(1)", "print(2)"),
        ("a = 1", "b = 1"),
        ("def f():\n 'x'\nprint(f.__doc__)", "def f():\n 'y'\nprint(f.__doc__)"),
        ("x = 1", "x = 1.0"),
        ("print 1", "print 2"),
    ],
)
def test_names_values_and_docstrings_that_are_read_do(one: str, other: str) -> None:
    assert identify(one) != identify(other)


def test_the_same_text_in_two_languages_is_two_programs() -> None:
    assert identify("x", Language.PYTHON) != identify("x", Language.CPP)


@pytest.mark.parametrize(
    "code", ["(" * 100_000, "-" * 100_000 + "1", "\0", "x = '\\d'", "1" * 5000, "\ud800"]
)
def test_hostile_source_is_identified_without_noise(code: str) -> None:
    assert identify(code) == identify(code + "\n")


@pytest.mark.parametrize("part", ["/*x", "\n\t ", '"', "#", "'\\"])
def test_hostile_source_in_cpp_is_read_in_one_go(part: str) -> None:
    code = part * 200_000  # with a look to the end from each part it would take many minutes
    signature = Signature("f", (Parameter("n", "int"),), "int", class_name="")
    assert source_of(Program(code, Language.CPP, signature)).count(b"\n") > code.count("\n")
    assert len(tokens(code, Language.CPP)) <= len(code)


def test_the_identity_of_a_program_is_the_same_in_every_version_of_python() -> None:
    # Verified with 3.11.7, 3.12.1 and 3.13.0, whose `ast.dump` give three different texts for it.
    code = "import sys\n\n\ndef f(a: int = 0, *b) -> str:\n    return f'{a!r:>3}' if a else g()\n"
    digest = "647c40afcad6190d48a8b711b2544a4563bd2f297f2e2a5101f222dab54f6d30"
    assert (identify(code).digest, identify(code).size) == (digest, 471)


def test_programs_are_parsed_without_warnings_in_many_threads_at_once() -> None:
    filters = list(warnings.filters)
    codes = [f"x = '\\d'; y = {i}" for i in range(400)]
    with ThreadPoolExecutor(8) as threads:
        assert len(list(threads.map(parse, codes))) == 400
    assert warnings.filters == filters


@pytest.mark.parametrize(
    "annotation", ["|".join(["int"] * 900), ".".join("a" * 900), "'" + "|".join(["int"] * 900) + "'"]
)
def test_a_type_that_goes_on_for_ever_is_refused_in_one_sentence(annotation: str) -> None:
    with pytest.raises(InputError, match="the type of a is longer than 200 characters"):
        parse_signature(f"class Solution:\n    def f(self, a: {annotation}) -> int: pass")


@pytest.mark.parametrize(
    ("code", "signature"),
    [
        (
            "class Solution:\n    def twoSum(self, nums: List[int], target: int) -> List[int]:\n        ",
            Signature("twoSum", (Parameter("nums", "List[int]"), Parameter("target", "int")), "List[int]"),
        ),
        (
            "def f(a: 'Optional[int]') -> int: ...",
            Signature("f", (Parameter("a", "Optional[int]"),), "int", ""),
        ),
        (
            "class Node: pass\nclass Solution:\n    @staticmethod\n    def f(a: int) -> str: pass\n"
            "    def _help(self): pass",
            Signature("f", (Parameter("a", "int"),), "str"),
        ),
    ],
)
def test_starter_code_names_the_function_to_be_called(code: str, signature: Signature) -> None:
    assert parse_signature(code) == signature


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("class Solution: def", "is not Python"),
        ("x = 1", "exactly one public function or method, not none"),
        ("def f() -> int: ...\ndef g() -> int: ...", "not f, g"),
        ("class A:\n pass\nclass B:\n pass", "declares 2 classes"),
        ("def f(a) -> int: ...", "f: a has no type"),
        ("def f(a: int): ...", "f: the result has no type"),
        ("def f(*a: int) -> int: ...", "plain positional"),
    ],
)
def test_starter_code_that_cannot_be_called_is_refused_in_one_sentence(code: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        parse_signature(code)
