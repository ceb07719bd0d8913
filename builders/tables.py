"""Rows of tables made elsewhere, one at a time: JSON lines (gzipped too), Parquet, or a data set on the Hub.

Nothing of a table is held but the rows at hand. What a file is goes by its content, whatever it is called.
"""

import gzip
import json
import os
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from glob import glob as expand
from glob import has_magic
from pathlib import Path
from typing import TypeAlias
from zlib import error as ZlibError

from synthsmith.verification.errors import InputError
from synthsmith.verification.problems import require_no_pipe

COMMIT = re.compile(r"[0-9a-f]{40}")
HUB_ID = re.compile(r"[\w.-]+(/[\w.-]+)?", re.ASCII)
GZIP, PARQUET = b"\x1f\x8b", b"PAR1"
SUFFIXES = (".jsonl", ".jsonl.gz", ".parquet")
BATCH = 256


def require_place(what: str, path: str | None, hub: str | None, **only_hub: str | None) -> None:
    """Nothing, or ValueError where settings name not exactly one of files and a data set on the Hub.

    `only_hub` are those that have a meaning with the Hub alone, `commit` among them.
    """
    if (path is None) == (hub is None):
        raise ValueError(f"{what} must have either a path or the id of a data set on the Hub (hub)")
    if hub is not None and not HUB_ID.fullmatch(hub):
        raise ValueError(f"hub must be like owner/name, not {hub!r}")
    given = [name for name, value in only_hub.items() if value is not None]
    if path is not None and given:
        raise ValueError(f"{given[0]} is for data sets on the Hub, not for a path")
    commit = only_hub["commit"]
    if commit is not None and not COMMIT.fullmatch(commit):
        raise ValueError(f"commit must be 40 hexadecimal digits, not {commit!r}")


@dataclass(frozen=True, slots=True)
class Bad:
    """Why a row is none: in general, as it is counted, and of this one."""

    reason: str
    detail: str


Fields: TypeAlias = Mapping[str, object] | Bad
Row: TypeAlias = tuple[str, str, Fields]  # where it is, what it is called if it has no id, what is in it
# The wanted ones of the columns that are there; the place is for an InputError where one is missing.
Choice: TypeAlias = Callable[[list[str], str], list[str]]


@dataclass(frozen=True, slots=True)
class Table:
    """Files (`path`, which may hold * and ?) or a data set on the Hub (`hub`), read at `commit`.

    `name` is the Hub's word for a config. `noun` is what messages call the rows, `advice` what they say where
    the Hub breaks off. `batch` rows of Parquet are in memory at a time.
    """

    path: str | None = None
    hub: str | None = None
    split: str | None = None
    name: str | None = None
    commit: str | None = None
    noun: str = "rows"
    advice: str = "run again to go on"
    batch: int = BATCH


def rows(table: Table, choose: Choice) -> Iterator[Row]:
    """All rows in order, of the columns that are chosen; InputError where they cannot be read.

    Rows of JSON have whatever their line holds.
    """
    if table.hub is not None:
        yield from _of_hub(table, choose)
        return
    files = files_of(str(table.path), table.noun)
    for path in files:
        where = f"{path.name}: row " if len(files) > 1 else "row "
        for number, place, row in _of_file(path, table, choose):
            yield f"{path}, {place}", f"{where}{number}", row


def files_of(path: str, noun: str) -> tuple[Path, ...]:
    """The files of a path, sorted; of a folder, those below it named as data are. InputError for none."""
    if Path(path).is_dir():
        inside = tuple(sorted(each for each in Path(path).rglob("*") if each.name.endswith(SUFFIXES)))
        if not inside:
            raise InputError(f"{path} is a directory without a file named {', '.join(SUFFIXES)}.")
        return inside
    if not has_magic(path) or Path(path).exists():
        return (Path(path),)
    found = tuple(map(Path, sorted(expand(path, recursive=True))))
    if not found:
        raise InputError(f"{path}: no file is called like that; give the {noun}' path.")
    return found


