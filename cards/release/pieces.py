"""The files of a release: where each is, and by which digests it is known."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

CHUNK_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Piece:
    """A file of the repository; `source` is a file here, or the content. `blob` is git's id of it."""

    path: str
    source: Path | bytes
    size: int
    sha256: str
    blob: str


def of_text(path: str, text: str) -> Piece:
    """A file that holds this text."""
    data = text.encode()
    blob = hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()
    return Piece(path, data, len(data), hashlib.sha256(data).hexdigest(), blob)


def of_file(path: str, source: Path) -> Piece:
    """A file that is here, read once for both digests."""
    size = source.stat().st_size
    sha256, blob = hashlib.sha256(), hashlib.sha1(b"blob %d\0" % size)
    with source.open("rb") as file:
        while chunk := file.read(CHUNK_BYTES):
            sha256.update(chunk)
            blob.update(chunk)
    return Piece(path, source, size, sha256.hexdigest(), blob.hexdigest())
