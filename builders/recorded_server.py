"""The recorded model behind OpenAI's protocol, so that the path to a live endpoint can be tried without one.

    POST /v1/chat/completions    a recorded reply, found by its prompt; X-Sample says which, of several
    GET  /v1/models              the names that are answered to

The answers say `recorded` as their model, whatever it was called: the recordings answer, and so a data set
made over this server has the rows of one made without. No key is asked for. What is wrong is answered as by
OpenAI: 400 for a body or a prompt that will not do, 404 for a model or a route that is not there.
"""

import json
import time
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Protocol

import uvicorn
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route
from synthsmith.builders.answers import (
    Answer,
    Asked,
    choice_of,
    chunks,
    completion,
    count_prompt,
    read_request,
)
from synthsmith.builders.model import RECORDED, SAMPLE_HEADER, Message, Reply, prompt_digest
from synthsmith.verification.errors import InputError
from synthsmith.verification.serve.bodies import (
    BusyError,
    NoRoomError,
    Room,
    StalledError,
    TooLargeError,
    read_body,
)
from synthsmith.verification.serve.fields import MalformedError, UnreadableError, parse
from synthsmith.verification.serve.listening import configured, ended_by_signals, listening, url_of

MOST_BODY_BYTES, MOST_BODIES_BYTES = 16 << 20, 1 << 30
GRACE_SECONDS = 5


class Recordings(Protocol):
    """What RecordedModel is to its server: how many replies there are to a prompt, and each of them."""

    def held(self, messages: tuple[Message, ...]) -> int:
        """How many replies to a prompt there are."""

    def reply(self, messages: tuple[Message, ...], sample: int) -> Reply:
        """One of the replies that are held."""


class RefusedError(Exception):
    """What the client asks for is not to be had here; `status` and `code` are OpenAI's for it."""

    def __init__(self, message: str, status: int = 400, code: str | None = None) -> None:
        super().__init__(message)
        self.status, self.code = status, code


@dataclass(frozen=True, slots=True)
class Serving:
    """What is served: the model, the names that it answers to (none: any), and whether the reasoning is told
    in a field of its own, `reasoning_content`. `bodies` is the room of requests that are being read."""

    model: Recordings
    names: tuple[str, ...] = ()
    apart: bool = False
    bodies: Room = field(default_factory=partial(Room, MOST_BODIES_BYTES))


def serve(host: str, port: int, serving: Serving, announce: Callable[[str], None]) -> None:
    """Returns when SIGTERM or SIGINT has come; `announce` is told the base URL once connections are taken.

    InputError where the address cannot be had.
    """
    with listening(host, port) as listener:
        server = uvicorn.Server(configured(application(serving), GRACE_SECONDS))
        with ended_by_signals(server):
            announce(f"{url_of(listener)}/v1")
            server.run(sockets=[listener])


def application(serving: Serving) -> Starlette:
    """The ASGI application."""
    return Starlette(
        routes=[
            Route("/v1/chat/completions", partial(_complete, serving), methods=["POST"]),
            Route("/v1/models", partial(_models, serving), methods=["GET"]),
            Route("/v1/models/{name:path}", partial(_model, serving), methods=["GET"]),
        ],
        exception_handlers={
            RefusedError: _refused,
            MalformedError: partial(_wrong, 400),
            UnreadableError: partial(_wrong, 400),
            TooLargeError: partial(_wrong, 413),
            ClientDisconnect: partial(_wrong, 400),  # nobody reads it
            NoRoomError: partial(_wrong, 507),
            BusyError: partial(_wrong, 503),
            StalledError: partial(_wrong, 408),
            InputError: partial(_wrong, 500),  # a recording that cannot be read
            HTTPException: _other,
        },
    )


async def _complete(serving: Serving, request: Request) -> Response:
    announced = request.headers.get("content-length")
    data = await read_body(request.stream(), announced, MOST_BODY_BYTES, serving.bodies)
    asked = read_request(parse(data[:]))
    _require(serving, asked.model)
    answer = _answer(serving, asked, _sample(request.headers.get(SAMPLE_HEADER, "0")))
    if not asked.stream:
        return JSONResponse(completion(answer))
    return StreamingResponse(_events(answer, usage=asked.usage), media_type="text/event-stream")


async def _models(serving: Serving, _: Request) -> Response:
    return JSONResponse({"object": "list", "data": [_card(name) for name in serving.names or (RECORDED,)]})


async def _model(serving: Serving, request: Request) -> Response:
    name = request.path_params["name"]
    _require(serving, name)
    return JSONResponse(_card(name))


def _card(name: str) -> dict[str, object]:
    return {
        "id": name,
        "object": "model",
        "created": 0,
        "owned_by": "synthsmith",
        "token_counts": "words and single punctuation marks",
    }


def _answer(serving: Serving, asked: Asked, first: int) -> Answer:
    replies = _replies(serving.model, asked, first)
    return Answer(
        f"chatcmpl-{prompt_digest(asked.messages)[:24]}-{first}",
        int(time.time()),
        RECORDED,
        count_prompt(asked.messages),
        tuple(choice_of(reply, apart=serving.apart) for reply in replies),
    )


def _replies(model: Recordings, asked: Asked, first: int) -> Sequence[Reply]:
    held = model.held(asked.messages)
    if not held:
        raise RefusedError(
            "No reply is recorded for this prompt: the recordings answer the prompts of the embedded build."
        )
    if first + asked.replies > held:
        raise RefusedError(
            f"{held} replies are recorded for this prompt, and number {first + asked.replies} is asked "
            "for: ask for fewer solutions per task."
        )
    return [model.reply(asked.messages, sample) for sample in range(first, first + asked.replies)]


async def _events(answer: Answer, *, usage: bool) -> AsyncIterator[str]:
    """The stream as server-sent events."""
    for chunk in chunks(answer, usage=usage):
        yield f"data: {json.dumps(chunk)}\n\n"
    yield "data: [DONE]\n\n"


def _sample(header: str) -> int:
    if not (header.isascii() and header.isdigit() and len(header) < 10):
        raise RefusedError(f"The header {SAMPLE_HEADER} must be a whole number, not {header!r}.")
    return int(header)


def _require(serving: Serving, name: str) -> None:
    if serving.names and name not in serving.names:
        known = ", ".join(serving.names)
        raise RefusedError(f"The model {name!r} does not exist; there is {known}.", 404, "model_not_found")


def _refused(_: Request, error: Exception) -> Response:
    assert isinstance(error, RefusedError)
    return _error(error.status, str(error), code=error.code)


def _wrong(status: int, _: Request, error: Exception) -> Response:
    place = error.place if isinstance(error, MalformedError) else ()
    return _error(status, str(error), param=".".join(map(str, place)) or None)


def _other(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return _error(error.status_code, error.detail)


def _error(status: int, message: str, *, param: str | None = None, code: str | None = None) -> Response:
    """An error as OpenAI shapes it."""
    kind = "invalid_request_error" if status < 500 else "server_error"
    told = {"message": message, "type": kind, "param": param, "code": code}
    return JSONResponse({"error": told}, status)
