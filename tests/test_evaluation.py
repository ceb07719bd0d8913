"""Benchmarks in every layout, made with known answers, judged for real and scored."""

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import made_benchmarks as made
import pytest
from made_benchmarks import Row
from made_foreign import lines, parquet, read
from synthsmith.builders.evaluation import (
    Benchmark,
    Evaluation,
    Judging,
    Selection,
    benchmark_at,
    compare,
    evaluate_file,
    grading,
)
from synthsmith.builders.evaluation.benchmark import questions
from synthsmith.builders.evaluation.spool import open_spool, with_room
from synthsmith.cards.evaluation import publish
from synthsmith.verification.errors import InputError
from synthsmith.verification.estimates import Bootstrap, Estimate
from synthsmith.verification.metric import PassAtK
from synthsmith.verification.sandbox import Sandbox

FAST = Judging(bootstrap=Bootstrap(20), may_share=True)
RIGHT, WRONG = "print(2 * int(input()))", "print(int(input()) ** 2)"
METHOD = "class Solution:\n    def double(self, n):\n        return 2 * n"


def evaluated(
    folder: Path,
    benchmark: Path | Benchmark,
    answers: list[Row] | Path,
    sandbox: Sandbox,
    *,
    partial: bool = False,
    most: int | None = None,
    judging: Judging = FAST,
) -> Evaluation:
    found = benchmark if isinstance(benchmark, Benchmark) else benchmark_at(str(benchmark))
    path = answers if isinstance(answers, Path) else lines(folder / "generations.jsonl", *answers)
    return evaluate_file(found, path, folder / "out", sandbox, judging, most, partial)


def verdicts(folder: Path) -> dict[tuple[object, object], object]:
    return {(line["id"], line["sample"]): line["verdict"] for line in read(folder / "out/samples.jsonl")}


def value(estimate: Estimate | None) -> float:
    assert estimate is not None
    return estimate.value


def test_humaneval_scores_what_the_metric_and_plain_execution_do(tmp_path: Path, sandbox: Sandbox) -> None:
    tasks, answers = made.humaneval(), made.completions()
    found = evaluated(tmp_path, parquet(tmp_path / "humaneval.parquet", *tasks), answers, sandbox)
    judged = verdicts(tmp_path)
    by_task: Mapping[object, Row] = {task["task_id"]: task for task in tasks}
    programs = [str(by_task[each["task_id"]]["prompt"]) + str(each["completion"]) for each in answers]
    tests = [f"{task['test']}\ncheck({task['entry_point']})" for task in tasks]
    size = len(made.BODIES)
    groups = [programs[start : start + size] for start in range(0, len(programs), size)]
    metric = PassAtK().compute(predictions=groups, references=tests, k=[1, 2], time_limit_s=3.0)
    assert [value(found.outcome.overall.scores.passes[k]) for k in (1, 2)] == [
        pytest.approx(metric[f"pass@{k}"]) for k in (1, 2)
    ]
    executed = made.run_plainly([f"{code}\n{tests[n // size]}" for n, code in enumerate(programs)])
    assert [verdict == "AC" for verdict in judged.values()] == executed
    assert judged["Made/0", 3] == "CE"
    assert found.samples == size


def test_a_chat_reply_to_humaneval_may_be_the_whole_function_or_go_on(
    tmp_path: Path, sandbox: Sandbox
) -> None:
    whole = "Sure.\n\n```python\ndef double(n):\n    return helper(2 * n)\n```\nDone."
    rest = "<think>\n```python\nraise SystemExit\n```\n</think>\n```python\n    return helper(2 * n)\n```"
    bare = "    return helper(2 * n)\n"
    tasks = lines(tmp_path / "humaneval.jsonl", made.humaneval()[0])
    answers: list[Row] = [{"id": "Made/0", "generations": [whole, rest, bare, "It cannot be done."]}]
    found = evaluated(tmp_path, tasks, answers, sandbox)
    assert list(verdicts(tmp_path).values()) == ["AC", "AC", "AC", "no code"]
    assert found.outcome.overall.verdicts == {"AC": 3, "no code": 1}


