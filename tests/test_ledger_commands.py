"""`synthsmith ledger` as its users meet it: counting, exporting, asking again, clearing out."""

import asyncio
import gzip
import json
import os
import signal
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
import typer
from command import sentence, synthsmith
from killing import digests, wait_until
from ledgers import Counting, asked, asking, echo, fail, request, state
from listening import Quiet, listening
from synthsmith.builders import switchboard
from synthsmith.builders.folder import hold
from synthsmith.builders.ledger import Ledger
from synthsmith.builders.ledger.file import opened
from synthsmith.builders.ledger.gc import collect
from synthsmith.builders.ledger.records import records
from synthsmith.builders.ledger.stats import stats
from synthsmith.builders.model import Reply, Request
from synthsmith.builders.retrying import retry
from synthsmith.builders.roles import Models, ModelSettings
from synthsmith.builders.settings import Settings
from synthsmith.prompts import template_digest
from synthsmith.verification.errors import InputError

from synthsmith.cli.ledger import retry_failed


@contextmanager
def serving() -> Iterator[tuple[str, list[str]]]:
    """The address of a server that answers every prompt, and what it was asked."""
    prompts: list[str] = []

    class Handler(Quiet):
        def do_POST(self) -> None:
            body = json.loads(self.body())
            prompts.append(body["messages"][0]["content"])
            turn = {"role": "assistant", "content": f"to {prompts[-1]}"}
            choice = {"index": 0, "message": turn, "finish_reason": "stop"}
            self.answer(200, json.dumps({"model": "served", "choices": [choice]}).encode())

    with listening(Handler) as url:
        yield f"{url}/v1", prompts


def put(path: Path, *entries: tuple[Request, Reply | str]) -> Path:
    """A ledger of replies, and of failures where there is a sentence instead."""

    async def fill() -> None:
        for entry, reply in entries:
            failed = isinstance(reply, str)
            got = Reply("", "", "m", error=reply) if isinstance(reply, str) else reply
            await ledger.put(entry, got, failed=failed)

    with Ledger(path) as ledger:
        asyncio.run(fill())
    return path


@pytest.fixture
def mixed(tmp_path: Path) -> Path:
    """Two replies, one of them cut short, one by a batch API, and two failures."""
    cut = Reply("<think>ü", "length", "x", 100, 50, "the answer was cut short", cached_tokens=40)
    return put(
        tmp_path / "l",
        (request(0), echo(request(0))),
        (request(1), cut),
        (request(2), Reply("in a batch", "stop", "x", 1000, 7, batched=True)),
        (
            request(0, stage="roles", model="n"),
            "http://h failed 8 times for roles of data structures, last with: busy",
        ),
        (request(1, stage="roles", model="n"), "http://h failed 8 times for roles of 0:7, last with: busy"),
    )


def test_stats_tell_requests_tokens_and_reasons_by_model_and_stage(mixed: Path) -> None:
    before = state(mixed.parent)
    done = synthsmith("ledger", "stats", mixed)
    assert done.status == 0, done.stderr
    lines = [line.split() for line in done.stdout.splitlines()]
    assert ["m", "solution", "2", "0", "0", "103", "40", "55", "0"] in lines
    assert ["m", "solution", "(batch)", "1", "0", "0", "1,000", "-", "7", "0"] in lines
    assert ["n", "roles", "2", "2", "0", "-", "-", "-", "0"] in lines
    assert ["all", "5", "2", "0", "1,103", "40", "62", "0"] in lines
    assert ["1", "the", "answer", "was", "cut", "short"] in lines
    assert [
        "2",
        "http://h",
        "failed",
        "8",
        "times",
        "for",
        "roles",
        "of",
        "…,",
        "last",
        "with:",
        "busy",
    ] in lines
    assert state(mixed.parent) == before


def test_stats_tell_what_is_in_flight_and_what_the_dead_left_behind(tmp_path: Path) -> None:
    path = tmp_path / "l"
    process = asking(path, "a", 3, seconds=600)
    assert wait_until(lambda: len(asked(path)) == 3, process)
    assert ["m", "solution", "0", "0", "3", "-", "-", "-", "0"] in [
        line.split() for line in synthsmith("ledger", "stats", path).stdout.splitlines()
    ]
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    assert "3 claims of processes that have ended" in synthsmith("ledger", "stats", path).stdout


def test_an_export_has_every_request_and_reply_in_order(mixed: Path, tmp_path: Path) -> None:
    before = state(mixed.parent)
    out = tmp_path / "out" / "x.jsonl.gz"
    done = synthsmith("ledger", "export", mixed, "--out", out)
    assert done.status == 0, done.stderr
    with gzip.open(out, "rt", encoding="utf-8") as file:
        rows = [json.loads(line) for line in file]
    assert [(row["stage"], row["model"], row["sample"], row["failed"]) for row in rows] == [
        *(("solution", "m", sample, False) for sample in range(3)),
        *(("roles", "n", sample, True) for sample in range(2)),
    ]
    assert rows[0]["messages"] == [{"role": "user", "content": "hello"}]
    assert rows[1]["text"] == "<think>ü"
    told = ("finish_reason", "prompt_tokens", "cached_tokens", "completion_tokens", "error", "answered_by")
    assert [rows[1][name] for name in told] == ["length", 100, 40, 50, "the answer was cut short", "x"]
    assert rows[2]["batched"]
    assert rows[3]["error"].endswith("last with: busy")
    (out.parent / "x.jsonl.gz").unlink()
    out.parent.rmdir()
    assert state(mixed.parent) == before


