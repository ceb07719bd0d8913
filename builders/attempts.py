"""Finished attempts on disk: one JSON file each, written whole or not at all, in folders of a thousand.

An attempt holds everything that came of one draw and nothing that was measured (no times, no memory), so the
same draw under the same settings and replies gives the same bytes. Of the machine it says one thing: behind
which walls programs ran, for one that was made where some were missing must never pass for another.
"""

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from pydantic import TypeAdapter, ValidationError
from synthsmith.builders.inputs import Dropped
from synthsmith.builders.model import Unread
from synthsmith.builders.provenance import Provenance
from synthsmith.builders.tasks import Task
from synthsmith.verification.decision import Rejected, Verified
from synthsmith.verification.errors import InputError
from synthsmith.verification.results import partial_of
from synthsmith.verification.types import Case, Purpose, Solution

FOLDER_SIZE = 1000


@dataclass(frozen=True, slots=True)
class Proxy:
    """How a solver that has no part in the labels fares: so many samples of one model.

    `pass_rate` is the mean share of the decided cases that a sample passes, `solved_rate` the share of the
    samples that pass all; a reply without a program passes none. None where nothing could be measured.
    """

    model: str
    samples: int
    pass_rate: float | None
    solved_rate: float | None


@dataclass(frozen=True, slots=True)
class Attempt:
    """What came of one draw. Every attempted task ends as exactly one of Verified and Rejected.

    `index` is its place in the build, `draw` the name from which its randomness comes, `drawn` the leaves of
    the sampled subtree. `task` is None where it was rejected before there was a statement. `solutions` are
    the readable candidates with their whole replies and, last, the brute-force program where there is one
    (`Solution.purpose`), `cases` all inputs that were put to them, `unread` the
    replies that could not be used, `dropped` the inputs that were turned down. `settings` is the digest of
    the settings it was made with, `proxies` says how other solvers fare with a verified task. `provenance`
    names the prompts and models it was made of; None in what was written before that was put on record.
    """

    index: int
    draw: str
    style: str
    drawn: tuple[str, ...]
    task: Task | None
    outcome: Verified | Rejected
    solutions: tuple[Solution, ...] = ()
    cases: tuple[Case, ...] = ()
    unread: tuple[Unread, ...] = ()
    dropped: tuple[Dropped, ...] = ()
    settings: str = ""
    proxies: tuple[Proxy, ...] = ()
    provenance: Provenance | None = None

    @property
    def candidates(self) -> tuple[Solution, ...]:
        """The readable candidates; a brute-force program is none."""
        return tuple(each for each in self.solutions if each.purpose is not Purpose.BRUTE)


@cache
def _adapter() -> TypeAdapter[Attempt]:
    return TypeAdapter(Attempt)


def to_json(attempt: Attempt) -> str:
    """The attempt as JSON text; `from_json` gives back an equal one."""
    return json.dumps(_adapter().dump_python(attempt, mode="json"), ensure_ascii=False, indent=1) + "\n"


def from_json(text: str | bytes) -> Attempt:
    """The attempt that `to_json` wrote; ValueError where it is none."""
    return _adapter().validate_json(text)


def path_of(folder: Path, index: int) -> Path:
    """Where the attempt with this index is kept: `folder/00012/0012345.json`."""
    return folder / f"{index // FOLDER_SIZE:05d}" / f"{index:08d}.json"


def write(folder: Path, attempt: Attempt) -> None:
    """Put the attempt where it belongs, so that after a crash it is there whole or not at all."""
    path = path_of(folder, attempt.index)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, to_json(attempt))


def write_whole(path: Path, text: str) -> None:
    """Replace a file by these contents, durably: temporary file, fsync, rename, fsync of the folder."""
    partial = partial_of(path)
    try:
        with partial.open("w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
        folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except OSError as error:
        raise InputError(
            f"{path} cannot be written ({error.strerror}); what was made before is kept."
        ) from error


def write_if_other(path: Path, text: str) -> None:
    """As `write_whole`; nothing is touched where the file says the same already."""
    if not path.is_file() or path.read_bytes() != text.encode():
        write_whole(path, text)


def read(folder: Path, index: int) -> Attempt | None:
    """The attempt with this index, or None where there is none that can be read."""
    try:
        return from_json(path_of(folder, index).read_bytes())
    except (FileNotFoundError, ValidationError):
        return None


def paths(folder: Path) -> Iterator[Path]:
    """The files of all attempts in the order of their indexes; only the names of one folder are in memory."""
    for thousand in sorted(folder.glob("*/")):
        yield from sorted(thousand.glob("*.json"))


def read_all(folder: Path) -> Iterator[Attempt]:
    """All attempts of a build in the order of their indexes; InputError where a file is none."""
    for path in paths(folder):
        try:
            attempt = from_json(path.read_bytes())
        except ValidationError as error:
            raise InputError(f"{path} is no attempt of a build: {error.errors()[0]['msg']}.") from None
        if path != path_of(folder, attempt.index):
            raise InputError(
                f"{path} holds the attempt {attempt.index}, which belongs in another file; remove it."
            )
        yield attempt
