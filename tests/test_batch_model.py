"""Requests by a batch API, against a server that does what its script says."""

import asyncio
import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
import test_model
from batch_server import (
    CUT,
    NOWHERE,
    UNREACHED,
    Fate,
    Json,
    Script,
    Server,
    answered,
    completion,
    refused,
    serving,
)
from synthsmith.builders.batch.api import Patience
from synthsmith.builders.batch.model import BatchModel
from synthsmith.builders.batch.results import HELD
from synthsmith.builders.endpoints import Batching, Endpoint
from synthsmith.builders.model import (
    REFUSED,
    Decoding,
    Message,
    PermanentError,
    Reply,
    Request,
    TransientError,
)
from synthsmith.verification.errors import InputError

QUICK = Patience(tries=3, calls=3, first_wait_seconds=0.001, most_wait_seconds=0.01)
BATCHING = Batching(quiet_seconds=0.02, poll_seconds=0.01)


def request(server: Server, sample: int = 0, model: str = "asked") -> Request:
    return replace(test_model.request(server.url, sample), model=model)


@dataclass
class Asker:
    """A process, as it were: it asks all of some requests at the same time, and is gone."""

    server: Server
    folder: Path
    batching: Batching = BATCHING

    def __call__(self, *requests: Request) -> list[Reply | BaseException]:
        async def run() -> list[Reply | BaseException]:
            model = self.model()
            try:
                return await asyncio.gather(*map(model.complete, requests), return_exceptions=True)
            finally:
                await model.close()

        return asyncio.run(run())

    def model(self) -> BatchModel:
        return BatchModel([Endpoint(self.server.url, batch=self.batching)], self.folder, QUICK)


def several(server: Server, number: int, model: str = "asked") -> list[Request]:
    return [request(server, sample, model) for sample in range(number)]


def texts(replies: Sequence[Reply | BaseException]) -> list[str]:
    assert [reply for reply in replies if isinstance(reply, BaseException)] == []
    return [reply.text for reply in replies if isinstance(reply, Reply)]


def keys(requests: Sequence[Request]) -> list[str]:
    return [one.key for one in requests]


def the_first(server: Server, *fates: Fate) -> None:
    """Let these be the fates of the request for sample 0, batch by batch; all others are answered."""
    first = request(server).key

    def fate(batch: int, line: Json) -> Fate:
        return (
            fates[batch - 1] if line["custom_id"] == first and batch <= len(fates) else answered(batch, line)
        )

    server.script.fate = fate


def test_requests_that_come_together_are_one_batch_for_each_model(tmp_path: Path) -> None:
    with serving() as server:
        requests = [*several(server, 5), *several(server, 3, "other")]
        replies = Asker(server, tmp_path)(*requests)
    assert texts(replies) == keys(requests)
    assert sorted(len(batch.lines) for batch in server.batches) == [3, 5]
    assert replies[0] == Reply(requests[0].key, "stop", "served", 11, 22, batched=True)


def test_what_is_asked_is_what_the_live_client_asks(tmp_path: Path) -> None:
    decoding = Decoding(0.6, None, 20, 0.0, 100, '{"chat_template_kwargs":{"thinking":true}}')
    with serving() as server:
        asked = replace(request(server), decoding=decoding)
        Asker(server, tmp_path)(asked)
    with test_model.serving(test_model.Answer(test_model.completion())) as live:
        one = replace(asked, endpoints=(live.url,))
        test_model.ask(one, endpoints=(Endpoint(live.url, stream=False),))
    path, _, body = live.seen[0]
    [line] = server.batches[0].lines
    assert line == {"custom_id": asked.key, "method": "POST", "url": path, "body": body}


@pytest.mark.parametrize("bounds", [{"requests": 4}, {"megabytes": 0.001}])
def test_no_batch_is_larger_than_the_server_takes(tmp_path: Path, bounds: dict[str, float]) -> None:
    with serving() as server:
        asker = Asker(server, tmp_path, replace(BATCHING, **bounds))
        requests = several(server, 10)
        assert texts(asker(*requests)) == keys(requests)
    assert [len(batch.lines) for batch in server.batches] == [4, 4, 2]
    assert max(len(server.files[batch.file]) for batch in server.batches) <= 1000


def test_a_full_batch_is_sent_at_once_and_others_when_no_more_come(tmp_path: Path) -> None:
    async def run(server: Server) -> None:
        model = Asker(server, tmp_path, replace(BATCHING, requests=3, quiet_seconds=3600)).model()
        asking = asyncio.gather(*map(model.complete, several(server, 4)), return_exceptions=True)
        await asyncio.to_thread(server.waited.wait, 60)
        await model.close()
        asking.cancel()

    with serving(Script(held=1)) as server:
        asyncio.run(run(server))
    assert [len(batch.lines) for batch in server.batches] == [3]


