"""Batches outlive whoever sent them: nothing is sent twice, whenever the sender is killed."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from batch_server import NOWHERE, Fate, Json, Script, completion, refused, serving
from command import synthsmith
from killing import digests, kill, running, wait_until
from made_recordings import Made, roles
from made_recordings import record as record_made
from synthsmith.builders.costs import Price, bill
from synthsmith.builders.ledger import Ledger
from synthsmith.builders.model import RECORDED, Decoding, Message, Request, prompt_digest
from synthsmith.builders.pipeline import build
from synthsmith.builders.recorded_model import RecordedModel, read_index, read_reply
from synthsmith.builders.settings import with_model
from synthsmith.verification.errors import InputError
from synthsmith.verification.sandbox import Sandbox
from test_batch_model import Asker, keys, request, several, texts, the_first

from synthsmith.config import load_settings


def left(asker: Asker, *requests: Request) -> None:
    """Ask, and be gone as soon as the server was asked for the batch that it holds."""

    async def run() -> None:
        model = asker.model()
        asking = asyncio.gather(*map(model.complete, requests), return_exceptions=True)
        await asyncio.to_thread(asker.server.waited.wait, 60)
        asking.cancel()
        await model.close()

    asyncio.run(run())


def path_of(folder: Path, number: int) -> Path:
    [path] = folder.glob(f"{number:06d}-*.json")
    return path


def record(folder: Path, number: int = 1) -> dict[str, object]:
    value = json.loads(path_of(folder, number).read_text())
    assert isinstance(value, dict)
    return value


def test_a_batch_that_was_left_is_waited_for_by_the_next_run(tmp_path: Path) -> None:
    with serving(Script(held=1)) as server:
        asker = Asker(server, tmp_path)
        left(asker, *several(server, 3))
        server.script.held = 0
        assert texts(asker(*several(server, 5))) == keys(several(server, 5))
    assert [len(batch.lines) for batch in server.batches] == [3, 2]
    assert set(server.submitted.values()) == {1}


def test_what_a_finished_batch_gave_is_to_be_had_again_for_nothing(tmp_path: Path) -> None:
    with serving() as server:
        the_first(server, refused(400, "too long"))
        asker = Asker(server, tmp_path)
        once, twice = asker(*several(server, 9)), asker(*several(server, 9))
        assert asker(request(server)) == once[:1]
    assert once == twice
    assert len(server.batches) == 1


def test_a_batch_is_on_record_before_it_is_made(tmp_path: Path) -> None:
    """The server finds the record complete at the moment when it is asked to make the batch."""
    seen = []

    def trouble(method: str, path: str) -> int | None:
        if (method, path) == ("POST", "/v1/batches"):
            seen.append(record(tmp_path))
        return None

    with serving(Script(trouble=trouble)) as server:
        Asker(server, tmp_path)(*several(server, 3))
        assert seen[0]["keys"] == sorted(keys(several(server, 3)))
        assert server.batches[0].metadata == {"synthsmith": seen[0]["token"]}
    assert "batch" not in seen[0]
    assert (record(tmp_path)["batch"], record(tmp_path)["ended"]) == ("batch-1", "completed")


@pytest.mark.parametrize("known_by", ["token", "file"])
def test_a_batch_whose_id_was_not_written_is_found_among_many(tmp_path: Path, known_by: str) -> None:
    with serving() as server:
        asker = Asker(server, tmp_path)
        asker(*several(server, 3))
        for number in range(5):  # others' batches, on several pages
            Asker(server, tmp_path / "others")(request(server, 10 + number))
        if known_by == "file":
            server.batches[0].metadata = {}
        told = {
            name: value
            for name, value in record(tmp_path).items()
            if name in ("address", "token", "file", "keys")
        }
        path_of(tmp_path, 1).write_text(json.dumps(told))
        assert texts(asker(*several(server, 3))) == keys(several(server, 3))
    assert len(server.batches) == 6
    assert record(tmp_path)["batch"] == "batch-1"


def test_a_batch_that_was_never_made_is_forgotten_and_sent(tmp_path: Path) -> None:
    with serving() as server:
        asker = Asker(server, tmp_path)
        asker(*several(server, 3))
        told = {"address": f"{server.url}/", "token": "t", "file": "f", "keys": keys([request(server, 7)])}
        (tmp_path / "000002-t.json").write_text(json.dumps(told))
        assert texts(asker(request(server, 7))) == keys([request(server, 7)])
    assert len(server.batches) == 2
    assert record(tmp_path, 2)["token"] == server.batches[1].metadata["synthsmith"] != "t"


def test_a_batch_whose_making_went_unanswered_is_not_made_twice(tmp_path: Path) -> None:
    """The connection breaks after the server made the batch and before it says so."""

    def trouble(method: str, path: str) -> int | None:
        if (method, path) == ("POST", "/v1/batches") and not server.batches:
            server.create(
                {**made, "input_file_id": "file-1", "metadata": {"synthsmith": record(tmp_path)["token"]}}
            )
            return 502
        return None

    made = {"endpoint": "/v1/chat/completions", "completion_window": "24h"}
    with serving(Script(trouble=trouble)) as server:
        assert texts(Asker(server, tmp_path)(*several(server, 3))) == keys(several(server, 3))
    assert len(server.batches) == 1


def test_what_another_run_got_no_answer_to_is_sent_again(tmp_path: Path) -> None:
    with serving(Script(held=1)) as server:
        asker = Asker(server, tmp_path)
        left(asker, *several(server, 3))
        server.script.held = 0
        the_first(server, NOWHERE)
        assert texts(asker(*several(server, 3))) == keys(several(server, 3))
        assert texts(asker(*several(server, 3))) == keys(several(server, 3))  # from two batches
    assert [len(batch.lines) for batch in server.batches] == [3, 1]


def test_a_batch_at_another_address_is_none_of_ours(tmp_path: Path) -> None:
    with serving() as one, serving() as other:
        Asker(one, tmp_path)(request(one))
        assert texts(Asker(other, tmp_path)(request(other))) == [request(other).key]
        assert texts(Asker(one, tmp_path)(request(one))) == [request(one).key]
    assert (len(one.batches), len(other.batches)) == (1, 1)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"address": "A", "keys": 3}'])
def test_a_record_that_cannot_be_read_is_named(tmp_path: Path, text: str) -> None:
    with serving() as server:
        (tmp_path / "000001.json").write_text(text.replace("A", f"{server.url}/"))
        [error] = Asker(server, tmp_path)(request(server))
    assert isinstance(error, InputError)
    assert f"{tmp_path}/000001.json is no record of a batch" in str(error)
    assert server.batches == []


CONFIG = """
ask_again: false
tasks: 2
solutions: 3
min_solutions: 2
pairs: {pairs}
sampling: {{styles: [[codeforces, 1]]}}
endpoints:
  - base_url: {url}
    batch: {{quiet_seconds: 0.1, poll_seconds: 0.01}}
