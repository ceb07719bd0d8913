"""The ledger's file: opening it so that nothing is lost and nothing foreign is touched.

Of the journal mode (WAL) each connection takes care that the `-wal` file stays short however long is written:
it is folded into the file every `CHECKPOINT_PAGES`, and cut where it had to grow beyond that (somebody was
reading). No part of SynthSmith keeps a reading transaction open for longer than a page of rows.
"""

import sqlite3
import zlib
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from synthsmith.builders.ledger.schema import APPLICATION_ID, SCHEMA, UPGRADE, VERSION
from synthsmith.verification.errors import InputError

BUSY_SECONDS = 60.0
CHECKPOINT_PAGES = 4000  # 16 MB: an index page that many replies touch is written once for all of them
WAL_BYTES = 64 << 20  # what is left of a WAL that grew beyond it
CACHE_KIB = 16_384


def connect(path: Path) -> sqlite3.Connection:
    """A connection that any thread may use, one at a time, and that waits for other processes."""
    connection = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute(f"PRAGMA wal_autocheckpoint = {CHECKPOINT_PAGES}")
    connection.execute(f"PRAGMA journal_size_limit = {WAL_BYTES}")
    connection.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
    return connection


def prepare(connection: sqlite3.Connection, path: Path) -> None:
    """Make the tables in a new file, or those of today from older ones; InputError for any other file."""
    if _version(connection, path) != VERSION:
        with transaction(connection):
            version = _version(connection, path)  # another process may have been first
            if version != VERSION:
                for statement in UPGRADE if version else SCHEMA:
                    connection.execute(statement)
    if connection.execute("PRAGMA journal_mode").fetchall() != [("wal",)]:
        connection.execute("PRAGMA journal_mode = WAL")


def find(place: Path) -> Path:
    """The ledger's file, which may be named by its build's folder; InputError where there is none."""
    path = (place / "ledger.sqlite" if place.is_dir() else place).absolute()
    if not path.is_file() or not path.stat().st_size:
        raise InputError(f"{path} is not there, or is empty: name a ledger's file or the folder of a build.")
    return path


@contextmanager
def opened(path: Path) -> Iterator[sqlite3.Connection]:
    """A connection to a ledger that is there; what goes wrong inside is told in a sentence."""
    with sentences(path), closing(connect(path)) as connection:
        prepare(connection, path)
        yield connection


@contextmanager
def transaction(connection: sqlite3.Connection, *, durable: bool = True) -> Iterator[None]:
    """Write all or nothing of what is done inside; what is not `durable` a power cut may undo."""
    connection.execute(f"PRAGMA synchronous = {'FULL' if durable else 'NORMAL'}")
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


@contextmanager
def sentences(path: Path) -> Iterator[None]:
    """Turn what SQLite says into a sentence for the user."""
    try:
        yield
    except sqlite3.OperationalError as error:
        raise InputError(
            f"{path} cannot be used ({error}); replies recorded before are kept: see to the disk "
            "and the folder's permissions and run the same command again."
        ) from error
    except (sqlite3.DatabaseError, zlib.error, UnicodeDecodeError) as error:
        raise InputError(f"{path} is no ledger of SynthSmith, or is damaged ({error}).") from error


def _version(connection: sqlite3.Connection, path: Path) -> int:
    """The version of the tables that are there, 0 for a file still empty; InputError for any other."""
    [(application,)] = connection.execute("PRAGMA application_id").fetchall()
    [(version,)] = connection.execute("PRAGMA user_version").fetchall()
    if application == APPLICATION_ID and 1 <= version <= VERSION:
        return int(version)
    if application == APPLICATION_ID:
        raise InputError(
            f"{path} was written by another version of SynthSmith (schema {version}, not {VERSION})."
        )
    if connection.execute("SELECT name FROM sqlite_master LIMIT 1").fetchall():
        raise InputError(f"{path} is not a ledger of SynthSmith but another SQLite file.")
    return 0
