"""The stand-in for the Hub behind real HTTP on loopback."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

from hub import Asked, Grant, Hub, RefusalError
from hub_faults import Fault
from hub_routes import Answer, Request, find


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that was killed leaves broken connections; they are meant."""


@contextmanager
def serving(hub: Hub) -> Iterator[str]:
    """The hub's address."""
    server = _Server(("127.0.0.1", 0), type("Handler", (_Handler,), {"hub": hub}))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    hub: Hub
    protocol_version = "HTTP/1.1"
    wbufsize = 1 << 16  # an answer in one piece

    def answer(self) -> None:
        body = self._body()
        fault = self._fault()
        if fault is Fault.DROPPED:
            self._cut(fault)
            return
        try:
            if isinstance(fault, int):
                raise RefusalError(fault, "injected fault")
            answer = self._answer(body)
        except RefusalError as error:
            headers = {"X-Error-Message": " ".join(error.message.split())}
            if error.code:
                headers["X-Error-Code"] = error.code
            answer = Answer.of({"error": error.message}, error.status, headers)
        if fault is Fault.LOST:
            self._cut(fault)
            return
        self._note(answer.status)
        if fault is Fault.SLOW:
            time.sleep(self._seconds)
        with suppress(OSError):
            self._send(answer)

    do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = answer

    def _answer(self, body: bytes) -> Answer:
        parts = urlsplit(self.path)
        request = Request(
            self.command,
            self.headers,
            dict(parse_qsl(parts.query)),
            body,
            self._grant(),
            f"http://{self.headers['Host']}",
        )
        with self.hub.lock:
            return find(self.command, parts.path)(self.hub, request)

    def _grant(self) -> Grant | None:
        told = self.headers.get("Authorization", "")
        token = told.removeprefix("Bearer ").strip()
        if told and token not in self.hub.grants:
            raise RefusalError(401, "Invalid credentials in Authorization header")
        return self.hub.grants.get(token)

    def _fault(self) -> Fault | int | None:
        with self.hub.lock:
            for injected in self.hub.injected:
                if injected.meets(self.command, self.path):
                    self._seconds = injected.seconds
                    return injected.fault
        return None

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))
        parts = []
        while size := int(self.rfile.readline().partition(b";")[0], 16):
            parts.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(parts)

    def _cut(self, fault: Fault) -> None:
        self._note(str(fault))
        self.close_connection = True
        with suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)

    def _note(self, outcome: int | str) -> None:
        with self.hub.lock:
            self.hub.asked.append(Asked(self.command, self.path, outcome))

    def _send(self, answer: Answer) -> None:
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer.body)

    def log_message(self, format: str, *arguments: object) -> None:
        """Say nothing."""