models:
  task: &one {{name: recorded, base_url: "{url}"}}
  solution: [*one]
  cases: *one
  validator: *one
  extract: *one
  evolve: *one
"""


def recorded_in(folder: Path) -> Callable[[int, Json], Fate]:
    """The fate of a request: the recorded reply to its prompt, and of several the one that its key tells."""
    index = read_index(folder)

    def fate(batch: int, line: Json) -> Fate:
        body = line["body"]
        assert isinstance(body, dict)
        turns = tuple(Message(**turn) for turn in body["messages"])
        decoding = Decoding(body["temperature"], body["top_p"], max_tokens=body["max_tokens"])
        asked = Request("", "", "", "", turns, 0, body["model"], decoding)
        names = index[prompt_digest(turns)]
        [name] = [name for n, name in enumerate(names) if replace(asked, sample=n).key == line["custom_id"]]
        return {**completion(read_reply(folder / name).text), "model": "recorded"}

    return fate


def test_a_build_that_is_killed_sends_each_prompt_once_and_gives_what_the_embedded_model_gives(
    tmp_path: Path,
) -> None:
    """Killed once between the making of a batch and the note of it, and once while it waits for another."""
    config, out, folder = tmp_path / "config.yaml", tmp_path / "build", tmp_path / "recorded"
    config.write_text(CONFIG.format(url="http://none", pairs=folder / "pairs.jsonl"))
    settings = with_model(load_settings(config), RECORDED)
    record_made(folder, [Made(), Made(roles=roles(["quantum"]))], settings)
    with Sandbox(2) as sandbox:
        build(settings, tmp_path / "embedded", RecordedModel(folder), sandbox)
    with serving(Script(fate=recorded_in(folder), unanswered=3, held=5)) as server:
        config.write_text(CONFIG.format(url=server.url, pairs=settings.pairs))
        for event in (server.made, server.waited):
            with running("build", config, "--out", out) as process:
                assert wait_until(event.is_set, process)
                kill(process, tree=True)
        assert len(server.batches) == 5
        server.script.held = 0
        done = synthsmith("build", config, "--out", out)
    assert done.status == 0, done.stderr
    assert set(server.submitted.values()) == {1}
    with Ledger(out / "ledger.sqlite") as ledger:
        account = ledger.account()
    assert {(line.model, line.batched, line.failed) for line in account} == {("recorded", True, 0)}
    assert sum(line.requests for line in account) == len(server.submitted)
    price = Price(prompt=1000, completion=1000)  # a reply is of 33 tokens
    assert bill(account, {"recorded": price}).usd == pytest.approx(0.033 / 2 * len(server.submitted))
    assert digests(out / "attempts") == digests(tmp_path / "embedded" / "attempts")
