"""Rewards: which program of an answer counts, what it is judged by, and what trainers are told."""

import asyncio
import json
import math
import subprocess
import sys
import threading
import time
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from command import environment
from hypothesis import given
from hypothesis import strategies as st
from killing import descendants
from made_dataset import DOUBLE, RL, TOTAL, truth
from synthsmith.verification import judge as judging
from synthsmith.verification.errors import InputError, SandboxError
from synthsmith.verification.judge import Judged
from synthsmith.verification.rewards import (
    Options,
    code_reward,
    compute_score,
    compute_score_async,
    local,
    ms_swift_plugin,
    trl_reward,
)
from synthsmith.verification.rewards.answer import final_program
from synthsmith.verification.rewards.options import options_of
from synthsmith.verification.types import Usage, Verdict

DOUBLES = truth(["1\n", "2\n", "3\n", "4\n"], ["2\n", "4\n", "6\n", "8\n"])
RIGHT = f"<think>\nMaybe\n```python\nraise\n```\n</think>\nSo:\n```python\n{DOUBLE}```\nThat is all."
TWO_OF_FOUR = "```python\nn = int(input())\nprint(n * 2 if n < 3 else 0)\n```"


@pytest.fixture(autouse=True, scope="module")
def ended() -> Iterator[None]:
    yield
    local.close()


def fenced(code: str, label: str = "python") -> str:
    return f"```{label}\n{code}```\n"


def score(completion: str, ground_truth: str = DOUBLES, **told: Any) -> float:
    extra = told.pop("extra_info", {})
    return compute_score("synthsmith", completion, ground_truth, extra, **told)["score"]


@pytest.mark.parametrize(
    ("completion", "program"),
    [
        (RIGHT, DOUBLE),
        (fenced("a = 1\n") + fenced("b = 2\n"), "b = 2\n"),  # the last
        (fenced("a = 1\n") + fenced("1 2 3\n", "text"), "a = 1\n"),  # what it prints is no program
        (fenced("a = 1\n") + fenced("int main() {}\n", "cpp"), "a = 1\n"),
        (fenced("a = 1\n", ""), "a = 1\n"),
        (fenced("a = 1\n", "PY"), "a = 1\n"),
        ("~~~python\n```\n~~~\n", None),  # a fence inside a block is its text, and no Python
        (fenced("a = 1\n") + "```python\nb = ", "a = 1\n"),  # cut off
        (fenced("int main() {}\n", "cpp"), None),
        (fenced("def f(:\n"), None),
        (fenced("\n"), None),
        (fenced("a = '\ud800'\n"), None),
        (f"<think>{fenced('a = 1' + chr(10))}", None),  # it never ended its reasoning
        ("print(1)", None),
        ("", None),
        (fenced("a = 1\n").replace("\n", "\r\n"), "a = 1\n"),
    ],
)
def test_the_last_python_block_of_the_final_answer_counts(completion: str, program: str | None) -> None:
    assert final_program(completion) == program


def test_where_the_prompt_opens_the_reasoning_an_answer_has_to_close_it() -> None:
    draft = fenced(DOUBLE)
    assert final_program(draft) == DOUBLE
    assert final_program(draft, reasoned=True) is None
    assert final_program(f"hm{draft}</think>{draft}", reasoned=True) == DOUBLE


@given(st.text(alphabet="`~pythonx \n</think>"))
def test_any_text_is_an_answer_or_none(completion: str) -> None:
    program = final_program(completion)
    assert program is None or program.strip()


def test_all_tests_or_the_share_of_them_are_what_counts() -> None:
    assert score(RIGHT) == 1.0
    assert score(TWO_OF_FOUR) == 0.0
    assert score(TWO_OF_FOUR, scale="share") == 0.5
    assert score(RIGHT, scale="share") == 1.0
    assert score("no program", no_program=-0.4) == -0.4


def test_every_test_counts_not_the_first_ten() -> None:
    numbers = [f"{n}\n" for n in range(12)]
    doubles = truth(numbers, [f"{2 * int(n)}\n" for n in numbers])
    code = fenced("n = int(input())\nprint(2 * n if n < 10 else 0)\n")
    assert score(code, doubles) == 0.0
    assert math.isclose(score(code, doubles, scale="share"), 10 / 12)


def test_blanks_at_the_ends_of_lines_are_no_mistake_and_an_empty_answer_is_none_for_junk() -> None:
    assert score(fenced("print('1 2 ')\n"), truth([""], ["1 2"])) == 1.0
    assert score(fenced("print('1 2')\n"), truth([""], ["1 2\n\n"])) == 1.0
    assert score(fenced("print('junk')\n"), truth([""], [""])) == 0.0