@pytest.mark.parametrize("sanitized", [False, True])
def test_mbpp_asks_with_its_assertions_and_judges_by_them(
    sanitized: bool, tmp_path: Path, sandbox: Sandbox
) -> None:
    tasks = made.mbpp(sanitized=sanitized)
    path = lines(tmp_path / "mbpp.jsonl", *tasks)
    answers: list[Row] = [
        {"task_id": task["task_id"], "solution": code}
        for task in tasks
        for code in (task["code"], str(task["code"]).replace("return", "return None and"))
    ]
    found = evaluated(tmp_path, path, answers, sandbox)
    assert set(verdicts(tmp_path).values()) == {"AC", "WA"}
    assert value(found.outcome.overall.scores.average) == 0.5
    [question, *_] = [each for each, _ in questions(found.benchmark)]
    assert "assert double(*(3,)) == 6" in question.messages[0].content
    assert question.problem.limits.cpu_seconds == 3.0


def test_livecodebench_is_scored_by_difficulty_between_two_days(tmp_path: Path, sandbox: Sandbox) -> None:
    rows = [
        made.livecodebench("a", "2024-04-30"),
        made.livecodebench("b", "2024-05-01"),
        made.livecodebench("c", "2024-05-31", "hard", function=True),
        made.livecodebench("d", "2024-06-01"),
    ]
    path = lines(tmp_path / "test.jsonl", *rows)
    from datetime import date

    chosen = Selection(date(2024, 5, 1), date(2024, 5, 31))
    benchmark = replace(benchmark_at(str(path)), selection=chosen)
    outputs = [  # as its runner writes them: one list, of all questions
        {"question_id": name, "output_list": ["..."], "code_list": codes}
        for name, codes in (("a", [RIGHT]), ("b", [RIGHT, WRONG]), ("c", [METHOD, ""]), ("d", [RIGHT]))
    ]
    (tmp_path / "eval_all.json").write_text(json.dumps(outputs, indent=4))
    found = evaluated(tmp_path, benchmark, tmp_path / "eval_all.json", sandbox)
    assert verdicts(tmp_path) == {
        ("b", 0): "AC",
        ("b", 1): "WA",
        ("c", 0): "AC",
        ("c", 1): "no code",
    }
    groups = found.outcome.groups
    assert [(group.name, group.questions, value(group.scores.passes[2])) for group in groups] == [
        ("easy", 1, 1.0),
        ("hard", 1, 1.0),
    ]
    assert [line["passed"] for line in read(tmp_path / "out/samples.jsonl")] == [4, 0, 4, 0]
    asked = {each.name: each.messages[0].content for each, _ in questions(benchmark)}
    assert "standard input" in asked["b"]
    assert "class Solution:\n    def double(self, n: int) -> int:" in asked["c"]


def test_results_do_not_tell_where_the_benchmark_lies_on_this_machine(
    tmp_path: Path, sandbox: Sandbox
) -> None:
    path = lines(tmp_path / "mine.jsonl", problem("a"))
    publish(tmp_path / "out", evaluated(tmp_path, path, [{"id": "a", "response": RIGHT}], sandbox), "1.0.0")
    told = (tmp_path / "out/results.json").read_text()
    assert json.loads(told)["benchmark"]["name"] == "mine.jsonl"
    assert str(tmp_path) not in told + (tmp_path / "out/report.md").read_text()


def test_private_tests_that_are_more_than_a_text_are_never_unpickled(
    tmp_path: Path, sandbox: Sandbox
) -> None:
    row = made.livecodebench("a") | {"private_test_cases": made.packed(print)}
    with pytest.raises(InputError, match=r"private_test_cases .*more than a text .*never loaded"):
        evaluated(tmp_path, lines(tmp_path / "test.jsonl", row), [{"id": "a", "response": RIGHT}], sandbox)


