"""Who is asking for what: claims in the ledger, so that two processes on one file pay for no reply twice.

Before a request goes out its key is claimed in the name of an owner, one open `Ledger` in one process.
Whoever wants the same key waits until the reply is there or the claim is void, and then asks itself. A claim
is void

- when it is given back: with the reply, with the failure, or because the asking was called off;
- when its process has ended, which a process of the same host sees at once (pid and start time);
- when its owner was not renewed for `VALID_SECONDS`: it runs on another host, or is stopped.

A claim costs one narrow row, and those that are taken together one transaction. It need not reach the disk:
after a power cut no claimant is left.
"""

import os
import secrets
import sqlite3
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

RENEW_SECONDS = 15.0
VALID_SECONDS = 90.0

_TAKE = """
INSERT INTO claims (key, owner, asked, stage)
SELECT ?1, ?2, ?3, ?4 WHERE NOT EXISTS (SELECT 1 FROM replies WHERE key = ?1 AND failed = 0)
ON CONFLICT DO NOTHING
"""
_OWNER_OF = """
SELECT owners.id, host, pid, started, until
FROM claims LEFT JOIN owners ON owners.id = claims.owner WHERE key = ?
"""


@dataclass(frozen=True, slots=True)
class Owner:
    """One open ledger. `started` is when its process began, `until` (seconds since 1970) when it is void."""

    id: int
    host: str
    pid: int
    started: int
    until: float = 0.0

    def valid(self) -> bool:
        """Whether its claims hold."""
        if self.until <= time.time():
            return False
        return self.host != host() or not _ended(self.pid, self.started)


@dataclass(frozen=True, slots=True)
class Claim:
    """What is to be asked: the request's key, and for whoever looks on, its model and stage."""

    key: bytes
    asked: str
    stage: str


@dataclass(frozen=True, slots=True)
class GiveBack:
    """The end of a claim without a reply; without a key it ends nothing."""

    key: bytes | None = None


class Claims:
    """The claims of one owner. What writes belongs into a transaction of the caller's."""

    def __init__(self) -> None:
        self.owner = Owner(secrets.randbits(62), host(), os.getpid(), _stat(os.getpid())[1])
        self._renewed = float("-inf")

    @property
    def due(self) -> bool:
        """Whether the owner should be renewed."""
        return time.monotonic() - self._renewed >= RENEW_SECONDS

    def renew(self, connection: sqlite3.Connection) -> None:
        """Make the owner's claims hold for another `VALID_SECONDS`."""
        owner = self.owner
        connection.execute(
            "INSERT OR REPLACE INTO owners (id, host, pid, started, until) VALUES (?, ?, ?, ?, ?)",
            (owner.id, owner.host, owner.pid, owner.started, time.time() + VALID_SECONDS),
        )
        self._renewed = time.monotonic()

    def take(self, connection: sqlite3.Connection, wanted: Sequence[Claim]) -> tuple[bool, ...]:
        """Which of them are ours now; the others are answered, or another owner's."""
        if self.due and (wanted or self.begun):
            self.renew(connection)
        taken = [self._take(connection, claim) for claim in wanted]
        if not all(taken) and sweep(connection):
            taken = [had or self._take(connection, claim) for had, claim in zip(taken, wanted, strict=True)]
        return tuple(taken)

    def give_back(self, connection: sqlite3.Connection, keys: Sequence[bytes]) -> None:
        """End claims; those that are no longer ours stay."""
        rows = [(key, self.owner.id) for key in keys]
        connection.executemany("DELETE FROM claims WHERE key = ? AND owner = ?", rows)

    def end(self, connection: sqlite3.Connection) -> None:
        """End all claims of the owner, and the owner."""
        connection.execute("DELETE FROM claims WHERE owner = ?", (self.owner.id,))
        connection.execute("DELETE FROM owners WHERE id = ?", (self.owner.id,))
        self._renewed = float("-inf")

    @property
    def begun(self) -> bool:
        """Whether the file may hold anything of this owner."""
        return self._renewed > float("-inf")

    def _take(self, connection: sqlite3.Connection, claim: Claim) -> bool:
        row = (claim.key, self.owner.id, claim.asked, claim.stage)
        return connection.execute(_TAKE, row).rowcount == 1


def free(connection: sqlite3.Connection, key: bytes) -> bool:
    """Whether nobody holds a valid claim for the key."""
    rows = connection.execute(_OWNER_OF, (key,)).fetchall()
    return not rows or rows[0][0] is None or not Owner(*rows[0]).valid()


def owners(connection: sqlite3.Connection) -> tuple[Owner, ...]:
    """All owners in the file, valid or not."""
    rows = connection.execute("SELECT id, host, pid, started, until FROM owners ORDER BY id").fetchall()
    return tuple(Owner(*row) for row in rows)


def sweep(connection: sqlite3.Connection) -> int:
    """How many claims were removed because they are void; their owners are removed as well."""
    gone = [(owner.id,) for owner in owners(connection) if not owner.valid()]
    connection.executemany("DELETE FROM owners WHERE id = ?", gone)
    return connection.execute("DELETE FROM claims WHERE owner NOT IN (SELECT id FROM owners)").rowcount


@cache
def host() -> str:
    """What tells the processes of this machine, since it booted and in this container, from all others."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        where = f"{boot} {os.readlink('/proc/self/ns/pid')}"
    except OSError:  # then nobody is taken for a neighbour, and claims end by expiry alone
        where = secrets.token_hex(16)
    return f"{os.uname().nodename} {where}"


def _ended(pid: int, started: int) -> bool:
    """Whether the process of that pid is no more, or is another one by now."""
    try:
        state, began = _stat(pid)
    except OSError:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        except PermissionError:
            pass  # another user's, and hidden from us (proc(5), hidepid)
        return False
    return state in (b"Z", b"X") or began != started


def _stat(pid: int) -> tuple[bytes, int]:
    """The state of a process and when it began, in ticks since the boot (proc(5), stat, fields 3 and 22)."""
    fields = Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()
    return fields[0], int(fields[19])
