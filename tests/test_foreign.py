"""Reading other people's rows: every layout, every form of file, odd encodings, what is wrong with a row."""

import json
import pickle
import tracemalloc
import zlib
from base64 import b64encode
from collections.abc import Callable
from pathlib import Path

import made_foreign as made
import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_foreign import DOUBLE, INPUTS, NUMBERS, OUTPUTS, Row, lines, parquet, source
from synthsmith.builders.foreign import LAYOUTS, count, entries, layout_in, layout_named
from synthsmith.builders.foreign.decoding import decode, pickled_text
from synthsmith.verification.errors import InputError
from synthsmith.verification.stated import BadRow, Entry

ROOT = Path(__file__).resolve().parent.parent
MADE: dict[str, Callable[[], Row]] = {
    "taco": made.taco,
    "apps": made.apps,
    "codecontests": made.codecontests,
    "livecodebench": made.livecodebench,
    "xcoder-rl": made.xcoder,
    "kodcode": made.kodcode,
}
FORMS = {"rows.jsonl": lines, "rows.parquet": parquet}


def one(path: Path, layout: str | Path) -> Entry:
    [entry] = entries(source(path, layout))
    assert isinstance(entry, Entry)
    return entry


def refused(path: Path, layout: str | Path | None) -> str:
    with pytest.raises(InputError) as error:
        list(entries(source(path, layout)))
    return str(error.value)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("layout", MADE)  # those of benchmarks: test_evaluation.py
def test_every_layout_is_read_from_lines_and_parquet(tmp_path: Path, layout: str, form: str) -> None:
    path = FORMS[form](tmp_path / form, MADE[layout]())
    entry = one(path, layout)
    problem = entry.problem
    assert problem.statement == "Double it."
    assert str(path) in problem.where
    if layout == "kodcode":
        assert problem.assertions
        assert problem.tests == ("test_small", "test_large", "test_wrong")
    else:
        expected = [case.expected.strip() for case in problem.cases if case.expected]
        assert [case.input.strip() for case in problem.cases] == list(map(str, NUMBERS))
        assert expected == [str(2 * number) for number in NUMBERS]
    assert count(source(path, layout)) == 1


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_examples_are_the_layouts_of_the_package(layout: str) -> None:
    shown = ROOT / "examples/foreign" / f"{layout}.yaml"
    assert shown.read_text() == (ROOT / "builders/foreign/layouts" / f"{layout}.yaml").read_text()
    assert layout_in(shown) == layout_named(layout)


def test_taco_has_limits_in_words_and_programs_that_are_right(tmp_path: Path) -> None:
    entry = one(lines(tmp_path / "rows.jsonl", made.taco()), "taco")
    assert (entry.problem.limits.cpu_seconds, entry.problem.limits.memory_mb) == (2.0, 256)
    assert (entry.problem.id, entry.problem.extra["source"]) == ("row 1", "codeforces")
    assert entry.stated.right == ("right1", "right2", "right3")


def test_codecontests_has_wrong_programs_that_never_vote_and_languages_that_do_not_run(
    tmp_path: Path,
) -> None:
    row = made.codecontests(solutions={"language": ["PYTHON3", "CPP", "JAVA"], "solution": ["a", "b", "c"]})
    entry = one(lines(tmp_path / "rows.jsonl", row), "codecontests")
    problem, stated = entry.problem, entry.stated
    assert [str(each.language) for each in problem.submissions] == ["python", "cpp"]
    assert [each.code for each in stated.wrong] == [made.SQUARE]
    assert stated.left_out == {"programs in the language 'JAVA'": 1}
    assert (problem.limits.cpu_seconds, problem.limits.memory_mb) == (1.5, 245)
    assert problem.tests == ("public0", "private0", "private1", "generated0", "generated1")


def test_codecontests_lists_of_objects_are_read_like_lists_beside_each_other(tmp_path: Path) -> None:
    pairs = [{"input": given, "output": output} for given, output in zip(INPUTS, OUTPUTS, strict=True)]
    row = made.codecontests(public_tests=pairs, private_tests=[], generated_tests=[])
    assert len(one(lines(tmp_path / "rows.jsonl", row), "codecontests").problem.cases) == len(NUMBERS)


def test_of_many_programs_the_first_are_taken_and_the_others_counted(tmp_path: Path) -> None:
    row = made.taco(solutions=json.dumps([f"print({number})" for number in range(20)]))
    entry = one(lines(tmp_path / "rows.jsonl", row), "taco")
    assert len(entry.problem.submissions) == 16
    assert entry.stated.left_out == {"programs after the first 16 stated as right": 4}


