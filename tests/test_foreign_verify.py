"""Other people's data from row to findings, report and cleaned data set: real programs, real files."""

import json
import re
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import made_foreign as made
import pytest
from command import sentence, synthsmith
from datasets import Features, load_dataset
from made_foreign import DOUBLE, INPUTS, OUTPUTS, SQUARE, Row, codes, lines, parquet, read, source
from synthsmith.builders.schemas import RL_REAL
from synthsmith.cards.cleaning import verify_source
from synthsmith.verification.errors import InputError
from synthsmith.verification.rules import Method
from synthsmith.verification.sandbox import Sandbox

from synthsmith.cli.verify import verify as command

Verify = Callable[..., list[Row]]
CONTRACT = ("labels.jsonl", "golden.jsonl", "summary.json")


@pytest.fixture
def verify(sandbox: Sandbox, tmp_path: Path) -> Verify:
    """Verifies rows in a layout into `out`; gives the findings."""

    def run(layout: str, *rows: Row | str, skip_bad: bool = False, limit: int | None = None) -> list[Row]:
        path = lines(tmp_path / "rows.jsonl", *rows)
        verify_source(source(path, layout), tmp_path / "out", sandbox, skip_bad=skip_bad, limit=limit)
        return read(tmp_path / "out/findings.jsonl")

    return run


def rl_rows(folder: Path, name: str = "rl_real") -> list[Row]:
    """The cleaned data set, as its users load it."""
    data = load_dataset(str(folder / "dataset"), name, split="train", cache_dir=str(folder / "cache"))
    assert data.features == Features(RL_REAL)
    return list(data)


def ground_truth(row: Row) -> dict[str, list[str]]:
    reward = row["reward_model"]
    assert isinstance(reward, dict)
    found: dict[str, list[str]] = json.loads(reward["ground_truth"])
    return found


def pairs(*found: tuple[str, str]) -> str:
    return json.dumps({"inputs": [pair[0] for pair in found], "outputs": [pair[1] for pair in found]})


GOOD = tuple(zip(INPUTS, OUTPUTS, strict=True))


def test_sound_rows_give_no_findings_and_all_their_tests(verify: Verify, tmp_path: Path) -> None:
    assert verify("taco", made.taco()) == []
    [row] = rl_rows(tmp_path / "out")
    assert ground_truth(row) == {"inputs": INPUTS, "outputs": OUTPUTS}
    assert row["golden_program"] == DOUBLE[0]
    assert (row["origin_layout"], row["origin_id"]) == ("taco", "row 1")
    assert row["case_evidence"] == ["vote"] * len(INPUTS)
    assert rl_rows(tmp_path / "out", "rl") == [row]
    card = (tmp_path / "out/dataset/README.md").read_text()
    assert "1 problem with 5 tests" in card
    assert "None" not in card.partition("## Fields")[0]
    assert re.findall(r"!\[\w.+\]\(figures/(\w+)\.png\)", card) == ["difficulty", "lengths"]
    assert {path.stem for path in (tmp_path / "out/dataset/figures").iterdir()} == {"difficulty", "lengths"}


def test_wrong_repeated_and_empty_tests_are_found_and_taken_out(verify: Verify, tmp_path: Path) -> None:
    bad = (("8\n", "64\n"), ("3", "6"), ("4\n", "9\n"), (" \n", "0\n"), ("no number", "0"))
    found = verify("taco", made.taco(input_output=pairs(*GOOD, *bad)))
    assert [(each["code"], each["test"]) for each in found] == [
        ("wrong_test", 5),
        ("duplicate_test", 6),
        ("contradictory_test", 7),
        ("wrong_test", 7),
        ("empty_input", 8),
        ("breaks_all", 8),
        ("breaks_all", 9),
        ("no_submission_passes", None),
    ]
    wrong = found[0]
    assert (wrong["given"], wrong["label"], wrong["support"], wrong["cast"]) == ("64\n", "16\n", 3, 3)
    assert "crash (3)" in str(found[6]["detail"])
    [row] = rl_rows(tmp_path / "out")
    assert ground_truth(row)["inputs"] == INPUTS
    page = (tmp_path / "out/report.md").read_text()
    assert "- `wrong_test` test `5`: 3 of 3 programs give another output" in page
    assert page.index("wrong_test` test") < page.index("duplicate_test` test")


