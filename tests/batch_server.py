"""A stand-in for a batch API: files, batches, their list and contents over real HTTP, by a script.

It forgets nothing when a client is killed. Nothing depends on time: a batch is checked at the first look at
it and has ended at the second, unless it is held.
"""

import json
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from listening import listening

Json = dict[str, object]
CUT = -1  # as a status: the connection is closed without an answer, or in the middle of it


def completion(text: str = "hi", finish: str = "stop") -> Json:
    """The body of an answer."""
    choice = {"index": 0, "finish_reason": finish, "message": {"role": "assistant", "content": text}}
    usage = {"prompt_tokens": 11, "completion_tokens": 22}
    return {"object": "chat.completion", "model": "served", "choices": [choice], "usage": usage}


def refused(status: int, message: str, code: str | None = None) -> tuple[int, Json]:
    """The fate of a request that the server turns down."""
    return status, {"error": {"message": message, "code": code}}


UNREACHED = "unreached"  # the fate of a request that a batch had no time for
NOWHERE = "nowhere"  # the fate of one that no file has
Fate = Json | tuple[int, Json] | str


def answered(batch: int, line: Json) -> Fate:
    """Each request is answered with its own key, so that no two replies are alike."""
    return completion(str(line["custom_id"]))


@dataclass
class Batch:
    number: int
    file: str
    metadata: Json
    lines: list[Json]
    status: str = "validating"
    errors: list[Json] = field(default_factory=list)

    @property
    def keys(self) -> list[str]:
        return [str(line["custom_id"]) for line in self.lines]


@dataclass
class Script:
    """What the server does. `fate` of a request, by the number of its batch (from 1) and its line.

    `ends` says how batches end that do not end well, `wrong` what is wrong with those that are not taken. At
    most `room` requests may be enqueued. `trouble` is asked before every call, by method and path, and gives
    the status of a failure. The batch `held` does not end; `unanswered` is made, but its maker is never told.
    So many looks at complete batches show no files yet: `late`.
    """

    fate: Callable[[int, Json], Fate] = answered
    ends: dict[int, str] = field(default_factory=dict)
    wrong: dict[int, list[Json]] = field(default_factory=dict)
    room: int = 10**9
    trouble: Callable[[str, str], int | None] = lambda method, path: None
    held: int = 0
    late: int = 0
    unanswered: int = 0


class Server:
    """`batches` is all that were made, in order."""

    def __init__(self, script: Script) -> None:
        self.script = script
        self.files: dict[str, bytes] = {}
        self.batches: list[Batch] = []
        self.calls: Counter[str] = Counter()
        self.made, self.waited = threading.Event(), threading.Event()  # of the batches unanswered, held
        self._lock = threading.Lock()
        self.http = _Http(("127.0.0.1", 0), _handler(self))
        self.url = f"http://127.0.0.1:{self.http.server_port}/v1"

    @property
    def submitted(self) -> Counter[str]:
        """How often each key was in a batch that was not turned down."""
        taken = (batch for batch in self.batches if batch.status != "failed")
        return Counter(key for batch in taken for key in batch.keys)

    def upload(self, body: bytes, kind: str) -> Json:
        boundary = b"--" + kind.partition("boundary=")[2].encode()
        parts = [part.partition(b"\r\n\r\n") for part in body.split(boundary) if b"\r\n\r\n" in part]
        named = {b"file" if b'name="file"' in head else head: content[:-2] for head, _, content in parts}
        assert any(content == b"batch" for content in named.values())
        with self._lock:
            return self._file(named[b"file"])

    def create(self, body: Json) -> Json:
        assert (body["endpoint"], body["completion_window"]) == ("/v1/chat/completions", "24h")
        file = str(body["input_file_id"])
        lines = [json.loads(line) for line in self.files[file].splitlines()]
        with self._lock:
            metadata = body.get("metadata") or {}
            assert isinstance(metadata, dict)
            self.batches.append(Batch(len(self.batches) + 1, file, metadata, lines))
            assert len({line["body"]["model"] for line in lines}) == 1
            return self._shown(self.batches[-1])

    def look(self, number: int) -> Json:
        batch = self.batches[number - 1]
        with self._lock:
            if batch.status == "validating":
                self._check(batch)
            elif number == self.script.held:
                self.waited.set()
            elif batch.status == "in_progress":
                batch.status = self.script.ends.get(number, "completed")
            return self._shown(batch)

    def page(self, after: str) -> Json:
        newest = [self._shown(batch) for batch in reversed(self.batches)]
        ids = [batch["id"] for batch in newest]
        start = ids.index(after) + 1 if after else 0
        return {"object": "list", "data": newest[start : start + 2], "has_more": start + 2 < len(newest)}

    def _check(self, batch: Batch) -> None:
        enqueued = sum(len(other.lines) for other in self.batches if other.status == "in_progress")
        batch.errors = self.script.wrong.get(batch.number, [])
        if len(set(batch.keys)) < len(batch.keys):
            batch.errors = [{"code": "duplicate_custom_id", "message": "a custom_id is there twice"}]
        elif enqueued + len(batch.lines) > self.script.room:
            batch.errors = [{"code": "token_limit_exceeded", "message": "Enqueued token limit reached"}]
        batch.status = "failed" if batch.errors else "in_progress"

    def _file(self, content: bytes) -> Json:
        name = f"file-{len(self.files) + 1}"
        self.files[name] = content
        return {"id": name, "object": "file", "purpose": "batch", "bytes": len(content)}

    def _shown(self, batch: Batch) -> Json:
        shown: Json = {
            "id": f"batch-{batch.number}",
            "object": "batch",
            "endpoint": "/v1/chat/completions",
            "completion_window": "24h",
            "created_at": 0,
            "input_file_id": batch.file,
            "metadata": batch.metadata,
            "status": batch.status,
            "errors": {"object": "list", "data": batch.errors} if batch.errors else None,
            "request_counts": {"total": len(batch.lines), "completed": len(batch.lines), "failed": 0},
        }
        if batch.status == "completed" and self.script.late:
            self.script.late -= 1
            return shown
        return {
            **shown,
            **(self._results(batch) if batch.status in ("completed", "expired", "cancelled") else {}),
        }

    def _results(self, batch: Batch) -> Json:
        names = {"output_file_id": f"output-{batch.number}", "error_file_id": f"error-{batch.number}"}
        if names["output_file_id"] not in self.files:
            output, errors = [], []
            for line in batch.lines:
                told = _told(line, self.script.fate(batch.number, line))
                if told is not None:
                    (
                        output if told["response"] and told["response"]["status_code"] == 200 else errors
                    ).append(told)
            for name, lines in zip(names.values(), (output, errors), strict=True):
                # the server's order is its own
                self.files[name] = b"".join(json.dumps(line).encode() + b"\n" for line in reversed(lines))
        return {key: name for key, name in names.items() if self.files[name]}


