"""The folder of a build: whose it is, that only one build works in it, and where things lie."""

import fcntl
import json
import os
from pathlib import Path
from types import TracebackType
from typing import Self

from synthsmith.builders.attempts import write_whole
from synthsmith.builders.settings import Settings, digest, plain
from synthsmith.verification.errors import InputError


class BuildFolder:
    """A folder held for one build; InputError where another holds it or it was made with other settings."""

    def __init__(self, path: Path, settings: Settings) -> None:
        self.path = path
        self.settings = settings
        self.build = path / "build.json"
        self.features = path / "features.json"
        self.ledger = path / "ledger.sqlite"
        self.attempts = path / "attempts"
        self._lock = -1

    def __enter__(self) -> Self:
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            self._lock = os.open(self.path / ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        except OSError as error:
            raise InputError(
                f"{self.path} cannot be used as the build's folder ({error.strerror})."
            ) from None
        try:
            self._claim()
        except BaseException:
            os.close(self._lock)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.close(self._lock)  # and the lock is gone, as it is when the process dies

    def _claim(self) -> None:
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise InputError(
                f"Another build is working in {self.path}: wait for it, or choose another folder."
            ) from None
        shown = {"digest": digest(self.settings), "settings": plain(self.settings)}
        text = json.dumps(shown, ensure_ascii=False, indent=1) + "\n"
        if self.build.is_file():
            before = self.build.read_text(encoding="utf-8")
            if before == text:
                return
            self._compare(before, shown["digest"])
        write_whole(self.build, text)

    def _compare(self, before: str, now: object) -> None:
        try:
            told = json.loads(before)
            digest_before, tasks_before = told["digest"], int(told["settings"]["tasks"])
        except (ValueError, KeyError, TypeError):
            raise InputError(f"{self.build} cannot be read: remove the folder, or choose another.") from None
        if digest_before != now:
            raise InputError(
                f"{self.path} was built with other settings or other prompts, see {self.build}: "
                "go on with those, or choose another folder."
            )
        if self.settings.tasks < tasks_before:
            raise InputError(
                f"{self.path} is a build of {tasks_before} tasks and cannot become one of "
                f"{self.settings.tasks}: ask for {tasks_before} or more, or choose another folder."
            )