def problem(name: object, **more: object) -> Row:
    tests = [{"input": f"{n}\n", "output": f"{2 * n}\n"} for n in (3, 4)]
    return {"id": name, "statement": "Double it.", "tests": tests, **more}


def test_rows_of_ours_are_judged_in_cpp_too_and_within_a_limit_of_ones_own(
    tmp_path: Path, sandbox: Sandbox
) -> None:
    cpp = "```cpp\n#include <iostream>\nint main() { int n; std::cin >> n; std::cout << 2 * n; }\n```"
    slow = "import time\nt = time.process_time()\nwhile time.process_time() < t + 0.6: pass\n" + RIGHT
    path = lines(tmp_path / "rows.jsonl", problem(1, difficulty="easy"))
    benchmark = replace(benchmark_at(str(path)), seconds=0.3)
    answers: list[Row] = [{"id": 1, "sample": 7, "response": cpp}, {"id": "1", "sample": 2, "response": slow}]
    evaluated(tmp_path, benchmark, answers, sandbox)
    assert verdicts(tmp_path) == {(1, 2): "TLE", (1, 7): "AC"}


def test_samples_that_we_fail_to_judge_are_left_out_and_named(tmp_path: Path, sandbox: Sandbox) -> None:
    broken = {"kind": "program", "language": "python", "code": "raise SystemExit(77)"}
    rows = [problem("good"), problem("bad", checker=broken)]
    path = lines(tmp_path / "rows.jsonl", *rows)
    answers: list[Row] = [{"id": name, "generations": [RIGHT, "x = 1"]} for name in ("good", "bad")]
    found = evaluated(tmp_path, path, answers, sandbox)
    overall = found.outcome.overall
    assert overall.verdicts["JE"] == len(found.outcome.excluded) >= 1
    assert {each.id for each in found.outcome.excluded} == {"bad"}
    assert value(overall.scores.average) == 0.5
    publish(tmp_path / "out", found, "1.0.0")
    told = json.loads((tmp_path / "out/results.json").read_text())
    assert told["excluded"][0]["id"] == "bad"
    assert "could not be judged by our fault" in (tmp_path / "out/report.md").read_text()


def test_verdicts_that_still_hold_are_kept_and_the_rest_is_judged_anew(
    tmp_path: Path, sandbox: Sandbox
) -> None:
    path = lines(tmp_path / "rows.jsonl", *(problem(f"p{n}") for n in range(4)))
    answers: list[Row] = [{"id": f"p{n}", "generations": [RIGHT, WRONG]} for n in range(4)]
    evaluated(tmp_path, path, answers, sandbox)
    file = tmp_path / "out/samples.jsonl"
    whole = file.read_bytes().splitlines(keepends=True)
    marked = [line.replace(b'"cpu_seconds": ', b'"cpu_seconds": 9') for line in whole]
    file.write_bytes(b"".join(marked[:5]) + marked[5][:-9])  # as a killed run leaves it
    evaluated(tmp_path, path, answers, sandbox)
    again = file.read_bytes().splitlines(keepends=True)
    assert again[:4] == marked[:4]
    assert [line.partition(b'"cpu')[0] for line in again] == [line.partition(b'"cpu')[0] for line in whole]
    answers[1]["generations"] = [WRONG, RIGHT]
    evaluated(tmp_path, path, answers, sandbox)
    assert [line["verdict"] for line in read(file)] == ["AC", "WA", "WA", "AC", "AC", "WA", "AC", "WA"]
    assert file.read_bytes().splitlines(keepends=True)[:2] == marked[:2]