def test_a_wrong_solution_is_found_and_copies_have_one_voice(verify: Verify, tmp_path: Path) -> None:
    more = [f"n = int(input())\nprint(n * 2 + {number} - {number})" for number in range(6)]
    found = verify("taco", made.taco(solutions=json.dumps([SQUARE, *DOUBLE, *more, *more])))
    assert [(each["code"], each["submission"]) for each in found] == [("wrong_solution", "right1")]
    assert "passes 0 of 5 labels; fails first on test 0" in str(found[0]["detail"])
    assert rl_rows(tmp_path / "out")[0]["golden_candidate"] == "right2"


def test_voters_who_disagree_make_doubt_and_those_who_do_not_a_verdict(verify: Verify) -> None:
    found = verify("taco", made.taco(solutions=json.dumps([SQUARE, *DOUBLE[:2]])))
    assert codes(found) == ["doubtful_solution"]
    found = verify("taco", made.taco(solutions=json.dumps(DOUBLE[:2]), input_output=pairs(*GOOD, ("9", "8"))))
    assert codes(found) == ["wrong_test", "no_submission_passes"]


def test_slow_solutions_are_told_from_wrong_ones(verify: Verify) -> None:
    slow = "n = int(input())\nwhile n > 6: pass\nprint(2 * n)"
    found = verify("taco", made.taco(solutions=json.dumps([*DOUBLE, slow]), time_limit="0.2 seconds"))
    assert [(each["code"], each["submission"]) for each in found] == [("over_limits", "right4")]


def test_one_solution_is_held_against_what_is_given(verify: Verify, tmp_path: Path) -> None:
    row = made.taco(solutions=json.dumps(DOUBLE[:1]), input_output=pairs(*GOOD, ("9\n", "0\n")))
    found = verify("taco", row)
    assert codes(found) == ["unconfirmed_test", "no_submission_passes", "too_few_solutions"]
    assert str(found[2]["detail"]).endswith("given outputs passed: right1 5 of 6")
    [kept] = rl_rows(tmp_path / "out")
    assert kept["case_evidence"] == ["agreement"] * 5
    assert (kept["golden_program"], kept["golden_probability"]) == (DOUBLE[0], None)


def test_a_golden_that_fails_most_of_what_is_given_is_wrong(verify: Verify, tmp_path: Path) -> None:
    found = verify("kodcode", made.kodcode(solution="def double(n): return n"))
    assert codes(found)[:4] == ["unconfirmed_test"] * 3 + ["wrong_golden"]
    assert not (tmp_path / "out/dataset").exists()


def test_test_code_is_judged_and_the_wrong_one_found(verify: Verify, tmp_path: Path) -> None:
    found = verify("kodcode", made.kodcode())
    assert [(each["code"], each["test"]) for each in found[:2]] == [
        ("unconfirmed_test", "test_wrong"),
        ("no_submission_passes", None),
    ]
    assert codes(found)[2:] == ["not_mapped"] * 3
    [row] = rl_rows(tmp_path / "out")
    assert row["entry"] == "assertions"
    assert len(ground_truth(row)["assert_case"]) == 2
    assert row["case_names"] == ["test_small", "test_large"]


def test_programs_stated_as_wrong_that_pass_show_weak_tests(verify: Verify) -> None:
    row = made.codecontests(incorrect_solutions={"language": [3, 3], "solution": [SQUARE, DOUBLE[2]]})
    found = verify("codecontests", row)
    assert [(each["code"], each["submission"]) for each in found] == [
        ("not_mapped", None),
        ("weak_tests", "wrong2"),
    ]


def test_half_a_surrogate_pair_ends_nothing(verify: Verify, tmp_path: Path) -> None:
    programs = [*DOUBLE, f"{DOUBLE[0]} # \ud800"]
    told = {"url": "\ud800", "difficulty": "\udfff"}  # carried along
    [finding] = verify("taco", made.taco(solutions=json.dumps(programs), **told))
    assert (finding["code"], finding["submission"]) == ("wrong_solution", "right4")
    [row] = rl_rows(tmp_path / "out")
    assert (row["pass_rate"], len(row["case_names"])) == (0.75, 5)
    assert read(tmp_path / "out/golden.jsonl")[0]["url"] == "\ud800"


def test_half_a_surrogate_pair_in_a_comment_in_cpp_is_none_in_the_data_set(
    verify: Verify, tmp_path: Path
) -> None:
    double = "#include <iostream>\nint main() { int n; std::cin >> n; std::cout << 2 * n; } // \ud800"
    both = {"language": [2, 2], "solution": [double, double.replace("2 * n", "n + n")]}
    assert verify("codecontests", made.codecontests(solutions=both)) == []
    [row] = rl_rows(tmp_path / "out")
    assert row["golden_program"].endswith("// \0")


