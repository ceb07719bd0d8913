"""Streamed answers: put together whole, never taken for whole when they are cut."""

import asyncio
import json

import pytest
from synthsmith.builders.completions import Again, read_stream
from synthsmith.builders.endpoints import Endpoint
from synthsmith.builders.model import Reply
from test_model import Answer, ask, completion, request, serving

EVENTS = {"Content-Type": "text/event-stream; charset=utf-8"}
USAGE = {"prompt_tokens": 7, "completion_tokens": 9, "prompt_tokens_details": {"cached_tokens": 4}}
END = {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}


def delta(**fields: object) -> dict[str, object]:
    return {"model": "served", "choices": [{"index": 0, "delta": fields, "finish_reason": None}]}


def events(*values: object, done: bool = True) -> bytes:
    lines = [f"data: {json.dumps(value, ensure_ascii=False)}\n\n" for value in values]
    return ("".join(lines) + ("data: [DONE]\n\n" if done else "")).encode()


WHOLE = events(
    delta(role="assistant", content=None),
    delta(reasoning_content="be"),
    delta(reasoning_content="cause"),
    delta(content="the\u2028an"),
    delta(content="swer 漢"),
    END,
    {"choices": [], "usage": USAGE},
)


def read(data: bytes, size: int = 1 << 16) -> Reply:
    async def chunks():  # type: ignore[no-untyped-def]
        for start in range(0, len(data), size):
            yield data[start : start + size]

    return asyncio.run(read_stream(chunks(), "asked"))


def test_a_stream_gives_the_reply_that_a_body_would() -> None:
    with serving(Answer(b": ping\n\nevent: x\n" + WHOLE, headers=EVENTS)) as server:
        [reply] = ask(request(server.url))
    text = "<think>\nbecause\n</think>\n\nthe\u2028answer 漢"
    assert reply == Reply(text, "stop", "served", 7, 9, cached_tokens=4)


@pytest.mark.parametrize("size", [1, 2, 7, 64])
def test_it_does_not_matter_where_the_chunks_end(size: int) -> None:
    assert read(WHOLE, size) == read(WHOLE)
    assert read(WHOLE.replace(b"\n", b"\r\n"), size) == read(WHOLE)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        events(),
        events(delta(content="half")),
        events(delta(content="half"), done=False),
        events(delta(content="half"), {"error": {"message": "overloaded"}}),
        events(delta(content=3), END),
        events("text"),
        events({"choices": [{"delta": ["a"]}]}),
        b"data: {half\n\n",
    ],
)
def test_what_is_cut_or_of_another_shape_is_asked_again(data: bytes) -> None:
    with pytest.raises(Again):
        read(data)
    with serving(Answer(data, headers=EVENTS), Answer(WHOLE, headers=EVENTS)) as server:
        [reply] = ask(request(server.url))
    assert reply.text.endswith("swer 漢")


def test_a_connection_that_breaks_in_the_middle_is_asked_again() -> None:
    broken = Answer(WHOLE[:-200], headers={**EVENTS, "Content-Length": str(len(WHOLE))})
    with serving(broken, Answer(WHOLE, headers=EVENTS)) as server:
        [reply] = ask(request(server.url))
    assert reply.completion_tokens == 9
    assert len(server.seen) == 2


def test_an_answer_that_is_whole_is_taken_though_the_connection_breaks_before_its_usage() -> None:
    whole = WHOLE[: WHOLE.index(b'data: {"choices": [], "usage"')]
    with serving(Answer(whole, headers={**EVENTS, "Content-Length": str(len(WHOLE))})) as server:
        [reply] = ask(request(server.url))
    assert (reply.text.endswith("swer 漢"), reply.completion_tokens) == (True, None)
    assert len(server.seen) == 1


def test_a_stream_that_falls_silent_is_given_up_and_asked_again() -> None:
    silent = Answer(WHOLE[:-200], headers={**EVENTS, "Content-Length": str(len(WHOLE)), "X-Hold": "1"})
    with serving(silent, Answer(WHOLE, headers=EVENTS)) as server:
        endpoint = Endpoint(server.url, idle_seconds=0.2)
        [reply] = ask(request(server.url), endpoints=(endpoint,))
    assert reply.completion_tokens == 9
    assert len(server.seen) == 2


def test_cut_short_and_refused_in_a_stream_are_told_apart_from_answers() -> None:
    short = events(delta(reasoning="and so"), {"choices": [{"delta": {}, "finish_reason": "length"}]})
    refused = events(delta(refusal="I will"), delta(refusal=" not"), END)
    with serving(Answer(short, headers=EVENTS), Answer(refused, headers=EVENTS)) as server:
        first, second = ask(request(server.url), request(server.url, 1))
    assert (first.text, first.finish_reason) == ("<think>\nand so", "length")
    assert "cut short" in first.error
    assert second.error == "the model refused: I will not"


def test_an_endpoint_that_cannot_stream_is_asked_without() -> None:
    with serving(Answer(completion("hi"))) as server:
        ask(request(server.url), endpoints=(Endpoint(server.url, stream=False),))
    assert "stream" not in server.seen[0][2]


def test_each_endpoint_has_its_own_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "not this one")
    monkeypatch.setenv("HERE_KEY", "secret")
    with serving(Answer(completion("hi"))) as server:
        ask(request(server.url), endpoints=(Endpoint(server.url, key_variable="HERE_KEY"),))
    assert server.seen[0][1]["authorization"] == "Bearer secret"
