"""The page and the folder of a cleaned data set: smaller than a build's, for less is known of its making.

A build's card tells models, prompts, costs and a funnel of drawn tasks. None of that is known here, so this
one tells what is: the source and its revision, how many tests held and by which evidence, and the columns.
"""

import shutil
from pathlib import Path

from datasets import DatasetInfo
from datasets.info import DatasetInfosDict
from datasets.splits import SplitDict, SplitInfo
from datasets.utils.metadata import MetadataConfigs
from huggingface_hub import DatasetCardData
from synthsmith.builders.real.cleaned import RealFacts, RealRows
from synthsmith.builders.real.origin import Origin
from synthsmith.builders.schemas import REAL, RL_REAL
from synthsmith.cards.card import Edition, environment, size_category
from synthsmith.cards.certificate import CERTIFICATE
from synthsmith.cards.fields import fields
from synthsmith.cards.histogram import spread
from synthsmith.cards.lengths import lengths
from synthsmith.cards.marks import tally_rates
from synthsmith.cards.plots import Picture, difficulty, save, text_lengths
from synthsmith.cards.strict import check_head, check_text
from synthsmith.verification.errors import InputError

ALIAS = "rl"  # the same files, under the name by which a build's are loaded
REAL_EDITION = Edition(pretty_name="Real problems, verified with SynthSmith", license="", language="")
DATASET, _NEW = "dataset", ".dataset.new"


def make_real_dataset(folder: Path, rows: RealRows, origin: Origin, name: str = DATASET) -> RealFacts:
    """What `folder/name` holds when this returns; there is no such folder where there are no rows."""
    staging, target = folder / _NEW, folder / name
    shutil.rmtree(staging, ignore_errors=True)
    try:
        staging.mkdir(parents=True)
        facts = rows.write(staging)
        if facts.written.rows:
            shown = real_pictures(staging)
            save(shown, staging)
            card = render_real_card(facts, origin, shown)
            check_head(card, staging)
            (staging / "README.md").write_text(card, encoding="utf-8")
        if target.exists():
            shutil.rmtree(target)
        if facts.written.rows:
            staging.rename(target)
    except OSError as error:
        raise InputError(
            f"{target} cannot be written ({error}); the labels and findings are kept."
        ) from error
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    return facts


def real_pictures(dataset: Path) -> dict[str, Picture]:
    """The figures of a cleaned data set, by name: how hard its problems are, how long its prompts."""
    tally = tally_rates(dataset / REAL)
    rates, solved = spread(tally, "pass_rate"), spread(tally, "solved_rate")
    found = [difficulty(rates.bins, solved)] if rates.count else []
    prompts = lengths(dataset / REAL, "prompt", "prompt.list.element.content")
    if prompts:
        found.append(text_lengths((prompts,)))
    return {picture.name: picture for picture in found}


def render_real_card(
    facts: RealFacts, origin: Origin, pictures: dict[str, Picture], edition: Edition = REAL_EDITION
) -> str:
    """The text of README.md; an empty licence or language is one that is not told."""
    text = (
        environment()
        .get_template("real.md.jinja")
        .render(
            yaml=_metadata(facts, edition).to_yaml(),
            facts=facts,
            origin=origin,
            edition=edition,
            fields=fields(REAL),
            config=REAL,
            pictures=pictures,
            certificate=CERTIFICATE,
        )
    )
    check_text(text)
    return text


def _metadata(facts: RealFacts, edition: Edition) -> DatasetCardData:
    written = facts.written
    data = DatasetCardData(
        language=[edition.language] if edition.language else None,
        license=edition.license or None,
        pretty_name=edition.pretty_name,
        size_categories=[size_category(written.rows)],
        task_categories=["text-generation", "reinforcement-learning"],
        tags=["code", "competitive-programming", "verified", "synthsmith"],
    )
    infos, configs = DatasetInfosDict(), MetadataConfigs()
    for name in (REAL, ALIAS):
        split = SplitInfo(name="train", num_bytes=written.memory_bytes, num_examples=written.rows)
        infos[name] = DatasetInfo(
            features=RL_REAL,
            splits=SplitDict({"train": split}),
            download_size=written.file_bytes,
            dataset_size=written.memory_bytes,
        )
        configs[name] = {
            "data_files": [{"split": "train", "path": f"{REAL}/train-*"}],
            "version": edition.version,
        }
    configs[REAL]["default"] = True
    infos.to_dataset_card_data(data)
    configs.to_dataset_card_data(data)
    return data