@pytest.mark.parametrize("status", [400, 413, 422])
def test_one_prompt_that_is_not_taken_gets_a_reply_that_says_why(tmp_path: Path, status: int) -> None:
    with serving() as server:
        the_first(server, refused(status, "the prompt is too long"))
        reply, *others = Asker(server, tmp_path)(*several(server, 3))
    assert isinstance(reply, Reply)
    assert (reply.text, reply.finish_reason, reply.batched) == ("", REFUSED, True)
    assert reply.error == f"{server.url}/ answered {status}: the prompt is too long"
    assert texts(others) == keys(several(server, 3)[1:])


def test_where_no_prompt_is_taken_the_settings_are_at_fault(tmp_path: Path) -> None:
    with serving(Script(fate=lambda batch, line: refused(400, "min_p is not known here"))) as server:
        replies = Asker(server, tmp_path)(*several(server, 3))
        # what is known of a batch with answers is known to a later run
        server.script.fate = answered
        asker = Asker(server, tmp_path / "other")
        asker(request(server, 7))
        the_first(server, *[refused(400, "too long")] * 9)
        later = asker(request(server))
    assert all(isinstance(reply, PermanentError) and "min_p is not known" in str(reply) for reply in replies)
    assert isinstance(later[0], Reply)


@pytest.mark.parametrize(
    "fate",
    [
        refused(429, "slow down", "rate_limit_exceeded"),
        refused(500, "broken"),
        (200, {"no": "completion"}),
        UNREACHED,
        NOWHERE,
    ],
)
def test_what_the_server_did_not_do_is_sent_again_and_given_up_in_the_end(tmp_path: Path, fate: Fate) -> None:
    with serving() as server:
        requests = several(server, 3)
        the_first(server, fate, fate)
        assert texts(Asker(server, tmp_path / "a")(*requests)) == keys(requests)
        assert [len(batch.lines) for batch in server.batches] == [3, 1, 1]
        the_first(server, *[fate] * 9)
        error, *others = Asker(server, tmp_path / "b")(*requests)
        assert isinstance(error, TransientError)
        assert "failed in 3 batches for solution of 0:3, last with: " in str(error)
        assert texts(others) == keys(requests[1:])
        assert len(server.batches) == 6