@pytest.mark.parametrize(
    ("starter", "outputs", "expected"),
    [
        ("def double(n):\n\t", [[6], [8]], ["6", "8"]),  # boxed, as APPS has it
        ("def double(n):\n\t", [6, 8], ["6", "8"]),
        ("def double(n):\n\t", [[6], [8, 1]], ["[6]", "[8, 1]"]),  # lists are what is returned
        (made.METHOD.replace("-> int", "-> List[int]"), [[6], [8]], ["[6]", "[8]"]),
        (made.METHOD.replace("-> int", "-> List[int]"), [[[6]], [[8, 1]]], ["[6]", "[8, 1]"]),
    ],
)
def test_results_in_boxes_are_taken_out_unless_lists_are_what_is_returned(
    tmp_path: Path, starter: str, outputs: list[object], expected: list[str]
) -> None:
    tests = {"fn_name": "double", "inputs": [[3], [4]], "outputs": outputs}
    row = made.apps(input_output=json.dumps(tests), starter_code=starter)
    problem = one(lines(tmp_path / "rows.jsonl", row), "apps").problem
    assert [case.expected for case in problem.cases] == expected


@pytest.mark.parametrize(
    ("starter", "programs", "class_name", "parameters"),
    [
        ("def double(n):\n\t", [], "", ["n"]),
        ("", ["def double(n): return n"], "", ["a0"]),
        ("", ["class Solution:\n    def double(self, n): return n"], "Solution", ["a0"]),
        ("class Solution:\n    def double(self, number):\n        # here", [], "Solution", ["number"]),
        (made.METHOD, [], "Solution", ["n"]),
    ],
)
def test_a_function_without_types_is_called_all_the_same(
    tmp_path: Path, starter: str, programs: list[str], class_name: str, parameters: list[str]
) -> None:
    row = made.apps(starter_code=starter, solutions=json.dumps(programs))
    signature = one(lines(tmp_path / "rows.jsonl", row), "apps").problem.signature
    assert signature is not None
    assert (signature.class_name, [each.name for each in signature.parameters]) == (class_name, parameters)


def test_inputs_of_lines_are_joined_for_programs(tmp_path: Path) -> None:
    tests = {"inputs": [["1", "2"]], "outputs": [["3"]]}
    row = made.taco(input_output=json.dumps(tests))
    [case] = one(lines(tmp_path / "rows.jsonl", row), "taco").problem.cases
    assert (case.input, case.expected) == ("1\n2", "3")


def test_xcoder_rows_of_all_three_kinds_are_read(tmp_path: Path) -> None:
    inner = json.dumps({"inputs": ["3"], "outputs": ["6"], "fn_name": "double"})
    functional = made.xcoder(
        id="x2", prompter_type="livecodebench", selected_uts=json.dumps({"input_output": inner}), type=None
    )
    tests = {"test_cases": ["assert double(3) == 6", "assert ("]}
    asserted = made.xcoder(
        id=3, prompter_type="leetcode", input_output=json.dumps(tests), type="stdin_stdout"
    )
    path = lines(tmp_path / "rows.jsonl", made.xcoder(), functional, asserted, made.xcoder(type="other"))
    first, second, third, bad = entries(source(path, "xcoder-rl"), skip_bad=True)
    assert isinstance(first, Entry)
    assert isinstance(second, Entry)
    assert isinstance(third, Entry)
    assert [case.input for case in first.problem.cases] == INPUTS
    assert second.problem.signature is not None
    assert third.problem.assertions
    assert [case.input for case in third.problem.cases] == ["assert double(3) == 6"]
    [reason] = third.stated.left_out
    assert reason.startswith("test code that cannot be read")
    assert isinstance(bad, BadRow)
    assert "the layout has no tests for prompter_type 'stdin', type 'other'" in bad.detail


def test_of_pytest_modules_what_only_pytest_can_run_is_left_out_and_counted(tmp_path: Path) -> None:
    stated = one(lines(tmp_path / "rows.jsonl", made.kodcode()), "kodcode").stated
    assert stated.golden == ("golden",)
    assert sorted(stated.left_out.items()) == [
        ("pytest tests that use pytest (raises, approx)", 1),
        ("pytest tests with decorators (parametrize, skip)", 1),
        ("pytest tests with parameters (fixtures)", 1),
    ]


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
@given(text=st.text())
def test_a_pickled_text_is_read_whatever_its_protocol(protocol: int, text: str) -> None:
    assert pickled_text(pickle.dumps(text, protocol)) == text


