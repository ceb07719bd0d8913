import json
import os
import time
from dataclasses import replace
from pathlib import Path

import pytest
from synthsmith.verification.compare import TOKENS
from synthsmith.verification.errors import InputError
from synthsmith.verification.judge import Entry, judge, judge_all, verdict_of
from synthsmith.verification.judge_file import judge_file
from synthsmith.verification.results import fresh_files, write_lines
from synthsmith.verification.sandbox import Sandbox, cannot_run
from synthsmith.verification.types import Case, Language, Limits, Outcome, Solution, Status, Verdict

LIMITS = Limits(cpu_seconds=0.5, memory_mb=128, output_bytes=1 << 16)
CASES = tuple(Case(str(number), f"{number}\n", expected=f"{2 * number}") for number in (1, 2, 3))
DOUBLE = "print(2 * int(input()))"


@pytest.mark.parametrize(
    ("verdict", "code"),
    [
        (Verdict.AC, DOUBLE),
        (Verdict.WA, "print(3)"),
        (Verdict.RE, "print(2 * int(input()) + 1 // 0)"),
        (Verdict.TLE, "while True: pass"),
        (Verdict.MLE, "x = bytearray(1 << 30)"),
        (Verdict.OLE, "print('x' * (1 << 17))"),
        (Verdict.CE, "print("),
    ],
)
def test_each_way_to_fail_has_its_verdict(sandbox: Sandbox, verdict: Verdict, code: str) -> None:
    assert judge(Solution("s", code), CASES, sandbox, TOKENS, LIMITS).verdict is verdict


def test_the_first_failing_case_gives_the_verdict_and_all_cases_are_run(sandbox: Sandbox) -> None:
    code = "n = int(input())\nprint(2 * n if n != 2 else 0)\nif n == 3: raise SystemExit(1)"
    judged = judge(Solution("s", code), CASES, sandbox, TOKENS, LIMITS)
    assert (judged.verdict, judged.passed, judged.total) == (Verdict.WA, 1, 3)
    assert [case.verdict for case in judged.cases] == [Verdict.AC, Verdict.WA, Verdict.RE]
    assert judged.usage.cpu_seconds == max(case.usage.cpu_seconds for case in judged.cases)


def test_a_fault_of_ours_is_never_a_verdict_on_the_program() -> None:
    assert verdict_of(Outcome(Status.INTERNAL, b"2"), CASES[0], TOKENS) is Verdict.JE