def test_what_no_file_has_is_told(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with serving() as server:
        the_first(server, NOWHERE)
        Asker(server, tmp_path)(*several(server, 3))
    assert "batch-1: 1 requests are in none of its files, and are sent again" in caplog.text


def test_of_a_batch_that_expired_the_answers_are_taken_and_the_rest_is_sent_again(tmp_path: Path) -> None:
    def fate(batch: int, line: Json) -> Fate:
        late = batch == 1 and str(line["custom_id"]) > "8"
        return UNREACHED if late else completion(f"{batch}")

    with serving(Script(fate=fate, ends={1: "expired"})) as server:
        requests = several(server, 12)
        replies = Asker(server, tmp_path)(*requests)
    assert texts(replies) == ["2" if one.key > "8" else "1" for one in requests]
    assert set(server.submitted.values()) == {1, 2}


def test_a_batch_that_the_server_finds_wrong_ends_with_its_words(tmp_path: Path) -> None:
    wrong = [{"code": "invalid_url", "message": "the URL does not match", "line": 2, "param": "url"}]
    with serving(Script(wrong={1: list(wrong)})) as server:
        asker = Asker(server, tmp_path)
        replies = asker(*several(server, 2))
        assert texts(asker(*several(server, 2))) == keys(several(server, 2))  # put right, it is sent anew
    words = f"{server.url}/ did not take batch-1: line 2: the URL does not match"
    assert [(type(reply), str(reply)) for reply in replies] == [(PermanentError, words)] * 2


def test_where_too_much_is_enqueued_less_is_sent_until_all_are_answered(tmp_path: Path) -> None:
    with serving(Script(room=3)) as server:
        requests = several(server, 20)
        assert texts(Asker(server, tmp_path)(*requests)) == keys(requests)
    assert set(server.submitted.values()) == {1}
    assert len(server.batches) > len([batch for batch in server.batches if batch.status != "failed"])


def test_where_there_is_never_room_it_is_given_up(tmp_path: Path) -> None:
    with serving(Script(room=0)) as server:
        [error] = Asker(server, tmp_path)(request(server))
    assert isinstance(error, TransientError)
    assert "Enqueued token limit reached" in str(error)


def test_a_cancelled_batch_says_so_and_a_later_run_sends_what_it_left(tmp_path: Path) -> None:
    def fate(batch: int, line: Json) -> Fate:
        return answered(batch, line) if batch > 1 or str(line["custom_id"]) < "8" else NOWHERE

    with serving(Script(fate=fate, ends={1: "cancelled"})) as server:
        requests = several(server, 8)
        asker = Asker(server, tmp_path)
        first, second = asker(*requests), asker(*requests)
    assert texts(second) == keys(requests)
    left = [one for one, reply in zip(requests, first, strict=True) if isinstance(reply, TransientError)]
    assert keys(left) == [key for key in keys(requests) if key >= "8"]
    assert sorted(server.batches[1].keys) == sorted(keys(left))
    said = f"batch-1 was cancelled at {server.url}/, {len(left)} of its requests unanswered"
    assert said in {str(reply) for reply in first}


def test_a_batch_that_is_complete_before_its_file_is_there_is_looked_at_again(tmp_path: Path) -> None:
    with serving(Script(late=3)) as server:
        assert texts(Asker(server, tmp_path)(*several(server, 3))) == keys(several(server, 3))
    assert len(server.batches) == 1


def test_a_server_in_trouble_is_waited_for(tmp_path: Path) -> None:
    """Four failures of each call: more than an upload is tried, so those are spared two."""
    failed: dict[str, int] = {}

    def trouble(method: str, path: str) -> int | None:
        call = f"{method} {path.partition('?')[0]}"
        failed[call] = failed.get(call, 0) + 1
        troubles = [503, CUT] if method == "POST" else [429, CUT, 500, CUT]
        return dict(enumerate(troubles, 1)).get(failed[call])

    with serving() as server:
        Asker(server, tmp_path)(request(server, 99))
        server.script.trouble = trouble
        requests = several(server, 40)
        [reply, *_] = replies = Asker(server, tmp_path)(*requests)
    assert isinstance(reply, Reply), reply
    assert texts(replies) == keys(requests)
    assert set(server.submitted.values()) == {1}
    assert min(failed.values()) >= 3
    assert len(failed) == 5


def test_contents_that_are_no_batchs_are_not_taken_for_answers(tmp_path: Path) -> None:
    with serving() as server:
        server.files["output-1"] = server.files["error-1"] = b"<html>Sign in to the network</html>"
        [error] = Asker(server, tmp_path)(request(server))
    assert isinstance(error, PermanentError)
    assert "<html>Sign in" in str(error)
    assert f"remove {tmp_path}/000001-" in str(error)
    assert len(server.batches) == 1


def test_an_endpoint_that_is_not_there_or_does_not_let_us_in_is_said_at_once(tmp_path: Path) -> None:
    with serving(Script(trouble=lambda method, path: 401)) as server:
        [error] = Asker(server, tmp_path)(request(server))
    assert isinstance(error, PermanentError)
    assert str(error).endswith("there is trouble (the key comes from OPENAI_API_KEY)")
    [error] = Asker(server, tmp_path)(request(server))
    assert isinstance(error, InputError)
    assert f"Nothing answers at {server.url}" in str(error)
    assert list(tmp_path.iterdir()) == []


def test_replies_are_handed_over_no_faster_than_they_are_put_away(tmp_path: Path) -> None:
    """Who asked is done with a reply when its task ends: until then it counts as one that is held."""
    held = most = 0

    async def hold(model: BatchModel, one: Request) -> None:
        nonlocal held, most
        await model.complete(one)
        held += 1
        most = max(most, held)
        await asyncio.sleep(0.01)
        held -= 1

    async def run(server: Server) -> None:
        model = Asker(server, tmp_path).model()
        await asyncio.gather(*(hold(model, one) for one in several(server, 1000)))
        await model.close()

    with serving() as server:
        asyncio.run(run(server))
    assert HELD / 2 < most <= HELD


def test_one_who_asks_for_one_after_another_is_never_kept_waiting(tmp_path: Path) -> None:
    async def run(server: Server) -> list[str]:
        model = Asker(server, tmp_path, replace(BATCHING, quiet_seconds=0.001)).model()
        model.hands.most = 1
        replies = [await model.complete(one) for one in several(server, 3)]
        await model.close()
        return texts(replies)

    with serving() as server:
        assert asyncio.run(run(server)) == keys(several(server, 3))


def test_no_character_of_a_prompt_breaks_a_line(tmp_path: Path) -> None:
    odd = "a\u2028b\nc\ud800"  # the last is half of a pair, for which UTF-8 has no place
    with serving() as server:
        Asker(server, tmp_path)(
            *(replace(one, messages=(Message("user", odd),)) for one in several(server, 2))
        )
    bodies = [json.loads(line)["body"] for line in server.files["file-1"].split(b"\n") if line]
    assert [body["messages"][0]["content"] for body in bodies] == [odd] * 2


def test_what_is_sent_is_logged(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with serving() as server, caplog.at_level(logging.INFO, "synthsmith"):
        Asker(server, tmp_path)(*several(server, 2))
    assert "batch-1: 2 requests to asked were sent" in caplog.text
