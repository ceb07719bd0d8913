"""The folder of a build: whose it is, that only one process works in it, and where things lie."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from pydantic import TypeAdapter
from synthsmith.builders.attempts import write_whole
from synthsmith.builders.duplicates import USUAL, Release, with_commits
from synthsmith.builders.pairs import PairSource, pin
from synthsmith.builders.settings import REVISION, Settings, determining, digest, plain
from synthsmith.verification.errors import InputError
from synthsmith.verification.locks import lock


@dataclass(frozen=True, slots=True)
class BuildFolder:
    """Where the parts of a build lie, and the digest of the settings that it belongs to."""

    path: Path
    settings: str

    @property
    def features(self) -> Path:
        """The feature tree, before and after evolution."""
        return self.path / "features.json"

    @property
    def ledger(self) -> Path:
        """Every request and reply."""
        return self.path / "ledger.sqlite"

    @property
    def attempts(self) -> Path:
        """The folder of finished attempts."""
        return self.path / "attempts"


@contextmanager
def hold(path: Path, what: str = "build") -> Iterator[None]:
    """Keep other processes out of a folder; InputError where one works in it or it cannot be used.

    `what` is what messages say works there.

    The lock is gone with the process, however it ends.
    """
    try:
        file = os.open(path / ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    except OSError as error:
        raise InputError(f"{path} cannot be used as the {what}'s folder ({error.strerror}).") from None
    try:
        lock(file, f"Another {what} is working in {path}: wait for it, or choose another folder.")
        yield
    finally:
        os.close(file)


@contextmanager
def claim(path: Path, settings: Settings) -> Iterator[BuildFolder]:
    """The folder, made where it is not there and held for one build with these settings.

    InputError where another build holds it or it was made with settings that give other attempts. What an
    older program made of the same settings is made again; the replies that still answer are in the ledger.
    """
    path = path.absolute()  # SQLite and Parquet's library take "file:x" or "s3:x" for an address
    try:
        str(path).encode()
    except UnicodeEncodeError:
        raise InputError(f"{str(path)!r} is not UTF-8, which Parquet's library asks of a path.") from None
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"{path} cannot be used as the build's folder ({error.strerror}).") from None
    with hold(path):
        shown = {"digest": digest(settings), "revision": REVISION, "settings": plain(settings)}
        text = json.dumps(shown, ensure_ascii=False, indent=1) + "\n"
        record = path / "build.json"
        before = record.read_bytes() if record.is_file() else None
        if before != text.encode():
            if before is not None:
                _compare(record, before, settings)
            write_whole(record, text)
        yield BuildFolder(path, digest(settings))


def pinned(settings: Settings, path: Path) -> Settings:
    """The settings with the commits of data sets on the Hub: those with which this build began, or today's.

    InputError where the Hub cannot tell one.
    """
    record = path / "build.json"
    if not settings.source.pinned:
        settings = replace(settings, pairs=pin(settings.source, _pairs_before(record)))
    if any(each.hub and not each.commit for each in settings.release.benchmarks):
        settings = replace(settings, release=with_commits(settings.release, _release_before(path)))
    return settings


def release_of(path: Path) -> Release:
    """What the build in this folder looks for before it publishes; the usual where there is no build.

    InputError where its record cannot be read.
    """
    record = path / "build.json"
    if not record.is_file():
        return USUAL
    try:
        told = json.loads(record.read_bytes())["settings"].get("release", {})  # older builds have none
        return TypeAdapter(Release).validate_python(told)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise InputError(f"{record} cannot be read ({type(error).__name__}): run the build again.") from error


def _pairs_before(record: Path) -> PairSource | None:
    """The pairs of the build that is there; None where none can be read, of which `claim` will speak."""
    try:
        return PairSource(**json.loads(record.read_bytes())["settings"]["pairs"])
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None


def _release_before(path: Path) -> Release:
    """The same of what is looked for."""
    try:
        return release_of(path)
    except InputError:
        return USUAL


def _begun(path: Path) -> bool:
    """Whether anything was made of the settings: a mistyped name of a model can be corrected before that."""
    return (path / "features.json").exists() or (path / "attempts").exists()


def _compare(record: Path, before: bytes, settings: Settings) -> None:
    try:
        told = json.loads(before)
        digest_before, settings_before = told["digest"], dict(told["settings"])
        tasks_before = int(settings_before["tasks"])
    except (ValueError, KeyError, TypeError, RecursionError):
        raise InputError(f"{record} cannot be read: remove the folder, or choose another.") from None
    if not _begun(record.parent):
        return
    if _older(told, settings_before, settings):
        (record.parent / "features.json").unlink(missing_ok=True)
    elif digest_before != digest(settings):
        raise InputError(
            f"{record.parent} was built with other {_difference(settings_before, settings)}, see {record}: "
            "go on with those, or choose another folder."
        )
    if settings.tasks < tasks_before:
        raise InputError(
            f"{record.parent} is a build of {tasks_before} tasks and cannot become one of "
            f"{settings.tasks}: ask for {tasks_before} or more, or choose another folder."
        )


def _difference(before: dict[str, object], settings: Settings) -> str:
    """What is not as it was, in words: the settings by name, or what is not written into build.json."""
    then, now = determining(before), determining(plain(settings))
    names = sorted(name for name in then.keys() | now.keys() if then.get(name) != now.get(name))
    return f"settings ({', '.join(names)})" if names else "prompts or code-instruction pairs"


def _older(told: dict[str, object], before: dict[str, object], settings: Settings) -> bool:
    """Whether the same was asked of a program with other rules, as far as both know the settings."""
    then, now = determining(before), determining(plain(settings))
    same = all(then[name] == now[name] for name in then.keys() & now.keys())
    return same and told.get("revision") != REVISION
