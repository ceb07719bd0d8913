"""Rows in the layouts of other people's data sets, written for the tests after their documented schemas."""

import base64
import json
import pickle
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from synthsmith.builders.foreign import Source, layout_in, layout_named, table_at

Row = dict[str, object]
DOUBLE = ["print(2 * int(input()))", "n = int(input())\nprint(n + n)", "print(sum([int(input())] * 2))"]
SQUARE = "print(int(input()) ** 2)"
NUMBERS = (3, 4, 5, 6, 7)
INPUTS = [f"{number}\n" for number in NUMBERS]
OUTPUTS = [f"{2 * number}\n" for number in NUMBERS]
METHOD = "class Solution:\n    def double(self, n: int) -> int:\n        "
METHODS = [
    f"class Solution:\n    def double(self, n: int) -> int:\n        return {body}"
    for body in ("2 * n", "n + n", "n << 1")
]


def taco(**changes: object) -> Row:
    """TACO, as BAAI/TACO has it."""
    tests = {"inputs": INPUTS, "outputs": OUTPUTS}
    return {
        "question": "Double it.",
        "solutions": json.dumps(DOUBLE),
        "starter_code": "",
        "input_output": json.dumps(tests),
        "difficulty": "EASY",
        "raw_tags": "[]",
        "name": None,
        "source": "codeforces",
        "tags": "[]",
        "skill_types": "[]",
        "url": "https://example.org/1",
        "Expected Auxiliary Space": None,
        "time_limit": "2.0 seconds",
        "date": None,
        "picture_num": None,
        "memory_limit": "256.0 megabytes",
        "Expected Time Complexity": None,
    } | changes


def apps(**changes: object) -> Row:
    """APPS: a function is called, its arguments are lists, its results lists of one."""
    tests = {"fn_name": "double", "inputs": [[n] for n in NUMBERS], "outputs": [[2 * n] for n in NUMBERS]}
    return {
        "problem_id": 7,
        "question": "Double it.",
        "solutions": json.dumps([f"def double(n):\n    return {body}" for body in ("2 * n", "n + n")]),
        "input_output": json.dumps(tests),
        "difficulty": "introductory",
        "url": "https://example.org/7",
        "starter_code": "def double(n):\n\t",
    } | changes


def codecontests(**changes: object) -> Row:
    """CodeContests: two languages that run, one that does not, and a wrong program."""
    return {
        "name": "1_A. Double",
        "description": "Double it.",
        "public_tests": {"input": INPUTS[:1], "output": OUTPUTS[:1]},
        "private_tests": {"input": INPUTS[1:3], "output": OUTPUTS[1:3]},
        "generated_tests": {"input": INPUTS[3:], "output": OUTPUTS[3:]},
        "source": 2,
        "difficulty": 7,
        "solutions": {"language": [3, 3, 1], "solution": [*DOUBLE[:2], "print 2 * input()"]},
        "incorrect_solutions": {"language": [3], "solution": [SQUARE]},
        "cf_contest_id": 1,
        "cf_index": "A",
        "cf_rating": 800,
        "time_limit": {"seconds": 1, "nanos": 500_000_000},
        "memory_limit_bytes": 256_000_000,
        "input_file": "",
        "output_file": "",
    } | changes


def livecodebench(**changes: object) -> Row:
    """LiveCodeBench: a function, private tests packed as in code_generation_lite, samples of a model."""
    tests = [
        {"input": f"{number}", "output": f"{2 * number}", "testtype": "functional"} for number in NUMBERS
    ]
    return {
        "question_title": "Double",
        "question_content": "Double it.",
        "platform": "leetcode",
        "question_id": "3000",
        "contest_id": "weekly-1",
        "contest_date": "2024-01-01T00:00:00",
        "starter_code": METHOD,
        "difficulty": "easy",
        "public_test_cases": json.dumps(tests[:1]),
        "private_test_cases": packed(json.dumps(tests[1:])),
        "metadata": json.dumps({"func_name": "double"}),
        "code_list": METHODS,
    } | changes


def packed(value: object) -> str:
    """A value as LiveCodeBench packs private tests."""
    return base64.b64encode(zlib.compress(pickle.dumps(value))).decode()


def xcoder(**changes: object) -> Row:
    """X-Coder-RL over stdin, its JSON encoded twice."""
    return {
        "id": "x1",
        "prompt": [{"role": "user", "content": "Double it."}],
        "prompter_type": "stdin",
        "type": "stdin_stdout",
        "input_output": json.dumps(json.dumps({"inputs": INPUTS, "outputs": OUTPUTS})),
        "selected_uts": None,
        "problem": None,
        "solutions": DOUBLE,
    } | changes


MODULE = """import pytest
from solution import double

LARGE = 10 ** 9

def test_small():
    assert double(3) == 6

def test_large():
    assert double(LARGE) == 2 * LARGE

def test_wrong():
    assert double(1) == 3

def test_raises():
    with pytest.raises(TypeError):
        double(None)

@pytest.mark.parametrize("n", [1, 2])
def test_many(n):
    assert double(n) == 2 * n

def test_fixture(tmp_path):
    assert double(1) == 2
"""


def kodcode(**changes: object) -> Row:
    """KodCode: one program, a pytest module of which one test is wrong and three only pytest can run."""
    return {
        "version": "v1.0",
        "style": "instruct",
        "subset": "Leetcode",
        "question_id": "Leetcode_1_I",
        "question": "Double it.",
        "solution": "def double(n):\n    return 2 * n\n",
        "test": MODULE,
        "test_info": [{"function_name": "double", "parameter_list": "(n)", "docstring": ""}],
        "gpt_difficulty": "easy",
        "gpt_pass_percentage": 1.0,
    } | changes


def lines(path: Path, *rows: Mapping[str, object] | str) -> Path:
    """The rows as JSON lines, texts as they are."""
    text = "".join((row if isinstance(row, str) else json.dumps(row)) + "\n" for row in rows)
    path.write_text(text, encoding="utf-8")
    return path


def parquet(path: Path, *rows: Row) -> Path:
    """The rows as Parquet."""
    pq.write_table(pa.Table.from_pylist(list(rows)), path)
    return path


def read(path: Path) -> list[Row]:
    """The objects of a file of JSON lines."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def codes(findings: Sequence[Row]) -> list[object]:
    """The codes of findings, in order."""
    return [finding["code"] for finding in findings]


def source(path: Path | str, layout: str | Path | None) -> Source:
    """The rows of files, in a layout that is known by its name, of a file of its own, or ours."""
    chosen = layout_in(layout) if isinstance(layout, Path) else layout_named(layout) if layout else None
    name = layout.name if isinstance(layout, Path) else layout or ""
    return Source(str(path), table_at(str(path), None, None, None), chosen, name)
