"""Whether a card is whole: what is missing stops it, and so does a head that does not fit the files.

What a name stands for is looked after while the card is rendered (`card.environment`); here the finished text
is read once more as its readers will, and its head as the Hub and `load_dataset` will. The Hub has a check of
its own (`RepoCard.validate`), which cannot be asked before there is a Hub.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import pyarrow.parquet as pq
from datasets import DatasetInfo, Features
from datasets.info import DatasetInfosDict
from datasets.utils.metadata import MetadataConfigs
from huggingface_hub import DatasetCard, DatasetCardData
from synthsmith.cards.licences import LICENCES
from synthsmith.cards.words import EMPTY_WORDS
from synthsmith.verification.errors import InputError

UNFILLED = "[More Information Needed]"
_FENCE = re.compile(r"^```.*?^```$", re.DOTALL | re.MULTILINE)
_HEADING = re.compile(r"^(#{1,6}) (.+)$")
_CELLS = re.compile(r"(?<!\\)\|")
_IMAGE = re.compile(r"!\[((?:\\.|[^\]\\])*)\]\(([^)]+)\)")
_RULE = re.compile(r"^[|:\- ]+$")


def check_text(text: str) -> None:
    """Nothing, or InputError where the page has a gap: an empty section or cell, a figure without words."""
    if UNFILLED in text:
        raise InputError(f"The card holds {UNFILLED!r}; a fact is missing.")
    page = _FENCE.sub("(code)", text.partition("\n---\n")[2])
    for title in _empty_sections(page):
        raise InputError(f"The card's section {title!r} is empty; a fact is missing.")
    for row in page.splitlines():
        if row.startswith("|") and not _RULE.match(row):
            for content in _CELLS.split(row)[1:-1]:
                if content.strip().strip("`").lower() in EMPTY_WORDS:
                    raise InputError(
                        f"A cell of the card says {content.strip()!r}: {row}; a fact is missing."
                    )
    for alt, path in _IMAGE.findall(page):
        if not alt.strip():
            raise InputError(f"The card's figure {path} has no words for those who do not see it.")


def check_head(text: str, folder: Path) -> None:
    """Nothing, or InputError where the card does not fit the files of the data set's folder."""
    data = DatasetCard(text).data
    assert isinstance(data, DatasetCardData)
    for licence in _listed(data.license):
        if licence not in LICENCES:
            raise InputError(
                f"The card's licence {licence!r} is none that the Hub knows, such as apache-2.0."
            )
    infos = DatasetInfosDict.from_dataset_card_data(data)
    configs = MetadataConfigs.from_dataset_card_data(data)
    if set(infos) != set(configs):
        raise InputError(
            f"The card tells of the configs {sorted(configs)}, and the columns of {sorted(infos)}."
        )
    defaults = [name for name, config in configs.items() if config.get("default")]
    if len(defaults) != 1:
        raise InputError(f"The card has {len(defaults)} default configs, not one: {defaults}.")
    found: set[Path] = set()
    for name, config in configs.items():
        for split, files in _files(config, folder):
            _check_files(name, split, infos[name], files)
            found.update(files)
    for file in sorted(folder.rglob("*.parquet")):
        if file not in found:
            raise InputError(f"No config of the card has the file {file.relative_to(folder)}.")
    _check_figures(text, folder)


def _check_files(name: str, split: str, info: DatasetInfo, files: list[Path]) -> None:
    if not files:
        raise InputError(f"The card's config {name} has no files for the split {split}.")
    for file in files:
        there = Features.from_arrow_schema(pq.read_schema(file))
        if there != info.features:
            odd = sorted({*there} ^ {*info.features}) or [c for c in there if there[c] != info.features[c]]
            raise InputError(f"{file}: the card's config {name} has other columns: {', '.join(odd)}.")
    rows = sum(pq.read_metadata(file).num_rows for file in files)
    said = (info.splits or {}).get(split)
    if said is None or said.num_examples != rows:
        number = "none" if said is None else said.num_examples
        raise InputError(f"The card says {number} rows of {name}, {split}; its files have {rows}.")


def _check_figures(text: str, folder: Path) -> None:
    shown = {path for _, path in _IMAGE.findall(text)}
    there = {f"figures/{file.name}" for file in (folder / "figures").glob("*")}
    if shown != there:
        raise InputError(f"The card shows the figures {sorted(shown)}; the folder has {sorted(there)}.")


def _files(config: dict[str, object], folder: Path) -> Iterator[tuple[str, list[Path]]]:
    """The splits of a config with their files."""
    given = config["data_files"]
    assert isinstance(given, list)
    for part in given:
        patterns = _listed(part["path"])
        yield part["split"], sorted({file for pattern in patterns for file in folder.glob(pattern)})


def _listed(value: object) -> list[str]:
    if value is None:
        return []
    return [str(each) for each in value] if isinstance(value, list) else [str(value)]


def _empty_sections(page: str) -> Iterator[str]:
    """The titles of sections in which nothing stands, not even a deeper one."""
    last: tuple[int, str] | None = None
    for line in page.splitlines():
        heading = _HEADING.match(line)
        if heading:
            level = len(heading[1])
            if last and level <= last[0]:
                yield last[1]
            last = (level, heading[2])
        elif line.strip():
            last = None
    if last:
        yield last[1]
