"""The recorded model as a server: OpenAI's protocol as its own client speaks it, and builds over it."""

import json
import re
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import httpx
import openai
import pytest
from command import sentence, synthsmith
from killing import digests
from model_server import ModelServer, model_serving
from openai.types.chat import ChatCompletion, ChatCompletionChunk, ChatCompletionMessageParam
from synthsmith.builders.model import Request
from synthsmith.builders.recorded_model import FOLDER
from synthsmith.builders.recordings import prompts
from synthsmith.builders.tasks import count_tokens
from synthsmith.prompts import reasoning

SOLUTIONS = tuple(f"tasks/20-lantern-street/solution-{number}.md" for number in range(1, 9))
UNFINISHED = SOLUTIONS[7]  # its reasoning has no end


@pytest.fixture(scope="module")
def asked() -> dict[str, Request]:
    """The recorded prompts by the file of their reply."""
    return prompts()


@pytest.fixture(scope="module")
def server() -> Iterator[ModelServer]:
    with model_serving() as server:
        yield server


@pytest.fixture(scope="module")
def client(server: ModelServer) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(api_key="none", base_url=server.url, max_retries=0) as client:
        yield client


def text(name: str) -> str:
    return (FOLDER / name).read_text(encoding="utf-8").removesuffix("\n")


def turns(request: Request) -> list[ChatCompletionMessageParam]:
    return [{"role": "user", "content": message.content} for message in request.messages]


def complete(client: openai.OpenAI, request: Request, number: int = 1) -> ChatCompletion:
    """The answer to a recorded prompt, from the replica that the request names."""
    return client.chat.completions.create(
        model="any", messages=turns(request), n=number, extra_headers={"X-Sample": str(request.sample)}
    )


def stream(client: openai.OpenAI, request: Request, number: int = 1) -> list[ChatCompletionChunk]:
    found = client.chat.completions.create(
        model="any",
        messages=turns(request),
        n=number,
        stream=True,
        stream_options={"include_usage": True},
        extra_headers={"X-Sample": str(request.sample)},
    )
    return list(found)


def joined(chunks: list[ChatCompletionChunk], field: str, index: int = 0) -> str:
    """What the deltas of one choice say in a field."""
    deltas = [choice.delta for chunk in chunks for choice in chunk.choices if choice.index == index]
    return "".join(getattr(delta, field, None) or "" for delta in deltas)


def test_a_recorded_prompt_gets_its_reply_and_an_honest_count(
    client: openai.OpenAI, asked: dict[str, Request]
) -> None:
    name = "tasks/00-quarry-porter/roles.md"
    answer = complete(client, asked[name])
    [choice] = answer.choices
    assert (choice.message.role, choice.message.content) == ("assistant", text(name))
    assert (choice.finish_reason, answer.model) == ("stop", "recorded")
    assert answer.usage is not None
    assert answer.usage.prompt_tokens == count_tokens(asked[name].messages[0].content)
    assert answer.usage.completion_tokens == count_tokens(text(name))
    assert answer.usage.total_tokens == answer.usage.prompt_tokens + answer.usage.completion_tokens
    assert answer.usage.completion_tokens_details is not None
    assert answer.usage.completion_tokens_details.reasoning_tokens == count_tokens(reasoning(text(name)))


def test_the_header_picks_the_replica_and_n_gives_those_that_follow(
    client: openai.OpenAI, asked: dict[str, Request]
) -> None:
    for name in (SOLUTIONS[0], SOLUTIONS[4], SOLUTIONS[7]):
        assert complete(client, asked[name]).choices[0].message.content == text(name)
    several = complete(client, asked[SOLUTIONS[4]], 4)
    assert [choice.message.content for choice in several.choices] == [text(name) for name in SOLUTIONS[4:]]
    assert [choice.index for choice in several.choices] == [0, 1, 2, 3]
    assert several.usage is not None
    assert several.usage.completion_tokens == sum(count_tokens(text(name)) for name in SOLUTIONS[4:])


