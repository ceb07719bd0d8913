"""What the routes share: settings, the parts of a running server, the way from a request to its answer."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send
from synthsmith.verification.sandbox import Sandbox
from synthsmith.verification.serve.batches import Buffer
from synthsmith.verification.serve.bodies import Room, read_body
from synthsmith.verification.serve.delivery import Gate, deliver
from synthsmith.verification.serve.engine import Engine, Work
from synthsmith.verification.serve.metrics import CANCELLED, Metrics
from synthsmith.verification.types import Limits

SHORT_BODY_BYTES = 256 << 20  # of all requests but long batches
PARSED_AT_ONCE = 1 << 18  # a longer body is parsed beside the event loop
GONE = 499  # nobody is there to read it
_Value = TypeVar("_Value")


@dataclass(frozen=True, slots=True)
class Settings:
    """What the server allows; the limits are those of submissions that ask for no others."""

    limits: Limits
    token: str | None = None
    most_queued: int = 1024
    most_long_batches: int = 64
    queue_seconds: float = 60.0
    long_seconds: float = 3600.0
    most_body_bytes: int = 2048 << 20
    most_bodies_bytes: int = 4096 << 20
    grace_seconds: int = 30


@dataclass(frozen=True, slots=True)
class Service:
    """The parts of a running server. `submissions` bounds what the short routes have admitted, `bodies` what
    is being read of all requests.
    """

    settings: Settings
    sandbox: Sandbox
    engine: Engine
    metrics: Metrics
    submissions: Gate
    long_batches: Gate
    bodies: Room
    probing: asyncio.Lock = field(default_factory=asyncio.Lock)


async def read(
    service: Service, request: Request, most_bytes: int, reader: Callable[[Buffer], _Value]
) -> _Value:
    """What the reader makes of the request's body."""
    announced = request.headers.get("content-length")
    data = await read_body(request.stream(), announced, most_bytes, service.bodies)
    return reader(data) if len(data) <= PARSED_AT_ONCE else await asyncio.to_thread(reader, data)


async def single(service: Service, request: Request, work: Work, seconds: float) -> bytes | None:
    """The one result of the work; None where the client is gone."""
    found: list[bytes] = []

    async def keep(results: list[bytes]) -> None:
        found.extend(results)

    with service.submissions.admitted(service.engine, work, 1) as lane:
        lost = await deliver(service.engine, lane, seconds, request.receive, keep)
    if lost is None:
        return found[0]
    service.metrics.count(request.scope["path"], CANCELLED, times=lost)
    return None


def streamed(
    service: Service, work: Work, room: tuple[Gate, int], seconds: float, frame: tuple[bytes, bytes]
) -> ASGIApp:
    """The answer that sends the results as they come, with commas between, in the frame."""

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        between = frame[0]

        async def write(results: list[bytes]) -> None:
            nonlocal between
            await send(
                {"type": "http.response.body", "body": between + b", ".join(results), "more_body": True}
            )
            between = b", "

        gate, size = room
        with gate.admitted(service.engine, work, size) as lane:
            headers = [(b"content-type", b"application/json")]
            await send({"type": "http.response.start", "status": 200, "headers": headers})
            lost = await deliver(service.engine, lane, seconds, receive, write)
        if lost is None:
            await send({"type": "http.response.body", "body": frame[1]})
        else:
            service.metrics.count(scope["path"], CANCELLED, times=lost)

    return answer


def json_answer(body: bytes | object, status: int = 200, **headers: str) -> Response:
    """The response with this JSON, or with this value as JSON."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Response(content, status, named, media_type="application/json")
