"""What the kept tests of other people's problems find out: in labels, summary, report, findings and rows."""

import json
from collections.abc import Callable
from pathlib import Path

import made_foreign as made
import pytest
from command import synthsmith
from datasets import load_dataset
from made_foreign import DOUBLE, SQUARE, Row, codes, lines, read, source
from synthsmith.cards.cleaning import verify_source
from synthsmith.verification.sandbox import Sandbox
from synthsmith.verification.suites import SuiteTerms

Measure = Callable[..., Path]
TESTS = {"inputs": ["0\n", "2\n", "5\n", "7\n"], "outputs": ["0\n", "4\n", "10\n", "14\n"]}
EITHER = """import sys
_, output, answer = (open(path).read() for path in sys.argv[1:4])
sys.exit(abs(int(output)) != abs(int(answer)))
"""


@pytest.fixture
def measure(sandbox: Sandbox, tmp_path: Path) -> Measure:
    """Verifies rows into a folder, with so many mutants."""

    def run(*rows: Row, layout: str | None = "taco", mutants: int = 6) -> Path:
        path, out = lines(tmp_path / "rows.jsonl", *rows), tmp_path / "out"
        verify_source(
            source(path, layout), out, sandbox, suite=SuiteTerms(mutants=mutants) if mutants else None
        )
        return out

    return run


def rl_row(out: Path) -> Row:
    [row] = load_dataset(str(out / "dataset"), "rl_real", split="train", cache_dir=str(out / "cache"))
    assert isinstance(row, dict)
    return row


def summary(out: Path) -> Row:
    told = json.loads((out / "summary.json").read_text())
    assert isinstance(told, dict)
    return told


def problem(*programs: str, **changes: object) -> Row:
    """One in TACO's layout, whose inputs 0 and 2 have equal doubles and squares."""
    return made.taco(solutions=json.dumps(programs), input_output=json.dumps(TESTS), **changes)


def test_what_finds_out_most_comes_first_in_every_column_of_the_row(measure: Measure) -> None:
    out = measure(problem(*DOUBLE, SQUARE))
    row = rl_row(out)
    told = json.loads(row["reward_model"]["ground_truth"])
    assert sorted(zip(told["inputs"], told["outputs"], strict=True)) == sorted(
        zip(*TESTS.values(), strict=True)
    )
    assert told["inputs"][0] in ("5\n", "7\n")
    assert [TESTS["inputs"][int(name)] for name in row["case_names"]] == told["inputs"]
    assert row["case_evidence"] == ["vote"] * 4
    assert (row["kill_rate"], row["false_kill_rate"], row["is_suite_weak"]) == (1.0, 0.0, False)
    assert 0 < row["mutants_killed"] <= row["mutants_made"] <= 6
    proof = json.loads(str(row["certificate"]))
    assert proof["suite"]["kill_rate"] == 1.0
    assert proof["provenance"]["templates"] == {}
    assert proof["sandbox"]["layers"]


def test_labels_and_summary_say_what_each_test_and_all_of_them_find_out(measure: Measure) -> None:
    out = measure(problem(*DOUBLE, SQUARE))
    labels = {line["test"]: line for line in read(out / "labels.jsonl")}
    assert [labels[number]["kills"] for number in range(4)] == [0, 0, 1, 1]
    assert sorted(line["place"] for line in labels.values()) == [1, 2, 3, 4]
    told = summary(out)
    [item] = told["per_problem"]
    suite, totals = item["suite"], told["suites"]
    assert (suite["tests"], suite["wrong"], suite["wrong_killed"], suite["weak"]) == (4, 1, 1, False)
    assert totals["measured"] == 1
    assert totals["mutants"] == suite["mutants"] > 0
    assert "were put to the test: they fail 1 of 1 wrong programs" in (out / "report.md").read_text()


def test_tests_that_let_wrong_programs_pass_are_found(measure: Measure) -> None:
    few = {"inputs": ["0", "1", "2", "5"], "outputs": ["0", "3", "4", "11"]}  # two of them are wrong
    out = measure(made.taco(solutions=json.dumps([*DOUBLE, SQUARE]), input_output=json.dumps(few)), mutants=1)
    [finding] = [each for each in read(out / "findings.jsonl") if each["code"] == "weak_suite"]
    assert "fail 0 of 1 wrong programs" in str(finding["detail"])
    assert "weak_suite" in (out / "report.md").read_text()