@pytest.mark.parametrize(
    ("options", "count"),
    [(("--stage", "solution"), 3), (("--failed",), 2), (("--stage", "roles", "--failed"), 2)],
)
def test_an_export_can_be_of_one_stage_or_of_failures(
    mixed: Path, tmp_path: Path, options: tuple[str, ...], count: int
) -> None:
    done = synthsmith("ledger", "export", mixed, "--out", tmp_path / "x.jsonl", *options)
    assert done.status == 0, done.stderr
    assert len((tmp_path / "x.jsonl").read_text().splitlines()) == count


def test_records_come_page_by_page_and_each_once(tmp_path: Path) -> None:
    path = put(tmp_path / "l", *((request(sample), echo(request(sample))) for sample in range(250)))
    with opened(path) as connection:
        found = list(records(connection))
    assert [(record.request, record.reply) for record in found] == [
        (request(sample), echo(request(sample))) for sample in range(250)
    ]


def test_half_of_a_surrogate_pair_in_a_prompt_can_be_exported(tmp_path: Path) -> None:
    put(tmp_path / "l", (request(prompt="half \ud800"), Reply("x")))
    done = synthsmith("ledger", "export", tmp_path / "l", "--out", tmp_path / "x.jsonl")
    assert done.status == 0, done.stderr
    row = json.loads((tmp_path / "x.jsonl").read_text(encoding="utf-8"))
    assert row["messages"][0]["content"] == "half \ud800"


def test_what_failed_is_asked_again_alone_at_the_recorded_address(tmp_path: Path) -> None:
    with serving() as (url, prompts):
        failed = [replace(request(prompt=f"good {n}"), endpoints=(url,)) for n in range(3)]
        done_before = replace(request(prompt="done"), endpoints=(url,))
        path = put(tmp_path / "l", (done_before, Reply("x")), *((one, "gone") for one in failed))
        done = synthsmith("ledger", "retry-failed", path)
    assert done.status == 0, done.stderr
    assert "3 failed requests now have replies, 0 failed again" in done.stdout
    assert sorted(prompts) == ["good 0", "good 1", "good 2"]
    with Ledger(path) as ledger:
        replies = [ledger.get(one.key) for one in failed]
        assert [reply.text for reply in replies if reply] == ["to good 0", "to good 1", "to good 2"]
        assert sum(line.failed for line in ledger.account()) == 0


def test_what_failed_is_asked_again_at_the_address_that_the_settings_give(tmp_path: Path) -> None:
    with serving() as (url, prompts):
        path = put(tmp_path / "l", (replace(request(), endpoints=("http://127.0.0.1:9/v1",)), "gone"))
        config = tmp_path / "c.yaml"
        config.write_text(f"models: {{task: {{name: m, base_url: '{url}'}}}}\n")
        done = synthsmith("ledger", "retry-failed", path, "--config", config)
    assert (done.status, prompts) == (0, ["hello"]), done.stderr


def test_what_fails_again_ends_with_exit_status_1_and_what_was_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    model = Counting(lambda request: fail(request) if request.sample else echo(request))
    monkeypatch.setattr(switchboard, "Switchboard", lambda settings, out: model)
    path = put(tmp_path / "l", (request(0), "once"), (request(1), "once"))
    with pytest.raises(typer.Exit) as ended:
        retry_failed(path)
    assert ended.value.exit_code == 1
    said = capsys.readouterr().out
    assert "1 failed requests now have replies, 1 failed again" in said
    assert "the last: gone" in said
    with opened(path) as connection:
        [left] = records(connection, failed=True)
    assert (left.request, left.failures, left.failure) == (request(1), 2, "gone")


def test_asking_again_ends_where_everything_fails(tmp_path: Path) -> None:
    path = put(tmp_path / "l", *((request(sample), "gone") for sample in range(20)))
    done = asyncio.run(retry(path, Counting(fail), None, 2))
    assert (done.answered, done.failed + done.left) == (0, 20)
    assert done.failed < 8
    assert done.why == "gone"


def test_where_nobody_noted_the_address_it_has_to_be_given(tmp_path: Path) -> None:
    path = put(tmp_path / "l", (request(), "gone"))
    connection = sqlite3.connect(path)
    connection.execute("UPDATE replies SET endpoints = NULL")
    connection.commit()
    connection.close()
    assert "give --config" in sentence(synthsmith("ledger", "retry-failed", path))
    given = Settings(models=Models(task=ModelSettings("m", "http://h/v1")))
    assert asyncio.run(retry(path, Counting(echo), given, 2)).answered == 1


