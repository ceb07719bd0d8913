"""The rows of one config of a data set: of a build, of its `dataset` folder, or on the Hub. Streamed."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from synthsmith.builders.export.target import Row
from synthsmith.builders.tables import commit_of
from synthsmith.verification.errors import InputError

_CARD = "README.md"  # says where the rows of which config are
_BATCH = 8  # rows at a time: they may hold megabytes of tests


@dataclass(frozen=True, slots=True)
class Source:
    """`where` is what messages call it; `path` and `commit` are for `load_dataset`."""

    where: str
    path: str
    commit: str | None


def source_at(given: str, revision: str | None) -> Source:
    """The data set in a folder, or on the Hub at a branch, tag or commit; InputError where there is none."""
    folder = Path(given)
    if not folder.exists():
        commit = commit_of(given, revision)
        return Source(f"{given} at {commit[:8]}", given, commit)
    if revision is not None:
        raise InputError(f"--revision is for data sets on the Hub; {given} is a path.")
    for inside in (folder / "dataset", folder):
        if (inside / _CARD).is_file():
            return Source(str(inside), str(inside.resolve()), None)
    raise InputError(
        f"{given} holds no data set (a {_CARD} and Parquet); give a build's folder or a data set's."
    )


def rows(
    source: Source, config: str, columns: Sequence[str], limit: int | None = None
) -> Iterator[tuple[str, Row]]:
    """Place and row, in order; InputError where there is no such config, or it lacks one of the columns."""
    from datasets import get_dataset_config_names, load_dataset
    from pyarrow.dataset import ParquetFragmentScanOptions

    try:
        names = get_dataset_config_names(source.path, revision=source.commit)
        if config not in names:
            raise InputError(f"{source.where} has no config {config!r}; it has {', '.join(names)}.")
        data = load_dataset(
            source.path,
            config,
            split="train",
            revision=source.commit,
            streaming=True,
            batch_size=_BATCH,
            fragment_scan_options=ParquetFragmentScanOptions(pre_buffer=False, use_buffered_stream=True),
        )
        missing = [name for name in columns if name not in (data.column_names or columns)]
        if missing:
            raise InputError(
                f"{source.where}: config {config} has no column {missing[0]!r}; name another one."
            )
        for number, row in enumerate(islice(data.select_columns(list(columns)), limit), 1):
            yield f"{source.where}, {config}, row {number}", row
    except InputError:
        raise
    except (OSError, ValueError, RuntimeError) as error:
        raise InputError(f"{source.where}: cannot be read ({' '.join(str(error).split())}).") from error
