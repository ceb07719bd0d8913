"""What the stand-in for the Hub answers: one function a route, found by method and path."""

import base64
import hashlib
import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, unquote

import yaml
from hub import Blob, Commit, Grant, Hub, RefusalError

JSON = {"Content-Type": "application/json", "X-Request-Id": "stand-in"}
FRONT = re.compile(rb"---\r?\n(.*?)\r?\n---", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Request:
    """A request whose sender is known; `base` is the server's own address."""

    method: str
    headers: Mapping[str, str]
    query: Mapping[str, str]
    body: bytes
    grant: Grant | None
    base: str

    @property
    def json(self) -> Any:
        return json.loads(self.body or b"{}")

    def user(self) -> str:
        if self.grant is None:
            raise RefusalError(401, "Invalid username or password.")
        return self.grant.user


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, value: object, status: int = 200, headers: Mapping[str, str] | None = None) -> "Answer":
        return cls(status, json.dumps(value).encode(), {**JSON, **(headers or {})})


Route = Callable[..., Answer]
_ROUTES: list[tuple[str, re.Pattern[str], Route]] = []
API = r"/api/(?P<kind>model|dataset|space)s/(?P<id>[^/]+/[^/]+)"
FILES = r"/(?:(?P<kind>dataset|space)s/)?(?P<id>[^/]+/[^/]+)"


def route(methods: str, pattern: str) -> Callable[[Route], Route]:
    def note(function: Route) -> Route:
        _ROUTES.extend((method, re.compile(pattern), function) for method in methods.split("|"))
        return function

    return note


def find(method: str, path: str) -> Callable[[Hub, Request], Answer]:
    """What answers this method and path, which is still quoted, for a revision may hold a slash."""
    for known, pattern, function in _ROUTES:
        match = pattern.fullmatch(path) if known == method else None
        if match:
            groups = match.groupdict()
            if "kind" in groups:
                groups["kind"] = groups["kind"] or "model"
            told = {name: None if value is None else unquote(value) for name, value in groups.items()}
            return lambda hub, request: function(hub, request, **told)
    raise RefusalError(404, f"no route {method} {path}")


@route("GET", "/api/whoami-v2")
def whoami(hub: Hub, request: Request) -> Answer:
    role = "write" if request.grant and request.grant.writes else "read"
    token = {"type": "access_token", "accessToken": {"role": role, "displayName": "t"}}
    return Answer.of({"type": "user", "name": request.user(), "auth": token, "orgs": []})


@route("POST", "/oauth/token")
def exchange(hub: Hub, request: Request) -> Answer:
    """A token for the one repository that the CI's identity is trusted with (RFC 8693)."""
    identity, resource = request.json["subject_token"], request.json["resource"]
    if request.json["grant_type"] != "urn:ietf:params:oauth:grant-type:token-exchange":
        raise RefusalError(400, "unsupported_grant_type")
    if hub.trusted.get(identity) != resource:
        raise RefusalError(400, "invalid_grant: no trusted publisher matches this identity")
    token = "hf_jwt_" + hashlib.sha256(f"{identity} {resource}".encode()).hexdigest()[:16]
    owner = resource.removeprefix("datasets/").removeprefix("spaces/").partition("/")[0]
    hub.grants[token] = Grant(owner, resource=resource)
    return Answer.of({"access_token": token, "token_type": "bearer", "expires_in": 3600})


@route("POST", "/api/validate-yaml")
def validate(hub: Hub, request: Request) -> Answer:
    try:
        _front(request.json["content"].encode())
    except yaml.YAMLError as error:
        raise RefusalError(400, f"Invalid metadata in README.md: {str(error)[:100]}") from None
    return Answer.of({"errors": [], "warnings": []})


@route("POST", "/api/repos/create")
def create(hub: Hub, request: Request) -> Answer:
    told, user = request.json, request.user()
    owner, kind = told.get("organization") or user, told.get("type", "model")
    id = f"{owner}/{told['name']}"
    url = f"{request.base}/{'' if kind == 'model' else kind + 's/'}{id}"
    if owner != user or not request.grant or not request.grant.writes or request.grant.resource:
        raise RefusalError(403, f"You don't have the rights to create a {kind} under the namespace {owner!r}")
    if (kind, id) in hub.repositories:
        raised = {"X-Error-Message": "You already created this repo"}
        return Answer.of({"error": "You already created this repo", "url": url}, 409, raised)
    if kind == "space" and told.get("sdk") not in ("gradio", "static", "docker"):
        raise RefusalError(400, "sdk must be one of gradio, static, docker")
    hub.create(kind, id, user, private=told.get("visibility") == "private")
    return Answer.of({"url": url, "name": id, "id": id})