ANSWERS = {  # for each row of made_dataset: a right answer and a wrong one
    "double": (fenced(DOUBLE), fenced("print(2)\n")),
    "total": (fenced(TOTAL), fenced("class Solution:\n    def total(self, values):\n        return 3\n")),
    "half": (fenced("print('.50000001')\n"), fenced("print('0.51')\n")),
    "length": (fenced("print('xyz')\n"), fenced("print('xy')\n")),
    "added": (fenced("def add(a, b):\n    return a + b\n"), fenced("def add(a, b):\n    return 4\n")),
}


@pytest.mark.parametrize("row", RL, ids=lambda row: str(row["task_id"]))
def test_function_checker_and_test_code_come_from_the_row(row: Mapping[str, Any]) -> None:
    right, wrong = ANSWERS[row["task_id"]]
    told = row["reward_model"]["ground_truth"], row["extra_info"]
    assert compute_score("", right, *told) == {"score": 1.0, "acc": 1.0, "judge_fault": 0.0}
    assert compute_score("", wrong, *told) == {"score": 0.0, "acc": 0.0, "judge_fault": 0.0}


def test_limits_come_from_the_row() -> None:
    slow = fenced("import time\nwhile time.process_time() < 0.6: pass\nprint(1)\n")
    assert score(slow, truth([""], ["1"]), extra_info={"cpu_seconds_limit": 0.1}) == 0.0
    assert score(slow, truth([""], ["1"]), extra_info={"cpu_seconds_limit": 5.0}) == 1.0
    large = fenced("x = bytearray(200 << 20)\nprint(1)\n")
    assert score(large, truth([""], ["1"]), extra_info={"memory_mb_limit": 64}) == 0.0
    assert score(large, truth([""], ["1"]), extra_info={"memory_mb_limit": 512}) == 1.0


def test_trl_gives_columns_and_conversations_published_or_exported() -> None:
    names = ("entry", "checker", "cpu_seconds_limit", "memory_mb_limit")
    columns: dict[str, list[Any]] = {name: [row[name] for row in RL for _ in "12"] for name in names}
    columns["reward_model"] = [row["reward_model"] for row in RL for _ in "12"]
    said = [said for row in RL for said in ANSWERS[str(row["task_id"])]]
    expected = [1.0, 0.0] * len(RL)
    assert code_reward(None, said, **columns) == expected
    columns["ground_truth"] = [each["ground_truth"] for each in columns.pop("reward_model")]
    turns: list[Any] = [[{"role": "assistant", "content": each}] for each in said]
    turns[0] = [{"role": "assistant", "content": [{"type": "text", "text": said[0]}]}]
    assert trl_reward(scale="share")(prompts=None, completions=turns, **columns)[::2] == [1.0] * len(RL)
    assert trl_reward().__name__ == "synthsmith_reward"


def test_the_async_form_gives_the_same_and_many_at_once() -> None:
    async def all_of_them() -> list[dict[str, float]]:
        asked = (compute_score_async("", each, DOUBLES) for each in (RIGHT, TWO_OF_FOUR, "none"))
        return list(await asyncio.gather(*asked))

    assert [each["score"] for each in asyncio.run(all_of_them())] == [1.0, 0.0, 0.0]


