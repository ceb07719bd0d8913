"""The model seam: recordings replayed by prompt alone, the live client against a server that misbehaves."""

import asyncio
import json
import re
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.utils import formatdate
from http.server import ThreadingHTTPServer
from pathlib import Path

import pytest
from listening import Quiet, listening
from synthsmith.builders.endpoints import Endpoint
from synthsmith.builders.ledger import Ledger
from synthsmith.builders.model import Decoding, Message, PermanentError, Reply, Request, TransientError
from synthsmith.builders.openai_model import OpenAIModel, Patience
from synthsmith.verification.errors import InputError

QUICK = Patience(tries=4, first_wait_seconds=0.001, most_wait_seconds=0.002)


@dataclass
class Answer:
    """One scripted answer of the server: status, body and headers; a status of 0 cuts the connection."""

    body: object
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)


def completion(content: str | None = "hi", finish: str = "stop", **message: object) -> dict[str, object]:
    usage = {"prompt_tokens": 11, "completion_tokens": 22}
    turn = {"role": "assistant", "content": content, **message}
    choices = [{"index": 0, "finish_reason": finish, "message": turn}]
    return {"id": "1", "object": "chat.completion", "model": "served", "choices": choices, "usage": usage}


class Server:
    """A real HTTP server on loopback that answers from a script; its last answer repeats."""

    def __init__(self, *script: Answer) -> None:
        self.script, self.seen = list(script), []
        server = self

        class Handler(Quiet):
            def do_POST(self) -> None:
                body = json.loads(self.body())
                headers = {name.lower(): value for name, value in self.headers.items()}
                server.seen.append((self.path, headers, body))
                answer = server.script.pop(0) if len(server.script) > 1 else server.script[0]
                if answer.status == 0:
                    self.connection.shutdown(socket.SHUT_RDWR)
                    return
                time.sleep(float(answer.headers.get("X-Wait", 0)))
                data = answer.body if isinstance(answer.body, bytes) else json.dumps(answer.body).encode()
                self.send_response(answer.status)
                usual = {"Content-Type": "application/json", "Content-Length": str(len(data))}
                for name, value in {**usual, **answer.headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(data)
                if "X-Hold" in answer.headers:
                    self.wfile.flush()
                    time.sleep(float(answer.headers["X-Hold"]))

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.http.server_port}/v1"
        self.seen: list[tuple[str, dict[str, str], dict[str, object]]]


@contextmanager
def serving(*script: Answer) -> Iterator[Server]:
    server = Server(*script)
    with listening(server.http):
        yield server


def request(url: str | None, sample: int = 0, decoding: Decoding = Decoding()) -> Request:  # noqa: B008
    messages = (Message("user", "a prompt with ü"),)
    return Request(
        "solution", "0:3", "solution", "d", messages, sample, "asked", decoding, (url,) if url else ()
    )


def ask(*requests: Request, patience: Patience = QUICK, endpoints: tuple[Endpoint, ...] = ()) -> list[Reply]:
    async def run() -> list[Reply]:
        model = OpenAIModel(endpoints, patience=patience)
        try:
            return [await model.complete(one) for one in requests]
        finally:
            await model.close()

    return asyncio.run(run())


def test_a_plain_answer_comes_back_with_its_usage_and_the_servers_model() -> None:
    with serving(Answer(completion("hi"))) as server:
        [reply] = ask(request(server.url))
    assert reply == Reply("hi", "stop", "served", 11, 22)


def test_the_request_carries_the_prompt_the_parameters_and_the_sample() -> None:
    decoding = Decoding(0.6, None, 20, 0.0, 100, '{"chat_template_kwargs":{"thinking":true}}')
    with serving(Answer(completion())) as server:
        ask(request(server.url, 3, decoding))
    path, headers, body = server.seen[0]
    assert path == "/v1/chat/completions"
    assert headers["x-sample"] == "3"
    assert body == {
        "model": "asked",
        "messages": [{"role": "user", "content": "a prompt with ü"}],
        "stream": True,
        "stream_options": {"include_usage": True},
        "temperature": 0.6,
        "max_tokens": 100,
        "top_k": 20,
        "min_p": 0.0,
        "chat_template_kwargs": {"thinking": True},
    }


def test_a_local_endpoint_needs_no_key_and_a_key_is_sent_where_there_is_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with serving(Answer(completion())) as server:
        monkeypatch.delenv("OPENAI_API_KEY", raising=False)
        ask(request(server.url))
        monkeypatch.setenv("OPENAI_API_KEY", "secret")
        ask(request(server.url))
    assert [seen[1]["authorization"] for seen in server.seen] == ["Bearer EMPTY", "Bearer secret"]


def test_openai_itself_needs_a_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    with pytest.raises(InputError, match="OPENAI_API_KEY"):
        ask(request(None))