def test_equal_evaluations_leave_equal_bytes(tmp_path: Path, sandbox: Sandbox) -> None:
    path = lines(
        tmp_path / "rows.jsonl", problem("a & <b>", difficulty="x|y<"), problem("c", difficulty="hard")
    )
    answers: list[Row] = [{"id": name, "generations": [RIGHT, WRONG]} for name in ("a & <b>", "c")]
    left = []
    for _ in range(2):
        publish(tmp_path / "out", evaluated(tmp_path, path, answers, sandbox), "1.0.0")
        left.append(
            [(tmp_path / "out" / name).read_bytes() for name in ("results.json", "report.md", "plot.svg")]
        )
        (tmp_path / "out/samples.jsonl").unlink()
    assert left[0] == left[1]
    from xml.etree import ElementTree

    assert ElementTree.fromstring(left[0][2].decode()).tag.endswith("svg")
    told = json.loads(left[0][0])
    assert told["overall"]["scores"]["pass@2"] == {"value": 1.0, "low": 1.0, "high": 1.0, "problems": 2}
    assert told["overall"]["verdicts"] == {"AC": 2, "WA": 2}
    assert [each["name"] for each in told["by_difficulty"]] == ["hard", "x|y<"]


@pytest.mark.parametrize(
    ("rows", "answers", "partial", "message"),
    [
        (["a"], [{"id": "b", "response": "x"}, {"id": "a", "response": "x"}], False, "no question 'b'"),
        (["a", "b"], [{"id": "b", "response": "x"}], False, r"no generation for 1 of 2 questions, 'a' first"),
        (["a", "a"], [{"id": "a", "response": "x"}], False, r"line 2.*another row has this id"),
        (["a"], [{"id": "a", "response": 1}], False, r"line 1: field response must be a text"),
        (["a"], [{"id": "a", "generations": "x"}], False, r"field generations must be a list of texts"),
        (["a"], [{"id": "a"}], False, r"line 1: there is no generation; give one of generations"),
        (["a"], [{"response": "x"}], False, r"line 1: there is no id; give one of id"),
        (
            ["a"],
            [{"id": "a", "sample": 0, "response": "x"}] * 2,
            False,
            r"line 2: there is a sample 0 of 'a'",
        ),
        (["a"], [{"id": "a", "sample": -1, "response": "x"}], False, "field sample must be a whole number"),
        (["a"], [{"id": "\ud800", "response": "x"}], False, "line 1: the id holds half a surrogate pair"),
        (["a"], ["[]"], False, "holds no generations"),
        (["a"], ["[{]"], False, "element 1 is not JSON"),
        (["a"], ['[{"id": "a", "response": "x"}'], False, "cut short"),
        (["a"], ["nothing"], False, "not JSON"),
        (["a"], [{"id": "a", "generations": []}], True, "holds no generations"),
    ],
)
def test_what_cannot_be_evaluated_is_said_in_a_sentence(
    rows: list[str], answers: list[Row], partial: bool, message: str, tmp_path: Path, sandbox: Sandbox
) -> None:
    path = lines(tmp_path / "rows.jsonl", *map(problem, rows))
    with pytest.raises(InputError, match=message):
        evaluated(tmp_path, path, answers, sandbox, partial=partial)


def test_half_a_surrogate_pair_is_the_fault_of_its_sample_alone(tmp_path: Path, sandbox: Sandbox) -> None:
    path = lines(tmp_path / "rows.jsonl", problem("a") | {"difficulty": "\ud800"})
    block = f"\ud800\n```python\n{RIGHT}\n```\n"
    texts = [RIGHT, f"{RIGHT} # \ud800", block, block.replace("print", "'\ud800'\nprint")]
    found = evaluated(tmp_path, path, [{"id": "a", "generations": texts}], sandbox)
    assert list(verdicts(tmp_path).values()) == ["AC", "no code", "AC", "CE"]
    publish(tmp_path / "out", found, "1.0.0")
    assert [group.name for group in found.outcome.groups] == ["?"]