def test_gc_drops_prompts_and_claims_that_nothing_needs_and_no_reply(tmp_path: Path) -> None:
    path = tmp_path / "l"
    process = asking(path, "a", 3, seconds=600)
    assert wait_until(lambda: len(asked(path)) == 3, process)
    assert "is in use" in sentence(synthsmith("ledger", "gc", path))
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    put(path, (request(0), echo(request(0))), (request(1), "gone"))
    connection = sqlite3.connect(path)
    connection.executemany(
        "INSERT INTO prompts VALUES (?, ?)", [(os.urandom(32), os.urandom(5000)) for _ in range(100)]
    )
    connection.commit()
    connection.close()
    before = path.stat().st_size
    done = synthsmith("ledger", "gc", path)
    assert done.status == 0, done.stderr
    assert "100 prompts and 3 claims of ended processes dropped" in done.stdout
    assert path.stat().st_size < before - 400_000
    with opened(path) as connection:
        left = [(record.request.sample, record.reply) for record in records(connection)]
        assert stats(connection, path).prompts == 1
    assert left == [(0, echo(request(0))), (1, None)]
    unchanged = state(tmp_path)
    assert "0 prompts and 0 claims" in synthsmith("ledger", "gc", path).stdout
    assert state(tmp_path) == unchanged


def test_gc_drops_replies_of_changed_templates_only_if_asked(tmp_path: Path) -> None:
    current = replace(request(0, prompt="new"), template_digest=template_digest("solution"))
    gone = replace(request(0, prompt="gone"), template="no-such", template_digest=current.template_digest)
    entries = ((request(0), Reply("old")), (current, Reply("new")), (gone, Reply("x")), (request(1), "gone"))
    path = put(tmp_path / "l", *entries)
    assert synthsmith("ledger", "gc", path).status == 0
    with Ledger(path) as ledger:
        assert ledger.get(request(0).key) == Reply("old")
    done = synthsmith("ledger", "gc", path, "--stale")
    assert "2 replies and 1 failed requests of changed templates dropped" in done.stdout
    assert "2 prompts and" in done.stdout
    with opened(path) as connection:
        assert [record.reply for record in records(connection)] == [Reply("new")]
        assert connection.execute("SELECT count(*) FROM texts").fetchall() == [(1,)]
        assert [row.requests for row in stats(connection, path).accounts] == [1]


def test_gc_goes_through_more_replies_than_fit_into_one_transaction(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("synthsmith.builders.ledger.gc.IDS_AT_ONCE", 7)
    path = put(tmp_path / "l", *((request(sample), echo(request(sample))) for sample in range(50)))
    with opened(path) as connection:
        assert collect(connection, path, {}).replies == 50
        assert stats(connection, path).accounts == ()


def test_a_build_is_named_by_its_folder_and_kept_from_gc_while_it_works(copied: Path) -> None:
    before = digests(copied)
    done = synthsmith("ledger", "stats", copied)
    assert done.status == 0, done.stderr
    assert "solution" in done.stdout
    with hold(copied):
        assert "Another build is working" in sentence(synthsmith("ledger", "gc", copied))
    assert "0 failed requests now" in synthsmith("ledger", "retry-failed", copied).stdout
    assert digests(copied) == before


WRONG = {
    "no-file": ["stats", "none"],
    "no-ledger-in-the-folder": ["stats", "folder"],
    "empty": ["stats", "empty"],
    "text": ["stats", "text"],
    "other-database": ["gc", "other"],
    "unknown-stage": ["export", "l", "--out", "o", "--stage", "nosuch"],
    "onto-itself": ["export", "l", "--out", "l"],
    "into-a-folder": ["export", "l", "--out", "folder"],
    "no-out": ["export", "l"],
    "no-config": ["retry-failed", "l", "--config", "none.yaml"],
    "broken-build": ["retry-failed", "broken"],
}


@pytest.mark.parametrize("arguments", WRONG.values(), ids=WRONG)
def test_wrong_use_gives_one_sentence_and_changes_nothing(
    arguments: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    put(Path("l"), (request(), echo(request())))
    Path("folder").mkdir()
    Path("broken").mkdir()
    put(Path("broken/ledger.sqlite"), (request(), "gone"))
    Path("broken/build.json").write_text("{}")
    Path("empty").touch()
    Path("text").write_text("this is no database, but a text of some length" * 100)
    connection = sqlite3.connect("other")
    connection.execute("CREATE TABLE mine (x)")
    connection.close()
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    sentence(synthsmith("ledger", *arguments))
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before


def test_a_row_that_was_tampered_with_gives_one_sentence(tmp_path: Path) -> None:
    path = put(tmp_path / "l", (request(), echo(request())))
    connection = sqlite3.connect(path)
    connection.execute("UPDATE texts SET text = x'0102'")
    connection.commit()
    connection.close()
    assert "is damaged" in sentence(synthsmith("ledger", "export", path, "--out", tmp_path / "x"))
    with opened(path) as connection, pytest.raises(InputError, match="damaged"), opened(path) as again:
        list(records(again))