@pytest.mark.parametrize(
    ("content", "fields", "text"),
    [
        ("the answer", {"reasoning_content": "why"}, "<think>\nwhy\n</think>\n\nthe answer"),
        ("the answer", {"reasoning": " why\n"}, "<think>\nwhy\n</think>\n\nthe answer"),
        ("<think>why</think>answer", {}, "<think>why</think>answer"),
        ("<think>why</think>answer", {"reasoning_content": "why"}, "<think>why</think>answer"),
        ("why\n</think>\nanswer", {}, "<think>\nwhy\n</think>\nanswer"),
        ("just an answer", {"reasoning_content": None}, "just an answer"),
    ],
)
def test_reasoning_has_one_form_however_it_came(content: str, fields: dict[str, object], text: str) -> None:
    with serving(Answer(completion(content, **fields))) as server:
        [reply] = ask(request(server.url))
    assert reply.text == text
    assert reply.error == ""


def test_a_reply_that_was_cut_short_is_kept_and_says_so() -> None:
    with serving(Answer(completion(None, "length", reasoning_content="and so"))) as server:
        [reply] = ask(request(server.url))
    assert reply.finish_reason == "length"
    assert reply.text == "<think>\nand so"
    assert "cut short" in reply.error
    assert len(server.seen) == 1


@pytest.mark.parametrize(
    ("body", "error"),
    [
        (completion(""), "empty"),
        (completion(None), "empty"),
        (completion("  \n"), "empty"),
        (completion("", "content_filter"), "content filter"),
        (completion(None, refusal="I will not"), "refused: I will not"),
    ],
)
def test_an_answer_without_content_is_a_reply_with_an_error_and_is_not_asked_again(
    body: dict[str, object], error: str
) -> None:
    with serving(Answer(body)) as server:
        [reply] = ask(request(server.url))
    assert error in reply.error
    assert len(server.seen) == 1


@pytest.mark.parametrize(
    "trouble",
    [
        Answer({"error": {"message": "oops"}}, 500),
        Answer(b"<html>Bad gateway</html>", 502, {"Content-Type": "text/html"}),
        Answer({"error": {"message": "slow down"}}, 429),
        Answer({"error": {"message": "slow down"}}, 429, {"Retry-After": "0"}),
        Answer({"error": {"message": "slow down"}}, 429, {"Retry-After": formatdate(0, usegmt=True)}),
        Answer({"error": {"message": "slow down"}}, 429, {"Retry-After": "soon"}),
        Answer({}, 408),
        Answer(b'{"choices": [{"mess'),
        Answer(b""),
        Answer(b"null"),
        Answer({"choices": []}),
        Answer({"choices": [{"message": {"content": [1]}}]}),
        Answer({"error": "overloaded, says the proxy with status 200"}),
    ],
)
def test_trouble_that_passes_is_asked_again(trouble: Answer) -> None:
    with serving(trouble, trouble, Answer(completion("hi"))) as server:
        [reply] = ask(request(server.url))
    assert reply.text == "hi"
    assert len(server.seen) == 3


@pytest.mark.parametrize("known", [True, False])
def test_a_cut_connection_is_asked_again(known: bool) -> None:
    first = [Answer(completion("a"))] if known else []
    with serving(*first, Answer(b"", 0), Answer(b"", 0), Answer(completion("b"))) as server:
        replies = ask(*(request(server.url, number) for number in range(1 + known)))
    assert replies[-1].text == "b"


def test_retry_after_is_waited_for() -> None:
    waits: list[float] = []

    async def run() -> None:
        model = OpenAIModel(patience=QUICK)
        usual = model._wait
        model._wait = lambda state: waits.append(usual(state)) or 0.0  # type: ignore[method-assign, func-returns-value]
        await model.complete(request(server.url))
        await model.close()

    with serving(Answer({}, 429, {"Retry-After": "0.5"}), Answer({}, 503), Answer(completion())) as server:
        asyncio.run(run())
    assert 0.5 <= waits[0] < 1
    assert waits[1] < 2


def test_trouble_that_does_not_pass_ends_as_one_sentence() -> None:
    with (
        serving(Answer({"error": {"message": "oops"}}, 500)) as server,
        pytest.raises(TransientError, match=r"failed 4 times in a row for solution of 0:3.*oops"),
    ):
        ask(request(server.url))
    assert len(server.seen) == 4


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (Answer({"error": {"message": "bad key"}}, 401), "bad key.*OPENAI_API_KEY"),
        (Answer({"error": {"message": "no such model"}}, 404), "no such model"),
        (Answer({"error": {"message": "unknown parameter"}}, 400), "unknown parameter"),
        (Answer({"error": {"message": "pay first", "code": "insufficient_quota"}}, 429), "pay first"),
    ],
)
def test_what_no_retry_can_help_is_asked_once(answer: Answer, sentence: str) -> None:
    with serving(answer) as server, pytest.raises(PermanentError, match=sentence):
        ask(request(server.url))
    assert len(server.seen) == 1


