"""`BUILD/dataset`: exactly the repository that goes to the Hub, made beside the old one, then exchanged.

    BUILD/dataset/README.md, <config>/train-*.parquet     what a reader sees, whole at any moment
    BUILD/dataset/figures/*.png                           the figures that the card shows
    BUILD/dataset/dataset_info.json                       what there is, for LLaMA-Factory
    BUILD/dataset/searched.json, removed.jsonl            what was looked for, and what was removed for it
    BUILD/.dataset.new/                                   where the next one grows; thrown away if left behind
    BUILD/coverage.json                                   the features of BUILD/features.json, and their use
    BUILD/.dataset.json                                   the digest of all that the present one was made of

A run that is killed leaves the old data set, and the next run starts the new one over: the same attempts give
the same bytes. Where nothing changed, nothing is written.
"""

import ctypes
import hashlib
import json
import os
import shutil
from dataclasses import asdict, replace
from importlib.metadata import PackageNotFoundError, version
from importlib.resources import files
from pathlib import Path

from synthsmith.builders.attempts import write_if_other, write_whole
from synthsmith.builders.dataset import assemble, attempts_digest
from synthsmith.builders.duplicates import release_digest
from synthsmith.builders.export import llama_factory
from synthsmith.builders.folder import hold
from synthsmith.builders.hf_builders import code_digest
from synthsmith.builders.model import digest
from synthsmith.builders.real.merged import Files, merge, real_files
from synthsmith.cards.card import Edition, Provenance, render_card
from synthsmith.cards.facts import Facts, count
from synthsmith.cards.plots import pictures, save
from synthsmith.cards.strict import check_head
from synthsmith.cards.tree import tree_facts
from synthsmith.verification.errors import InputError
from synthsmith.verification.measured import FILE, measured

# What the bytes of Parquet, card and figures hang on.
_LIBRARIES = ("datasets", "datasketch", "huggingface_hub", "matplotlib", "pillow", "pyarrow")
_NEW, _OLD = ".dataset.new", ".dataset.old"
_AT_FDCWD, _RENAME_EXCHANGE = -100, 2


def make_dataset(build: Path, provenance: Provenance, edition: Edition) -> Facts:
    """The facts of BUILD/dataset, which holds the rows of BUILD/attempts and their card when this returns."""
    with hold(build):
        return _make_dataset(build.absolute(), provenance, edition)


def _make_dataset(build: Path, provenance: Provenance, edition: Edition) -> Facts:
    target, staging, stamp = build / "dataset", build / _NEW, build / ".dataset.json"
    asked = provenance.settings.dataset
    real = real_files(asked.real)
    if any(file.absolute().is_relative_to(target) for files in real for file in files):
        raise InputError(
            f"{target} is named as a source of itself (real); give folders of synthsmith verify."
        )
    made_of = _made_of(build, provenance, edition, real)
    _clear(build)
    if target.is_dir() and _is_stamped(stamp, _stamp(made_of, target)):
        return facts_of(build, target, provenance)
    try:
        staging.mkdir()
        assemble(build / "attempts", staging, provenance.settings.release, test_bytes=asked.test_bytes)
        merge(real, staging, asked.test_bytes)
        facts = facts_of(build, staging, provenance)
        save(pictures(facts, measured()), staging)
        card = render_card(facts, provenance, edition)
        check_head(card, staging)
        (staging / "README.md").write_text(card, encoding="utf-8")
        info = llama_factory.dataset_info((config.name for config in facts.configs), edition.repository)
        (staging / llama_factory.INFO).write_text(info, encoding="utf-8")
        if not (target.is_dir() and _same(staging, target)):
            _sync(staging)
            _exchange(staging, target)
        write_whole(stamp, _stamp(made_of, target))
        _clear(build)
    except OSError as error:
        _clear(build)  # where the disk is full, this is room
        raise InputError(f"{target} cannot be written ({error}); the attempts are kept.") from error
    except InputError:
        _clear(build)  # what was not fit to be put in place
        raise
    return facts


def facts_of(build: Path, dataset: Path, provenance: Provenance) -> Facts:
    """The facts of the data set and, where there is one, of its feature tree, whose coverage is written."""
    facts = count(dataset)
    if not (build / "features.json").is_file():
        return facts
    tree, text = tree_facts(build / "features.json", dataset, provenance.settings.sampling)
    write_if_other(build / "coverage.json", text)
    return replace(facts, tree=tree)


def _made_of(build: Path, provenance: Provenance, edition: Edition, real: tuple[Files, ...]) -> str:
    """The SHA-256 over all that the bytes of a data set depend on."""
    here = Path(__file__).parent
    others = (Path(llama_factory.__file__), *here.glob("plots/*.py"), *here.glob("templates/*.jinja"))
    sources = [path.read_text(encoding="utf-8") for path in sorted((*here.glob("*.py"), *others))]
    sources.append(files("synthsmith.verification").joinpath(FILE).read_text(encoding="utf-8"))
    libraries = [_version(name) for name in _LIBRARIES]
    told = json.dumps([asdict(provenance), asdict(edition)], sort_keys=True)
    tree = _sha256(build / "features.json") if (build / "features.json").is_file() else ""
    foreign = [[_sha256(file) for file in files] for files in real]
    searched = release_digest(provenance.settings.release)
    attempts = attempts_digest(build / "attempts")
    return digest([attempts, tree, code_digest(), sources, libraries, told, foreign, searched])


def _version(library: str) -> str:
    try:
        return version(library)
    except PackageNotFoundError:
        raise InputError(
            f"Making a data set and its card needs {library}, which is not installed: pip install {library}."
        ) from None


def _stamp(made_of: str, target: Path) -> str:
    """What is remembered of a finished data set: its origin, and its files with their SHA-256."""
    files = {str(path.relative_to(target)): _sha256(path) for path in _files(target)}
    return json.dumps({"made_of": made_of, "files": files}, indent=1) + "\n"


def _is_stamped(stamp: Path, text: str) -> bool:
    return stamp.is_file() and stamp.read_bytes() == text.encode()


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def _same(one: Path, other: Path) -> bool:
    """Whether two folders hold the same files with the same contents."""
    return [(p.relative_to(one), _sha256(p)) for p in _files(one)] == [
        (p.relative_to(other), _sha256(p)) for p in _files(other)
    ]


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _sync(folder: Path) -> None:
    """Have everything below the folder on the disk before its name changes."""
    for path in (*_files(folder), *(p for p in folder.rglob("*") if p.is_dir()), folder):
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _exchange(staging: Path, target: Path) -> None:
    """Put the new folder in the old one's place in one step; the old one is then where the new one was."""
    if not target.exists():
        staging.rename(target)
        return
    libc = ctypes.CDLL(None)
    names = (os.fsencode(staging), os.fsencode(target))
    if not hasattr(libc, "renameat2") or libc.renameat2(
        _AT_FDCWD, names[0], _AT_FDCWD, names[1], _RENAME_EXCHANGE
    ):
        # No exchange (NFS, an old libc): a moment without a data set; killed in it, the next run mends it.
        target.rename(target.with_name(_OLD))
        staging.rename(target)


def _clear(build: Path) -> None:
    """Throw away what an earlier run left behind, or this one exchanged."""
    for name in (_NEW, _OLD):
        shutil.rmtree(build / name, ignore_errors=True)
