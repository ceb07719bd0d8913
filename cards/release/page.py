"""The card of one version in one repository, from the build or the verification that the rows are of."""

import ast
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from pathlib import Path

from datasets.info import DatasetInfosDict
from datasets.utils.metadata import MetadataConfigs
from huggingface_hub import DatasetCard
from pydantic import TypeAdapter
from synthsmith.builders.ledger import account
from synthsmith.builders.ledger.file import find, opened
from synthsmith.builders.settings import Settings
from synthsmith.cards.card import Edition, Provenance, render_card
from synthsmith.cards.real import REAL_EDITION, real_pictures, render_real_card
from synthsmith.cards.real_facts import read_real
from synthsmith.cards.release.contents import CARD, SUFFIX, Contents
from synthsmith.cards.repository import facts_of
from synthsmith.verification.errors import InputError

RECORD = "build.json"
Page = Callable[[Edition], str]
_PYTHON = re.compile(r"^```python\n(.*?)^```", re.DOTALL | re.MULTILINE)


def edition_of(folder: Path) -> Edition:
    """What a data set is called and licensed as where nothing else is said."""
    return Edition() if (folder / RECORD).is_file() else REAL_EDITION


def page_of(folder: Path, contents: Contents, generator: str) -> Page:
    """What renders the card of an edition; all that it tells is counted once, here.

    InputError where the folder is neither a build's nor a verification's.
    """
    if (folder / RECORD).is_file():
        with opened(find(folder)) as connection:
            provenance = Provenance(_settings(folder), account(connection), generator)
        facts = facts_of(folder, contents.folder, provenance)
        return lambda edition: render_card(facts, provenance, edition)
    real, origin = read_real(contents.folder)
    figures = real_pictures(contents.folder)
    return lambda edition: render_real_card(real, origin, figures, edition)


def check_page(text: str, contents: Contents, edition: Edition) -> None:
    """Nothing, or InputError where the card does not tell what is published, or not of this edition."""
    data = DatasetCard(text).data
    infos = DatasetInfosDict.from_dataset_card_data(data)
    versions = MetadataConfigs.from_dataset_card_data(data)
    paths = [path for config in contents.configs for path in config.files]
    configs = _files(versions, paths)
    for name, files in configs.items():
        there = sum(config.rows for config in contents.configs if set(config.files) <= set(files))
        said = sum(split.num_examples for split in infos[name].splits.values())
        if there != said:
            raise InputError(f"{CARD}: config {name}: says {said} rows, its files have {there}.")
        if versions[name].get("version") != edition.version:
            raise InputError(f"{CARD}: config {name}: is of the version {versions[name].get('version')}.")
    left_out = sorted(set(paths).difference(*configs.values()))
    if left_out:
        raise InputError(f"{CARD}: no config has the file {left_out[0]}.")
    for line in _unpinned(text, edition):
        raise InputError(f"{CARD}: a loading snippet is not pinned to v{edition.version}: {line}")


def files_of(text: str, paths: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Which of some files each config has, as the head of a card says."""
    return _files(MetadataConfigs.from_dataset_card_data(DatasetCard(text).data), paths)


def unfinished(folder: Path, contents: Contents) -> int:
    """How many tasks a build was asked for and has not attempted to the end."""
    if not (folder / RECORD).is_file():
        return 0
    attempted = sum(config.rows for config in contents.configs if config.name == "attempts")
    return max(0, _settings(folder).tasks - attempted)


def check_made(folder: Path, contents: Contents) -> None:
    """Nothing, or InputError where the rows are not as the build left them."""
    stamp = folder / ".dataset.json"
    if not (folder / RECORD).is_file():
        return
    try:
        files = dict(json.loads(stamp.read_bytes())["files"])
    except (OSError, ValueError, KeyError, TypeError):
        raise InputError(f"{stamp} cannot be read: run the build again, which makes the data set.") from None
    there = {piece.path: piece.sha256 for piece in contents.pieces if piece.path.endswith(SUFFIX)}
    for path, sha256 in files.items():
        if path.endswith(SUFFIX) and there.pop(path, None) != sha256:
            raise InputError(f"{contents.folder / path} is not as the build left it: run the build again.")
    for path in there:
        raise InputError(f"{contents.folder / path} was not made by the build: take it away.")


def _files(configs: Mapping[str, Mapping[str, object]], paths: Sequence[str]) -> dict[str, tuple[str, ...]]:
    return {
        name: tuple(
            path for path in paths if any(fnmatchcase(path, pattern) for pattern in _patterns(config))
        )
        for name, config in configs.items()
    }


def _settings(folder: Path) -> Settings:
    try:
        told = json.loads((folder / RECORD).read_bytes())["settings"]
        return TypeAdapter(Settings).validate_python(told)
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise InputError(
            f"{folder / RECORD} cannot be read ({type(error).__name__}): run the build again."
        ) from None


def _patterns(config: Mapping[str, object]) -> Iterator[str]:
    """The patterns of a config's files, in each of the forms that YAML may have."""
    given = config["data_files"]
    for part in given if isinstance(given, list) else [given]:
        paths = part["path"] if isinstance(part, dict) else part
        yield from map(str, paths if isinstance(paths, list) else [paths])


def _unpinned(text: str, edition: Edition) -> Iterator[str]:
    """The calls of `load_dataset` in snippets that do not name this edition's tag."""
    for code in _PYTHON.findall(text):
        for node in ast.walk(ast.parse(code)):
            if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("load_dataset"):
                pinned = {word.arg: ast.unparse(word.value) for word in node.keywords}.get("revision")
                if pinned != repr(f"v{edition.version}"):
                    yield ast.unparse(node)