def test_a_stream_brings_the_same_in_pieces_and_ends_with_the_usage(
    client: openai.OpenAI, asked: dict[str, Request]
) -> None:
    request = asked[SOLUTIONS[2]]
    chunks = stream(client, request, 2)
    for index, name in enumerate(SOLUTIONS[2:4]):
        choices = [choice for chunk in chunks for choice in chunk.choices if choice.index == index]
        assert choices[0].delta.role == "assistant"
        assert joined(chunks, "content", index) == text(name)
        assert [choice.finish_reason for choice in choices] == [None] * (len(choices) - 1) + ["stop"]
        assert len(choices) > 10
    assert [chunk.usage for chunk in chunks[:-1]] == [None] * (len(chunks) - 1)
    assert (chunks[-1].choices, chunks[-1].usage) == ([], complete(client, request, 2).usage)
    assert {chunk.model for chunk in chunks} == {"recorded"}


def test_a_stream_is_made_of_server_sent_events_and_says_when_it_is_done(
    server: ModelServer, asked: dict[str, Request]
) -> None:
    body = {"model": "any", "messages": turns(asked[SOLUTIONS[0]]), "stream": True}
    answer = httpx.post(f"{server.url}/chat/completions", json=body)
    assert answer.headers["content-type"].startswith("text/event-stream")
    *events, last, rest = answer.text.split("\n\n")
    assert (last, rest) == ("data: [DONE]", "")
    told = [json.loads(event.removeprefix("data: ")) for event in events]
    assert {one["object"] for one in told} == {"chat.completion.chunk"}
    assert not any("usage" in one for one in told)  # nobody asked for it


def test_a_prompt_may_come_in_parts(server: ModelServer, asked: dict[str, Request]) -> None:
    words = asked[SOLUTIONS[0]].messages[0].content
    parts = [{"type": "text", "text": part} for part in (words[:100], words[100:])]
    body = {"model": "any", "messages": [{"role": "user", "content": parts}]}
    answer = httpx.post(f"{server.url}/chat/completions", json=body).json()
    assert answer["choices"][0]["message"]["content"] == text(SOLUTIONS[0])


HELLO = [{"role": "user", "content": "Hello"}]


@pytest.mark.parametrize(
    ("body", "param", "words"),
    [
        ({"model": "m", "messages": HELLO}, None, "No reply is recorded for this prompt"),
        ({"model": "m"}, "messages", "messages must be a list of messages"),
        ({"model": "m", "messages": []}, "messages", "messages must be a list of messages"),
        ({"messages": HELLO}, "model", "model is missing"),
        ({"model": "m", "messages": ["Hello"]}, "messages.0", "must be a JSON object, not 'Hello'"),
        ({"model": "m", "messages": [{"role": "user"}]}, "messages.0.content", "content is missing"),
        ({"model": "m", "messages": HELLO, "n": 0}, "n", "a whole number from 1 to 128, not 0"),
        ({"model": "m", "messages": HELLO, "stream": "yes"}, "stream", "true or false, not 'yes'"),
        ({"model": "m", "messages": HELLO, "stream_options": 1}, "stream_options", "must be a JSON object"),
        ([], None, "must be a JSON object"),
        ("{", None, "is not JSON"),
    ],
)
def test_what_cannot_be_answered_is_an_error_as_openai_shapes_it(
    server: ModelServer, body: object, param: str | None, words: str
) -> None:
    content = body if isinstance(body, str) else json.dumps(body)
    answer = httpx.post(f"{server.url}/chat/completions", content=content)
    assert answer.status_code == 400
    error = answer.json()["error"]
    assert words in error.pop("message")
    assert error == {"type": "invalid_request_error", "param": param, "code": None}


@pytest.mark.parametrize(("sample", "words"), [("8", "8 replies are recorded"), ("two", "not 'two'")])
def test_a_replica_that_is_not_there_is_an_error(
    server: ModelServer, asked: dict[str, Request], sample: str, words: str
) -> None:
    body = {"model": "any", "messages": turns(asked[SOLUTIONS[0]])}
    answer = httpx.post(f"{server.url}/chat/completions", json=body, headers={"X-Sample": sample})
    assert answer.status_code == 400
    assert words in answer.json()["error"]["message"]


