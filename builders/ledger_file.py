"""The ledger's file: its tables, and opening it so that nothing is lost and nothing foreign is touched."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from synthsmith.verification.errors import InputError

APPLICATION_ID = 0x5359534D  # "SYSM"
VERSION = 1
BUSY_SECONDS = 60.0

_SCHEMA = f"""
CREATE TABLE prompts (
    digest BLOB PRIMARY KEY,
    messages BLOB NOT NULL            -- JSON, zlib
) STRICT;
CREATE TABLE replies (
    id INTEGER PRIMARY KEY,
    key BLOB NOT NULL UNIQUE,         -- Request.key
    stage TEXT NOT NULL,
    subject TEXT NOT NULL,
    template TEXT NOT NULL,
    template_digest TEXT NOT NULL,
    prompt BLOB NOT NULL REFERENCES prompts (digest),
    sample INTEGER NOT NULL,
    asked TEXT NOT NULL,              -- the model that was asked
    decoding TEXT NOT NULL,           -- JSON
    failed INTEGER NOT NULL,          -- 1: the endpoint gave nothing, the next run asks again
    finish_reason TEXT NOT NULL,
    model TEXT NOT NULL,              -- the model that answered, in its own words
    prompt_tokens INTEGER,
    completion_tokens INTEGER,
    error TEXT NOT NULL,
    text BLOB NOT NULL                -- zlib. Last, so that counting reads nothing of it
) STRICT;
PRAGMA application_id = {APPLICATION_ID};
PRAGMA user_version = {VERSION};
"""
INSERT_PROMPT = "INSERT INTO prompts (digest, messages) VALUES (?, ?) ON CONFLICT DO NOTHING"
INSERT_REPLY = """
INSERT INTO replies (key, stage, subject, template, template_digest, prompt, sample, asked, decoding,
                     failed, text, finish_reason, model, prompt_tokens, completion_tokens, error)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (key) DO UPDATE SET
    failed = excluded.failed, text = excluded.text, finish_reason = excluded.finish_reason,
    model = excluded.model, prompt_tokens = excluded.prompt_tokens,
    completion_tokens = excluded.completion_tokens, error = excluded.error
WHERE failed = 1
"""
SELECT_REPLY = """
SELECT text, finish_reason, model, prompt_tokens, completion_tokens, error
FROM replies WHERE key = ? AND failed = 0
"""
SELECT_ACCOUNT = """
SELECT asked, stage, count(*), sum(failed), sum(prompt_tokens), sum(completion_tokens),
       sum(failed = 0 AND completion_tokens IS NULL)
FROM replies GROUP BY asked, stage ORDER BY asked, stage
"""


def connect(path: Path) -> sqlite3.Connection:
    """A connection that any thread may use, one at a time, and that waits for other processes."""
    connection = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)
    connection.execute("PRAGMA synchronous = FULL")
    return connection


def prepare(connection: sqlite3.Connection, path: Path) -> None:
    """Make the tables in a new file; InputError where the file is something else."""
    if not _is_ledger(connection, path):
        with transaction(connection):
            if not _is_ledger(connection, path):  # another process may have been first
                for statement in _SCHEMA.split(";"):
                    connection.execute(statement)
    if connection.execute("PRAGMA journal_mode").fetchall() != [("wal",)]:
        connection.execute("PRAGMA journal_mode = WAL")


def _is_ledger(connection: sqlite3.Connection, path: Path) -> bool:
    """Whether the tables are there; False for a file still empty, InputError for any other."""
    [(application,)] = connection.execute("PRAGMA application_id").fetchall()
    [(version,)] = connection.execute("PRAGMA user_version").fetchall()
    if application == APPLICATION_ID and version == VERSION:
        return True
    if application == APPLICATION_ID:
        raise InputError(
            f"{path} was written by another version of SynthSmith (schema {version}, not {VERSION})."
        )
    if connection.execute("SELECT name FROM sqlite_master LIMIT 1").fetchall():
        raise InputError(f"{path} is not a ledger of SynthSmith but another SQLite file.")
    return False


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """Write all or nothing of what is done inside."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