@route("GET", API + "/refs")
def refs(hub: Hub, request: Request, kind: str, id: str) -> Answer:
    found = hub.open(kind, id, request.grant)

    def told(where: str, names: Mapping[str, str]) -> list[dict[str, str]]:
        return [
            {"name": name, "ref": f"refs/{where}/{name}", "targetCommit": sha} for name, sha in names.items()
        ]

    branches, tags = told("heads", found.branches), told("tags", found.tags)
    return Answer.of({"branches": branches, "tags": tags, "converts": []})


@route("POST|DELETE", API + "/tag/(?P<revision>[^/]+)")
def tag(hub: Hub, request: Request, kind: str, id: str, revision: str) -> Answer:
    found = hub.open(kind, id, request.grant, write=True)
    if request.method == "DELETE":
        if found.tags.pop(revision, None) is None:
            raise RefusalError(404, "tag not found", "RevisionNotFound")
        return Answer.of({})
    name = request.json["tag"]
    if name in found.tags:
        raise RefusalError(409, "Tag reference exists already.")
    found.tags[name] = found.resolve(revision).sha
    return Answer.of({})


@route("GET", API + "/commits/(?P<revision>[^/]+)")
def commits(hub: Hub, request: Request, kind: str, id: str, revision: str) -> Answer:
    found, told = hub.open(kind, id, request.grant), []
    commit: Commit | None = found.resolve(revision)
    while commit:
        one = {"id": commit.sha, "title": commit.title, "message": "", "date": "2026-01-01T00:00:00.000Z"}
        told.append({**one, "authors": [{"user": commit.author}]})
        commit = found.commits[commit.parent] if commit.parent else None
    return Answer.of(told)


@route("GET", API + "/tree/(?P<revision>[^/]+)(?:/(?P<under>.*))?")
def tree(hub: Hub, request: Request, kind: str, id: str, revision: str, under: str | None) -> Answer:
    files = hub.open(kind, id, request.grant).resolve(revision).tree
    base = f"{under.strip('/')}/" if under else ""
    recursive = request.query.get("recursive", "").lower() == "true"
    inside = {path.removeprefix(base): blob for path, blob in sorted(files.items()) if path.startswith(base)}
    if base and not inside:
        raise RefusalError(404, f"{under} does not exist on {revision!r}", "EntryNotFound")
    folders = sorted({folder for path in inside for folder in _folders(path, recursive)})
    told = [{"type": "directory", "path": base + name, "oid": "0" * 40, "size": 0} for name in folders]
    shown = {path: blob for path, blob in inside.items() if recursive or "/" not in path}
    return Answer.of(told + [_entry(base + path, blob) for path, blob in shown.items()])


@route("POST", API + "/paths-info/(?P<revision>[^/]+)")
def paths_info(hub: Hub, request: Request, kind: str, id: str, revision: str) -> Answer:
    files = hub.open(kind, id, request.grant).resolve(revision).tree
    is_json = request.headers.get("Content-Type", "").startswith("application/json")
    wanted = request.json["paths"] if is_json else parse_qs(request.body.decode()).get("paths", [])
    return Answer.of([_entry(path, files[path]) for path in wanted if path in files])


@route("POST", API + "/preupload/(?P<revision>[^/]+)")
def preupload(hub: Hub, request: Request, kind: str, id: str, revision: str) -> Answer:
    files = hub.open(kind, id, request.grant, write=True).resolve(revision).tree
    told = []
    for each in request.json["files"]:
        mode = "lfs" if hub.is_large(each["path"], each["size"]) else "regular"
        there = files.get(each["path"])
        oid = (there.sha256 if there.large else there.oid) if there else None
        told.append({"path": each["path"], "uploadMode": mode, "shouldIgnore": False, "oid": oid})
    return Answer.of({"files": told})


@route("POST", FILES + r"\.git/info/lfs/objects/batch")
def lfs_batch(hub: Hub, request: Request, kind: str, id: str) -> Answer:
    hub.open(kind, id, request.grant, write=True)
    told: list[dict[str, object]] = []
    for each in request.json["objects"]:
        actions = {
            "upload": {"href": f"{request.base}/_lfs/{each['oid']}", "header": {}},
            "verify": {"href": f"{request.base}/_lfs/verify"},
        }
        told.append({**each, **({} if each["oid"] in hub.objects else {"actions": actions})})
    return Answer.of({"transfer": "basic", "objects": told})


@route("PUT", "/_lfs/(?P<oid>[0-9a-f]{64})")
def lfs_put(hub: Hub, request: Request, oid: str) -> Answer:
    if hashlib.sha256(request.body).hexdigest() != oid:
        raise RefusalError(400, "XAmzContentSHA256Mismatch")
    hub.objects[oid] = request.body
    return Answer.of({})


@route("POST", "/_lfs/verify")
def lfs_verify(hub: Hub, request: Request) -> Answer:
    if len(hub.objects.get(request.json["oid"], b"")) != request.json["size"]:
        raise RefusalError(404, "object missing")
    return Answer.of({})


