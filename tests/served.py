"""The recorded replies behind a real HTTP server that speaks OpenAI's protocol and notes what it is asked."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from listening import listening
from synthsmith.builders.model import Message, prompt_digest
from synthsmith.builders.recorded_model import FOLDER, read_index, read_reply

Asked = tuple[str, int]  # digest of the prompt, sample


class Served:
    """`asked` is every request in order. `reached` is set when `alarm` requests have been answered.

    While `gate` is not set, nobody gets an answer.
    """

    def __init__(self) -> None:
        self.index = read_index(FOLDER)
        self.asked: list[Asked] = []
        self.answered = 0
        self.alarm: int | None = None
        self.first = threading.Event()
        self.reached = threading.Event()
        self.gate = threading.Event()
        self.gate.set()
        self._lock = threading.Lock()
        self.http = _Server(("127.0.0.1", 0), _handler(self))
        self.url = f"http://127.0.0.1:{self.http.server_port}/v1"

    def alarm_after(self, answers: int) -> threading.Event:
        """The event that so many further answers have been sent."""
        with self._lock:
            self.reached.clear()
            self.alarm = self.answered + answers
        return self.reached

    def take(self, body: bytes, sample: int) -> str:
        """The recorded reply to a request, which is noted."""
        digest = prompt_digest(_messages(body))
        with self._lock:
            self.asked.append((digest, sample))
        self.first.set()
        self.gate.wait()
        return read_reply(FOLDER / self.index[digest][sample]).text

    def sent(self) -> None:
        with self._lock:
            self.answered += 1
            if self.answered == self.alarm:
                self.reached.set()


class Canned(Served):
    """Answers anything with a program that doubles a number, slowly, and is another one for each sample."""

    def take(self, body: bytes, sample: int) -> str:
        with self._lock:
            self.asked.append((prompt_digest(_messages(body)), sample))
        self.gate.wait()
        code = f"import time\ntime.sleep(0.2)\nsample = {sample}\nprint(2 * int(input()))"
        return f"<think>\nEasy.\n</think>\n\n```python\n{code}\n```"


def _messages(body: bytes) -> tuple[Message, ...]:
    return tuple(Message(**turn) for turn in json.loads(body)["messages"])


@contextmanager
def serving(kind: type[Served] = Served) -> Iterator[Served]:
    served = kind()
    with listening(served.http):
        try:
            yield served
        finally:
            served.gate.set()


class _Server(ThreadingHTTPServer):
    def handle_error(self, request: object, client_address: object) -> None:
        """A client that was killed leaves broken connections; they are meant."""


def _handler(served: Served) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            try:
                text = served.take(body, int(self.headers["X-Sample"]))
            except KeyError:  # a second try at what a recorded reply got wrong
                self.answer(400, {"error": {"message": "no reply is recorded for this prompt"}})
                return
            turn = {"role": "assistant", "content": text}
            choices = [{"index": 0, "finish_reason": "stop", "message": turn}]
            answer = {"id": "1", "object": "chat.completion", "model": "recorded", "choices": choices}
            self.answer(200, answer)

        def answer(self, status: int, answer: object) -> None:
            data = json.dumps(answer).encode()
            with suppress(OSError):
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)
                served.sent()

        def log_message(self, format: str, *arguments: object) -> None:
            pass

    return Handler
