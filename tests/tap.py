"""A tap on the line to an endpoint: each piece is passed on as it comes, what was asked is noted."""

import json
import os
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
from listening import Quiet, listening
from synthsmith.builders.model import Message, prompt_digest

LONGEST_SECONDS = 600.0  # of silence; a small machine reads a long prompt for minutes
Asked = tuple[str, int]  # digest of the prompt, sample


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request and the status that the endpoint answered it with."""

    asked: Asked
    status: int


class Tap:
    """`url` is what `base_url` takes; `log` holds the exchanges that the endpoint ended."""

    def __init__(self, upstream: str) -> None:
        self.log: list[Exchange] = []
        key = os.environ.get("OPENAI_API_KEY")
        self.client = httpx.Client(
            headers={"Authorization": f"Bearer {key}"} if key else {}, timeout=LONGEST_SECONDS
        )
        self.upstream = upstream.rstrip("/")
        self.http = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self.url = f"http://127.0.0.1:{self.http.server_port}"


@contextmanager
def tapped(upstream: str) -> Iterator[Tap]:
    """A tap before the endpoint with this base URL."""
    tap = Tap(upstream)
    with closing(tap.client), listening(tap.http):
        yield tap


def _handler(tap: Tap) -> type[BaseHTTPRequestHandler]:
    class Handler(Quiet):
        def do_POST(self) -> None:
            body = self.body()
            turns = json.loads(body)["messages"]
            asked = prompt_digest(tuple(Message(**turn) for turn in turns)), int(self.headers["X-Sample"])
            kind = {"Content-Type": self.headers["Content-Type"]}
            with tap.client.stream("POST", tap.upstream + self.path, content=body, headers=kind) as answer:
                self.send_response(answer.status_code)
                self.send_header("Content-Type", answer.headers.get("content-type", ""))
                self.end_headers()  # HTTP/1.0: the answer ends where the connection does
                with suppress(ConnectionError):  # a client that had enough
                    for piece in answer.iter_bytes():
                        self.wfile.write(piece)
            tap.log.append(Exchange(asked, answer.status_code))

    return Handler
