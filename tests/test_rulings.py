"""Checker programs: who is right by them, and whose fault it is when they fail."""

import json
from pathlib import Path

import pytest
from command import synthsmith
from synthsmith.verification.compare import Checker, parse_checker
from synthsmith.verification.courses import follow
from synthsmith.verification.judge import Entry, judge, judge_all
from synthsmith.verification.judge_file import judge_file
from synthsmith.verification.metric import PassAtK
from synthsmith.verification.rulings import Ruling, limits_for, rule
from synthsmith.verification.sandbox import Sandbox, cannot_run
from synthsmith.verification.types import Case, Language, Limits, Outcome, Solution, Status, Verdict

BUILT = pytest.mark.skipif(bool(cannot_run(Language.CPP)), reason=cannot_run(Language.CPP))
LIMITS = Limits(cpu_seconds=0.5, memory_mb=128, output_bytes=1 << 16)
# Any two different divisors of the input whose product it is.
FACTORS = """
import sys
n = int(open(sys.argv[1]).read())
words = open(sys.argv[2]).read().split()
if not all(word.isdigit() for word in words):
    sys.exit(2)
if len(words) != 2 or int(words[0]) * int(words[1]) != n:
    sys.exit("not a product")
if not open(sys.argv[3]).read():
    sys.exit(3)
"""
FACTORS_CPP = """
#include <fstream>
int main(int, char** paths) {
    std::ifstream input(paths[1]), output(paths[2]), answer(paths[3]);
    long n, a, b;
    input >> n;
    if (!(output >> a >> b)) return 2;
    if (!(answer >> n)) return 3;
    return a * b == n ? 0 : 1;
}
"""
CASES = tuple(Case(str(n), f"{n}\n", expected=f"{n} 1\n") for n in (6, 10, 15))
SPLIT = "n = int(input())\nprint(*next((d, n // d) for d in range(2, n + 1) if n % d == 0))"


def program(code: str, language: str = "python") -> Checker:
    return parse_checker({"kind": "program", "language": language, "code": code})


def ruling(sandbox: Sandbox, checker: Checker, output: bytes, limits: Limits = LIMITS) -> Ruling:
    [only] = follow([rule(checker, b"6\n", output, b"6 1\n", limits)], sandbox)
    return only


@pytest.mark.parametrize(
    "checker",
    [program(FACTORS), pytest.param(program(FACTORS_CPP, "cpp"), marks=BUILT)],
    ids=["python", "cpp"],
)
@pytest.mark.parametrize(
    ("output", "accepted"),
    [(b"6 1", True), (b"2 3\n", True), (b"2 4", False), (b"x y", False), (b"", False)],
)
def test_the_exit_code_says_whether_the_output_is_right(
    sandbox: Sandbox, checker: Checker, output: bytes, accepted: bool
) -> None:
    assert ruling(sandbox, checker, output) == Ruling(accepted)


def test_a_checker_gets_input_output_and_answer_in_this_order_and_nothing_to_read(sandbox: Sandbox) -> None:
    code = (
        "import sys\n"
        "found = [open(path, 'rb').read() for path in sys.argv[1:]]\n"
        "sys.exit(found != [b'6\\n', b'\\xff\\n', b'6 1\\n'] or sys.stdin.read() != '')"
    )
    assert ruling(sandbox, program(code), b"\xff\n") == Ruling(True)


@pytest.mark.parametrize(
    ("code", "fault"),
    [
        ("import sys; sys.stderr.write('no\\nanswer'); sys.exit(3)", "failed (exit code 3): no answer"),
        ("import sys; sys.exit(7)", "failed (exit code 7): it said nothing"),
        ("1 / 0", "division by zero"),
        ("import atexit, os\natexit.register(os._exit, 0)\n1 / 0", "failed (status ok)"),
        ("import os; os.kill(os.getpid(), 11)", "failed (signal 11)"),
        ("while True: pass", "failed (status time)"),
        ("x = bytearray(1 << 30)", "failed (status memory)"),
        ("while True: print('x' * 9999)", "failed (status output)"),
        ("def f(:", "the checker does not compile: File"),
    ],
)
def test_whatever_else_happens_is_the_checkers_fault(sandbox: Sandbox, code: str, fault: str) -> None:
    found = ruling(sandbox, program(code), b"2 3")
    assert found.accepted is None
    assert fault in found.fault
    assert found.built is ("compile" not in fault)


@pytest.mark.parametrize(
    ("code", "fault"),
    [
        ("given and int(given)", "base 10: 'garbage' (it takes the right answer)"),
        ("given == 'garbage' and os.kill(os.getpid(), 11)", "failed (signal 11)"),
        ("while given == 'garbage': pass", "failed (status time)"),
        ("bytearray(len(given) << 30)", "failed (status memory)"),
        ("while given == 'garbage': print(given * 9999)", "failed (status output)"),
    ],
)
def test_an_output_that_breaks_a_checker_is_wrong_where_it_takes_the_answer(
    sandbox: Sandbox, code: str, fault: str
) -> None:
    checker = program("import os, sys\ngiven = open(sys.argv[2]).read().replace('6 1\\n', '')\n" + code)
    found = ruling(sandbox, checker, b"garbage")
    assert found.accepted is False
    assert fault in found.fault


@pytest.mark.parametrize("code", ["sys.exit(3)", "sys.exit(7)", "os._exit(255)"])
def test_a_checker_that_fails_by_its_own_choice_is_believed(sandbox: Sandbox, code: str) -> None:
    checker = program("import os, sys\nif open(sys.argv[2]).read() == 'garbage': " + code)
    assert ruling(sandbox, checker, b"garbage").accepted is None


