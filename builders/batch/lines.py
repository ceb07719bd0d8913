"""The lines of a batch's files: requests as they are sent, and what comes back for each."""

import json
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from typing import BinaryIO, cast

from synthsmith.builders import wire
from synthsmith.builders.completions import Again
from synthsmith.builders.model import Request

ROUTE = "/v1/chat/completions"
MEGABYTE = 1_000_000
SHOWN_BYTES = 200


@dataclass(frozen=True, slots=True)
class Line:
    """What became of the request with this key.

    An answer with a `status` and its `body`, or, where it was not asked at all, an error (`status` None).
    `code` and `message` are the server's words where it is an error.
    """

    key: str
    status: int | None
    body: object
    code: str = ""
    message: str = ""


def write(file: BinaryIO, requests: Iterable[tuple[str, Request]], megabytes: float) -> int:
    """How many of the requests, with their keys, were written: as many as fit, one at least."""
    number = size = 0
    for key, request in requests:
        told = {"custom_id": key, "method": "POST", "url": ROUTE, "body": wire.body(request)}
        line = json.dumps(told, separators=(",", ":")).encode() + b"\n"
        size += len(line)
        if number and size > megabytes * MEGABYTE:
            break
        file.write(line)
        number += 1
    file.flush()
    return number


async def lines(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The lines of a file that comes in pieces, without holding more than one; empty ones are left out."""
    pieces: list[bytes] = []
    async for chunk in chunks:
        first, *others = chunk.split(b"\n")
        pieces.append(first)
        for other in others:
            if line := b"".join(pieces).strip():
                yield line
            pieces = [other]
    if line := b"".join(pieces).strip():
        yield line


def read(line: bytes) -> Line:
    """What a line of an output or error file says; Again where it is not of such a file."""
    try:
        told = json.loads(line)
        key = told["custom_id"]
        response, error = told.get("response") or {}, told.get("error") or {}
        status, body = response.get("status_code"), response.get("body")
        if not isinstance(key, str) or not (type(status) is int or error):
            raise TypeError
        if isinstance(body, dict) and isinstance(body.get("error"), dict):
            error = {**body["error"], **error}
        shown = error.get("message") or ("" if error == {} and status == 200 else json.dumps(body))
        return Line(key, status, cast("object", body), str(error.get("code") or ""), str(shown))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise Again(f"a line of what came is not of a batch: {line[:SHOWN_BYTES]!r}") from error
