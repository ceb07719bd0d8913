"""Files that are there whole or not at all: made in a folder beside, then renamed."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from synthsmith.verification.locks import lock

# Who names an output so means a file: a folder of that name would be handed to a trainer as one.
SUFFIXES = frozenset({".jsonl", ".json", ".parquet", ".csv", ".tsv", ".arrow", ".gz"})


@contextmanager
def beside(file: Path) -> Iterator[Path]:
    """An empty folder on the same disk, gone in the end; what a killed process left in it is thrown away.

    So is the folder that `file` was to be in, where it was made for this and nothing came of it. InputError
    where another process is making the same file.
    """
    folder = file.with_name(f".{file.name}.new")
    there = file.parent.exists()
    folder.mkdir(parents=True, exist_ok=True)
    made = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        lock(made, f"another process is writing {file}: wait for it, or name another file.")
        for left in folder.iterdir():
            left.unlink()
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)
            if not there:
                with suppress(OSError):  # it is not empty
                    file.parent.rmdir()
    finally:
        os.close(made)


def put(made: Path, file: Path) -> None:
    """Give the finished file its name, durably."""
    _sync(made)
    made.replace(file)
    _sync(file.parent)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
