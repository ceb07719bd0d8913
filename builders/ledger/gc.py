"""Clearing out a ledger: what nothing refers to, and, if asked, replies to templates that have changed."""

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from synthsmith.builders.ledger import claims as ledger_claims
from synthsmith.builders.ledger.file import transaction
from synthsmith.builders.ledger.stats import size
from synthsmith.verification.errors import InputError

IDS_AT_ONCE = 2_000  # so that the WAL stays short
MOST_FREE = 0.01  # of the file: for less it is not written anew, which takes minutes where it has gigabytes

_STALE = (
    "id > ? AND id <= ? AND (template, template_digest) NOT IN (SELECT template, digest FROM temp.current)"
)


@dataclass(frozen=True, slots=True)
class Freed:
    """What was dropped, and by how much the file is shorter.

    `prompts` had nothing that referred to them, `claims` were void, `replies` and `failed` requests were of
    templates that have changed.
    """

    prompts: int
    claims: int
    replies: int
    failed: int
    file_bytes: int


def collect(connection: sqlite3.Connection, path: Path, current: Mapping[str, str] | None = None) -> Freed:
    """What was freed. Replies stay, unless `current` has the digests of today's templates by their names.

    Then those that were asked for with others are dropped. InputError where another process is asking for
    replies. Killed halfway it has dropped a part, and nothing else has changed.
    """
    before = size(path)
    with transaction(connection):
        claims = ledger_claims.sweep(connection)
        active = ledger_claims.owners(connection)
    if active:
        where = f"process {active[0].pid} on {active[0].host.split()[0]}"
        raise InputError(f"{path} is in use ({where}): wait until it has ended.")
    replies, failed = _drop_stale(connection, current) if current is not None else (0, 0)
    with transaction(connection):
        prompts = connection.execute(
            "DELETE FROM prompts WHERE digest NOT IN (SELECT prompt FROM replies)"
        ).rowcount
    [(free,)] = connection.execute("PRAGMA freelist_count").fetchall()
    [(pages,)] = connection.execute("PRAGMA page_count").fetchall()
    if free > MOST_FREE * pages:
        _vacuum(connection, path)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    return Freed(prompts, claims, replies, failed, before - size(path))


def _drop_stale(connection: sqlite3.Connection, current: Mapping[str, str]) -> tuple[int, int]:
    """How many replies and how many failed requests were dropped."""
    connection.execute("CREATE TEMP TABLE current (template TEXT, digest TEXT)")
    connection.executemany("INSERT INTO temp.current VALUES (?, ?)", list(current.items()))
    [(last,)] = connection.execute("SELECT coalesce(max(id), 0) FROM replies").fetchall()
    replies = failed = 0
    for first in range(0, last, IDS_AT_ONCE):
        ids = (first, first + IDS_AT_ONCE)
        with transaction(connection):
            stale = f"SELECT id FROM replies WHERE {_STALE}"
            texts = connection.execute(f"DELETE FROM texts WHERE id IN ({stale})", ids).rowcount
            rows = connection.execute(f"DELETE FROM replies WHERE {_STALE}", ids).rowcount
        replies, failed = replies + texts, failed + rows - texts
    return replies, failed


def _vacuum(connection: sqlite3.Connection, path: Path) -> None:
    """Give free pages back. SQLite's copy goes onto the ledger's own disk, not into a /tmp of any size."""
    folder = str(path.parent).replace("'", "''")
    connection.execute(f"PRAGMA temp_store_directory = '{folder}'")
    try:
        connection.execute("VACUUM")
    finally:
        connection.execute("PRAGMA temp_store_directory = ''")
