"""Where code-instruction pairs come from, as the configuration says it; `reading.py` reads them."""

import hashlib
from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Annotated, ClassVar, Literal

from annotated_types import Ge, MinLen
from synthsmith.builders import tables
from synthsmith.builders.model import digest
from synthsmith.builders.tables import Table, commit_of, require_place
from synthsmith.verification.errors import InputError

ONLY_HUB = ("split", "name", "revision", "commit")


@dataclass(frozen=True, slots=True)
class Pair:
    """A question and a program that answers it, from which features are extracted."""

    id: str
    instruction: str
    code: str


@dataclass(frozen=True, slots=True)
class PairSource:
    """Where pairs come from: files (`path`, which may hold * and ?) or a data set on the Hub (`hub`).

    `instruction`, `code` and `id` name the columns; rows without an id column are numbered. A
    column of code may hold a list of programs, of which the first is taken. `name` is the Hub's word for a
    config, `revision` a branch, tag or commit; `commit` is what it was when the build began, filled in by the
    build. `limit` is the number of pairs to read. `bad_rows` says what becomes of rows that are no pairs.
    """

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    path: Annotated[str, MinLen(1)] | None = None
    hub: str | None = None
    instruction: Annotated[str, MinLen(1)] = "instruction"
    code: Annotated[str, MinLen(1)] = "code"
    id: Annotated[str, MinLen(1)] | None = None
    split: Annotated[str, MinLen(1)] | None = None
    name: Annotated[str, MinLen(1)] | None = None
    revision: Annotated[str, MinLen(1)] | None = None
    commit: str | None = None
    limit: Annotated[int, Ge(1)] | None = None
    bad_rows: Literal["error", "skip"] = "error"

    def __post_init__(self) -> None:
        require_place("pairs", self.path, self.hub, **{name: getattr(self, name) for name in ONLY_HUB})

    @property
    def pinned(self) -> bool:
        """Whether it is said for good what will be read."""
        return self.hub is None or self.commit is not None

    @property
    def shown(self) -> str:
        """The source as messages name it."""
        return self.path or f"{self.hub} ({self.split or 'train'})"

    @property
    def table(self) -> Table:
        """The rows that are read."""
        advice = "what was asked is in the ledger, so run again to go on"
        return Table(
            self.path, self.hub, self.split, self.name, self.commit, "code-instruction pairs", advice
        )


def files_of(source: PairSource) -> tuple[Path, ...]:
    """The files of a path, sorted; InputError where there is none."""
    assert source.path is not None
    return tables.files_of(source.path, source.table.noun)


def source_digest(source: PairSource) -> str:
    """The SHA-256 of what will be read: contents, not places; the Hub's data sets by their commit."""
    told = asdict(source)
    del told["path"], told["revision"]
    if source.path is None:
        if source.commit is None:
            raise InputError(f"{source.shown}: it is not known which revision is meant; pin it first.")
        return digest(told)
    return digest([told, [contents(path, source.table.noun) for path in files_of(source)]])


def contents(path: Path, noun: str) -> str:
    """The SHA-256 of a file; InputError, which calls it by the noun, where it cannot be read."""
    try:
        status = path.stat()
        return _sha256(path, status.st_ino, status.st_size, status.st_mtime_ns)
    except OSError as error:
        raise InputError(f"{path}: the {noun} cannot be read ({error.strerror}).") from None


@lru_cache(maxsize=4096)
def _sha256(path: Path, inode: int, size: int, changed_ns: int) -> str:
    """The digest of a file; asked for several times in a build, which would be minutes for large ones."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def pin(source: PairSource, before: PairSource | None) -> PairSource:
    """The source with the Hub's commit in it: that of `before`, if it asks for the same, else today's.

    InputError where the Hub does not know the data set or cannot be reached.
    """
    if source.pinned:
        return source
    if before is not None and replace(before, commit=None) == source:
        return before
    return replace(source, commit=commit_of(str(source.hub), source.revision))