def test_partial_files_score_what_they_answer_and_say_how_much_is_missing(
    tmp_path: Path, sandbox: Sandbox
) -> None:
    path = lines(tmp_path / "rows.jsonl", *map(problem, "abc"))
    answers: list[Row] = [{"id": "b", "generations": [RIGHT, WRONG, WRONG]}, {"id": "c", "response": RIGHT}]
    found = evaluated(tmp_path, path, answers, sandbox, partial=True)
    assert (found.questions, found.missing, found.samples, found.k) == (3, 1, None, (1,))
    assert value(found.outcome.overall.scores.average) == pytest.approx((1 / 3 + 1) / 2)
    with pytest.raises(InputError, match=r"3 generations for 'b', fewer than 4"):
        evaluated(tmp_path, path, answers, sandbox, partial=True, most=4)
    with pytest.raises(InputError, match=r"from 1 to 1"):
        evaluated(tmp_path, path, answers, sandbox, partial=True, judging=replace(FAST, k=(2,)))


def test_questions_without_code_keep_their_places(
    tmp_path: Path, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(grading, "MOST_SHEETS", 2)
    path = lines(tmp_path / "rows.jsonl", *map(problem, range(9)))
    coded = (1, 5, 6)
    answers: list[Row] = [{"id": n, "response": RIGHT if n in coded else "No idea."} for n in range(9)]
    evaluated(tmp_path, path, answers, sandbox)
    assert verdicts(tmp_path) == {(n, 0): "AC" if n in coded else "no code" for n in range(9)}


def test_two_evaluations_are_compared_question_by_question(tmp_path: Path, sandbox: Sandbox) -> None:
    path = lines(tmp_path / "rows.jsonl", *map(problem, range(6)))
    folders = tmp_path / "a", tmp_path / "b"
    for folder, right in zip(folders, (3, 5), strict=True):
        folder.mkdir()
        answers: list[Row] = [{"id": n, "response": RIGHT if n < right else WRONG} for n in range(6)]
        evaluated(folder, path, answers, sandbox)
    found = compare(folders[0] / "out", folders[1] / "out", Bootstrap(500))
    assert (found.first.value, found.second.value) == (0.5, pytest.approx(5 / 6))
    assert found.difference.value == pytest.approx(2 / 6)
    assert found.difference.low == 0.0 < found.difference.high <= 5 / 6
    assert found.alone == 0
    same = compare(folders[0] / "out", folders[0] / "out")
    assert (same.difference.low, same.difference.high) == (0.0, 0.0)
    with pytest.raises(InputError, match="cannot be read"):
        compare(folders[0], folders[1])


def test_a_folder_is_for_one_evaluation(tmp_path: Path, sandbox: Sandbox) -> None:
    path = lines(tmp_path / "rows.jsonl", problem("a"))
    answers: list[Row] = [{"id": "a", "response": RIGHT}]
    evaluated(tmp_path, path, answers, sandbox)
    other = lines(tmp_path / "other.jsonl", *answers)
    with pytest.raises(InputError, match=r"holds an evaluation with other settings \(generations; "):
        evaluated(tmp_path, path, other, sandbox)
    (tmp_path / "out/build.json").touch()
    with pytest.raises(InputError, match="is the folder of a build"):
        evaluated(tmp_path, path, answers, sandbox)


def test_a_full_disk_is_a_sentence() -> None:
    base = open_spool("texts (text TEXT)")
    base.execute("PRAGMA max_page_count = 4")
    with pytest.raises(InputError, match=r"no room \(database or disk is full\)"), with_room():
        base.execute("INSERT INTO texts VALUES (?)", ("x" * 40_000,))
    base.close()


def test_rows_of_no_known_layout_are_refused(tmp_path: Path) -> None:
    path = lines(tmp_path / "rows.jsonl", {"x": 1, "y": 2})
    with pytest.raises(InputError, match=r"no layout that is known by its columns \(x, y\)"):
        benchmark_at(str(path))
    with pytest.raises(InputError, match="has no rows"):
        benchmark_at(str(lines(tmp_path / "none.jsonl")))