@pytest.fixture
def faulty(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """A judge that fails; the list counts how many entries it was asked for each time."""
    asked: list[int] = []

    def fail(entries: Any, sandbox: object) -> list[Judged]:
        asked.append(len(entries))
        return [Judged(Verdict.JE, 0, 4, Usage(), ()) for _ in entries]

    monkeypatch.setattr(judging, "judge_all", fail)
    return asked


def test_a_fault_of_ours_is_asked_again_and_is_no_zero(faulty: list[int]) -> None:
    assert code_reward(None, [RIGHT, "no program"], ground_truth=[DOUBLES] * 2) == [None, 0.0]
    assert faulty == [1, 1]
    with pytest.raises(SandboxError, match="on_fault"):
        compute_score("", RIGHT, DOUBLES)
    assert compute_score("", RIGHT, DOUBLES, on_fault=0.25) == {"score": 0.25, "acc": 0.0, "judge_fault": 1.0}


def test_a_checker_that_fails_is_a_fault_too() -> None:
    broken = json.dumps({"kind": "program", "language": "python", "code": "raise SystemExit(3)"})
    found = code_reward(None, [fenced("print(1)\n")], ground_truth=[truth(["1"], ["1"])], checker=[broken])
    assert found == [None]


@pytest.mark.parametrize(
    ("ground_truth", "extra", "said"),
    [
        ("{", {}, "ground_truth is not JSON"),
        ("[]", {}, "must be a JSON object, not list"),
        (None, {}, "must be a JSON text, not NoneType"),
        (truth([], []), {}, "at least one text"),
        (truth(["1"], []), {}, "ground_truth.outputs must be a list with at least one text"),
        (truth(["1", "2"], ["1"]), {}, "has 2 inputs, but 1 outputs"),
        (truth(["1"], [None]), {}, "outputs[0] must be a text, not NoneType"),
        (truth(["1"], ["1"], fn_name="f"), {}, "calls the function 'f', but the row has no entry"),
        (truth(["1"], ["1"]), {"checker": "fuzzy"}, "checker cannot be used"),
        (truth(["1"], ["1"]), {"entry": "def f(x): pass"}, "no type annotation"),
        (truth(["1"], ["1"]), {"cpu_seconds_limit": -1}, "cpu_seconds_limit and memory_mb_limit"),
    ],
)
def test_a_row_that_cannot_be_judged_is_told_not_scored(ground_truth: Any, extra: Any, said: str) -> None:
    with pytest.raises(InputError) as caught:
        compute_score("", RIGHT, ground_truth, extra)
    assert said in str(caught.value)


def test_options_come_by_name_or_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SYNTHSMITH_REWARD_SCALE", "share")
    monkeypatch.setenv("SYNTHSMITH_JUDGE_URL", "http://judge:8000")
    assert options_of({"workers": 2}) == Options(scale="share", judge_url="http://judge:8000", workers=2)  # type: ignore[arg-type]
    assert options_of({"scale": "all"}).scale == "all"
    monkeypatch.delenv("SYNTHSMITH_JUDGE_URL")
    assert score(TWO_OF_FOUR) == 0.5
    for wrong in (
        {"scale": "some"},
        {"judge_url": "judge"},
        {"workers": 0},
        {"no_program": "nan"},
        {"on_fault": "x"},
        {"reasoned": "perhaps"},
        {"colour": 1},
    ):
        with pytest.raises(InputError, match=next(iter(wrong))):
            trl_reward(**wrong)


def test_what_verl_passes_beside_is_taken_and_a_slip_of_the_pen_is_told(
    caplog: pytest.LogCaptureFixture,
) -> None:
    assert compute_score("", RIGHT, DOUBLES, None, reward_router_address="x:1")["score"] == 1.0
    assert not caplog.records
    assert compute_score("", RIGHT, DOUBLES, None, scala="share")["score"] == 1.0
    assert "'scala' is no option" in caplog.text


FORKED = """
import multiprocessing, os, sys, time
from synthsmith.verification.rewards import compute_score
from synthsmith.verification.rewards.local import shared

def child(answers):
    answers.put(compute_score("", sys.argv[1], sys.argv[2])["score"])
    time.sleep(60)

if __name__ == "__main__":
    assert compute_score("", sys.argv[1], sys.argv[2])["score"] == 1.0
    made = shared()
    context = multiprocessing.get_context("fork")
    answers = context.Queue()
    children = [context.Process(target=child, args=(answers,)) for _ in range(2)]
    for each in children:
        each.start()
    assert [answers.get(timeout=60) for _ in children] == [1.0, 1.0]
    print("up", flush=True)
    input()
    for each in children:
        each.kill()
        each.join()
    assert shared() is made
    assert compute_score("", sys.argv[1], sys.argv[2])["score"] == 1.0
    heavy = {"numpy", "datasets", "pyarrow", "evaluate", "httpx2", "jinja2", "pydantic"} & sys.modules.keys()
    assert not heavy, heavy
"""


def test_forked_processes_have_sandboxes_of_their_own_that_end_with_them() -> None:
    """Children that are killed, and the parent in the end, leave no process."""
    with subprocess.Popen(
        [sys.executable, "-c", FORKED, RIGHT, DOUBLES],
        env=environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stdout.readline() == "up\n"
        own = descendants(process.pid)
        assert len(own) > 4  # the children, and a launcher or more for each of the three
        process.stdin.write("\n")
        process.stdin.close()
        assert process.wait(timeout=60) == 0
    assert gone(own, within_seconds=30)


def gone(pids: Collection[int], within_seconds: float) -> bool:
    """Whether these processes end in that time."""
    until = time.monotonic() + within_seconds
    while any(Path(f"/proc/{pid}").exists() for pid in pids):
        if time.monotonic() > until:
            return False
        time.sleep(0.05)
    return True


def test_threads_share_one_sandbox() -> None:
    found: list[float] = []
    threads = [threading.Thread(target=lambda: found.append(score(RIGHT))) for _ in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert found == [1.0] * 4
    assert local.shared() is local.shared()


def test_the_plugin_of_ms_swift_lies_alone_for_its_folder_comes_first_on_the_path() -> None:
    file = Path(ms_swift_plugin())
    assert {path.name for path in file.parent.glob("*.py")} == {"__init__.py", file.name}
    assert "synthsmith" in file.name


def test_nothing_runs_outside_the_sandbox(tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    code = fenced(f"open({str(mark)!r}, 'w').write('here')\nprint(2 * int(input()))\n")
    assert score(code) == 0.0
    tests = truth([""], [""], assert_case=["assert add(1, 2) == 3"])
    sneaky = fenced(f"open({str(mark)!r}, 'w').write('here')\ndef add(a, b): return a + b\n")
    assert score(sneaky, tests, extra_info={"entry": "assertions"}) == 0.0
    assert not mark.exists()