def test_a_checker_that_failed_is_asked_once_more() -> None:
    course = rule(program(FACTORS), b"6", b"2 3", b"6 1", LIMITS)
    job = next(course)
    assert course.send(Outcome(Status.INTERNAL)) == job
    with pytest.raises(StopIteration) as end:
        course.send(Outcome(Status.OK))
    assert end.value.value == Ruling(True)


def test_a_checker_may_use_more_than_a_small_problem_allows() -> None:
    assert limits_for(LIMITS) == Limits(10.0, memory_mb=512)
    assert limits_for(Limits(memory_mb=2048)).memory_mb == 2048


@pytest.mark.parametrize(
    ("verdict", "code"),
    [
        (Verdict.AC, SPLIT),
        (Verdict.WA, "print(2, 3)"),
        (Verdict.WA, "print('none')"),
        (Verdict.RE, SPLIT + "\n1 / 0"),
        (Verdict.CE, "print("),
    ],
)
def test_programs_are_judged_by_the_checker(sandbox: Sandbox, verdict: Verdict, code: str) -> None:
    assert judge(Solution("s", code), CASES, sandbox, program(FACTORS), LIMITS).verdict is verdict


def test_a_failing_checker_is_a_judge_error_and_never_the_programs(sandbox: Sandbox) -> None:
    code = "import sys\nif '10' in open(sys.argv[1]).read(): sys.exit(3)\n" + FACTORS
    judged = judge(Solution("s", SPLIT), CASES, sandbox, program(code), LIMITS)
    assert [case.verdict for case in judged.cases] == [Verdict.AC, Verdict.JE, Verdict.AC]
    assert (judged.verdict, judged.passed) == (Verdict.JE, 2)
    assert judged.detail == "the checker failed (exit code 3): it said nothing"
    wrong = judge(Solution("s", "print(2, 3)"), CASES, sandbox, program(code), LIMITS)
    assert (wrong.verdict, wrong.passed) == (Verdict.WA, 1)


def test_many_are_judged_in_order_with_and_without_a_checker_program(sandbox: Sandbox) -> None:
    factors, tokens = program(FACTORS), parse_checker("tokens")
    kinds = [(SPLIT, factors), (SPLIT, tokens), ("print(input(), 1)", tokens), ("print(1)", factors)]
    entries = (
        Entry(Solution("s", code), CASES, checker, LIMITS) for _ in range(15) for code, checker in kinds
    )
    expected = [Verdict.AC, Verdict.WA, Verdict.AC, Verdict.WA] * 15
    assert [judged.verdict for judged in judge_all(entries, sandbox)] == expected


def row(name: str, checker: object, *codes: str) -> dict[str, object]:
    tests = [{"input": case.input, "output": case.expected} for case in CASES]
    submissions = [{"name": index, "language": "python", "code": code} for index, code in enumerate(codes)]
    return {"id": name, "checker": checker, "tests": tests, "submissions": submissions}


def checker_row(code: str, language: str = "python") -> dict[str, object]:
    return {"kind": "program", "language": language, "code": code}


def written(path: Path, *rows: object) -> Path:
    path.write_text("".join(json.dumps(each) + "\n" for each in rows))
    return path


@BUILT
@pytest.mark.skipif(Path("/usr/include/testlib.h").exists(), reason="the header is installed here")
def test_a_checker_that_does_not_compile_is_told_once_a_submission(sandbox: Sandbox, tmp_path: Path) -> None:
    broken = checker_row('#include "testlib.h"\nint main() {}', "cpp")
    source = written(tmp_path / "in.jsonl", row("a", broken, SPLIT), row("b", checker_row(FACTORS), SPLIT))
    summary = judge_file(source, tmp_path / "out.jsonl", sandbox)
    first, second = map(json.loads, (tmp_path / "out.jsonl").read_text().splitlines())
    assert (first["verdict"], second["verdict"]) == ("JE", "AC")
    assert first["detail"].startswith(
        "the checker does not compile: solution.cpp:1:10: fatal error: testlib.h"
    )
    assert "detail" not in second
    assert (summary.unsupported, summary.checker_failed) == (0, 1)


def test_a_checker_whose_language_cannot_be_run_is_named(
    sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("synthsmith.verification.sandbox.languages.compiler", lambda: None)
    source = written(tmp_path / "in.jsonl", row("a", checker_row(FACTORS_CPP, "cpp"), SPLIT))
    assert judge_file(source, tmp_path / "out.jsonl", sandbox).unsupported == 1
    detail = json.loads((tmp_path / "out.jsonl").read_text())["detail"]
    assert detail.startswith("the checker cannot be run: cpp needs g++")


def test_the_command_says_how_many_met_a_failing_checker(tmp_path: Path) -> None:
    written(tmp_path / "in.jsonl", row("a", checker_row("raise SystemExit(3)"), SPLIT, "print(1)"))
    done = synthsmith("judge", "in.jsonl", "--out", "out.jsonl", cwd=tmp_path)
    assert done.status == 0, done.stderr
    assert "2 JE" in done.stdout
    assert "2 met a failure of the checker; `detail` says how" in done.stderr


def test_the_metric_takes_a_checker_program() -> None:
    references = [{"inputs": ["6\n"], "outputs": ["6 1"]}]
    scores = PassAtK().compute(
        predictions=[[SPLIT, "print(2, 2)"]], references=references, k=[1], checker=checker_row(FACTORS)
    )
    assert scores == {"pass@1": 0.5, "avg@2": 0.5}