def test_problems_without_programs_are_unverifiable_and_have_no_rows(verify: Verify, tmp_path: Path) -> None:
    found = verify(
        "livecodebench", {name: v for name, v in made.livecodebench().items() if name != "code_list"}
    )
    assert codes(found) == ["unverifiable"]
    assert not (tmp_path / "out/dataset").exists()


def test_functions_are_called_by_their_own_layout(verify: Verify, tmp_path: Path) -> None:
    assert verify("livecodebench", made.livecodebench()) == []
    [row] = rl_rows(tmp_path / "out")
    assert ground_truth(row)["fn_name"] == "double"
    assert verify("apps", made.apps()) == []


def test_untyped_functions_of_floats_have_the_tolerance_of_declared_ones(verify: Verify) -> None:
    numbers = range(1, 6)
    third = {"fn_name": "third", "inputs": [[n] for n in numbers], "outputs": [[n / 3] for n in numbers]}
    bodies = ("n / 3", "n * (1 / 3)", "n / 6 + n / 6 + 1e-9")
    programs = json.dumps([f"def third(n):\n    return {body}" for body in bodies])
    row = made.apps(input_output=json.dumps(third), solutions=programs, starter_code="def third(n):\n\t")
    assert verify("apps", row) == []


def test_problems_without_a_statement_have_no_row(verify: Verify, tmp_path: Path) -> None:
    assert verify("taco", made.taco(question=" ")) == []
    assert not (tmp_path / "out/dataset").exists()


def test_the_cleaned_data_set_is_never_written_over_its_source(verify: Verify, tmp_path: Path) -> None:
    verify("taco", made.taco())
    with pytest.raises(InputError, match="is in the folder that the result replaces"):
        command(tmp_path / "out", given=str(tmp_path / "out/dataset"))
    assert len(rl_rows(tmp_path / "out")) == 1


def test_memory_does_not_grow_with_the_number_of_problems(tmp_path: Path, sandbox: Sandbox) -> None:
    def peak(number: int) -> int:
        path, twice = tmp_path / "many.jsonl", pairs(*GOOD, *GOOD)
        with path.open("w", encoding="utf-8") as file:
            for i in range(number):
                row = made.taco(name=str(i), question="word " * 2000, solutions="", input_output=twice)
                file.write(json.dumps(row) + "\n")
        tracemalloc.start()
        summary, _ = verify_source(source(path, "taco"), tmp_path / "many", sandbox)
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert (summary.problems, summary.tests) == (number, 10 * number)
        return most

    peak(105)  # what is loaded once, and the worst problems of a report
    assert peak(600) < peak(150) + 1_500_000  # of a row its place and a word or two is kept; they are 4.5 MB


def test_bad_rows_end_the_work_and_lose_nothing_or_are_listed(verify: Verify, tmp_path: Path) -> None:
    rows = (made.taco(), made.taco(input_output="{"), "{", made.taco(question="Twice."))
    with pytest.raises(InputError, match=r"rows\.jsonl, line 2: field input_output is not JSON"):
        verify("taco", *rows)
    assert len(rl_rows(tmp_path / "out")) == 1
    assert not json.loads((tmp_path / "out/summary.json").read_text())["complete"]
    assert "ended early" in (tmp_path / "out/report.md").read_text()
    found = verify("taco", *rows, skip_bad=True)
    assert codes(found) == ["bad_row", "bad_row"]
    assert str(found[0]["where"]).endswith("line 2")
    assert len(rl_rows(tmp_path / "out")) == 2
    assert verify("taco", *rows, limit=1) == []


def test_the_easiest_problems_come_first(verify: Verify, tmp_path: Path) -> None:
    hard = made.taco(question="Hard.", solutions=json.dumps([*DOUBLE, "print(0)"]))
    verify("taco", hard, made.taco())
    rows = rl_rows(tmp_path / "out")
    assert [row["pass_rate"] for row in rows] == [1.0, 0.75]
    assert [row["origin_id"] for row in rows] == ["row 2", "row 1"]


