"""What the judge over HTTP says to what it is asked: a real server, a real client."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from judging import Judge, judging
from synthsmith.verification.sandbox import cannot_run
from synthsmith.verification.types import Language

ROOT = Path(__file__).resolve().parent.parent
DOUBLE = "print(2 * int(input()))"
LOOP = "while True: pass"
BUILT = pytest.mark.skipif(bool(cannot_run(Language.CPP)), reason=cannot_run(Language.CPP))
CPP_DOUBLE = "#include <iostream>\nint main() { int n; std::cin >> n; std::cout << 2 * n; }"
BATCHES = ("/judge/batch", "/judge/long-batch", "/run/batch", "/run/long-batch")
DEEP = "import sys\nsys.setrecursionlimit(10**6)\nf = lambda n: n and 1 + f(n - 1)\nprint(f(42_000) // 1000)"
SHORT = {"cpu_seconds": "0.3"}


@pytest.fixture(scope="module")
def judge() -> Iterator[Judge]:
    with judging("--workers", "2", "--cpu-seconds", "5") as judge:
        yield judge


def program(name: str) -> str:
    return (ROOT / "tests/programs" / name).read_text()


def batch(count: int, solution: str, text: str = "21") -> dict[str, object]:
    one = {"type": "python", "solution": solution, "input": text}
    return {"type": "batch", "submissions": [one] * count}


def verdict(answer: dict[str, object]) -> tuple[object, object, object]:
    return answer["success"], answer["run_success"], answer["reason"]


RIGHT, WRONG, FAILED = (True, True, ""), (False, True, ""), (False, False, "")
TIME = (False, False, "worker_timeout")


@pytest.mark.parametrize(
    ("solution", "rest", "wanted"),
    [
        (DOUBLE, {"input": "21\n", "expected_output": "42"}, RIGHT),
        (DOUBLE, {"input": "21\n", "expected_output": "43"}, WRONG),
        (DOUBLE, {"input": "21\n"}, RIGHT),
        ("print(1,  2)", {"expected_output": "1 2\n\n", "options": None}, RIGHT),
        ("print(1,  2)", {"expected_output": "1 2", "options": {"checker": "exact"}}, WRONG),
        (
            "print(0.3)",
            {"expected_output": "0.30001", "options": {"checker": '{"kind": "floats", "absolute": 0.1}'}},
            RIGHT,
        ),
        ("", {"expected_output": ""}, RIGHT),
        ("print(42); exit(3)", {"expected_output": "42"}, FAILED),
        (DOUBLE, {"expected_output": "42"}, FAILED),
        ("print(", {}, FAILED),
        (LOOP, {"options": SHORT}, TIME),
        ("x = bytearray(200 << 20)", {"options": {"memory_mb": "64"}}, FAILED),
        (DOUBLE, {"input": "\ud800"}, (False, False, "invalid_input")),
        ("print('\ud800')", {"expected_output": "x"}, FAILED),
    ],
)
def test_a_submission_gets_its_verdict(
    judge: Judge, solution: str, rest: dict[str, object], wanted: tuple[object, ...]
) -> None:
    content = json.dumps({"type": "python", "solution": solution, **rest}).encode()
    answer = judge.client.post("/judge", content=content).json()
    assert verdict(answer) == wanted
    assert set(answer) == {"sub_id", "success", "run_success", "cost", "reason"}


@pytest.mark.parametrize(
    ("solution", "wanted"),
    [
        (program("ok/daemon_stays_behind.py"), RIGHT),
        (program("time/fork_bomb.py"), TIME),
        (program("ok/deep_recursion_in_a_thread.py"), RIGHT),
        (
            DEEP,
            RIGHT,
        ),
        ("from __future__ import annotations\nprint(42)", RIGHT),
        ("print('--- end ---', '\\x00', '\"}]}', '__END__'); print(42)", WRONG),
        ("import sys\nprint(42)\nsys.stderr.write('--- code judge end ---\\n')", RIGHT),
    ],
    ids=["daemon", "fork bomb", "threaded recursion", "recursion", "future", "marker", "marker on stderr"],
)
def test_what_the_original_stumbled_over_is_judged_like_anything_else(
    judge: Judge, solution: str, wanted: tuple[object, ...]
) -> None:
    rest = {"input": "21\n", "expected_output": "42"}
    options = SHORT if wanted == TIME else {}
    assert verdict(judge.judge(solution, options=options, **rest)) == wanted
    assert verdict(judge.judge(DOUBLE, **rest)) == RIGHT


def test_a_run_gives_what_was_written(judge: Judge) -> None:
    code = "import sys; print(input() + 'é'); print('oh', file=sys.stderr)"
    answer = judge.post("/run", sub_id="7", type="python", solution=code, input="a")
    assert answer.pop("cost") > 0  # type: ignore[operator]
    said = {"stdout": "aé\n", "stderr": "oh\n"}
    assert answer == {"sub_id": "7", "success": True, "run_success": True, "reason": "", **said}


@BUILT
def test_programs_in_cpp_are_judged(judge: Judge) -> None:
    rest = {"type": "cpp", "input": "21", "expected_output": "42"}
    assert verdict(judge.post("/judge", solution=CPP_DOUBLE, **rest)) == RIGHT
    assert verdict(judge.post("/judge", solution="int main(", **rest)) == FAILED


@pytest.mark.parametrize("route", BATCHES)
def test_a_batch_is_answered_in_its_order(judge: Judge, route: str) -> None:
    code = "import time; n = int(input()); time.sleep(0.02 * (n % 3)); print(n)"
    parts = [
        {
            "sub_id": str(n),
            "type": "python",
            "solution": code,
            "input": f"{n}",
            "expected_output": f"{n - n % 4}",
        }
        for n in range(12)
    ]
    answer = judge.post(route, sub_id="all", submissions=parts, colour="red")
    results: list[dict[str, object]] = answer["results"]  # type: ignore[assignment]
    assert answer["sub_id"] == "all"
    assert [result["sub_id"] for result in results] == [str(n) for n in range(12)]
    assert [result["success"] for result in results] == [n % 4 == 0 for n in range(12)]
    if route.startswith("/run"):
        assert [result["stdout"] for result in results] == [f"{n}\n" for n in range(12)]


def test_a_name_is_made_up_where_none_is_given(judge: Judge) -> None:
    answer = judge.post("/judge/batch", submissions=batch(2, "")["submissions"])
    names = [answer["sub_id"], *(result["sub_id"] for result in answer["results"])]  # type: ignore[attr-defined]
    assert len(set(names)) == 3
    assert all(names)


def test_it_says_that_it_is_there(judge: Judge) -> None:
    assert judge.client.get("/ping").json() == "pong"
    assert judge.client.get("/status").json() == {"queue": 0, "num_workers": 2}
    assert judge.client.get("/healthz").status_code == 200


ONE = {"type": "python", "solution": ""}
MALFORMED = [
    ("/judge", b"{", 400, "not JSON"),
    ("/judge", b"\xff\xfe", 400, "not JSON"),
    ("/judge", b"[" * 100_000, 400, "not JSON"),
    ("/judge", b"[]", 422, "the body must be a JSON object"),
    ("/judge", {"type": "python"}, 422, "solution is missing"),
    ("/judge", {"type": "pascal", "solution": ""}, 422, 'type must be "python" or "cpp"'),
    ("/judge", {**ONE, "input": 3}, 422, "input must be a string, not 3"),
    ("/judge", {**ONE, "sub_id": 3}, 422, "sub_id must be a string"),
    ("/judge", {**ONE, "options": {"cpu": "3"}}, 422, "options.cpu is not known"),
    ("/judge", {**ONE, "options": {"cpu_seconds": "nan"}}, 422, "options.cpu_seconds must be a number"),
    ("/judge", {**ONE, "options": {"cpu_seconds": "0"}}, 422, "options.cpu_seconds must be above 0"),
    ("/judge", {**ONE, "options": {"memory_mb": "-1"}}, 422, "options.memory_mb cannot be used"),
    (
        "/judge",
        {**ONE, "options": {"checker": "magic"}},
        422,
        'use one of tokens, exact, lines, unordered, floats, program.", "type"',
    ),
    ("/run/batch", b"{", 400, "not JSON"),
    ("/run/batch", b"[]", 422, "the body must be a JSON object"),
    ("/run/batch", {"type": "batch"}, 422, "submissions is missing"),
    ("/judge/long-batch", {"submissions": []}, 422, "at least one"),
    ("/judge/long-batch", {"submissions": {}}, 422, "submissions must be a list"),
    ("/judge/long-batch", {"type": "heap", "submissions": [ONE]}, 422, 'type must be "batch"'),
    ("/judge/long-batch", {"submissions": [ONE, {**ONE, "type": 1}]}, 422, "submissions[1].type must be"),
    ("/run_code", {"code": ""}, 422, "language is missing"),
    (
        "/run_code",
        {"code": "", "language": "python", "run_timeout": "x"},
        422,
        "run_timeout must be a number",
    ),
    ("/run_code", {"code": "", "language": "python", "run_timeout": 1e9}, 422, "run_timeout must be above 0"),
    ("/run_code", b'{"code": "", "language": "python", "run_timeout": 1' + b"0" * 400 + b"}", 422, "number"),
    ("/run_code", {"code": "", "language": "python", "stdin": 1}, 422, "stdin must be a string"),
]


@pytest.mark.parametrize(("route", "body", "status", "said"), MALFORMED)
def test_a_body_that_is_wrong_is_refused_with_the_field_named(
    judge: Judge, route: str, body: bytes | dict[str, object], status: int, said: str
) -> None:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    answer = judge.client.post(route, content=content)
    assert answer.status_code == status
    assert said in json.dumps(answer.json()).replace('\\"', '"')


def test_routes_and_methods_that_are_not_there_are_refused_in_json(judge: Judge) -> None:
    for answer, status in ((judge.client.get("/judge"), 405), (judge.client.post("/verdict"), 404)):
        assert answer.status_code == status
        assert answer.json()["detail"]


def test_the_routes_in_the_readme_are_there(judge: Judge) -> None:
    section = (
        (ROOT / "README.md").read_text(encoding="utf-8").partition("A judge for RL")[2].partition("\n## ")[0]
    )
    rows = [line.split("|")[1] for line in section.splitlines() if line.startswith("| `")]
    routes = re.findall(r"/[\w/-]+", " ".join(rows))
    assert len(routes) == 11
    assert [route for route in routes if judge.client.put(route).status_code != 405] == []


def sent_by_verl(code: str, stdin: str = "", language: str = "python") -> dict[str, object]:
    return {
        "compile_timeout": 10,
        "run_timeout": 10,
        "code": code,
        "stdin": stdin,
        "memory_limit_MB": 1024,
        "language": language,
        "files": {},
        "fetch_files": [],
    }


def ended(status: str, code: int | None, stdout: str = "") -> dict[str, object]:
    return {"status": status, "return_code": code, "stdout": stdout}


@pytest.mark.parametrize(
    ("body", "status", "compiled", "ran"),
    [
        (sent_by_verl(DOUBLE, "21\n"), "Success", None, ended("Finished", 0, "42\n")),
        ({"code": "print(42)", "language": "python"}, "Success", None, ended("Finished", 0, "42\n")),
        (sent_by_verl("exit(3)"), "Failed", None, ended("Finished", 3)),
        (sent_by_verl("import os; os.kill(os.getpid(), 9)"), "Failed", None, ended("Finished", -9)),
        (sent_by_verl("print("), "Failed", None, ended("Finished", 1)),
        (sent_by_verl(LOOP) | {"run_timeout": 0.3}, "Failed", None, ended("TimeLimitExceeded", None)),
        (
            sent_by_verl("x = b'1' * (200 << 20)") | {"memory_limit_MB": 64},
            "Failed",
            None,
            ended("Error", None),
        ),
        pytest.param(
            sent_by_verl(CPP_DOUBLE, "21", "cpp"),
            "Success",
            ended("Finished", 0),
            ended("Finished", 0, "42"),
            marks=BUILT,
        ),
        pytest.param(sent_by_verl("int main(", "", "cpp"), "Failed", ended("Finished", 1), None, marks=BUILT),
        (sent_by_verl("puts 1", "", "ruby"), "SandboxError", None, None),
        (sent_by_verl("") | {"files": {"a.txt": "QQ=="}}, "SandboxError", None, None),
        (sent_by_verl("") | {"fetch_files": ["a.txt"]}, "SandboxError", None, None),
    ],
)
def test_code_is_run_as_sandbox_fusion_would(
    judge: Judge,
    body: dict[str, object],
    status: str,
    compiled: dict[str, object] | None,
    ran: dict[str, object] | None,
) -> None:
    answer = judge.post("/run_code", **body)
    assert (answer["status"], answer["executor_pod_name"], answer["files"]) == (status, None, {})
    assert answer["message"] or status != "SandboxError"
    for found, wanted in ((answer["compile_result"], compiled), (answer["run_result"], ran)):
        assert (found is None) == (wanted is None)
        if isinstance(found, dict) and wanted is not None:
            assert set(found) == {"status", "execution_time", "return_code", "stdout", "stderr"}
            assert {name: found[name] for name in wanted} == wanted
