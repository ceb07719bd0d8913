"""The data set's page: facts, settings and schemas rendered into README.md, strictly.

A fact that is missing stops the card; it never prints as nothing. (`DatasetCard.from_template` is lenient, so
the rendering is our own.) The YAML at its head is what `load_dataset` and the Hub go by.
"""

import re
from dataclasses import asdict, dataclass

from datasets import DatasetInfo, Version
from datasets.info import DatasetInfosDict
from datasets.splits import SplitDict, SplitInfo
from datasets.utils.metadata import MetadataConfigs
from huggingface_hub import DatasetCardData
from jinja2 import Environment, PackageLoader, StrictUndefined
from synthsmith.builders import settings as build_settings
from synthsmith.builders.costs import bill
from synthsmith.builders.hf_builders import CITATION, DEFAULT_CONFIG, DESCRIPTIONS, HOMEPAGE
from synthsmith.builders.history import Stage
from synthsmith.builders.ledger import Account
from synthsmith.builders.schemas import PUBLISHED, REAL
from synthsmith.builders.settings import ModelSettings, Settings
from synthsmith.cards.certificate import CERTIFICATE
from synthsmith.cards.facts import Facts
from synthsmith.cards.fields import Field, fields
from synthsmith.prompts import template_digest, templates
from synthsmith.verification.errors import InputError
from synthsmith.verification.types import Method

UNFILLED = "[More Information Needed]"
BAR_WIDTH = 40
TOP_FEATURES = 20
_SIZES = (
    (10**3, "n<1K"),
    (10**4, "1K<n<10K"),
    (10**5, "10K<n<100K"),
    (10**6, "100K<n<1M"),
    (10**7, "1M<n<10M"),
)
_CONTROL = re.compile(r"[\x00-\x1f\x7f]+")


@dataclass(frozen=True, slots=True)
class Edition:
    """How a data set is published. `repository` is its id on the Hub, None where it has none yet."""

    version: str = "0.1.0"
    pretty_name: str = "SynthSmith verified competitive programming"
    license: str = "apache-2.0"
    language: str = "en"
    repository: str | None = None


@dataclass(frozen=True, slots=True)
class Provenance:
    """What a data set was made with: the settings, what models were asked for, SynthSmith's version."""

    settings: Settings
    account: tuple[Account, ...]
    generator: str


def render_card(facts: Facts, provenance: Provenance, edition: Edition) -> str:
    """The text of README.md; InputError where something that it needs is missing."""
    try:
        Version(edition.version)
    except ValueError as error:
        raise InputError(f"The version {edition.version!r} is not like 1.2.0.") from error
    shown = provenance.settings
    text = (
        environment()
        .get_template("card.md.jinja")
        .render(
            yaml=metadata(facts, edition).to_yaml(),
            facts=facts,
            edition=edition,
            generator=provenance.generator,
            bill=bill(provenance.account, shown.prices),
            settings=shown,
            paper=shown.verification.method is Method.MAJORITY,
            settings_digest=build_settings.digest(shown),
            templates=[(name, template_digest(name)) for name in templates()],
            descriptions=DESCRIPTIONS,
            certificate=CERTIFICATE,
            tables=_tables(facts),
            default=default_config(facts),
            names=[config.name for config in facts.configs],
            top_features=facts.features[:TOP_FEATURES],
            citation=CITATION,
            homepage=HOMEPAGE,
        )
    )
    if UNFILLED in text:
        raise InputError(f"The card holds {UNFILLED!r}; a fact is missing.")
    return text


def _tables(facts: Facts) -> list[tuple[str, tuple[Field, ...]]]:
    """The fields tables with their headings; of `rl_real` what is not as in `rl`."""
    tables = [
        ("SFT (the same in all `sft_*` configs)", fields("sft_verified")),
        *((name, fields(name)) for name in ("rl", "attempts")),
    ]
    if any(config.name == REAL for config in facts.configs):
        known = set(fields("rl"))
        tables.append((f"{REAL} (else as `rl`)", tuple(f for f in fields(REAL) if f not in known)))
    return tables


