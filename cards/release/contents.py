"""What lies in the folder that is to be published: its files and configs, and whether they are fit.

A config's rows are the Parquet files of its folder; which columns these must have is said by `PUBLISHED`.
All else in the folder (figures, a licence) is published as it is.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import pyarrow as pa
import pyarrow.parquet as pq
from datasets import Features
from synthsmith.builders.export.llama_factory import INFO
from synthsmith.builders.schemas import PUBLISHED
from synthsmith.cards.release.pieces import Piece, of_file
from synthsmith.verification.errors import InputError

CARD, CHANGELOG, MANIFEST, TASKS = "README.md", "CHANGELOG.md", "manifest.json", "release/tasks.parquet"
MADE = frozenset({CARD, CHANGELOG, MANIFEST, TASKS, INFO})  # by a release, whatever is in the folder
SUFFIX = ".parquet"
# What the Hub documents as limits: 50 GB a file, 10,000 entries a folder.
MOST_FILE_BYTES, MOST_ENTRIES = 50 * 10**9, 10_000


@dataclass(frozen=True, slots=True)
class Config:
    """The rows of one folder; `columns` are pairs of a name and a type in Arrow's words, in order."""

    name: str
    rows: int
    columns: tuple[tuple[str, str], ...]
    files: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Contents:
    """What is published of a folder, without what a release makes (`MADE`)."""

    folder: Path
    pieces: tuple[Piece, ...]
    configs: tuple[Config, ...]


def look(folder: Path, note: Callable[[int], None] = lambda bytes_read: None) -> Contents:
    """The contents of `DIR/dataset`; InputError where something in it is not fit to be published."""
    if not folder.is_dir():
        raise InputError(f"{folder} is not there: give the folder of a finished build or verification.")
    paths = [path for path in _files(folder) if path not in MADE]
    _check_layout(folder, paths)
    configs = tuple(_configs(folder, [path for path in paths if path.endswith(SUFFIX)]))
    if not configs:
        raise InputError(f"{folder} holds no Parquet files, so there is nothing to publish.")
    pieces, done = [], 0
    for path in paths:
        pieces.append(of_file(path, folder / path))
        done += pieces[-1].size
        note(done)
    return Contents(folder, tuple(pieces), configs)


def _files(folder: Path) -> list[str]:
    found = []
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_symlink() or not (path.is_file() or path.is_dir()):
            raise InputError(f"{path} is a link or no plain file: only plain files can be published.")
        if any(part.startswith(".") for part in PurePosixPath(name).parts):
            raise InputError(f"{path} is hidden: take it away, for all that is in the folder gets published.")
        if path.is_file():
            found.append(name)
    return found


def _check_layout(folder: Path, paths: list[str]) -> None:
    for folder_name, count in Counter(str(PurePosixPath(path).parent) for path in paths).items():
        if count > MOST_ENTRIES:
            place = folder if folder_name == "." else folder / folder_name
            raise InputError(f"{place} holds {count} files; the Hub takes at most {MOST_ENTRIES} a folder.")
    for path in paths:
        size = (folder / path).stat().st_size
        if size > MOST_FILE_BYTES:
            raise InputError(f"{folder / path} has {size:,} bytes; the Hub takes at most 50 GB a file.")
        if path.endswith(".py"):
            raise InputError(f"{folder / path} is a program, which `load_dataset` refuses to load data with.")


def _configs(folder: Path, paths: list[str]) -> Iterator[Config]:
    homes: dict[str, list[str]] = {}
    for path in paths:
        homes.setdefault(PurePosixPath(path).parts[0], []).append(path)
    for name, files in homes.items():
        if name not in PUBLISHED:
            known = ", ".join(sorted(PUBLISHED))
            raise InputError(f"{folder / files[0]} belongs to no config; the configs are {known}.")
        rows = 0
        for path in files:
            rows += _checked_rows(folder / path, PUBLISHED[name])
        columns = [(field.name, str(field.type)) for field in PUBLISHED[name].arrow_schema]
        yield Config(name, rows, tuple(columns), tuple(files))


def _checked_rows(path: Path, features: Features) -> int:
    try:
        with pq.ParquetFile(path) as file:
            there = Features.from_arrow_schema(file.schema_arrow.remove_metadata())
            rows = int(file.metadata.num_rows)
    except (pa.ArrowException, OSError, ValueError) as error:
        raise InputError(f"{path} cannot be read as Parquet ({error}).") from None
    if list(there.items()) != list(features.items()):
        raise InputError(f"{path}: {_difference(there, features)}; build or verify again with this version.")
    return rows


def _difference(there: Features, wanted: Features) -> str:
    for name, feature in wanted.items():
        if name not in there:
            return f"the column {name} is missing"
        if there[name] != feature:
            return f"the column {name} is {there[name]}, not {feature}"
    more = [name for name in there if name not in wanted]
    return f"the column {more[0]} is not in the schema" if more else "the columns are in another order"
