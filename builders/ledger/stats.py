"""What is in a ledger, in numbers."""

import re
import sqlite3
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from synthsmith.builders.ledger import Account, account
from synthsmith.builders.ledger.claims import owners

# Of what an endpoint says, addresses, draws and counts differ from reply to reply, the reason does not.
_VARYING = re.compile(r"(?<= of )[^,]*(?=, last with)|\d{4,}")
_LONGEST = 160

Reasons = tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Stats:
    """A ledger in numbers.

    `in_flight` counts the requests of each model and stage that are being asked for now, `void` the claims
    that processes have left behind which are no more. `useless` are the reasons of replies without an answer,
    `failures` those of requests without a reply, the most frequent first. gc would give `free_bytes` back.
    """

    accounts: tuple[Account, ...]
    in_flight: tuple[tuple[str, str, int], ...]
    void: int
    useless: Reasons
    failures: Reasons
    prompts: int
    file_bytes: int
    free_bytes: int


def stats(connection: sqlite3.Connection, path: Path) -> Stats:
    """The ledger in numbers; reads the rows of useless replies and of failures, and no text."""
    valid = {owner.id for owner in owners(connection) if owner.valid()}
    claims = connection.execute("SELECT owner, asked, stage FROM claims").fetchall()
    in_flight = Counter((asked, stage) for owner, asked, stage in claims if owner in valid)
    [(prompts,)] = connection.execute("SELECT count(*) FROM prompts").fetchall()
    [(free,)] = connection.execute("PRAGMA freelist_count").fetchall()
    [(page,)] = connection.execute("PRAGMA page_size").fetchall()
    return Stats(
        accounts=account(connection),
        in_flight=tuple((*who, count) for who, count in sorted(in_flight.items())),
        void=len(claims) - in_flight.total(),
        useless=_reasons(connection, "SELECT error FROM replies WHERE error <> ''"),
        failures=_reasons(connection, "SELECT failure FROM replies WHERE failed = 1"),
        prompts=prompts,
        file_bytes=size(path),
        free_bytes=free * page,
    )


def size(path: Path) -> int:
    """Bytes of the ledger on disk, with what waits in its WAL."""
    files = (path, path.with_name(f"{path.name}-wal"))
    return sum(file.stat().st_size for file in files if file.exists())


def _reasons(connection: sqlite3.Connection, query: str) -> Reasons:
    counts: Counter[str] = Counter()
    for (said,) in connection.execute(query):
        counts[_VARYING.sub("…", said)[:_LONGEST]] += 1
    return tuple(counts.most_common())
