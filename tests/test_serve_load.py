"""The judge over HTTP under load and in trouble: many at once, clients that leave, workers that die."""

import base64
import contextlib
import os
import resource
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from command import environment, sentence, synthsmith
from judging import Answer, Judge, judging, until
from killing import descendants

ROOT = Path(__file__).resolve().parent.parent
DOUBLE = "print(2 * int(input()))"
SLEEP = "import time; time.sleep(float(input())); print('done')"


@pytest.fixture(scope="module")
def judge() -> Iterator[Judge]:
    with judging("--workers", "2") as judge:
        yield judge


@pytest.fixture
def threads() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(16) as threads:
        yield threads


def doubles(numbers: range, text: str = "") -> list[dict[str, str]]:
    """Submissions of which every third is wrong."""
    return [
        {
            "type": "python",
            "solution": DOUBLE,
            "input": f"{n}{text}",
            "expected_output": f"{2 * n + (n % 3 == 0)}",
        }
        for n in numbers
    ]


def sleepers(count: int, seconds: float) -> list[dict[str, str]]:
    one = {"type": "python", "solution": SLEEP, "input": str(seconds), "expected_output": "done"}
    return [one] * count


def successes(answer: Answer) -> list[bool]:
    results: list[dict[str, bool]] = answer["results"]  # type: ignore[assignment]
    return [result["success"] for result in results]


def test_two_thousand_submissions_take_no_room_and_leave_nothing(judge: Judge) -> None:
    judge.post("/judge/long-batch", submissions=doubles(range(60)))
    memory, processes = judge.memory_kb(), descendants(judge.process.pid)
    answer = judge.post("/judge/long-batch", submissions=doubles(range(2000)))
    assert successes(answer) == [n % 3 != 0 for n in range(2000)]
    assert judge.memory_kb() < memory + (8 << 10)
    assert set(descendants(judge.process.pid)) == set(processes)
    assert judge.metric('synthsmith_submissions_total{outcome="wrong",route="/judge/long-batch"}') == 687


def test_a_body_of_many_megabytes_is_not_held_in_memory(judge: Judge) -> None:
    judge.judge(DOUBLE, input="1")
    memory = judge.memory_kb()
    answer = judge.post("/judge/long-batch", submissions=doubles(range(1, 30), " " * 1_000_000))
    assert successes(answer) == [n % 3 != 0 for n in range(1, 30)]
    assert judge.memory_kb() < memory + (24 << 10)


def test_a_long_batch_does_not_keep_others_waiting(judge: Judge, threads: ThreadPoolExecutor) -> None:
    long = threads.submit(judge.post, "/judge/long-batch", submissions=sleepers(24, 0.1))
    until(lambda: judge.queue() > 0)
    for _ in range(3):
        assert judge.judge(DOUBLE, input="21", expected_output="42")["success"]
        assert judge.queue() > 0
    assert successes(long.result()) == [True] * 24


def test_a_client_that_leaves_takes_its_work_along(judge: Judge, threads: ThreadPoolExecutor) -> None:
    cancelled = 'synthsmith_submissions_total{outcome="cancelled",route="/judge/long-batch"}'
    with httpx.Client(base_url=judge.url, timeout=60) as client:
        body = {"submissions": sleepers(500, 0.1)}
        with client.stream("POST", "/judge/long-batch", json=body) as answer:
            assert answer.status_code == 200
            assert judge.queue() > 400
    until(lambda: judge.queue() == 0)
    until(lambda: judge.metric(cancelled) > 400)
    assert judge.judge(DOUBLE, input="21", expected_output="42")["success"]


@pytest.mark.parametrize("route", ["/judge", "/run_code", "/judge/long-batch"])
def test_what_runs_for_a_client_that_leaves_is_ended(small_judge: Judge, route: str) -> None:
    endless = {"type": "python", "solution": "while True: pass"}
    body = {"submissions": [endless]} if route.endswith("batch") else endless
    if route == "/run_code":
        body = {"code": "while True: pass", "language": "python", "run_timeout": 60}
    cancelled = f'synthsmith_submissions_total{{outcome="cancelled",route="{route}"}}'
    with httpx.Client(base_url=small_judge.url, timeout=2) as client, pytest.raises(httpx.ReadTimeout):
        client.post(route, json=body)
    until(lambda: small_judge.metric("synthsmith_running") == 0)
    assert small_judge.metric(cancelled) == 1
    assert small_judge.metric(f'synthsmith_submission_seconds_sum{{route="{route}"}}') < 5  # of 10 and 60
    assert small_judge.judge(DOUBLE, input="21", expected_output="42")["success"]


def test_a_client_that_leaves_while_it_sends_harms_nobody(judge: Judge) -> None:
    host, port = judge.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port))) as half:
        half.sendall(b"POST /judge/long-batch HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n{")
    assert judge.judge(DOUBLE, input="21", expected_output="42")["success"]