@pytest.mark.parametrize(
    ("given", "layout", "origin", "place"),
    [
        ("mine/rows.jsonl", "taco", "rows.jsonl", "rows.jsonl, line 1 "),
        ("mine/own.jsonl", None, "own.jsonl", "own.jsonl row 1 "),
        ("mine", "taco", "mine", "rows.jsonl, line 1 "),
        ("m*/rows.*", "taco", "m*/rows.*", "rows.jsonl, line 1 "),
        ("m*e/../mine/rows.jsonl", "taco", "rows.jsonl", "rows.jsonl, line 1 "),
    ],
)
def test_rows_tell_their_files_without_the_folders_of_this_machine(
    given: str, layout: str | None, origin: str, place: str, sandbox: Sandbox, tmp_path: Path
) -> None:
    (tmp_path / "mine").mkdir()
    lines(tmp_path / "mine/rows.jsonl", made.taco())
    if layout is None:
        programs = [
            {"name": str(number), "language": "python", "code": code} for number, code in enumerate(DOUBLE)
        ]
        tests = [{"input": given} for given in INPUTS]
        own: Row = {"id": 1, "statement": "Double it.", "tests": tests, "submissions": programs}
        lines(tmp_path / "mine/own.jsonl", own)
    verify_source(source(tmp_path / given, layout), tmp_path / "out", sandbox)
    [row] = rl_rows(tmp_path / "out")
    assert (row["origin"], row["origin_revision"]) == (origin, None)
    assert str(row["origin_row"]).startswith(f"{place}(id ")
    card = (tmp_path / "out/dataset/README.md").read_text()
    assert f"taken from `{origin}`" in card
    assert str(tmp_path) not in card + json.dumps(row, default=str)


def test_two_runs_write_the_same_bytes(verify: Verify, tmp_path: Path) -> None:
    rows = (made.taco(), made.taco(input_output=pairs(*GOOD, ("8", "0"))))
    seen = []
    for _ in range(2):
        verify("taco", *rows)
        files = sorted(path for path in (tmp_path / "out").rglob("*") if path.is_file())
        seen.append([(path.name, path.read_bytes()) for path in files])
    assert seen[0] == seen[1]


def test_nothing_in_a_row_gets_out_of_the_report(verify: Verify, tmp_path: Path) -> None:
    evil = "```\n# <script>alert(1)</script> | ` \u202e"
    verify("apps", made.apps(problem_id=evil, input_output='{"inputs": ["3"], "outputs": ["`<b>`"]}'))
    page = (tmp_path / "out/report.md").read_text()
    assert "<script>" not in page
    assert "\n# &lt;" not in page


def test_the_command_verifies_a_layout_and_says_where_it_is(tmp_path: Path) -> None:
    path = parquet(tmp_path / "rows.parquet", made.codecontests())
    done = synthsmith("verify", path, "--layout", "codecontests", "--out", tmp_path / "out", "--score")
    assert done.status == 0, done.stderr
    assert "1 of 1 problems verified, 5 of 5 tests labelled" in done.stdout
    assert "skipped" not in done.stdout
    assert "5 tests of 1 problems kept" in done.stdout
    assert {path.name for path in (tmp_path / "out").iterdir()} == {
        *CONTRACT,
        "findings.jsonl",
        "report.md",
        "dataset",
    }


def test_a_bad_row_is_told_in_a_sentence(tmp_path: Path) -> None:
    path = lines(tmp_path / "rows.jsonl", made.taco(time_limit="soon"))
    said = sentence(synthsmith("verify", path, "--layout", "taco", "--out", tmp_path / "out"))
    assert said.startswith(f"{path}, line 1: field time_limit")


def test_skipped_rows_are_counted_at_the_end(tmp_path: Path) -> None:
    rows = (made.taco(), made.taco(input_output="{"), "{")
    path, out = lines(tmp_path / "rows.jsonl", *rows), tmp_path / "out"
    done = synthsmith("verify", path, "--layout", "taco", "--skip-bad", "--out", out)
    assert "  2 rows skipped: they are no problems (bad_row in findings.jsonl)\n" in done.stdout
    assert json.loads((out / "summary.json").read_text())["bad_rows"] == 2


def test_words_that_do_not_go_together_are_refused(tmp_path: Path) -> None:
    given, out = str(lines(tmp_path / "rows.jsonl")), tmp_path / "out"
    for words, said in (
        ({}, "give either a SOURCE to verify, or --against"),
        ({"given": given, "layout": "tako"}, "layout 'tako' is not known; use one of taco"),
        ({"given": given, "split": "test"}, "--split is for data sets on the Hub"),
        ({"given": given, "layout": "taco", "mapping": out}, "give --layout or --mapping, not both"),
        ({"against": given, "layout": "taco"}, "--layout has no meaning with --against"),
        ({"against": given, "method": Method.MAJORITY}, "--method has no meaning with --against"),
        ({"against": given, "mutants": 4}, "--mutants has no meaning with --against"),
        ({"against": given, "label_precision": 0.9}, "--label-precision has no meaning with --against"),
    ):
        with pytest.raises(InputError, match=said):
            command(out, **words)
    (tmp_path / "build.json").write_text("{}")
    with pytest.raises(InputError, match="is the folder of a build"):
        command(tmp_path, given=given)
