"""The files of a version onto this machine, each held against the manifest's digest."""

import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import pyarrow.parquet as pq
from synthsmith.builders.export.output import SUFFIXES
from synthsmith.cards.release.contents import CARD, MANIFEST, SUFFIX
from synthsmith.cards.release.manifest import Manifest
from synthsmith.cards.release.page import files_of
from synthsmith.cards.release.patience import Patience
from synthsmith.cards.release.remote import Release, Remote
from synthsmith.verification.errors import InputError

BATCH_ROWS = 64
LINES = ".jsonl"


def fetch(remote: Remote, release: Release, config: str | None, out: Path, patience: Patience) -> int:
    """How many rows of a config (or files, where `out` is a folder) were written.

    `out` named *.jsonl or *.parquet becomes one file with the config's rows; otherwise it is a folder that
    gets the config's files, or without a config the whole repository.
    """
    manifest = release.manifest
    assert manifest is not None
    if out.suffix in SUFFIXES - {LINES, SUFFIX} and not out.is_dir():
        raise InputError(f"{out}: rows are written as *{LINES} or *{SUFFIX}; name the file so, or a folder.")
    if out.suffix not in (LINES, SUFFIX):
        paths = [*manifest.files, MANIFEST] if config is None else _paths(remote, release, config, patience)
        for path in paths:
            _into_folder(remote, release, path, out, patience)
        return len(paths)
    if out.is_dir():
        raise InputError(f"{out} is a folder; name a file.")
    paths = _paths(remote, release, config, patience)
    sources = [_checked(remote, release, path, patience) for path in paths]
    with _whole(out) as file:
        return _lines(sources, file) if out.suffix == LINES else _parquet(sources, file)


def _paths(remote: Remote, release: Release, config: str | None, patience: Patience) -> list[str]:
    """The files of a config, of which the only one may be left out."""
    assert release.manifest is not None
    card = _checked(remote, release, CARD, patience).read_text(encoding="utf-8")
    configs = files_of(card, [path for path in release.manifest.files if path.endswith(SUFFIX)])
    if config is None and len(configs) == 1:
        return list(*configs.values())
    if config not in configs:
        asked = f"no config {config}" if config else "several configs; name one"
        raise InputError(f"{remote.repository} {release.version} has {asked}: {', '.join(sorted(configs))}.")
    return list(configs[config])


def _checked(remote: Remote, release: Release, path: str, patience: Patience) -> Path:
    """A file in huggingface_hub's cache that is what the manifest says."""
    found = patience.until(lambda: remote.file(path, release.sha), remote.repository)
    assert release.manifest is not None
    return _sound(found, release.manifest, path, f"{remote.repository} {release.version}")


def _into_folder(remote: Remote, release: Release, path: str, folder: Path, patience: Patience) -> None:
    def download() -> Path | None:
        return remote.file(path, release.sha, folder)

    found = patience.until(download, remote.repository)
    assert release.manifest is not None
    if path != MANIFEST:
        _sound(found, release.manifest, path, f"{remote.repository} {release.version}")


def _sound(found: Path | None, manifest: Manifest, path: str, where: str) -> Path:
    if found is None:
        raise InputError(f"{where}: {path} is missing.")
    with found.open("rb") as file:
        if hashlib.file_digest(file, "sha256").hexdigest() != manifest.files[path].sha256:
            raise InputError(f"{found} is not what {where} says of {path}; remove it and load again.")
    return found


def _lines(sources: list[Path], out: IO[bytes]) -> int:
    rows = 0
    for source in sources:
        with pq.ParquetFile(source) as file:
            for batch in file.iter_batches(BATCH_ROWS):
                for row in batch.to_pylist():
                    out.write(json.dumps(row, ensure_ascii=False).encode() + b"\n")
                    rows += 1
    return rows


def _parquet(sources: list[Path], out: IO[bytes]) -> int:
    """The row groups of all files in one."""
    rows = 0
    schema = pq.read_schema(sources[0])
    with pq.ParquetWriter(out, schema, compression="zstd", write_page_index=True) as writer:
        for source in sources:
            with pq.ParquetFile(source) as file:
                for group in range(file.num_row_groups):
                    table = file.read_row_group(group)
                    writer.write_table(table, row_group_size=max(1, len(table)))
                    rows += len(table)
    return rows


@contextmanager
def _whole(path: Path) -> Iterator[IO[bytes]]:
    """A file that is there whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        with partial.open("wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
