"""As much of the Hub as reading one data set asks for, over real HTTP, from files in memory."""

import hashlib
import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote, urlsplit

ID = "org/pairs"


class Hub:
    """`commits` are the files of every commit, the last of them being `main`; `asked` is every request."""

    def __init__(self, files: Mapping[str, bytes]) -> None:
        self.commits: dict[str, Mapping[str, bytes]] = {}
        self.asked: list[str] = []
        self.push(files)

    def push(self, files: Mapping[str, bytes]) -> str:
        """The commit that these files now are."""
        commit = hashlib.sha1(repr((len(self.commits), sorted(files.items()))).encode()).hexdigest()
        self.commits[commit] = files
        return commit

    @property
    def head(self) -> str:
        return list(self.commits)[-1]


@contextmanager
def hub(files: Mapping[str, bytes]) -> Iterator[tuple[Hub, str]]:
    """A hub with one data set, and its address."""
    made = Hub(files)
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(made))
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield made, f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _entry(path: str, data: bytes) -> dict[str, object]:
    return {"type": "file", "path": path, "size": len(data), "oid": hashlib.sha1(data).hexdigest()}


def _listing(files: Mapping[str, bytes], folder: str) -> list[dict[str, object]]:
    """What lies in a folder, but not what lies in folders of it."""
    inside = f"{folder}/" if folder else ""
    names = {name: name.removeprefix(inside).split("/") for name in files if name.startswith(inside)}
    folders = sorted({parts[0] for parts in names.values() if len(parts) > 1})
    found: list[dict[str, object]] = [
        {"type": "directory", "path": inside + name, "oid": "0" * 40, "size": 0} for name in folders
    ]
    return found + [_entry(name, files[name]) for name, parts in names.items() if len(parts) == 1]


def _handler(made: Hub) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            path = unquote(urlsplit(self.path).path)
            made.asked.append(f"{self.command} {path}")
            if path.startswith(f"/api/datasets/{ID}"):
                self._api(path.removeprefix(f"/api/datasets/{ID}").strip("/").split("/"))
            elif path.startswith(f"/datasets/{ID}/resolve/"):
                revision, _, name = path.removeprefix(f"/datasets/{ID}/resolve/").partition("/")
                self._file(revision, name)
            else:
                self._say(404, {"error": "Repository not found"}, **{"X-Error-Code": "RepoNotFound"})

        do_HEAD = do_GET

        def do_POST(self) -> None:
            path = unquote(urlsplit(self.path).path)
            made.asked.append(f"POST {path}")
            body = self.rfile.read(int(self.headers["Content-Length"]))
            files = self._files(path.rpartition("/")[2])
            wanted = _wanted(body)
            self._say(200, [_entry(name, data) for name, data in (files or {}).items() if name in wanted])

        def _api(self, parts: list[str]) -> None:
            what, revision = parts[0], parts[1] if len(parts) > 1 else "main"
            files = self._files(revision)
            if files is None:
                self._say(404, {"error": "Revision not found"}, **{"X-Error-Code": "RevisionNotFound"})
            elif what == "tree":
                self._say(200, _listing(files, "/".join(parts[2:])))
            else:
                sha = made.head if revision == "main" else revision
                siblings = [{"rfilename": name} for name in files]
                self._say(200, {"id": ID, "sha": sha, "siblings": siblings, "tags": [], "private": False})

        def _files(self, revision: str) -> Mapping[str, bytes] | None:
            return made.commits.get(made.head if revision == "main" else revision)

        def _file(self, revision: str, name: str) -> None:
            files = self._files(revision)
            if files is None or name not in files:
                self._say(404, {"error": "Entry not found"}, **{"X-Error-Code": "EntryNotFound"})
                return
            data = files[name]
            headers = {"ETag": f'"{hashlib.sha1(data).hexdigest()}"', "X-Repo-Commit": revision}
            whole = len(data)
            ranged = self.headers.get("Range", "").removeprefix("bytes=")
            if ranged:
                start, _, end = ranged.partition("-")
                stop = min(int(end or whole - 1), whole - 1)
                data = data[int(start) : stop + 1]
                headers["Content-Range"] = f"bytes {start}-{stop}/{whole}"
            self._bytes(206 if ranged else 200, data, headers)

        def _say(self, status: int, value: object, **headers: str) -> None:
            self._bytes(status, json.dumps(value).encode(), {"Content-Type": "application/json", **headers})

        def _bytes(self, status: int, data: bytes, headers: Mapping[str, str]) -> None:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(data)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    return Handler


def _wanted(body: bytes) -> list[str]:
    """The paths that are asked for, as JSON or as a form."""
    try:
        return list(json.loads(body)["paths"])
    except ValueError:
        fields = (field.partition("=") for field in body.decode().split("&"))
        return [unquote(value.replace("+", " ")) for name, _, value in fields if name == "paths"]