def _told(line: Json, fate: Fate) -> dict[str, dict[str, object] | None] | None:
    """The line of an output or error file; None where the request has none."""
    if fate == NOWHERE:
        return None
    told = {"id": "x", "custom_id": line["custom_id"], "response": None, "error": None}
    if fate == UNREACHED:
        return {**told, "error": {"code": "batch_expired", "message": "there was no time for it"}}
    status, body = fate if isinstance(fate, tuple) else (200, fate)
    return {**told, "response": {"status_code": status, "request_id": "r", "body": body}}


@contextmanager
def serving(script: Script | None = None) -> Iterator[Server]:
    server = Server(script or Script())
    with listening(server.http):
        yield server


class _Http(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that was killed leaves broken connections; they are meant."""


def _handler(server: Server) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1
        disable_nagle_algorithm = True

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if self._troubled("POST"):
                return
            if self.path == "/v1/files":
                self._answer(server.upload(body, self.headers["Content-Type"]))
                return
            made = server.create(json.loads(body))
            if len(server.batches) != server.script.unanswered:
                self._answer(made)
                return
            server.made.set()
            self.close_connection = True
            self.rfile.read(1)  # until the client is gone

        def do_GET(self) -> None:
            if self._troubled("GET"):
                return
            path, _, query = self.path.removeprefix("/v1/").partition("?")
            kind, *rest = path.split("/")
            if kind == "files":
                self._send(200, server.files[rest[0]], "application/jsonl")
            elif rest:
                self._answer(server.look(int(rest[0].removeprefix("batch-"))))
            else:
                values = dict(part.split("=") for part in query.split("&"))
                self._answer(server.page(values.get("after", "")))

        def _troubled(self, method: str) -> bool:
            server.calls[f"{method} {self.path.partition('?')[0]}"] += 1
            status = server.script.trouble(method, self.path)
            if status == CUT and self.path.endswith("/content"):
                content = server.files[self.path.split("/")[-2]]
                self._send(200, content[: len(content) // 2], "application/jsonl", len(content))
            elif status is not None and status != CUT:
                message = {"message": "there is trouble", "code": None}
                self._send(status, json.dumps({"error": message}).encode(), "application/json")
            self.close_connection |= status == CUT
            return status is not None

        def _answer(self, value: Json) -> None:
            self._send(200, json.dumps(value).encode(), "application/json")

        def _send(self, status: int, data: bytes, kind: str, length: int | None = None) -> None:
            with suppress(OSError):
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(data) if length is None else length))
                self.end_headers()
                self.wfile.write(data)

        def log_message(self, format: str, *arguments: object) -> None:
            pass

    return Handler