@route("POST", API + "/commit/(?P<revision>[^/]+)")
def commit(hub: Hub, request: Request, kind: str, id: str, revision: str) -> Answer:
    found = hub.open(kind, id, request.grant, write=True)
    if revision not in found.branches:
        raise RefusalError(404, f"Invalid rev id: {revision}", "RevisionNotFound")
    head, *changes = [json.loads(line) for line in request.body.splitlines() if line.strip()]
    parent = head["value"].get("parentCommit")
    if parent and parent != found.branches[revision]:
        raise RefusalError(412, "A commit has happened since. Please refresh and try again.")
    files = dict(found.resolve(revision).tree)
    for change in changes:
        _change(hub, files, change["key"], change["value"])
    made = found.commit(files, head["value"]["summary"], request.user(), revision)
    url = f"{request.base}/{kind}s/{id}/commit/{made.sha}"
    return Answer.of({"success": True, "commitOid": made.sha, "commitUrl": url})


@route("GET|HEAD", FILES + "/resolve/(?P<revision>[^/]+)/(?P<path>.+)")
def resolve(hub: Hub, request: Request, kind: str, id: str, revision: str, path: str) -> Answer:
    commit = hub.open(kind, id, request.grant, content=True).resolve(revision)
    blob = commit.tree.get(path)
    if blob is None:
        missing = {"X-Error-Code": "EntryNotFound", "X-Error-Message": "Entry not found"}
        return Answer.of({"error": "Entry not found"}, 404, {**missing, "X-Repo-Commit": commit.sha})
    tag = blob.sha256 if blob.large else blob.oid
    headers = {"ETag": f'"{tag}"', "X-Repo-Commit": commit.sha, "Accept-Ranges": "bytes"}
    if blob.large:
        headers |= {"X-Linked-ETag": f'"{tag}"', "X-Linked-Size": str(len(blob.data))}
    asked = re.fullmatch(r"bytes=(\d*)-(\d*)", request.headers.get("Range", ""))
    if not asked:
        return Answer(200, blob.data, headers)
    start, stop = _span(asked[1], asked[2], len(blob.data))
    if start >= len(blob.data) > 0:
        return Answer(416, b"", {"Content-Range": f"bytes */{len(blob.data)}"})
    headers["Content-Range"] = f"bytes {start}-{stop - 1}/{len(blob.data)}"
    return Answer(206, blob.data[start:stop], headers)


@route("GET", API + "(?:/revision/(?P<revision>[^/]+))?")
def info(hub: Hub, request: Request, kind: str, id: str, revision: str | None) -> Answer:
    found = hub.open(kind, id, request.grant)
    commit = found.resolve(revision or "main")
    blobs = request.query.get("blobs", "").lower() == "true"
    return Answer.of(
        {
            "_id": "x",
            "id": id,
            "author": id.partition("/")[0],
            "sha": commit.sha,
            "private": found.private,
            "gated": "manual" if found.gated else False,
            "disabled": False,
            "tags": [],
            "cardData": _card(commit),
            "siblings": [_sibling(path, blob, blobs) for path, blob in sorted(commit.tree.items())],
        }
    )


def _entry(path: str, blob: Blob) -> dict[str, object]:
    told: dict[str, object] = {"type": "file", "path": path, "size": len(blob.data), "oid": blob.oid}
    if blob.large:
        told["lfs"] = {"oid": blob.sha256, "size": len(blob.data), "pointerSize": len(blob.pointer)}
    return told


def _sibling(path: str, blob: Blob, blobs: bool) -> dict[str, object]:
    told: dict[str, object] = {"rfilename": path}
    return {**told, "size": len(blob.data), "blobId": blob.oid} if blobs else told


def _folders(path: str, recursive: bool) -> Iterator[str]:
    parts = path.split("/")[:-1]
    yield from (
        "/".join(parts[: depth + 1]) for depth in range(len(parts) if recursive else min(1, len(parts)))
    )


def _change(hub: Hub, files: dict[str, Blob], key: str, value: Mapping[str, Any]) -> None:
    path = value["path"]
    if key == "file":
        files[path] = Blob(base64.b64decode(value["content"]), False)
    elif key == "lfsFile":
        if value["oid"] not in hub.objects:
            raise RefusalError(400, f"An LFS pointer pointed to a file that does not exist: {path}")
        files[path] = Blob(hub.objects[value["oid"]], True)
    elif key == "deletedFile":
        if files.pop(path, None) is None:
            raise RefusalError(404, "A file with this name doesn't exist", "EntryNotFound")
    else:
        raise RefusalError(400, f"unknown change {key}")


def _span(first: str, last: str, size: int) -> tuple[int, int]:
    """From and to, of `first-last` as HTTP counts."""
    if not first:
        return max(0, size - int(last)), size
    return int(first), min(int(last) + 1 if last else size, size)


def _card(commit: Commit) -> object:
    return _front(commit.tree["README.md"].data) if "README.md" in commit.tree else {}


def _front(text: bytes) -> object:
    match = FRONT.match(text)
    return yaml.safe_load(match[1]) or {} if match else {}