class Harm:
    """What runs where it is unpickled."""

    def __reduce__(self) -> tuple[Callable[[str], object], tuple[str]]:
        return Path.touch, (Path("harm-was-done"),)  # type: ignore[return-value]


@pytest.mark.parametrize("value", [["a"], {"a": "b"}, 1, None, b"a", ("a", "b"), Harm()])
def test_a_pickle_of_anything_else_is_refused_and_never_loaded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, value: object
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ValueError, match="pickle"):
        decode(made.packed(value), ["lcb"])
    assert list(tmp_path.iterdir()) == []


@given(st.binary(max_size=60))
def test_bytes_that_are_no_pickle_are_refused(data: bytes) -> None:
    try:
        text = pickled_text(data)
    except ValueError:
        return
    assert pickle.loads(data) == text  # whatever is accepted is what a pickle of a text says


def test_packed_tests_that_are_cut_short_are_refused() -> None:
    whole = zlib.compress(pickle.dumps("[1]" * 400))
    for packed in (b64encode(whole[:-9]).decode(), b64encode(b"no zlib").decode(), "not base64!"):
        with pytest.raises(ValueError, match=r"is cut short|is neither JSON nor base64"):
            decode(packed, ["lcb"])


BAD_ROWS: dict[str, tuple[str, Row, str]] = {
    "no statement": ("taco", made.taco(question=5), "line 1: field question must be a text, not 5"),
    "nothing": ("taco", {}, "field question is missing"),
    "no json": ("taco", made.taco(input_output="{"), "line 1: field input_output is not JSON"),
    "unequal": (
        "taco",
        made.taco(input_output=json.dumps({"inputs": ["1"], "outputs": []})),
        "field input_output: there are 1 inputs, but 0 outputs",
    ),
    "no lists": ("taco", made.taco(input_output='{"inputs": 1}'), "inputs and outputs must be lists"),
    "no limit": (
        "taco",
        made.taco(time_limit="soon"),
        "field time_limit must be a limit in text, not 'soon'",
    ),
    "endless": ("taco", made.taco(time_limit=10**400), "field time_limit must be a limit in text, not 1000"),
    "a truth as input": (
        "taco",
        made.taco(input_output=json.dumps({"inputs": [True], "outputs": [""]})),
        "an input of a test must be text or lines, not True",
    ),
    "programs": ("taco", made.taco(solutions="5"), "field solutions must hold programs"),
    "no id": ("apps", made.apps(problem_id=None), "field problem_id must be a text that is not empty"),
    "a bad name": (
        "apps",
        made.apps(input_output=json.dumps({"fn_name": "a b", "inputs": [[1]], "outputs": [[1]]})),
        "the function to be called has no such name: 'a b'",
    ),
    "files": ("codecontests", made.codecontests(input_file="input.txt"), "field input_file must be empty"),
    "languages": (
        "codecontests",
        made.codecontests(solutions={"language": [3], "solution": ["a", "b"]}),
        "field solutions.language must be a list as long as solution",
    ),
    "a pickle": (
        "livecodebench",
        made.livecodebench(private_test_cases=made.packed(["a"])),
        "field private_test_cases is a pickle of more than a text",
    ),
    "a test": ("livecodebench", made.livecodebench(public_test_cases="[1]"), "a test must be an object with"),
    "no golden": ("kodcode", made.kodcode(solution=None), "field solution is missing or null"),
    "half a pair": (
        "kodcode",
        made.kodcode(question="\ud800"),
        "field statement holds half a surrogate pair",
    ),
}


@pytest.mark.parametrize("name", BAD_ROWS)
def test_a_bad_row_is_told_with_file_row_and_field(tmp_path: Path, name: str) -> None:
    layout, row, said = BAD_ROWS[name]
    path = lines(tmp_path / "rows.jsonl", row)
    told = refused(path, layout)
    assert told.startswith(f"{path}, line 1")
    assert said in told
    [bad] = entries(source(path, layout), skip_bad=True)
    assert bad == BadRow(f"{path}, line 1", told)