@pytest.fixture
def without_compiler(monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr("synthsmith.verification.sandbox.languages.compiler", lambda: None)
    return "cpp needs g++, which is not installed in /usr/local/bin, /usr/bin, /bin"


@pytest.mark.skipif(bool(cannot_run(Language.CPP)), reason=cannot_run(Language.CPP))
def test_programs_in_both_languages_are_judged(sandbox: Sandbox) -> None:
    right = "#include <iostream>\nint main() { int n; std::cin >> n; std::cout << 2 * n; }"
    codes = (right, right.replace("2 *", "3 *"), right.replace("cin", "in"))
    solutions = [Solution("s", DOUBLE), *(Solution("s", code, Language.CPP) for code in codes)]
    judged = judge_all([Entry(each, CASES, TOKENS, LIMITS) for each in solutions], sandbox)
    assert [each.verdict for each in judged] == [Verdict.AC, Verdict.AC, Verdict.WA, Verdict.CE]


def test_many_are_judged_in_order_and_those_that_cannot_run_are_named(
    sandbox: Sandbox, without_compiler: str
) -> None:
    def entry(code: str, language: Language = Language.PYTHON, cases: tuple[Case, ...] = CASES) -> Entry:
        return Entry(Solution("s", code, language), cases, TOKENS, LIMITS)

    entries = [
        entry("", Language.CPP),
        entry(DOUBLE),
        entry("", Language.CPP),
        entry("print(0)"),
        entry(DOUBLE, cases=()),
    ]
    judged = list(judge_all(entries, sandbox))
    assert [each.verdict for each in judged] == [Verdict.JE, Verdict.AC, Verdict.JE, Verdict.WA, Verdict.JE]
    assert [each.detail for each in judged[::2]] == [
        without_compiler,
        without_compiler,
        "there is no case to judge by",
    ]


def test_with_stop_the_cases_end_with_the_first_failure_and_the_rest_is_not_run(sandbox: Sandbox) -> None:
    cases = tuple(Case(str(number), f"{number}\n", expected=str(2 * number)) for number in range(200))
    slow = "import time\nn = int(input())\nwhile n >= 3 and time.process_time() < 5: pass\nprint(2 * n)"
    limits = Limits(cpu_seconds=0.2, wall_seconds=20)
    solution = Solution("slow", slow)
    begun = time.monotonic()
    stopped = Entry(solution, cases, TOKENS, limits, stop=True)
    after = Entry(Solution("right", DOUBLE), cases[:2], TOKENS, limits, stop=True)
    first, second = judge_all([stopped, after], sandbox)
    assert [each.verdict for each in first.cases] == [Verdict.AC] * 3 + [Verdict.TLE]
    assert (first.verdict, first.passed, first.total) == (Verdict.TLE, 3, 200)
    assert (second.verdict, second.passed) == (Verdict.AC, 2)
    assert time.monotonic() - begun < 0.2 * 197 / sandbox.workers  # less than all of them would take


@pytest.mark.parametrize("may_share", [False, True])
def test_stop_changes_no_verdict(sandbox: Sandbox, may_share: bool) -> None:
    cases = tuple(Case(str(number), f"{number}\n", expected=str(2 * number)) for number in range(100))
    codes = (DOUBLE, "print(2 * int(input()) % 50)", "print(4)", "n = int(input())\nprint(2 * n // (n < 70))")
    entries = [Entry(Solution("", c), cases, TOKENS, Limits(), may_share=may_share) for c in codes]
    whole = list(judge_all(entries, sandbox))
    stopped = list(judge_all([replace(each, stop=True) for each in entries], sandbox))
    assert [each.verdict for each in stopped] == [each.verdict for each in whole]
    for short, full in zip(stopped, whole, strict=True):
        told = [(each.case, each.verdict) for each in full.cases]
        assert [(each.case, each.verdict) for each in short.cases] == told[: len(short.cases)]
    assert [each.passed for each in stopped] == [100, 25, 0, 70]


def row(name: str, **changes: object) -> dict[str, object]:
    submissions = [
        {"name": "right", "language": "python", "code": DOUBLE, "expected": "AC"},
        {"name": "cpp", "language": "cpp", "code": "int main() {}"},
        {"name": "wrong", "language": "python", "code": "print(1)"},
    ]
    tests = [{"input": case.input, "output": case.expected} for case in CASES]
    return {"id": name, "tests": tests, "submissions": submissions, "license": "MIT"} | changes


def written(path: Path, *rows: object) -> Path:
    path.write_text("".join(json.dumps(each) + "\n" for each in rows))
    return path


def lines(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


@pytest.mark.parametrize("may_share", [False, True])
def test_a_file_has_the_same_verdicts_shared_and_isolated(
    sandbox: Sandbox, tmp_path: Path, may_share: bool
) -> None:
    tests = [{"input": f"{n}\n", "output": str(2 * n)} for n in range(20)]
    codes = {
        "right": DOUBLE,
        "crashes": "print(2 * int(input()) // 0)",
        "at times": "print(int(input()) % 16 * 2)",
    }
    told = [{"name": name, "language": "python", "code": code} for name, code in codes.items()]
    source, target = written(tmp_path / "in.jsonl", row("a", tests=tests, submissions=told)), tmp_path / "out"
    judge_file(source, target, sandbox, may_share=may_share)
    assert [(line["verdict"], line["passed"]) for line in lines(target)] == [
        ("AC", 20),
        ("RE", 0),
        ("WA", 16),
    ]


def test_a_file_gets_one_line_a_submission_in_its_order(
    sandbox: Sandbox, tmp_path: Path, without_compiler: str
) -> None:
    source, target = written(tmp_path / "in.jsonl", row("a"), row("b")), tmp_path / "new" / "out.jsonl"
    summary = judge_file(source, target, sandbox)
    told = lines(target)
    assert [(line["id"], line["submission"], line["verdict"], line["passed"]) for line in told] == [
        (name, submission, verdict, passed)
        for name in "ab"
        for submission, verdict, passed in (("right", "AC", 3), ("cpp", "JE", 0), ("wrong", "WA", 0))
    ]
    assert list(told[0])[:8] == [
        "id",
        "submission",
        "verdict",
        "passed",
        "total",
        "cpu_seconds",
        "wall_seconds",
        "memory_mb",
    ]
    assert [case["test"] for case in told[0]["cases"]] == [0, 1, 2]  # type: ignore[attr-defined]
    assert told[1]["detail"] == without_compiler
    assert (summary.problems, summary.submissions, summary.unsupported) == (2, 6, 2)
    assert summary.verdicts == {Verdict.AC: 2, Verdict.JE: 2, Verdict.WA: 2}


def test_unknown_keys_are_carried_along_and_never_replace_ours(sandbox: Sandbox, tmp_path: Path) -> None:
    source = written(tmp_path / "in.jsonl", row("a", verdict="??", expected="row"))
    judge_file(source, tmp_path / "out.jsonl", sandbox)
    told = lines(tmp_path / "out.jsonl")[0]
    assert (told["license"], told["expected"], told["verdict"]) == ("MIT", "AC", "AC")


def test_functions_are_judged_by_their_values(sandbox: Sandbox, tmp_path: Path) -> None:
    entry = "class Solution:\n    def pair(self, n: int, s: str) -> List[int]:\n        pass"
    code = "class Solution:\n    def pair(self, n, s):\n        return (n, len(s))"
    tests = [{"input": '1\n"ab"', "output": "[1, 2]"}, {"input": '3\n"a b"', "output": "[3,3.0]"}]
    submissions = [{"name": 1, "language": "python", "code": code}]
    source = written(tmp_path / "in.jsonl", row("f", entry=entry, tests=tests, submissions=submissions))
    judge_file(source, tmp_path / "out.jsonl", sandbox)
    assert lines(tmp_path / "out.jsonl")[0]["verdict"] == "AC"


def test_assertions_are_judged_test_code_by_test_code(sandbox: Sandbox, tmp_path: Path) -> None:
    tests = [{"name": "one", "input": "assert f(1) == 2"}, {"input": "for i in (2, 3): assert f(i) == 2 * i"}]
    codes = ["def f(n): return 2 * n", "def f(n): return 2 * n if n < 3 else 0", "def f("]
    submissions = [{"name": i, "language": "python", "code": code} for i, code in enumerate(codes)]
    changes = {"entry": "assertions", "tests": tests, "submissions": submissions}
    judge_file(written(tmp_path / "in.jsonl", row("a", **changes)), tmp_path / "out.jsonl", sandbox)
    told = lines(tmp_path / "out.jsonl")
    assert [(each["verdict"], each["passed"]) for each in told] == [("AC", 2), ("WA", 1), ("CE", 0)]
    assert [case["test"] for case in told[1]["cases"]] == ["one", 1]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"entry": "assertions", "tests": [{"input": "assert"}]},
            r"row 2 .* field tests\[0\].input: the test code",
        ),
        ({"entry": "assertions"}, r"field tests\[0\].output has no meaning beside assertions"),
        (
            {"entry": "assertions", "tests": [], "checker": "lines"},
            "field checker has no meaning beside assertions",
        ),
        ({"tests": [{"input": "1"}]}, r"row 2 \(id \"b\"\): field tests\[0\].output is missing"),
        ({"tests": []}, "row 2 .* field tests is empty"),
    ],
)
def test_a_row_that_cannot_be_judged_ends_the_work_after_those_before_it(
    sandbox: Sandbox, tmp_path: Path, changes: dict[str, object], message: str
) -> None:
    source = written(tmp_path / "in.jsonl", row("a"), row("b", **changes))
    with pytest.raises(InputError, match=message):
        judge_file(source, tmp_path / "out.jsonl", sandbox)
    assert len(lines(tmp_path / "out.jsonl")) == 3