def test_a_prompt_that_is_refused_among_others_is_a_recorded_reply() -> None:
    too_long = Answer({"error": {"message": "context length exceeded"}}, 400)
    with serving(Answer(completion("a")), too_long, Answer(completion("b"))) as server:
        replies = ask(*(request(server.url, i) for i in range(3)))
    assert [reply.text for reply in replies] == ["a", "", "b"]
    assert "context length exceeded" in replies[1].error


def test_a_prompt_that_is_refused_before_the_first_answer_is_there_stops_nothing() -> None:
    """A refusal comes at once and an answer takes its time: it says nothing yet about the settings."""
    slow = Answer(completion("a"), headers={"X-Wait": "0.5"})
    too_long = Answer({"error": {"message": "exceeds the available context size"}}, 400)

    async def both(url: str) -> tuple[Reply, Reply]:
        model = OpenAIModel(patience=Patience(100, 0.05, 0.05))
        try:
            first = asyncio.create_task(model.complete(request(url)))
            while not server.seen:
                await asyncio.sleep(0.001)
            return await model.complete(request(url, 1)), await first
        finally:
            await model.close()

    with serving(slow, too_long) as server:
        refused, answered = asyncio.run(both(server.url))
    assert answered.text == "a"
    assert "exceeds the available context size" in refused.error


def test_a_refusal_of_all_that_is_asked_names_a_prompt_and_ends_it() -> None:
    unknown = Answer({"error": {"message": "unknown parameter"}}, 400)

    async def many(url: str) -> None:
        model = OpenAIModel(patience=Patience(100, 0.05, 0.5))
        try:
            await asyncio.gather(*(model.complete(request(url, sample)) for sample in range(8)))
        finally:
            await model.close()

    with (
        serving(unknown) as server,
        pytest.raises(PermanentError, match=r"unknown parameter.*for solution of 0:3"),
    ):
        asyncio.run(many(server.url))


def test_nothing_at_the_address_is_said_at_once_and_names_it() -> None:
    with socket.socket() as taken:  # bound and not listening: nothing answers there, nobody else takes it
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}/v1"
        with pytest.raises(InputError, match=rf"Nothing answers at {url}.*base_url"):
            ask(request(url))


@pytest.mark.parametrize(
    "url",
    ["gpu-7", "gpu-7:8000/v1", "http://", "http://gpu-7:80000/v1", "http://gpu-7:port", "http://[::1/v1"],
)
def test_what_is_no_address_is_said_at_once_and_not_tried_again(url: str) -> None:
    with pytest.raises(InputError, match=re.escape(f"base_url {url!r} is no address")):
        ask(request(url), patience=Patience(1, 0.01, 0.01))


def test_half_a_surrogate_pair_becomes_text() -> None:
    with serving(Answer(b'{"choices": [{"message": {"content": "a\\ud800b"}}]}')) as server:
        [reply] = ask(request(server.url))
    assert reply == Reply("a?b", "stop", "asked")


@pytest.mark.parametrize(
    "odd",
    [
        b'{"choices": [{"message": {"content": "a"}, "finish_reason": {"a": 1}}]}',
        b'{"choices": [{"message": {"content": "a", "refusal": {"why": 1}}}]}',
        b'{"choices": [{"message": {"content": "a"}}], "model": 7}',
        b'{"choices": [{"message": {"content": ' + b"[" * 100_000,
    ],
)
def test_a_body_of_another_shape_is_asked_for_again(odd: bytes) -> None:
    with serving(Answer(odd), Answer(completion("well"))) as server:
        [reply] = ask(request(server.url))
    assert reply.text == "well"


def test_counts_that_are_none_and_half_pairs_in_any_field_can_be_recorded(tmp_path: Path) -> None:
    counts = {"prompt_tokens": "12", "completion_tokens": 10**30}
    refusal = {"message": {"content": None, "refusal": "\ud800 no"}, "finish_reason": "\udfff"}
    refused = {"error": {"message": "\ud800 too long"}}
    body = {"choices": [refusal], "model": "m\ud800", "usage": counts}

    async def run(url: str) -> list[Reply]:
        model = OpenAIModel(patience=QUICK)
        try:
            with Ledger(tmp_path / "ledger.sqlite") as ledger:
                return [await ledger.complete(request(url, sample), model) for sample in range(2)]
        finally:
            await model.close()

    with serving(Answer(body), Answer(refused, status=400)) as server:
        first, second = asyncio.run(run(server.url))
    assert first == Reply("", "?", "m?", None, None, "the model refused: ? no")
    assert "? too long" in second.error
