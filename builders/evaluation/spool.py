"""Texts that wait on the disk while an evaluation runs, in a file that SQLite makes and removes."""

import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

from synthsmith.verification.errors import InputError


def open_spool(table: str) -> sqlite3.Connection:
    """A base with this table, gone when it is closed; any thread may use it, one at a time."""
    base = sqlite3.connect("", isolation_level=None, check_same_thread=False)
    base.executescript(f"PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; BEGIN; CREATE TABLE {table}")
    return base


@contextmanager
def with_room() -> Iterator[None]:
    """Turn what SQLite says of a full disk into a sentence for the user."""
    try:
        yield
    except sqlite3.OperationalError as error:
        raise InputError(
            f"what has to wait on the disk found no room ({error}): make some in {tempfile.gettempdir()}, or "
            "name another folder in SQLITE_TMPDIR, and run the same command again."
        ) from error