def test_one_program_is_measured_by_its_mutants_alone(measure: Measure) -> None:
    row = rl_row(measure(problem(DOUBLE[1])))
    assert (row["kill_rate"], row["case_evidence"]) == (None, ["agreement"] * 4)
    assert row["mutants_killed"] > 0


def test_programs_stated_as_wrong_count_among_the_wrong_ones_if_they_ran_and_are_no_copies(
    measure: Measure,
) -> None:
    seldom = "n = int(input())\nprint(2 * n if n != 6 else 0)"
    wrong = [seldom, seldom + "  # a copy", DOUBLE[2], "print 2"]  # the third is right, the last is none
    row = made.codecontests(incorrect_solutions={"language": [3] * 4, "solution": wrong})
    out = measure(row, layout="codecontests")
    [item] = summary(out)["per_problem"]
    suite = item["suite"]
    assert (suite["wrong"], suite["wrong_killed"], suite["right"], suite["kill_rate"]) == (2, 1, 2, 0.5)
    assert {line["test"]: line["kills"] for line in read(out / "labels.jsonl")}["generated0"] == 1
    assert rl_row(out)["kill_rate"] == 0.5
    assert json.loads(str(rl_row(out)["certificate"]))["suite"]["missed"] == ["wrong3"]
    assert [each["submission"] for each in read(out / "findings.jsonl") if each["code"] == "weak_tests"] == [
        "wrong3"
    ]


def test_a_golden_program_in_cpp_has_no_figure_of_mutants(tmp_path: Path) -> None:
    double = ["#include <iostream>", "int main() { int n; std::cin >> n; std::cout << 2 * n; }"]
    code = ["\n".join(double), "\n".join(double).replace("2 * n", "n + n")]
    wrong = {"language": [2] * 4, "solution": [f"{code[0]} // {n}" for n in range(4)]}
    row = made.codecontests(solutions={"language": [2, 2], "solution": code}, incorrect_solutions=wrong)
    path, out = lines(tmp_path / "rows.jsonl", row), tmp_path / "out"
    done = synthsmith("verify", path, "--layout", "codecontests", "--mutants", "4", "--out", out)
    told = "fail 0 of 4 wrong programs (no mutants of golden programs in C++: 1)"
    assert f"tests of 1 problems {told}" in done.stdout
    assert told in (out / "report.md").read_text()
    [finding] = [each for each in read(out / "findings.jsonl") if each["code"] == "weak_suite"]
    assert finding["detail"] == f"the tests that were kept {told}"
    [suite] = [item["suite"] for item in summary(out)["per_problem"]]
    assert (suite["mutants"], suite["mutants_killed"], rl_row(out)["mutants_made"]) == (None, None, None)
    assert summary(out)["suites"]["without_mutants"] == 1


def test_other_right_answers_are_not_taken_for_wrong_ones(measure: Measure) -> None:
    tests = [{"input": x, "output": y} for x, y in zip(*TESTS.values(), strict=True)]
    programs = [*DOUBLE, "print(-2 * int(input()))", SQUARE]
    given: Row = {
        "id": 1,
        "statement": "Twice the number, or the opposite of that.",
        "checker": {"kind": "program", "language": "python", "code": EITHER},
        "tests": tests,
        "submissions": [
            {"name": f"p{i}", "language": "python", "code": code} for i, code in enumerate(programs)
        ],
    }
    out = measure(given, layout=None)
    [item] = summary(out)["per_problem"]
    assert (item["suite"]["wrong"], item["suite"]["right"], item["suite"]["right_failed"]) == (1, 4, 0)


def test_nothing_is_measured_of_test_code_nor_where_it_was_not_asked_for(measure: Measure) -> None:
    out = measure(made.kodcode(), layout="kodcode")
    assert rl_row(out)["mutants_made"] is None
    assert {line["place"] for line in read(out / "labels.jsonl")} == {None}
    out = measure(problem(*DOUBLE, SQUARE), mutants=0)
    assert (rl_row(out)["kill_rate"], summary(out)["suites"]) == (None, None)
    assert all("kills" not in line for line in read(out / "labels.jsonl"))
    assert "weak_suite" not in codes(read(out / "findings.jsonl"))


def test_two_measurements_are_the_same_bytes(measure: Measure) -> None:
    seen = []
    for _ in range(2):
        out = measure(problem(*DOUBLE, SQUARE))
        seen.append({path.name: path.read_bytes() for path in out.rglob("*.*") if "cache" not in path.parts})
    assert seen[0] == seen[1]