def test_a_client_that_does_not_read_makes_the_work_wait(judge: Judge) -> None:
    wordy = {"type": "python", "solution": "print('x' * (4 << 20))"}
    judge.judge(DOUBLE, input="1")
    memory = judge.memory_kb()
    body = {"submissions": [wordy] * 40}
    with judge.client.stream("POST", "/run/long-batch", json=body) as answer:
        until(
            lambda: judge.metric('synthsmith_submissions_total{outcome="right",route="/run/long-batch"}') >= 4
        )
        time.sleep(0.5)  # as much again would be done by now
        assert judge.queue() > 20
        assert judge.memory_kb() < memory + (120 << 10)  # all together are 160 MiB
        assert sum(map(len, answer.iter_bytes())) > 40 * (4 << 20)


def test_idle_connections_take_no_files_from_the_runs() -> None:
    few = 192  # a soft limit as shells set it, only lower
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (few, before[1]))
        with judging("--workers", "1") as judge, contextlib.ExitStack() as idle:
            resource.setrlimit(resource.RLIMIT_NOFILE, before)
            for _ in range(few):
                idle.enter_context(socket.create_connection((judge.client.base_url.host, _port(judge))))
            assert judge.judge(DOUBLE, input="21", expected_output="42")["success"]
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)


def _port(judge: Judge) -> int:
    assert judge.client.base_url.port is not None
    return judge.client.base_url.port


def test_killed_workers_lose_nothing(judge: Judge, threads: ThreadPoolExecutor) -> None:
    judge.post("/judge/batch", submissions=sleepers(2, 0.2))  # both are at work
    long = threads.submit(judge.post, "/judge/long-batch", submissions=doubles(range(300)))
    until(lambda: 0 < judge.queue() < 250)
    before = judge.zygotes()
    for zygote in before:
        os.kill(zygote, signal.SIGKILL)
    assert successes(long.result()) == [n % 3 != 0 for n in range(300)]
    assert len(before) == 2
    assert set(before) & set(judge.zygotes()) == set()


def test_half_sent_bodies_leave_room_or_others_are_asked_to_come_again() -> None:
    head = b"POST /judge HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n"
    with judging("--workers", "1", "--max-bodies-mb", "2") as judge, contextlib.ExitStack() as half:
        place = (judge.client.base_url.host, _port(judge))

        def send(part: int) -> bool:
            half.enter_context(socket.create_connection(place)).sendall(head + b" " * part)
            time.sleep(0.2)  # to be read
            return False

        def asked(route: str) -> httpx.Response:
            return judge.client.post(
                route, content=b'{"code": "", "language": "python"' + b" " * 300_000 + b"}"
            )

        send(900_000)
        assert asked("/run_code").status_code == 200
        # one that is sent can lose its room to what asks meanwhile
        until(lambda: asked("/run_code").status_code == 504 or send(990_000))
        assert int(asked("/run_code").headers["retry-after"]) > 0
        assert (asked("/judge").status_code, int(asked("/judge").headers["retry-after"])) == (503, 1)
        assert judge.judge(DOUBLE, input="21", expected_output="42")["success"]  # for it there is room
        half.close()
        until(lambda: asked("/run_code").status_code == 200)
        assert judge.client.post("/judge/long-batch", content=b" " * (3 << 20)).status_code == 413


@pytest.fixture(scope="module")
def small_judge() -> Iterator[Judge]:
    seconds = ("--queue-seconds", "1.5", "--long-seconds", "1.5")
    with judging("--workers", "1", "--queue", "4", "--max-body-mb", "1", *seconds) as judge:
        yield judge


def test_what_is_more_than_admitted_is_sent_away_at_once(
    small_judge: Judge, threads: ThreadPoolExecutor
) -> None:
    sleeper = sleepers(1, 1.0)[0]
    inside: list[Future[Answer]] = []
    for waiting in range(4):
        inside.append(threads.submit(small_judge.post, "/judge", **sleeper))
        until(lambda waiting=waiting: small_judge.queue() == waiting)  # type: ignore[misc]
    refused = small_judge.post("/judge", **sleeper)
    assert (refused["reason"], refused["run_success"]) == ("queue_timeout", False)
    answer = small_judge.post("/judge/batch", submissions=[sleeper, sleeper])
    assert [result["reason"] for result in answer["results"]] == ["queue_timeout"] * 2  # type: ignore[attr-defined]
    busy = small_judge.client.post("/run_code", json={"code": "", "language": "python"})
    assert busy.status_code == 504
    assert int(busy.headers["retry-after"]) > 0
    reasons = sorted(str(future.result()["reason"]) for future in inside)
    assert reasons == ["", "", "queue_timeout", "queue_timeout"]  # the last two waited for too long