def told(path: str) -> str:
    """What published texts call a path: as little of it as tells it, for the rest is nobody's."""
    parts = Path(os.path.abspath(path)).parts
    return str(Path(*parts[-2:])) if has_magic(parts[-1]) else parts[-1]


def is_parquet(path: Path, noun: str = "rows") -> bool:
    """Whether the file is Parquet; InputError where it cannot be opened."""
    return _head(path, noun) == PARQUET


def commit_of(hub: str, revision: str | None) -> str:
    """The commit that a revision of a data set on the Hub is today (None: of its main branch).

    InputError where the Hub does not know the data set or cannot be reached.
    """
    if revision and COMMIT.fullmatch(revision):
        return revision
    import httpx2
    from huggingface_hub import HfApi
    from huggingface_hub.errors import HfHubHTTPError

    try:
        return str(HfApi().dataset_info(hub, revision=revision, timeout=60).sha)
    except (HfHubHTTPError, httpx2.HTTPError, OSError, ValueError) as error:
        raise InputError(f"{hub}: the Hub gives no such data set ({_first_line(error)}).") from None


def _of_file(path: Path, table: Table, choose: Choice) -> Iterator[tuple[int, str, Fields]]:
    """Number, place and row."""
    head = _head(path, table.noun)
    if head == PARQUET:
        for number, row in enumerate(_of_parquet(path, table, choose), 1):
            yield number, f"row {number}", row
    else:
        yield from _of_lines(path, zipped=head[:2] == GZIP)


def _head(path: Path, noun: str) -> bytes:
    try:
        require_no_pipe(path)
        with path.open("rb") as file:
            return file.read(4)
    except OSError as error:
        raise InputError(
            f"{path}: cannot be read ({error.strerror}); give a readable file of {noun}"
        ) from None


def _of_lines(path: Path, zipped: bool) -> Iterator[tuple[int, str, Fields]]:
    number = 0
    try:
        with gzip.open(path) if zipped else path.open("rb") as file:
            for number, line in enumerate(file, 1):
                if line.strip():
                    yield number, f"line {number}", _object(line)
    except (OSError, EOFError, ZlibError) as error:
        raise InputError(f"{path}: cannot be read after line {number} ({error})") from None


def _object(line: bytes) -> Fields:
    try:
        row = json.loads(line.decode("utf-8"))
    except UnicodeDecodeError as error:
        return Bad("not UTF-8 text", f"not UTF-8 text ({error.reason})")
    except (ValueError, RecursionError) as error:  # ValueError: also a number of 5000 digits
        return Bad("not JSON", f"not JSON ({error}); one object a line is expected")
    if not isinstance(row, dict):
        return Bad("not an object", f"{type(row).__name__} instead of an object")
    return row


def _of_parquet(path: Path, table: Table, choose: Choice) -> Iterator[Mapping[str, object]]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(path) as file:
            columns = choose(file.schema_arrow.names, str(path))
            for batch in file.iter_batches(table.batch, columns=columns):
                yield from batch.to_pylist()
    except (pa.ArrowException, OSError) as error:
        raise InputError(f"{path}: cannot be read as Parquet ({error})") from None


def _of_hub(table: Table, choose: Choice) -> Iterator[Row]:
    from datasets import load_dataset

    called = f"{table.hub} at {str(table.commit)[:8]}"
    split = table.split or "train"
    try:
        data = load_dataset(table.hub, table.name, split=split, revision=table.commit, streaming=True)
        if data.column_names:
            data = data.select_columns(choose(data.column_names, called))
        for number, row in enumerate(data, 1):
            yield f"{called}, row {number} of {split}", f"row {number}", row
    except InputError:
        raise
    except (OSError, ValueError, RuntimeError) as error:
        raise InputError(f"{called}: cannot be read ({_first_line(error)}); {table.advice}.") from error


def _first_line(error: BaseException) -> str:
    return next((line.strip() for line in str(error).splitlines() if line.strip()), type(error).__name__)