@pytest.mark.parametrize(("method", "path", "status"), [("GET", "/nothing", 404), ("PUT", "/models", 405)])
def test_a_route_that_is_not_there_is_an_error_as_openai_shapes_it(
    server: ModelServer, method: str, path: str, status: int
) -> None:
    answer = httpx.request(method, server.url + path)
    assert answer.status_code == status
    assert answer.json()["error"].keys() == {"message", "type", "param", "code"}


def test_names_that_are_given_are_answered_to_and_no_others(asked: dict[str, Request]) -> None:
    with (
        model_serving("--recorded", "--name", "one", "--name", "org/two") as server,
        openai.OpenAI(api_key="none", base_url=server.url, max_retries=0) as client,
    ):
        assert [model.id for model in client.models.list()] == ["one", "org/two"]
        assert client.models.retrieve("org/two").id == "org/two"
        messages = turns(asked[SOLUTIONS[0]])
        answer = client.chat.completions.create(model="org/two", messages=messages)
        assert answer.choices[0].message.content == text(SOLUTIONS[0])
        with pytest.raises(
            openai.NotFoundError, match="'three' does not exist; there is one, org/two"
        ) as caught:
            client.chat.completions.create(model="three", messages=messages)
        assert caught.value.code == "model_not_found"
        with pytest.raises(openai.NotFoundError):
            client.models.retrieve("three")


def test_the_reasoning_has_a_field_of_its_own_where_that_is_asked_for_and_loses_nothing(
    asked: dict[str, Request],
) -> None:
    with (
        model_serving("--reasoning-content") as server,
        openai.OpenAI(api_key="none", base_url=server.url, max_retries=0) as client,
    ):
        message = complete(client, asked[SOLUTIONS[0]]).choices[0].message
        thought = message.model_dump()["reasoning_content"]
        assert f"<think>\n{thought}\n</think>\n\n{message.content}" == text(SOLUTIONS[0])
        chunks = stream(client, asked[SOLUTIONS[0]])
        assert (joined(chunks, "reasoning_content"), joined(chunks, "content")) == (thought, message.content)
        unfinished = complete(client, asked[UNFINISHED]).choices[0].message
        assert unfinished.content == text(UNFINISHED)
        assert "reasoning_content" not in unfinished.model_dump()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_the_server_at_once_and_in_words(number: int) -> None:
    with model_serving() as server:
        assert re.fullmatch(r"http://127\.0\.0\.1:\d+/v1", server.url)
        with httpx.Client(base_url=server.url) as idle:
            assert idle.get("/models").status_code == 200  # and the connection stays open
            assert server.stop(number) == (0, "synthsmith: stopped\n")


def test_an_address_that_is_taken_is_one_sentence() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        said = sentence(synthsmith("model", "serve", "--port", str(port)))
    assert said.startswith(f"--host 127.0.0.1 --port {port}: Address already in use")


@pytest.mark.parametrize(("name", "options"), [("org/else", ("--name", "org/else", "--reasoning-content"))])
def test_a_build_over_the_server_gives_the_data_set_of_the_embedded_one_to_the_byte(
    name: str, options: tuple[str, ...], one: Path, tmp_path: Path
) -> None:
    with model_serving(*options) as server:
        live = ("--model", name, "--base-url", server.url)
        done = synthsmith("build", "--out", tmp_path, "--tasks", "1", *live)
    assert done.status == 0, done.stderr
    # the card tells the model's name and what was counted; all else, rows above all, is the same
    rows = digests(one / "dataset", ("README.md",))
    assert digests(tmp_path / "dataset", ("README.md",)) == rows
    assert len(rows) >= 5
    account = json.loads((tmp_path / "summary.json").read_text())["account"]
    assert {line["unmetered"] for line in account} == {0}
    assert all(line["completion_tokens"] > 100 for line in account)
