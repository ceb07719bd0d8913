"""What is on the Hub, and how its failures are told: which pass by themselves, and which ask for the user."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx2
from huggingface_hub import HfApi
from huggingface_hub.errors import (
    EntryNotFoundError,
    HfHubHTTPError,
    HFValidationError,
    LocalEntryNotFoundError,
    OfflineModeIsEnabled,
    OIDCError,
    RepositoryNotFoundError,
)
from huggingface_hub.hf_api import RepoFile
from synthsmith.cards.release.contents import CHANGELOG, MANIFEST, TASKS
from synthsmith.cards.release.manifest import Manifest, disagreement, from_file
from synthsmith.cards.release.versions import Version
from synthsmith.verification.errors import InputError

BRANCH = "main"
CONFLICT, GONE_ON = 409, 412
PASSING = (408, CONFLICT, GONE_ON, 425, 429)  # and all of 500 and more
Tree = Mapping[str, RepoFile]


class PassingError(Exception):
    """The Hub did not answer, or not now: what was asked may or may not have been done.

    `wait_seconds` is how long it asks to be left alone, None where it does not say.
    """

    def __init__(self, said: str, wait_seconds: float | None = None) -> None:
        super().__init__(said)
        self.wait_seconds = wait_seconds


@dataclass(frozen=True, slots=True)
class Refs:
    """The head of main, and the versions that are tagged with the commits of their tags."""

    head: str
    versions: Mapping[Version, str]

    @property
    def newest(self) -> Version | None:
        return max(self.versions, default=None)


@dataclass(frozen=True, slots=True)
class Release:
    """A version as it is published at a commit; `manifest` None where it was published by other means."""

    version: Version
    sha: str
    manifest: Manifest | None


class Remote:
    """One repository on the Hub, read by the Hub's own client; `kind` is the Hub's word for what it is."""

    def __init__(self, api: HfApi, repository: str, kind: str = "dataset") -> None:
        self.api, self.repository, self.kind = api, repository, kind

    def refs(self) -> Refs | None:
        """Where main and the versions are; None where there is no such repository."""
        try:
            with telling(self.repository):
                found = self.api.list_repo_refs(self.repository, repo_type=self.kind)
        except MissingError:
            return None
        heads = {branch.name: branch.target_commit for branch in found.branches}
        if BRANCH not in heads:
            raise InputError(f"{self.repository} has no branch {BRANCH}.")
        versions = {Version.of_tag(tag.name): tag.target_commit for tag in found.tags}
        return Refs(heads[BRANCH], {version: sha for version, sha in versions.items() if version})

    def tree(self, sha: str) -> Tree:
        """The files of a commit."""
        with telling(self.repository):
            entries = self.api.list_repo_tree(
                self.repository, recursive=True, revision=sha, repo_type=self.kind
            )
            return {entry.path: entry for entry in entries if isinstance(entry, RepoFile)}

    def file(self, path: str, revision: str, folder: Path | None = None) -> Path | None:
        """A file of a revision, downloaded to the cache or to a folder; None where there is no such file."""
        with telling(self.repository):
            try:
                found = self.api.hf_hub_download(
                    self.repository, path, repo_type=self.kind, revision=revision, local_dir=folder
                )
                return Path(found)
            except LocalEntryNotFoundError as error:  # an EntryNotFoundError, too; the Hub did not answer
                raise PassingError(first_line(error)) from error
            except EntryNotFoundError:
                return None

    def release(self, version: Version, sha: str) -> Release:
        """The version at its commit, with its manifest."""
        return Release(version, sha, self.manifest(sha))

    def manifest(self, sha: str) -> Manifest | None:
        """The manifest of a commit, None where it has none."""
        path = self.file(MANIFEST, sha)
        return None if path is None else from_file(path, f"{self.repository} at {sha[:8]}")

    def tasks(self, sha: str) -> Path:
        """The list of tasks of a commit that has a manifest."""
        path = self.file(TASKS, sha)
        if path is None:
            raise InputError(f"{self.repository} at {sha[:8]} has a manifest but no {TASKS}.")
        return path

    def changelog(self, sha: str) -> str:
        """The text of its changelog; empty where there is none."""
        path = self.file(CHANGELOG, sha)
        return "" if path is None else path.read_text(encoding="utf-8")

    def unfinished(self, refs: Refs, tree: Tree) -> Version | None:
        """The version whose release is at the head, whole, but has no tag: whoever made it was broken off."""
        if refs.head in refs.versions.values() or MANIFEST not in tree:
            return None
        manifest = self.manifest(refs.head)
        assert manifest is not None
        version = Version.parse(manifest.version)
        newest = refs.newest
        if version in refs.versions or (newest and version < newest) or disagreement(manifest, tree):
            return None
        return version


class MissingError(InputError):
    """There is no such repository, or none that may be seen."""


@contextmanager
def telling(repository: str) -> Iterator[None]:
    """What goes wrong inside is a PassingError, or an InputError with what to do."""
    try:
        yield
    except RepositoryNotFoundError as error:
        raise MissingError(
            f"{repository}: the Hub knows no such repository, or not for this token ({first_line(error)})."
        ) from error
    except HfHubHTTPError as error:
        raise _http(error, repository) from error
    except (OfflineModeIsEnabled, OIDCError, HFValidationError) as error:
        raise InputError(f"{repository}: {first_line(error)}") from error
    except (httpx2.TransportError, ConnectionError, TimeoutError) as error:
        raise PassingError(f"no answer ({first_line(error)})") from error
    except json.JSONDecodeError as error:
        raise PassingError(f"an answer that is none ({first_line(error)})") from error
    except RuntimeError as error:  # the client's word for an upload that failed, whatever the cause
        cause = error.__cause__
        if isinstance(cause, HfHubHTTPError):
            raise _http(cause, repository) from error
        if isinstance(cause, httpx2.TransportError | ConnectionError | TimeoutError | None):
            raise PassingError(first_line(error)) from error
        raise InputError(f"{repository}: {first_line(error)} ({first_line(cause)})") from error


def _http(error: HfHubHTTPError, repository: str) -> Exception:
    status, said = error.response.status_code, error.server_message or first_line(error)
    if status in PASSING or status >= 500:
        told = error.response.headers.get("Retry-After", "")
        return PassingError(said, float(told) if told.isdigit() else None)
    if status in (401, 403):
        return InputError(
            f"{repository}: the Hub does not let this token do that ({said}); log in by `hf auth login`, "
            "or set HF_TOKEN to a token that may write there."
        )
    return InputError(f"{repository}: the Hub refuses ({said}).")


def first_line(error: BaseException) -> str:
    """What an error says, in one line."""
    return next((line.strip() for line in str(error).splitlines() if line.strip()), type(error).__name__)
