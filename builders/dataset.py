"""From finished attempts to Parquet: `folder/<config>/train-*.parquet` for every config that has rows.

The rows of `rl` come easiest first, in files by how easy they are (`bands.py`); those of all other configs in
the order of the draws, so that a build that goes on with more tasks adds rows behind those that there were.

Two draws may come to one statement: their subtrees and styles are the same, and with them every prompt, or a
model said the same twice. The draw with the lowest index stands, however it ended; the others are rejected as
its duplicates, here and not in the pipeline, so that it never depends on which of them was finished first.
So are tasks that are nearly the same as an earlier one, and those that overlap with a benchmark
(`removing.py`).
"""

import hashlib
from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from synthsmith.builders import bands, evidence, removing, rows, schemas, shards
from synthsmith.builders.assembly import TEST_BYTES
from synthsmith.builders.attempts import Attempt, path_of, paths, read, read_all
from synthsmith.builders.duplicates import USUAL, Release, Removal, Search, Searched
from synthsmith.builders.model import digest
from synthsmith.verification.decision import Verified
from synthsmith.verification.errors import InputError


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


@dataclass(frozen=True, slots=True)
class Survey:
    """What a pass over all attempts finds: an entry of each, and what is `removed`, by index."""

    entries: tuple[Entry, ...]
    removed: dict[int, Removal]
    searched: Searched


def assemble(
    attempts: Path,
    folder: Path,
    release: Release = USUAL,
    *,
    test_bytes: int | None = TEST_BYTES,
    row_group_bytes: int = shards.ROW_GROUP_BYTES,
    shard_bytes: int = shards.SHARD_BYTES,
) -> tuple[shards.Written, ...]:
    """What was written of each config, empty ones included; InputError where nothing was attempted.

    `test_bytes` is as for `rows.rl`, the others as for `shards.write`. Memory holds one attempt, one row
    group, a few kB per attempt, whatever the size of the build, and the benchmarks' words.
    """
    found = look_through(attempts, release)
    if not found.entries:
        raise InputError(f"{attempts} holds no finished attempt; make a build first: synthsmith build.")
    written = []
    for config, features in schemas.SCHEMAS.items():
        order = in_order(config, found.entries, found.removed)
        write = bands.write if config == "rl" else shards.write
        written.append(
            write(
                config,
                examples(config, attempts, order, found.removed, test_bytes),
                features,
                folder / config,
                row_group_bytes=row_group_bytes,
                shard_bytes=shard_bytes,
            )
        )
    tasks = {entry.index: entry.task_id for entry in found.entries}
    removing.write(folder, tasks, found.removed, found.searched)
    return tuple(written)


def look_through(folder: Path, release: Release = USUAL) -> Survey:
    """A pass over all attempts that keeps little of each, and what has to be removed.

    InputError where an attempt or a benchmark cannot be read.
    """
    with Search(release) as search:
        entries = survey(folder, lambda attempt: removing.take(search, attempt))
        draws = {entry.index: entry.draw for entry in entries}
        return Survey(entries, *removing.removed(search, draws, repeats(entries)))


def survey(folder: Path, watch: Callable[[Attempt], None] = lambda attempt: None) -> tuple[Entry, ...]:
    """One entry per attempt, in the order of their indexes; each is shown to `watch` on the way."""
    entries = []
    for attempt in read_all(folder):
        watch(attempt)
        entries.append(_entry(attempt))
    return tuple(entries)


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


def in_order(config: str, entries: Iterable[Entry], removed: Container[int] = ()) -> list[int]:
    """The attempts that may have rows in a config, in its order: `rl` easiest first, others as drawn."""
    entries = tuple(entries)
    if config != "attempts":
        entries = tuple(entry for entry in entries if entry.index not in removed)
    if config not in ("attempts", "sft_hybrid"):
        entries = tuple(entry for entry in entries if entry.verified)
    if config == "rl":
        entries = tuple(sorted(entries, key=_by_ease))
    return [entry.index for entry in entries]


def examples(
    config: str,
    folder: Path,
    indexes: Iterable[int],
    removed: Mapping[int, Removal],
    test_bytes: int | None = TEST_BYTES,
) -> Iterator[tuple[str, evidence.Row]]:
    """Key and row of all examples, one attempt in memory at a time; `removed` is that of a survey.

    A key is an index and, where an attempt gives several rows, a candidate. InputError where one comes twice.
    """
    for index in indexes:
        attempt = read(folder, index)
        if attempt is None:
            raise InputError(
                f"{path_of(folder, index)} went away or broke while it was used; run the build again."
            )
        if index in removed:
            attempt = removing.without(attempt, removed[index])
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
