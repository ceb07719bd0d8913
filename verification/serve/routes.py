"""The routes of both protocols: each request becomes work for the engine."""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp
from synthsmith.verification.serve.batches import Batch, Buffer, cut
from synthsmith.verification.serve.bodies import TooLargeError
from synthsmith.verification.serve.code_judge import Submission, judge, read_submission, refused, sub_id_of
from synthsmith.verification.serve.code_judge import answer as code_judge_answer
from synthsmith.verification.serve.delivery import Gate
from synthsmith.verification.serve.engine import Refusal, Work
from synthsmith.verification.serve.fields import parse
from synthsmith.verification.serve.sandbox_fusion import RunCode, failed, read_run_code
from synthsmith.verification.serve.sandbox_fusion import run_code as run
from synthsmith.verification.serve.service import (
    GONE,
    SHORT_BODY_BYTES,
    Service,
    json_answer,
    read,
    single,
    streamed,
)
from synthsmith.verification.types import Limits

RETRY_SECONDS = "1"


@dataclass(frozen=True, slots=True)
class _Batch:
    sub_id: str
    count: int
    submission: Callable[[int], Submission]


async def one(service: Service, request: Request) -> Response:
    """`/judge` and `/run`: the answer to one submission."""
    reader = partial(_one, service.settings.limits)
    submission = await read(service, request, SHORT_BODY_BYTES, reader)
    work = _judging(service, request.scope["path"], 1, lambda _: submission)
    body = await single(service, request, work, service.settings.queue_seconds)
    return Response(status_code=GONE) if body is None else json_answer(body)


async def batch(service: Service, request: Request) -> ASGIApp:
    """`/judge/batch` and `/run/batch`: refused where there could never be room for it."""
    most = service.submissions.most
    found = await read(service, request, SHORT_BODY_BYTES, partial(_batch, service.settings.limits))
    if found.count > most:
        longer = request.scope["path"].replace("/batch", "/long-batch")
        raise TooLargeError(
            f"{found.count} submissions are more than the {most} admitted at once; send them to {longer}"
        )
    room = (service.submissions, found.count)
    return _answers(service, request, found, room, service.settings.queue_seconds)


async def long_batch(service: Service, request: Request) -> ASGIApp:
    """`/judge/long-batch` and `/run/long-batch`."""
    settings = service.settings
    found = await read(service, request, settings.most_body_bytes, partial(_batch, settings.limits))
    return _answers(service, request, found, (service.long_batches, 1), settings.long_seconds)


async def run_code(service: Service, request: Request) -> Response:
    """SandboxFusion's route; 504 where no worker was free in time, for only then verl asks again."""
    limits = service.settings.limits
    asked = await read(service, request, SHORT_BODY_BYTES, lambda data: read_run_code(parse(data[:]), limits))
    seconds = min(service.settings.queue_seconds, asked.queue_seconds)
    body = await single(service, request, _running(service, asked), seconds)
    if body is None:
        return Response(status_code=GONE)
    busy = {"detail": "no worker was free in time; ask again"}
    return json_answer(body) if body else json_answer(busy, 504, retry_after=RETRY_SECONDS)


def _one(limits: Limits, data: Buffer) -> Submission:
    return read_submission(parse(data[:]), limits)


def _batch(limits: Limits, data: Buffer) -> _Batch:
    """The batch in a body, all of whose submissions are found to be such. Those of a long one are not kept:
    each is read again when its turn comes."""
    found = cut(data)
    part = partial(_part, limits, found)
    if isinstance(data, bytes):
        return _Batch(sub_id_of(found.around), len(found), tuple(map(part, range(len(found)))).__getitem__)
    for index in range(len(found)):
        part(index)
    return _Batch(sub_id_of(found.around), len(found), part)


def _part(limits: Limits, batch: Batch, index: int) -> Submission:
    return read_submission(batch.submission(index), limits, ("submissions", index))


def _answers(
    service: Service, request: Request, batch: _Batch, room: tuple[Gate, int], seconds: float
) -> ASGIApp:
    work = _judging(service, request.scope["path"], batch.count, batch.submission)
    start = json.dumps({"sub_id": batch.sub_id, "results": []}).encode()
    return streamed(service, work, room, seconds, (start[:-2], start[-2:]))


def _judging(service: Service, route: str, count: int, submission: Callable[[int], Submission]) -> Work:
    with_output = route.startswith("/run")

    def make(index: int, unless: Callable[[], bool]) -> bytes:
        begun = time.monotonic()
        result = judge(submission(index), service.sandbox, unless)
        service.metrics.count(route, result.outcome, time.monotonic() - begun)
        return code_judge_answer(result, with_output=with_output)

    def refuse(index: int, why: Refusal) -> bytes:
        service.metrics.count(route, why)
        return code_judge_answer(refused(submission(index).sub_id, why), with_output=with_output)

    return Work(count, make, refuse)


def _running(service: Service, asked: RunCode) -> Work:
    def make(_: int, unless: Callable[[], bool]) -> bytes:
        begun = time.monotonic()
        found = run(asked, service.sandbox, unless)
        service.metrics.count("/run_code", found.outcome, time.monotonic() - begun)
        return found.body

    def refuse(_: int, why: Refusal) -> bytes:
        service.metrics.count("/run_code", why)
        return b"" if why is Refusal.QUEUE_TIMEOUT else failed("the judge failed; see its log", why).body

    return Work(1, make, refuse)
