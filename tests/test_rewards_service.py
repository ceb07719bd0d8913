"""Rewards by a judge service: the same as in process, over real HTTP, and honest about what it cannot say."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from judging import Judge, judging
from listening import Quiet, listening
from made_dataset import FLOATS, PROGRAM, RL, STARTER
from synthsmith.verification.errors import InputError, SandboxError
from synthsmith.verification.rewards import code_reward, compute_score, local, remote, trl_reward
from test_rewards import ANSWERS, DOUBLES, RIGHT, TWO_OF_FOUR, fenced


@pytest.fixture(scope="module")
def judge() -> Iterator[Judge]:
    with judging("--workers", "2") as judge:
        yield judge
    local.close()


def columns() -> dict[str, list[Any]]:
    names = ("entry", "checker", "cpu_seconds_limit", "memory_mb_limit", "reward_model")
    return {name: [row[name] for row in RL for _ in "12"] for name in names}


def test_the_service_gives_the_rewards_of_the_process(judge: Judge) -> None:
    said = [said for row in RL for said in ANSWERS[str(row["task_id"])]]
    for scale in ("all", "share"):
        by_service = trl_reward(scale=scale, judge_url=judge.url)(None, said, **columns())
        assert by_service == trl_reward(scale=scale)(None, said, **columns())
    assert by_service[1] == pytest.approx(1 / 3)
    assert compute_score("", TWO_OF_FOUR, DOUBLES, scale="share", judge_url=judge.url)["score"] == 0.5
    assert compute_score("", "none", DOUBLES, no_program=-1, judge_url=judge.url)["score"] == -1.0


def test_long_batches_are_cut_and_put_together_again(judge: Judge, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remote, "SUBMISSIONS_AT_ONCE", 3)
    reward = trl_reward(judge_url=judge.url)
    assert reward(None, [RIGHT, TWO_OF_FOUR, "none", RIGHT], ground_truth=[DOUBLES] * 4) == [1, 0, 0, 1]


def test_a_submission_may_be_a_function_and_its_checker_a_program(judge: Judge) -> None:
    total = "class Solution:\n    def total(self, values):\n        return sum(values)\n"
    told = {"input": "[1, 2]", "expected_output": "3"}
    assert judge.judge(total, **told, options={"entry": STARTER})["success"] is True
    assert judge.judge(total, **told)["success"] is False  # a program that prints nothing
    length = {"input": "", "expected_output": "abc", "options": {"checker": PROGRAM}}
    assert judge.judge("print('xyz')", **length)["success"] is True
    assert judge.judge("print('x')", **length)["success"] is False
    broken = json.dumps({"kind": "program", "language": "python", "code": "raise SystemExit(3)"})
    answer = judge.judge("print(1)", expected_output="1", options={"checker": broken})
    assert (answer["success"], answer["reason"]) == (False, "internal_error")
    untyped = {"type": "python", "solution": "", "options": {"entry": "def f(x): 1"}}
    wrong = judge.client.post("/judge", json=untyped)
    assert wrong.status_code == 422
    assert "options.entry cannot be used" in wrong.text


def test_a_checker_that_fails_there_is_no_zero_here(judge: Judge) -> None:
    broken = json.dumps({"kind": "program", "language": "python", "code": "raise SystemExit(3)"})
    reward = trl_reward(judge_url=judge.url)
    checkers = [broken, FLOATS]
    assert reward(None, [RIGHT] * 2, ground_truth=[DOUBLES] * 2, checker=checkers) == [None, 1.0]


def test_a_token_is_shown_as_the_password_of_the_url(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOKEN_OF_TEST", "se cret/1")
    with judging("--workers", "1", "--token-env", "TOKEN_OF_TEST") as guarded:
        with_token = guarded.url.replace("http://", "http://judge:se%20cret%2F1@")
        assert compute_score("", RIGHT, DOUBLES, judge_url=with_token)["score"] == 1.0
        with pytest.raises(InputError, match="refuses: 401") as caught:
            compute_score("", RIGHT, DOUBLES, judge_url=guarded.url.replace("http://", "http://judge:wrong@"))
        assert "wrong@" not in str(caught.value)


@contextmanager
def answering(*answers: object) -> Iterator[tuple[str, list[bytes]]]:
    """A server that gives these answers in turn: a status, or a JSON body; and what it was asked."""
    left, asked = list(answers), []

    class Handler(Quiet):
        def do_POST(self) -> None:
            asked.append(self.body())
            answer = left.pop(0)
            self.answer(answer if isinstance(answer, int) else 200, json.dumps(answer).encode())

    with listening(Handler) as url:
        yield url, asked


def result(**told: object) -> dict[str, object]:
    return {"success": True, "run_success": True, "reason": "", **told}


ONE = json.dumps({"inputs": ["1"], "outputs": ["2"]})


def test_a_service_that_is_busy_or_starting_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remote, "PAUSES", (0.0, 0.0, 0.0))
    with answering(503, {"results": []}, [], {"results": [result()]}) as (url, asked):
        assert compute_score("", fenced("print(2)\n"), ONE, judge_url=url)["score"] == 1.0
        assert len(asked) == 4
        assert len(set(asked)) == 1


def test_what_the_service_could_not_do_is_asked_once_more_and_then_none() -> None:
    busy = {"results": [result(success=False, run_success=False, reason="queue_timeout")]}
    with answering(busy, {"results": [result()]}, busy, busy) as (url, asked):
        reward = trl_reward(judge_url=url)
        assert reward(None, [fenced("print(2)\n")], ground_truth=[ONE]) == [1.0]
        assert reward(None, [fenced("print(2)\n")], ground_truth=[ONE]) == [None]
        assert len(asked) == 4


def test_without_a_service_there_is_no_reward_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remote, "PAUSES", (0.0,))
    monkeypatch.setenv("SYNTHSMITH_JUDGE_URL", "http://127.0.0.1:9")
    with pytest.raises(SandboxError, match=r"the judge at http://127.0.0.1:9 does not answer"):
        code_reward(None, [RIGHT], ground_truth=[DOUBLES])