def test_a_column_that_is_not_there_is_told_with_those_that_are(tmp_path: Path) -> None:
    path = parquet(tmp_path / "rows.parquet", {"question": "q", "answer": "a"})
    assert refused(path, "kodcode") == (
        f"{path}: there is no column 'question_id' or 'conversation_id'; there are question, answer"
    )


MAPPINGS = {
    "tests: [{column: t, decode: [jsom]}]": "tests.0: the step 'jsom' is not known; use one of json",
    "tests: [{column: t}]\nprogram: []": "program is not a part of a layout; did you mean programs?",
    "tests: [{column: t, input: a}]": "tests.0.input is not a part of a layout; did you mean inputs?",
    "tests: []": "tests: Tuple should have at least 1 item",
    "id: a": "tests: Field required",
    "tests: [{column: t}]\nchecker: fuzzy": "checker 'fuzzy' is not known",
    "tests: [{column: t}]\nprograms: [{column: p, languages: {java: java}}]": (
        "languages.java: Input should be 'python' or 'cpp'"
    ),
    "tests: [{column: t, form: unittest}]": "tests.0.form: Input should be 'pairs', 'assertions', 'py",
    "- a": "the file",
}


@pytest.mark.parametrize("text", MAPPINGS)
def test_a_wrong_mapping_is_told_with_the_nearest_name(tmp_path: Path, text: str) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(text)
    with pytest.raises(InputError) as error:
        layout_in(path)
    assert str(error.value).startswith(f"{path}: ")
    assert MAPPINGS[text] in str(error.value), error.value


def test_a_mapping_of_ones_own_reads_columns_of_any_name(tmp_path: Path) -> None:
    mine = tmp_path / "mine.yaml"
    mine.write_text(
        "id: number\nstatement: task\n"
        "tests: [{column: cases, inputs: 'in', outputs: out}]\n"
        "programs: [{column: answer, decode: [code], stated: golden}]\n"
        "time_limit: {column: ms, unit: milliseconds}\nlicence: rights\n"
        "checker: {kind: floats, absolute: 0.1}\n"
    )
    row: Row = {
        "number": 4,
        "task": "t",
        "cases": [{"in": "1", "out": "2"}],
        "answer": "So:\n```python\nprint(2)\n```\n",
        "ms": 2500,
        "rights": "MIT",
    }
    problem = one(lines(tmp_path / "rows.jsonl", row), mine).problem
    assert [each.code for each in problem.submissions] == ["print(2)\n"]
    assert (problem.limits.cpu_seconds, problem.extra) == (2.5, {"licence": "MIT"})
    assert problem.checker.absolute == 0.1


def test_a_pattern_and_a_folder_mean_all_their_files(tmp_path: Path) -> None:
    lines(tmp_path / "b.jsonl", made.taco())
    parquet(tmp_path / "a.parquet", made.taco())
    (tmp_path / "notes.txt").write_text("no rows")
    for given_path in (tmp_path, f"{tmp_path}/[ab].*"):
        found = [entry for entry in entries(source(given_path, "taco")) if isinstance(entry, Entry)]
        assert [entry.problem.id for entry in found] == ["a.parquet: row 1", "b.jsonl: row 1"]
        assert count(source(given_path, "taco")) == 2
    (tmp_path / "empty").mkdir()
    assert "is a directory without a file named .jsonl" in refused(tmp_path / "empty", "taco")


def test_rows_of_ours_are_read_from_parquet_too(tmp_path: Path) -> None:
    row: Row = {
        "id": "a",
        "tests": [{"name": "t", "input": "1", "output": "2"}],
        "submissions": [{"name": "s", "language": "python", "code": DOUBLE[0]}],
    }
    [entry] = entries(source(parquet(tmp_path / "rows.parquet", row), None))
    assert isinstance(entry, Entry)
    assert (entry.problem.id, entry.problem.tests) == ("a", ("t",))


@pytest.mark.parametrize("form", FORMS)
def test_memory_does_not_grow_with_the_number_of_rows(tmp_path: Path, form: str) -> None:
    def peak(number: int) -> int:
        taken = (made.taco(url=str(i), question=f"{i} " * 1500) for i in range(number))  # 4 to 8 kB each
        path = FORMS[form](tmp_path / f"{number}-{form}", *taken)
        tracemalloc.start()
        assert sum(1 for _ in entries(source(path, "taco"))) == number
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return most

    peak(20)  # what is loaded once
    # The interpreter keeps small objects for reuse, some hundred kB; the rows alone would be 8 MB.
    assert peak(1500) < peak(150) + 1_500_000
