"""One pass over all rows to be published: what tasks there are, secrets, and rows that are too large."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from synthsmith.cards.release.contents import CARD, SUFFIX, Contents
from synthsmith.cards.release.secrets import Secret, Watch
from synthsmith.cards.release.tasks import TaskList
from synthsmith.verification.errors import InputError

BATCH_ROWS = 256  # or a row group, which is smaller where rows are large
VIEWER_ROW_BYTES = 2_000_000  # the Hub's viewer does not show larger rows
MOST_SECRETS = 20


@dataclass(frozen=True, slots=True)
class Large:
    """The rows of a config that the viewer will not show, and the largest of them."""

    config: str
    rows: int
    most_bytes: int


def read(
    contents: Contents, tasks: TaskList, watch: Watch, note: Callable[[int], None] = lambda rows: None
) -> tuple[Large, ...]:
    """The rows that are too large for the viewer; `tasks` is filled. InputError for secrets."""
    found: list[Secret] = []
    large: list[Large] = []
    done = 0
    for config in contents.configs:
        over = most = 0
        for path, first, batch in batches(contents.folder, config.files):
            tasks.add(config.name, batch.to_pylist())
            found.extend(watch.in_batch(batch, str(contents.folder / path), first))
            _check(found)
            sizes = _large(batch)
            over, most = over + len(sizes), max([most, *sizes])
            done += len(batch)
            note(done)
        if over:
            large.append(Large(config.name, over, most))
    for piece in contents.pieces:
        if not piece.path.endswith(SUFFIX):
            found.extend(_in_file(contents.folder / piece.path, watch))
    _check(found, last=True)
    return tuple(large)


def compare_by(contents: Contents, tasks: TaskList, columns: Mapping[str, Sequence[str]]) -> None:
    """Fill `tasks` by fewer columns, those that an older version has."""
    for config in contents.configs:
        for _, _, batch in batches(contents.folder, config.files, columns.get(config.name)):
            tasks.add(config.name, batch.to_pylist())


def batches(
    folder: Path, files: Sequence[str], columns: Sequence[str] | None = None
) -> Iterator[tuple[str, int, pa.RecordBatch]]:
    """Some rows at a time: the file, the number of the first row in it, the rows."""
    for path in files:
        row = 1
        try:
            with pq.ParquetFile(folder / path) as file:
                for batch in file.iter_batches(BATCH_ROWS, columns=columns):
                    yield path, row, batch
                    row += len(batch)
        except (pa.ArrowException, OSError) as error:
            raise InputError(f"{folder / path} cannot be read after row {row - 1} ({error}).") from None


def check_text(watch: Watch, text: str, where: str) -> None:
    """InputError where a text that was made for the release holds what must not be published."""
    _check(list(watch.in_text(text, where)), last=True)


def _in_file(path: Path, watch: Watch) -> Iterator[Secret]:
    """What a file that is no Parquet holds; pictures too, for programs write paths into them."""
    if path.name == CARD:
        return
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            yield from watch.in_text(line.decode("latin-1"), f"{path}, line {number}")


def _large(batch: pa.RecordBatch) -> list[int]:
    """The sizes of the rows beyond what the viewer shows."""
    if batch.nbytes <= VIEWER_ROW_BYTES:
        return []
    sizes = [batch.slice(row, 1).nbytes for row in range(len(batch))]
    return [size for size in sizes if size > VIEWER_ROW_BYTES]


def _check(found: list[Secret], last: bool = False) -> None:
    if not found or (len(found) < MOST_SECRETS and not last):
        return
    first = found[0]
    more = f" ({len(found) - 1} more{'' if last else ' so far'})" if len(found) > 1 else ""
    raise InputError(
        f"{first.where}: holds {first.kind}, {first.shown!r}{more}; take it out, "
        "or allow it by --allow with a text that is in it."
    )