def metadata(facts: Facts, edition: Edition) -> DatasetCardData:
    """The YAML head: licence, tags, where each config's files are, its columns and its number of rows."""
    data = DatasetCardData(
        language=[edition.language],
        license=edition.license,
        pretty_name=edition.pretty_name,
        size_categories=[size_category(max(config.rows for config in facts.configs))],
        task_categories=["text-generation", "reinforcement-learning"],
        annotations_creators=["machine-generated"],
        language_creators=["machine-generated"],
        source_datasets=["original", *(each.shown for each in facts.origins if each.revision)],
        tags=["code", "competitive-programming", "synthetic", "reasoning", "verified", "synthsmith"],
    )
    infos, configs = DatasetInfosDict(), MetadataConfigs()
    for config in facts.configs:
        split = SplitInfo(name="train", num_bytes=config.memory_bytes, num_examples=config.rows)
        infos[config.name] = DatasetInfo(
            features=PUBLISHED[config.name],
            splits=SplitDict({"train": split}),
            download_size=config.file_bytes,
            dataset_size=config.memory_bytes,
        )
        configs[config.name] = {
            "data_files": [{"split": "train", "path": f"{config.name}/train-*"}],
            "version": edition.version,
        }
    configs[default_config(facts)]["default"] = True
    infos.to_dataset_card_data(data)
    configs.to_dataset_card_data(data)
    return data


def default_config(facts: Facts) -> str:
    """The config that is loaded where none is named: `sft_verified`, or the first that has rows."""
    names = [config.name for config in facts.configs]
    return DEFAULT_CONFIG if DEFAULT_CONFIG in names else names[0]


def size_category(rows: int) -> str:
    """The Hub's word for so many rows."""
    return next((word for limit, word in _SIZES if rows < limit), "n>10M")


def bar(number: int, most: int) -> str:
    """A bar as long as the number's share of the largest; something is never shown as nothing."""
    return "█" * (max(1, round(BAR_WIDTH * number / most)) if number else 0)


def cell(text: object) -> str:
    """A text that a model may have written, made safe for a cell of a Markdown table."""
    plain = _CONTROL.sub(" ", str(text)).replace("&", "&amp;").replace("<", "&lt;")
    return re.sub(r"([\\\\`*_\[\]|$])", r"\\\1", plain)


def size(number: int) -> str:
    """Bytes as people read them, in decimal units."""
    for limit, unit in ((10**9, "GB"), (10**6, "MB"), (10**3, "kB")):
        if number >= limit:
            return f"{number / limit:.1f} {unit}"
    return f"{number} B"


def sampling(model: ModelSettings) -> str:
    """How a model was asked to sample, in words: only what was asked; nothing is sampled from recordings."""
    if model.recorded:
        return "recorded replies, nothing is sampled"
    asked = asdict(model.decoding())
    extra = asked.pop("extra_body")
    shown = [f"{name} {value}" for name, value in asked.items() if value is not None]
    return ", ".join([*shown, *([extra] if extra != "{}" else [])]) or "as the server does by itself"


def percent(part: int, whole: int) -> str:
    """The share in per cent; a dash where there is nothing to have a share of."""
    return f"{100 * part / whole:.1f} %" if whole else "–"


def nodes_of(stage: Stage, category: str) -> int:
    """How many features a category had at this stage."""
    return next((size.nodes for size in stage.sizes if size.category == category), 0)


def environment() -> Environment:
    """The card's Jinja environment: an undefined name is an error, never nothing."""
    env = Environment(
        loader=PackageLoader("synthsmith.cards"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,  # Markdown, not HTML; `cell` escapes what models wrote
    )
    env.filters.update(cell=cell, nodes_of=nodes_of, sampling=sampling, size=size)
    env.globals.update(bar=bar, percent=percent)
    return env