def test_half_a_surrogate_pair_breaks_the_program_that_has_it_and_no_file(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    half = {"name": "half", "language": "python", "code": f"{DOUBLE}  # \ud800"}
    right = {"name": "right", "language": "python", "code": DOUBLE, "carried": "\ud800"}
    source = written(tmp_path / "in.jsonl", row("a", submissions=[half, right]))
    judge_file(source, tmp_path / "out.jsonl", sandbox)
    first, second = lines(tmp_path / "out.jsonl")
    assert (first["verdict"], second["verdict"], second["carried"]) == ("CE", "AC", "\ud800")


def test_the_input_is_never_overwritten(sandbox: Sandbox, tmp_path: Path) -> None:
    source = written(tmp_path / "in.jsonl", row("a"))
    before = source.read_bytes()
    with pytest.raises(InputError, match="is the input itself"):
        judge_file(source, source, sandbox)
    assert source.read_bytes() == before


def test_an_input_that_is_missing_leaves_earlier_results_alone(sandbox: Sandbox, tmp_path: Path) -> None:
    earlier = written(tmp_path / "out.jsonl", {"id": 1})
    with pytest.raises(InputError, match=r"none.jsonl cannot be read"):
        judge_file(tmp_path / "none.jsonl", earlier, sandbox)
    assert lines(earlier) == [{"id": 1}]


def test_a_result_that_cannot_be_written_is_named(sandbox: Sandbox, tmp_path: Path) -> None:
    source = written(tmp_path / "in.jsonl", row("a"))
    with pytest.raises(InputError, match="cannot be written: Is a directory"):
        judge_file(source, tmp_path, sandbox)


@pytest.mark.parametrize("name", ["out.jsonl", "out.jsonl.gz"])
def test_two_at_once_do_not_write_into_one_file(tmp_path: Path, sandbox: Sandbox, name: str) -> None:
    source, target = tmp_path / "in.jsonl", tmp_path / name
    source.touch()
    with fresh_files(source, target) as (file,):
        write_lines(file, [{"id": "first"}])
        before = target.read_bytes()
        with pytest.raises(InputError, match=f"another process is writing {target}"):
            judge_file(source, target, sandbox)
        assert target.read_bytes() == before != b""
    judge_file(source, target, sandbox)
    assert target.read_bytes() != before


def test_what_is_no_file_may_be_written_by_many(tmp_path: Path, sandbox: Sandbox) -> None:
    source = tmp_path / "in.jsonl"
    source.touch()
    with fresh_files(source, Path(os.devnull)):
        assert judge_file(source, Path(os.devnull), sandbox).problems == 0
