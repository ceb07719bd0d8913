"""Small HTTP servers for tests, each in a thread of the test's own process."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Quiet(BaseHTTPRequestHandler):
    """A handler that writes nothing on stderr, and sends what it answers whole."""

    def body(self) -> bytes:
        """What was sent."""
        return self.rfile.read(int(self.headers["Content-Length"]))

    def answer(self, status: int, data: bytes, **headers: str) -> None:
        """Send it; names of headers have `_` for `-`."""
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *arguments: object) -> None:
        pass


@contextmanager
def listening(server: ThreadingHTTPServer | type[BaseHTTPRequestHandler]) -> Iterator[str]:
    """The address of a server, or of one with this handler, while it answers."""
    if not isinstance(server, ThreadingHTTPServer):
        server = ThreadingHTTPServer(("127.0.0.1", 0), server)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
