"""What is known of batches across runs: one small JSON file each, so that nothing is paid for twice.

A record is on the disk before the server is asked to make the batch: with the keys of its requests, the id of
the file that they were uploaded as, and a token that goes along as the batch's metadata. The server's id of
the batch is added when it is known. After a crash in between, token and file tell whether there is a batch.

Records are kept. Which replies are recorded the ledger knows; a request that is not recorded and whose key is
in a record is answered from that batch, which costs nothing.
"""

import json
import secrets
from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from synthsmith.builders.attempts import write_whole
from synthsmith.verification.errors import InputError

FAILED = "failed"  # how a batch ended of which nothing was run
PREFIX_DIGITS = 16


@dataclass(frozen=True, slots=True)
class Record:
    """One batch. `keys` holds 64 bits of each request's key, in order, for there may be millions.

    `batch` is the server's id, empty as long as it is not known. `ended` is the server's word for how it
    ended, empty until all that it gave was handed over; `served`: an answer was among it.
    """

    path: Path
    token: str
    file: str
    keys: "array[int]"
    batch: str = ""
    ended: str = ""
    served: bool = False

    def holds(self, key: str) -> bool:
        """Whether the request with this key is in the batch."""
        prefix = _prefix(key)
        place = bisect_left(self.keys, prefix)
        return place < len(self.keys) and self.keys[place] == prefix


class Records:
    """The records in a folder of the batches at one address; InputError where one cannot be read."""

    def __init__(self, folder: Path, address: str) -> None:
        self.folder, self.address = folder, address
        self._known: dict[str, Record] = {}
        for path in sorted(folder.glob("*.json")):
            record = _read(path, address)
            if record is not None:
                self._known[record.token] = record

    def __iter__(self) -> Iterator[Record]:
        return iter(tuple(self._known.values()))

    def find(self, key: str) -> Record | None:
        """The newest batch with the request that has this key; None where it is in none that was run."""
        for record in reversed(self._known.values()):
            if record.ended != FAILED and record.holds(key):
                return record
        return None

    def add(self, model: str, file: str, keys: Iterable[str]) -> Record:
        """A new record, on the disk."""
        self.folder.mkdir(parents=True, exist_ok=True)
        last = max(map(_number, self.folder.glob("*.json")), default=0)
        token, told = secrets.token_hex(16), sorted(keys)
        path = self.folder / f"{last + 1:06d}-{token[:8]}.json"  # another process may take the same number
        _write(path, {"token": token, "file": file, "address": self.address, "model": model, "keys": told})
        record = Record(path, token, file, _prefixes(told))
        self._known[token] = record
        return record

    def update(
        self, record: Record, *, batch: str | None = None, ended: str | None = None, served: bool = False
    ) -> Record:
        """The record with what is now known of it, on the disk."""
        now = replace(record, batch=batch or record.batch, ended=ended or record.ended)
        now = replace(now, served=served or record.served)
        told = json.loads(record.path.read_bytes())
        _write(record.path, {**told, "batch": now.batch, "ended": now.ended, "served": now.served})
        self._known[record.token] = now
        return now

    def drop(self, record: Record) -> None:
        """Forget a batch that the server was never asked for, or did not make."""
        record.path.unlink()
        del self._known[record.token]


def _read(path: Path, address: str) -> Record | None:
    """The record in a file; None where it is of another address."""
    try:
        told = json.loads(path.read_bytes())
        if told["address"] != address:
            return None
        _number(path)
        known = (str(told.get("batch", "")), str(told.get("ended", "")), bool(told.get("served")))
        return Record(path, str(told["token"]), str(told["file"]), _prefixes(told["keys"]), *known)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, OSError):
        raise InputError(
            f"{path} is no record of a batch: remove it, and its requests are paid for anew."
        ) from None


def _number(path: Path) -> int:
    return int(path.stem.partition("-")[0])


def _write(path: Path, told: dict[str, object]) -> None:
    keys = told.pop("keys")
    write_whole(path, json.dumps({**told, "keys": keys}, indent=0) + "\n")


def _prefixes(keys: Iterable[str]) -> "array[int]":
    return array("Q", sorted(map(_prefix, keys)))


def _prefix(key: str) -> int:
    return int(key[:PREFIX_DIGITS], 16)
