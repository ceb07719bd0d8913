import gzip
import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from synthsmith.builders.tables import is_parquet
from synthsmith.verification.errors import InputError
from synthsmith.verification.problems import count_problems, read_problems
from synthsmith.verification.types import Case, Language, Limits, Solution

ROW: dict[str, object] = {
    "id": "p1",
    "statement": "Double it.",
    "time_limit_s": 1.5,
    "memory_mb": 256,
    "checker": "lines",
    "tests": [{"name": "one", "input": "1\n", "output": "2\n", "group": 3}, {"input": "2\n"}],
    "submissions": [{"name": "a", "language": "cpp", "code": "int main() {}", "expected": "AC"}],
    "source": "here",
}


def written(path: Path, *lines: str) -> Path:
    path.write_text("".join(line + "\n" for line in lines))
    return path


def test_a_row_becomes_our_words_and_carries_what_is_not_ours(tmp_path: Path) -> None:
    [problem] = read_problems(written(tmp_path / "in.jsonl", json.dumps(ROW)))
    assert (problem.id, problem.statement, problem.signature) == ("p1", "Double it.", None)
    assert problem.limits == Limits(cpu_seconds=1.5, memory_mb=256)
    assert problem.checker.kind == "lines"
    assert problem.cases == (Case("one", "1\n", expected="2\n"), Case("1", "2\n"))
    assert problem.tests == ("one", 1)
    assert problem.submissions == (Solution("a", "int main() {}", Language.CPP),)
    assert (problem.extra, problem.test_extra[0]) == ({"source": "here"}, {"group": 3})
    assert problem.submission_extra == ({"expected": "AC"},)


def test_optional_fields_have_defaults_and_may_be_null(tmp_path: Path) -> None:
    row = {"id": 4, "tests": [], "submissions": [], "statement": None, "entry": None, "checker": None}
    [problem] = read_problems(written(tmp_path / "in.jsonl", json.dumps(row | {"time_limit_s": None})))
    assert (problem.id, problem.limits, problem.checker.kind) == (4, Limits(), "tokens")


def test_starter_code_makes_the_checker_one_of_values(tmp_path: Path) -> None:
    row = ROW | {"entry": "class Solution:\n    def f(self, a: int) -> int:\n        "}
    [problem] = read_problems(written(tmp_path / "in.jsonl", json.dumps(row)))
    assert problem.signature is not None
    assert problem.checker.values


def test_gzipped_files_are_known_by_their_content_and_blank_lines_are_skipped(tmp_path: Path) -> None:
    path = tmp_path / "in.jsonl"
    path.write_bytes(
        gzip.compress(b"\n".join([json.dumps(ROW).encode(), b"", b" ", json.dumps(ROW).encode()]))
    )
    assert [problem.where.split(" row ")[1] for problem in read_problems(path)] == [
        '1 (id "p1")',
        '4 (id "p1")',
    ]
    assert count_problems(path) == 2


@pytest.mark.parametrize("read", [count_problems, is_parquet])
def test_a_pipe_is_refused_and_not_taken_for_an_empty_file(read: Callable[[Path], object]) -> None:
    out, into = os.pipe()
    try:
        os.write(into, json.dumps(ROW).encode())
        os.close(into)
        with pytest.raises(InputError, match=f"/dev/fd/{out} is a pipe"):
            read(Path(f"/dev/fd/{out}"))
    finally:
        os.close(out)


def test_rows_are_read_one_at_a_time(tmp_path: Path) -> None:
    rows = read_problems(written(tmp_path / "in.jsonl", json.dumps(ROW), "{"))
    assert next(rows).id == "p1"
    with pytest.raises(InputError, match=r"row 2 is not JSON"):
        next(rows)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"id": None}, "field id must be a non-empty string or a whole number, not null"),
        ({"id": True}, "field id must be a non-empty string or a whole number, not true"),
        ({"statement": 5}, r"\(id \"p1\"\): field statement must be a string, not 5"),
        ({"time_limit_s": "1"}, 'field time_limit_s must be a number above 0, not "1"'),
        ({"time_limit_s": 0}, "field time_limit_s must be a number above 0, not 0"),
        ({"memory_mb": -1}, "field memory_mb must be a number above 0"),
        ({"checker": "fuzzy"}, "field checker: checker 'fuzzy' is not known; use one of tokens, exact"),
        ({"entry": "def f(a): ..."}, "field entry: f: a has no type annotation"),
        ({"tests": {}}, "field tests must be a list, not {}"),
        ({"tests": [5]}, r"field tests\[0\] must be an object, not 5"),
        ({"tests": [{"input": 1}]}, r"field tests\[0\].input must be a string, not 1"),
        ({"tests": [{"output": "1"}]}, r"field tests\[0\].input is missing"),
        ({"tests": [{"input": "", "output": 2}]}, r"field tests\[0\].output must be a string, not 2"),
        ({"tests": [{"input": "", "name": "a"}] * 2}, r"field tests\[1\].name: 'a' is taken"),
        ({"tests": [{"input": "\ud800"}]}, r"field tests\[0\].input holds half a surrogate pair"),
        ({"submissions": None}, "field submissions must be a list, not null"),
        (
            {"submissions": [{"name": "a", "language": "java", "code": ""}]},
            r'field submissions\[0\].language must be "python" or "cpp", not "java"',
        ),
        ({"submissions": [{"name": "a", "language": "cpp"}]}, r"field submissions\[0\].code is missing"),
        ({"submissions": [{"language": "cpp", "code": ""}]}, r"field submissions\[0\].name is missing"),
    ],
)
def test_what_is_wrong_is_said_with_file_row_and_field(
    tmp_path: Path, changes: dict[str, object], message: str
) -> None:
    path = written(tmp_path / "in.jsonl", json.dumps(ROW), json.dumps(ROW | changes))
    with pytest.raises(InputError, match="in.jsonl row 2.*" + message):
        list(read_problems(path))


@pytest.mark.parametrize("line", ["{", "[]", '"x"', "nonsense", "[" * 100_000])
def test_a_line_that_is_no_object_is_named(tmp_path: Path, line: str) -> None:
    with pytest.raises(InputError, match=r"in.jsonl row 1 (is not JSON|must be a JSON object)"):
        list(read_problems(written(tmp_path / "in.jsonl", line)))


def test_files_that_cannot_be_read_are_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"none.jsonl cannot be read: No such file"):
        list(read_problems(tmp_path / "none.jsonl"))
    with pytest.raises(InputError, match="cannot be read: Is a directory"):
        list(read_problems(tmp_path))
    cut = tmp_path / "cut.gz"
    cut.write_bytes(gzip.compress(json.dumps(ROW).encode() * 100)[:-9])
    with pytest.raises(InputError, match=r"cut.gz is a damaged gzip file"):
        list(read_problems(cut))
    (tmp_path / "latin").write_bytes(b'{"id": "\xe9"}\n')
    with pytest.raises(InputError, match="latin row 1 is not JSON: 'utf-8'"):
        list(read_problems(tmp_path / "latin"))
