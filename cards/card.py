"""The data set's page: facts, settings and schemas rendered into README.md, strictly.

A fact that is missing stops the card; it never prints as nothing. (`DatasetCard.from_template` is lenient, so
the rendering is our own.) The YAML at its head is what `load_dataset` and the Hub go by.
"""

from dataclasses import dataclass
from functools import cache

from datasets import DatasetInfo, Version
from datasets.info import DatasetInfosDict
from datasets.splits import SplitDict, SplitInfo
from datasets.utils.metadata import MetadataConfigs
from huggingface_hub import DatasetCardData
from jinja2 import Environment, PackageLoader, StrictUndefined
from synthsmith.builders import settings as build_settings
from synthsmith.builders.costs import bill
from synthsmith.builders.hf_builders import CITATION, DEFAULT_CONFIG, DESCRIPTIONS, HOMEPAGE
from synthsmith.builders.ledger import Account
from synthsmith.builders.schemas import PUBLISHED, REAL
from synthsmith.builders.settings import Settings
from synthsmith.cards.certificate import BALLOTS, CERTIFICATE
from synthsmith.cards.facts import Facts
from synthsmith.cards.fields import Field, fields
from synthsmith.cards.plots import pictures
from synthsmith.cards.strict import check_text
from synthsmith.cards.words import (
    ANCHOR_WORDS,
    STAGE_WORDS,
    cell,
    code,
    nodes_of,
    percent,
    plain_name,
    plural,
    sampling,
    share,
    size,
    told,
)
from synthsmith.prompts import template_digest, templates
from synthsmith.verification.errors import InputError
from synthsmith.verification.measured import measured
from synthsmith.verification.rules import Method

TOP_FEATURES = 20
_SIZES = (
    (10**3, "n<1K"),
    (10**4, "1K<n<10K"),
    (10**5, "10K<n<100K"),
    (10**6, "100K<n<1M"),
    (10**7, "1M<n<10M"),
)


@dataclass(frozen=True, slots=True)
class Edition:
    """How a data set is published. `repository` is its id on the Hub, None where it has none yet.

    `changes` tells in Markdown what differs from the version before; it is empty where nothing was released.
    """

    version: str = "0.1.0"
    pretty_name: str = "SynthSmith verified competitive programming"
    license: str = "apache-2.0"
    language: str = "en"
    repository: str | None = None
    changes: str = ""


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
    if facts.searched is None:
        raise InputError("It is not on record which near-duplicates were looked for; run the build again.")
    shown = provenance.settings
    text = (
        environment()
        .get_template("card.md.jinja")
        .render(
            yaml=metadata(facts, edition).to_yaml(),
            facts=facts,
            known=measured(),
            pictures=pictures(facts, measured()),
            edition=edition,
            generator=provenance.generator,
            bill=bill(provenance.account, shown.prices),
            settings=shown,
            paper=shown.verification.method is Method.MAJORITY,
            settings_digest=build_settings.digest(shown),
            templates=[(name, template_digest(name)) for name in templates()],
            descriptions=DESCRIPTIONS,
            certificate=CERTIFICATE,
            ballots=BALLOTS,
            tables=_tables(facts),
            default=default_config(facts),
            names=[config.name for config in facts.configs],
            top_features=facts.features[:TOP_FEATURES],
            citation=CITATION,
            homepage=HOMEPAGE,
        )
    )
    check_text(text)
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


@cache
def environment() -> Environment:
    """The card's Jinja environment: an undefined name is an error, never nothing, and so is None or NaN."""
    env = Environment(
        loader=PackageLoader("synthsmith.cards"),
        undefined=StrictUndefined,
        finalize=told,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,  # Markdown, not HTML; `cell` escapes what models wrote
    )
    env.filters.update(cell=cell, code=code, nodes_of=nodes_of, plain_name=plain_name)
    env.filters.update(sampling=sampling, share=share, size=size)
    env.globals.update(percent=percent, plural=plural, stage_words=STAGE_WORDS, anchor_words=ANCHOR_WORDS)
    return env
