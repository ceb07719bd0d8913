"""`manifest.json`: what a release consists of, so that anybody can check what they have of it.

It names the version, the one before it, the rows and columns of every config, and every other file of the
release with its size and digests (SHA-256, and git's own, by which the Hub lists small files). No clock, no
paths: the same release has the same bytes.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import ClassVar

from huggingface_hub.hf_api import RepoFile
from pydantic import TypeAdapter
from synthsmith.cards.release.contents import MANIFEST, Config
from synthsmith.cards.release.pieces import Piece
from synthsmith.verification.errors import InputError

FORMAT = 1


@dataclass(frozen=True, slots=True)
class Sum:
    """A file's size and digests."""

    size: int
    sha256: str
    blob: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """What is told of a release."""

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    format: int
    version: str
    previous: str | None
    generator: str
    configs: tuple[Config, ...]
    files: dict[str, Sum]

    def config(self, name: str) -> Config | None:
        """The config of this name, if there is one."""
        return next((config for config in self.configs if config.name == name), None)


def make(
    version: str, previous: str | None, generator: str, configs: tuple[Config, ...], pieces: Iterable[Piece]
) -> Manifest:
    """The manifest of a release that has these files besides it."""
    sums = {piece.path: Sum(piece.size, piece.sha256, piece.blob) for piece in pieces}
    return Manifest(FORMAT, version, previous, generator, configs, dict(sorted(sums.items())))


def to_text(manifest: Manifest) -> str:
    """The text of the file."""
    return json.dumps(asdict(manifest), ensure_ascii=False, indent=1) + "\n"


def from_file(path: Path, where: str) -> Manifest:
    """The manifest in a file; InputError where it is none that can be read."""
    try:
        found = TypeAdapter(Manifest).validate_json(path.read_bytes())
    except (OSError, ValueError) as error:  # a ValidationError is one
        raise InputError(f"{where}: its {MANIFEST} cannot be read ({type(error).__name__}).") from None
    if found.format != FORMAT:
        raise InputError(
            f"{where}: its {MANIFEST} has the format {found.format}, this SynthSmith knows {FORMAT}."
        )
    return found


def is_same(entry: RepoFile, kept: Sum | Piece) -> bool:
    """Whether a file on the Hub has this content, by the digest that the Hub tells of it."""
    if entry.lfs is not None:
        return entry.lfs.sha256 == kept.sha256 and entry.size == kept.size
    return entry.blob_id == kept.blob


def disagreement(manifest: Manifest, tree: Mapping[str, RepoFile]) -> str | None:
    """How the files that are there differ from what the manifest says; None where they do not."""
    for path, kept in manifest.files.items():
        if path not in tree:
            return f"{path} is missing"
        if not is_same(tree[path], kept):
            return f"{path} is not what the manifest says"
    return None
