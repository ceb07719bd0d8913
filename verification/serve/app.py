"""The ASGI application: which route leads where, who may use it, what becomes of requests that are wrong."""

import asyncio
import base64
import binascii
import contextlib
import hmac
import time
from collections.abc import Callable
from functools import partial

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send
from synthsmith.verification.serve import routes
from synthsmith.verification.serve.bodies import BusyError, NoRoomError, StalledError, TooLargeError
from synthsmith.verification.serve.delivery import deliver
from synthsmith.verification.serve.engine import Work
from synthsmith.verification.serve.fields import MalformedError, UnreadableError
from synthsmith.verification.serve.service import GONE, Service, json_answer
from synthsmith.verification.types import Program

OPEN_TO_ALL = ("/healthz", "/ping")
RIGHT_SECONDS = 30.0  # for so long a program that ran vouches for the sandbox
PROBE_SECONDS = 3.0
PROBE = Program("print(2 * int(input()))")


def application(service: Service) -> Starlette:
    """The application over a running service."""
    posts = {
        "/judge": routes.one,
        "/run": routes.one,
        "/judge/batch": routes.batch,
        "/run/batch": routes.batch,
        "/judge/long-batch": routes.long_batch,
        "/run/long-batch": routes.long_batch,
        "/run_code": routes.run_code,
    }
    gets = {"/ping": _ping, "/status": _status, "/healthz": _health, "/metrics": _metrics}
    token = service.settings.token
    return Starlette(
        routes=[
            *(Route(path, partial(found, service), methods=["POST"]) for path, found in posts.items()),
            *(Route(path, partial(found, service), methods=["GET"]) for path, found in gets.items()),
        ],
        middleware=[] if token is None else [Middleware(RequireToken, token=token)],
        exception_handlers={
            MalformedError: _malformed,
            UnreadableError: _unreadable,
            TooLargeError: _too_large,
            NoRoomError: _no_room,
            BusyError: _busy,
            StalledError: _stalled,
            ClientDisconnect: _gone,
            HTTPException: _other,
        },
    )


class RequireToken:
    """Lets through who shows the token: as a bearer, or, for clients that know nothing but a URL, as the
    password in it (http://judge:TOKEN@HOST:PORT/...)."""

    def __init__(self, app: ASGIApp, token: str) -> None:
        self.app, self.token = app, token.encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"] not in OPEN_TO_ALL and not self._shown(scope):
            sentence = "this judge wants its token: as `Authorization: Bearer`, or as the password in the URL"
            refusal = json_answer({"detail": sentence}, 401, www_authenticate="Bearer")
            await refusal(scope, receive, send)
            return
        await self.app(scope, receive, send)

    def _shown(self, scope: Scope) -> bool:
        header = dict(scope["headers"]).get(b"authorization", b"")
        kind, _, value = header.partition(b" ")
        given = value.strip()
        if kind.lower() == b"basic":
            given = _password(given)
        return hmac.compare_digest(given, self.token) and kind.lower() in (b"bearer", b"basic")


def _password(given: bytes) -> bytes:
    try:
        return base64.b64decode(given, validate=True).partition(b":")[2]
    except binascii.Error:
        return b""


async def _ping(_: Service, __: Request) -> Response:
    return json_answer("pong")


async def _status(service: Service, _: Request) -> Response:
    return json_answer({"queue": service.engine.waiting, "num_workers": service.engine.workers})


async def _metrics(service: Service, _: Request) -> Response:
    return Response(service.metrics.text(), media_type="text/plain; version=0.0.4")


async def _health(service: Service, request: Request) -> Response:
    """200 where the sandbox has run a program within RIGHT_SECONDS or runs one right now; else 503."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(PROBE_SECONDS), service.probing:  # who comes meanwhile learns from it
            if not _healthy(service):
                lane = service.engine.open(Work(1, partial(_probe, service), lambda _, why: why.encode()))
                await deliver(service.engine, lane, PROBE_SECONDS, request.receive, _ignore)
    if _healthy(service):
        return json_answer({"detail": "ok"})
    return json_answer({"detail": "no program has been run for some time; see the server's log"}, 503)


def _healthy(service: Service) -> bool:
    return time.monotonic() - service.metrics.last_run <= RIGHT_SECONDS


def _probe(service: Service, _: int, __: Callable[[], bool]) -> bytes:
    begun = time.monotonic()
    outcome = service.sandbox.run(PROBE, b"21\n", service.settings.limits)
    right = outcome.stdout == b"42\n"
    service.metrics.count("/healthz", "right" if right else "internal", time.monotonic() - begun)
    return outcome.stdout


async def _ignore(_: list[bytes]) -> None:
    """The metrics know."""


def _malformed(_: Request, error: Exception) -> Response:
    place = error.place if isinstance(error, MalformedError) else ()
    detail = {"loc": ["body", *place], "msg": str(error), "type": "value_error"}
    return json_answer({"detail": [detail]}, 422)


def _unreadable(_: Request, error: Exception) -> Response:
    return json_answer({"detail": str(error)}, 400)


def _too_large(_: Request, error: Exception) -> Response:
    return json_answer({"detail": f"{error}."}, 413)


def _no_room(_: Request, error: Exception) -> Response:
    return json_answer({"detail": f"{error}."}, 507)


def _busy(request: Request, error: Exception) -> Response:
    """What makes a client ask again: verl's does so at 504 alone."""
    status = 504 if request.scope["path"] == "/run_code" else 503
    return json_answer({"detail": f"{error}."}, status, retry_after=routes.RETRY_SECONDS)


def _stalled(_: Request, error: Exception) -> Response:
    return json_answer({"detail": f"{error}."}, 408)


def _gone(_: Request, __: Exception) -> Response:
    return Response(status_code=GONE)


def _other(_: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        raise error
    return json_answer({"detail": error.detail}, error.status_code)
