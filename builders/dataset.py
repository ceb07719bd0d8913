"""From finished attempts to Parquet: `folder/<config>/train-*.parquet` for every config that has rows.

The rows of `rl` come easiest first, in files by how easy they are (`bands.py`); those of all other configs in
the order of the draws, so that a build that goes on with more tasks adds rows behind those that there were.

Two draws may come to one statement: their subtrees and styles are the same, and with them every prompt, or a
model said the same twice. The draw with the lowest index stands, however it ended; the others are rejected as
its duplicates, here and not in the pipeline, so that it never depends on which of them was finished first.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from synthsmith.builders import bands, evidence, rows, schemas, shards
from synthsmith.builders.assembly import TEST_BYTES
from synthsmith.builders.attempts import Attempt, path_of, paths, read, read_all
from synthsmith.builders.model import digest
from synthsmith.verification.errors import InputError
from synthsmith.verification.types import Reason, Rejected, Verified


@dataclass(frozen=True, slots=True)
class Entry:
    """What the order of rows needs to know of an attempt; `statement` is a hash, None where there is none.

    `ease` is the pass rate of its proxies, or the candidates' where it has none.
    """

    index: int
    draw: str
    task_id: str
    statement: bytes | None
    verified: bool
    pass_rate: float
    ease: float


def assemble(
    attempts: Path,
    folder: Path,
    *,
    test_bytes: int | None = TEST_BYTES,
    row_group_bytes: int = shards.ROW_GROUP_BYTES,
    shard_bytes: int = shards.SHARD_BYTES,
) -> tuple[shards.Written, ...]:
    """What was written of each config, empty ones included; InputError where nothing was attempted.

    `test_bytes` is as for `rows.rl`, the others as for `shards.write`. Memory holds one attempt, one row
    group and under 1 kB per attempt, whatever the size of the build.
    """
    entries = survey(attempts)
    if not entries:
        raise InputError(f"{attempts} holds no finished attempt; make a build first: synthsmith build.")
    repeated = repeats(entries)
    written = []
    for config, features in schemas.SCHEMAS.items():
        found = examples(config, attempts, in_order(config, entries), repeated, test_bytes)
        write = bands.write if config == "rl" else shards.write
        written.append(
            write(
                config,
                found,
                features,
                folder / config,
                row_group_bytes=row_group_bytes,
                shard_bytes=shard_bytes,
            )
        )
    return tuple(written)


def survey(folder: Path) -> tuple[Entry, ...]:
    """One entry per attempt, in the order of their indexes: a pass over all that keeps little of each."""
    return tuple(map(_entry, read_all(folder)))


def repeats(entries: Iterable[Entry]) -> dict[int, str]:
    """The attempts, by index, whose statement an earlier attempt has, and the name of that one's draw."""
    first: dict[bytes, str] = {}
    found = {}
    for entry in sorted(entries, key=lambda entry: entry.index):
        if entry.statement is None:
            continue
        if entry.statement in first:
            found[entry.index] = first[entry.statement]
        else:
            first[entry.statement] = entry.draw
    return found


def in_order(config: str, entries: Iterable[Entry]) -> list[int]:
    """The attempts that may have rows in a config, in its order: `rl` easiest first, others as drawn."""
    entries = tuple(entries)
    if config != "attempts":
        repeated = repeats(entries)
        entries = tuple(entry for entry in entries if entry.index not in repeated)
    if config not in ("attempts", "sft_hybrid"):
        entries = tuple(entry for entry in entries if entry.verified)
    if config == "rl":
        entries = tuple(sorted(entries, key=_by_ease))
    return [entry.index for entry in entries]


def examples(
    config: str,
    folder: Path,
    indexes: Iterable[int],
    repeated: Mapping[int, str],
    test_bytes: int | None = TEST_BYTES,
) -> Iterator[tuple[str, evidence.Row]]:
    """Key and row of all examples, one attempt in memory at a time; `repeated` is what `repeats` gave.

    A key is an index and, where an attempt gives several rows, a candidate. InputError where one comes twice.
    """
    for index in indexes:
        attempt = read(folder, index)
        if attempt is None:
            raise InputError(
                f"{path_of(folder, index)} went away or broke while it was used; run the build again."
            )
        if index in repeated:
            attempt = _duplicate(attempt, repeated[index])
        seen = set()
        for row in rows.rl(attempt, test_bytes) if config == "rl" else rows.VIEWS[config](attempt):
            key = f"{index}/{row.get('candidate', '')}"
            if key in seen:
                raise InputError(f"{config}: two rows have the key {key}; every row needs its own.")
            seen.add(key)
            yield key, row


def attempts_digest(folder: Path) -> str:
    """The SHA-256 over the names and contents of all attempts."""
    whole = hashlib.sha256()
    for path in paths(folder):
        content = hashlib.sha256(path.read_bytes()).hexdigest()
        whole.update(f"{path.relative_to(folder)} {content}\n".encode())
    return whole.hexdigest()


def _duplicate(attempt: Attempt, of: str) -> Attempt:
    """The attempt with its evidence, turned down for having the statement of another draw."""
    detail = f"the statement is that of the draw {of}"
    return replace(attempt, outcome=Rejected(Reason.DUPLICATE, detail, attempt.outcome.certificate))


def _by_ease(entry: Entry) -> tuple[float, float, str, int]:
    """The easiest first; of tasks that proxies find equally hard, the one that candidates find easier."""
    return (-entry.ease, -entry.pass_rate, entry.task_id, entry.index)


def _entry(attempt: Attempt) -> Entry:
    task, certificate = attempt.task, attempt.outcome.certificate
    return Entry(
        attempt.index,
        attempt.draw,
        task.id if task else "",
        bytes.fromhex(digest([task.statement, task.starter_code])) if task else None,
        isinstance(attempt.outcome, Verified),
        (evidence.pass_rate(certificate) if certificate else None) or 0.0,
        evidence.ease(attempt) or 0.0,
    )