def test_what_a_long_batch_could_not_start_in_time_is_named(small_judge: Judge) -> None:
    answer = small_judge.post("/run/long-batch", submissions=sleepers(700, 1.0))
    reasons = [result["reason"] for result in answer["results"]]  # type: ignore[attr-defined]
    assert reasons == [""] * reasons.count("") + ["queue_timeout"] * reasons.count("queue_timeout")
    assert 1 <= reasons.count("") <= 2
    assert len(reasons) == 700


def test_what_could_never_be_admitted_is_refused_with_advice(small_judge: Judge) -> None:
    answer = small_judge.client.post("/run/batch", json={"submissions": sleepers(5, 0)})
    assert answer.status_code == 413
    assert "send them to /run/long-batch" in answer.json()["detail"]


@pytest.mark.parametrize("chunked", [False, True])
def test_a_body_beyond_the_limit_is_refused_while_it_comes(small_judge: Judge, chunked: bool) -> None:
    body = b'{"submissions": [' + b" " * (2 << 20)
    content = (body[at : at + 65536] for at in range(0, len(body), 65536)) if chunked else body
    answer = small_judge.client.post("/judge/long-batch", content=content)
    assert answer.status_code == 413
    assert "1 MiB" in answer.json()["detail"]


def test_it_is_unwell_while_no_program_can_run(tmp_path: Path) -> None:
    with judging("--workers", "1") as judge:
        (zygote,) = judge.zygotes()
        os.kill(zygote, signal.SIGSTOP)
        assert judge.client.get("/healthz").status_code == 503
        os.kill(zygote, signal.SIGCONT)
        until(lambda: judge.client.get("/healthz").status_code == 200)


def test_who_does_not_show_the_token_is_sent_away() -> None:
    with judging("--workers", "1", "--token-env", "JUDGE_TOKEN", JUDGE_TOKEN="open sesame") as judge:
        basic = base64.b64encode(b"anyone:open sesame").decode()
        for given in ("", "Bearer", "Bearer open", "Basic open sesame", "open sesame", "Bearer open sésame"):
            answer = judge.client.get("/status", headers={"Authorization": given.encode()})
            assert answer.status_code == 401, given
            assert "token" in answer.json()["detail"]
        for given in ("Bearer open sesame", f"Basic {basic}"):
            assert judge.client.get("/status", headers={"Authorization": given}).status_code == 200
        assert judge.client.get("/ping").status_code == 200
        assert judge.client.get("/healthz").status_code == 200


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--host", "0.0.0.0"), "name it with --token-env"),
        (("--host", ""), "name it with --token-env"),
        (("--token-env", "NO_SUCH_VARIABLE"), "--token-env NO_SUCH_VARIABLE"),
        (("--host", "no.such.host.invalid", "--token-env", "HOME"), "--host no.such.host.invalid"),
        (("--memory-mb", "99999999999"), "--memory-mb"),
    ],
)
def test_it_does_not_start_where_it_should_not(options: tuple[str, ...], said: str) -> None:
    assert said in sentence(synthsmith("serve", "--port", "0", *options))


def test_a_missing_extra_is_named_with_the_command_that_brings_it() -> None:
    code = (
        "import sys; sys.modules['uvicorn'] = None; sys.argv = ['synthsmith', 'serve']\n"
        "from synthsmith.cli import main; main()"
    )
    done = subprocess.run([sys.executable, "-c", code], env=environment(), capture_output=True, text=True)
    assert done.returncode == 2
    assert done.stderr.strip().endswith("needs uvicorn; run: pip install 'synthsmith[serve]'")


def test_at_the_end_what_is_under_way_is_done(threads: ThreadPoolExecutor) -> None:
    with judging("--workers", "2") as judge:
        long = threads.submit(judge.post, "/judge/long-batch", submissions=sleepers(6, 0.2))
        until(lambda: 0 < judge.queue() < 5)
        assert judge.stop() == 0
        assert successes(long.result()) == [True] * 6
        with pytest.raises(httpx.ConnectError):
            httpx.get(f"{judge.url}/ping")


def test_at_the_end_what_takes_too_long_is_refused(threads: ThreadPoolExecutor) -> None:
    with judging("--workers", "2", "--grace-seconds", "1") as judge:
        long = threads.submit(judge.post, "/judge/long-batch", submissions=sleepers(6, 20))
        until(lambda: judge.queue() == 4)
        below = descendants(judge.process.pid)
        assert judge.stop() == 0
        reasons = [result["reason"] for result in long.result()["results"]]  # type: ignore[attr-defined]
        assert reasons == ["internal_error"] * 2 + ["queue_timeout"] * 4
        assert [pid for pid in below if Path(f"/proc/{pid}").exists()] == []
