"""A Hub for tests: repositories with commits, branches and tags in memory. `hub_server` puts it behind HTTP.

    hub = Hub()
    hub.hold("org/pairs", {"README.md": b"..."})           # a data set that is there from the start
    with serving(hub) as url:                              # HF_ENDPOINT of a process of its own
        hub.fail("POST", "/commit/", Fault.LOST)           # see hub_faults

It speaks what huggingface_hub 2, datasets 5 and evaluate 0.4 ask for: repositories, commits of regular and
LFS files, refs, trees, ranged downloads, Spaces, and the exchange of a CI's identity for a token. No Xet:
clients need HF_HUB_DISABLE_XET=1.
"""

import hashlib
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from hub_faults import Fault, Injected

ID = "org/pairs"
OWNER, READER, STRANGER = "hf_owner", "hf_reader", "hf_stranger"
Tree = Mapping[str, "Blob"]


class RefusalError(Exception):
    """An answer that is none: status, message and the Hub's word for it."""

    def __init__(self, status: int, message: str, code: str | None = None) -> None:
        super().__init__(message)
        self.status, self.message, self.code = status, message, code


@dataclass(frozen=True, slots=True)
class Blob:
    """A file's content; `large` ones are kept by LFS."""

    data: bytes
    large: bool

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.data).hexdigest()

    @property
    def pointer(self) -> bytes:
        """What git holds of a large file."""
        told = (
            f"version https://git-lfs.github.com/spec/v1\noid sha256:{self.sha256}\nsize {len(self.data)}\n"
        )
        return told.encode()

    @property
    def oid(self) -> str:
        """git's id of it."""
        kept = self.pointer if self.large else self.data
        return hashlib.sha1(b"blob %d\0" % len(kept) + kept).hexdigest()


@dataclass(frozen=True, slots=True)
class Commit:
    sha: str
    parent: str | None
    title: str
    author: str
    tree: Tree


@dataclass
class Repository:
    """One repository; `author` is who made it. Its branches and tags are names of commits."""

    kind: str
    id: str
    private: bool = False
    gated: bool = False
    commits: dict[str, Commit] = field(default_factory=dict)
    branches: dict[str, str] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)

    @property
    def head(self) -> str:
        return self.branches["main"]

    @property
    def files(self) -> dict[str, bytes]:
        """What lies at the head of main."""
        return self.at(self.head)

    def at(self, revision: str) -> dict[str, bytes]:
        """The files of a revision."""
        return {path: blob.data for path, blob in self.resolve(revision).tree.items()}

    def commit(self, tree: Tree, title: str, author: str, branch: str = "main") -> Commit:
        parent = self.branches.get(branch)
        told = repr((len(self.commits), parent, title, author, [(p, b.oid) for p, b in sorted(tree.items())]))
        made = Commit(hashlib.sha1(told.encode()).hexdigest(), parent, title, author, dict(tree))
        self.commits[made.sha] = made
        self.branches[branch] = made.sha
        return made

    def push(self, files: Mapping[str, bytes]) -> str:
        """The commit in which these are all files, made by the owner by other ways than ours."""
        tree = {path: Blob(data, path.endswith(".parquet")) for path, data in files.items()}
        return self.commit(tree, "by hand", "org").sha

    def resolve(self, revision: str) -> Commit:
        name = revision.removeprefix("refs/heads/").removeprefix("refs/tags/")
        sha = self.branches.get(name) or self.tags.get(name) or name
        if sha not in self.commits:
            raise RefusalError(404, f"Invalid rev id: {revision}", "RevisionNotFound")
        return self.commits[sha]


@dataclass(frozen=True, slots=True)
class Grant:
    """What a token is for: whose it is, whether it may write, and the one repository it is for, if one."""

    user: str
    writes: bool = True
    resource: str | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as it was answered: with a status, or not at all."""

    method: str
    path: str
    outcome: int | str

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


class Hub:
    """All that the server knows. `trusted` are identities of CIs, each with what it may write to."""

    def __init__(
        self, trusted: Mapping[str, str] | None = None, large: Sequence[str] = (".parquet",)
    ) -> None:
        self.grants = {
            OWNER: Grant("org"),
            READER: Grant("org", writes=False),
            STRANGER: Grant("stranger"),
        }
        self.trusted = dict(trusted or {})
        self.large = tuple(large)
        self.repositories: dict[tuple[str, str], Repository] = {}
        self.objects: dict[str, bytes] = {}
        self.injected: list[Injected] = []
        self.asked: list[Asked] = []
        self.lock = threading.RLock()

    def hold(self, id: str, files: Mapping[str, bytes], kind: str = "dataset") -> Repository:
        """A repository that is there, with these files."""
        made = self.create(kind, id, "org")
        made.push(files)
        return made

    def create(self, kind: str, id: str, author: str, *, private: bool = False) -> Repository:
        made = self.repositories[kind, id] = Repository(kind, id, private)
        attributes = Blob(b"*.parquet filter=lfs diff=lfs merge=lfs -text\n", False)
        made.commit({".gitattributes": attributes}, "initial commit", author)
        return made

    def repository(self, id: str, kind: str = "dataset") -> Repository:
        return self.repositories[kind, id]

    def fail(self, method: str, pattern: str, fault: "Fault | int", **how: Any) -> Injected:
        """Have requests whose path the pattern is found in fail; see `Injected`."""
        injected = Injected(method, pattern, fault, **how)
        with self.lock:
            self.injected.append(injected)
        return injected

    def is_large(self, path: str, size: int) -> bool:
        return path.endswith(self.large) or size > 10 << 20

    def open(
        self, kind: str, id: str, grant: Grant | None, *, write: bool = False, content: bool = False
    ) -> Repository:
        """The repository, or why this one may not have it."""
        found = self.repositories.get((kind, id))
        mine = grant is not None and grant.user == id.partition("/")[0]
        if found is None or (found.private and not mine):
            raise RefusalError(401 if grant is None else 404, "Repository not found", "RepoNotFound")
        if write and grant is None:
            raise RefusalError(401, "Invalid username or password.")
        if write and not self._may_write(kind, id, grant):
            raise RefusalError(403, f"Forbidden: you must have write access to {id}")
        if content and found.gated and not mine:
            raise RefusalError(401 if grant is None else 403, f"Access to {id} is restricted.", "GatedRepo")
        return found

    def _may_write(self, kind: str, id: str, grant: Grant | None) -> bool:
        if grant is None or not grant.writes or grant.user != id.partition("/")[0]:
            return False
        return grant.resource in (None, id if kind == "model" else f"{kind}s/{id}")
