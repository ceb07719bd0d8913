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
from synthsmith.builders.foreign.real import Origin, RealFacts, RealRows
from synthsmith.builders.schemas import REAL, RL_REAL
from synthsmith.cards.card import UNFILLED, environment, size_category
from synthsmith.cards.certificate import CERTIFICATE
from synthsmith.cards.fields import fields
from synthsmith.verification.errors import InputError

ALIAS = "rl"  # the same files, under the name by which a build's are loaded
_NEW = ".dataset.new"


def make_real_dataset(folder: Path, rows: RealRows, origin: Origin) -> RealFacts:
    """What `folder/dataset` holds when this returns; there is no such folder where there are no rows."""
    staging, target = folder / _NEW, folder / "dataset"
    shutil.rmtree(staging, ignore_errors=True)
    try:
        staging.mkdir(parents=True)
        facts = rows.write(staging)
        if facts.written.rows:
            (staging / "README.md").write_text(render_real_card(facts, origin), encoding="utf-8")
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


def render_real_card(facts: RealFacts, origin: Origin) -> str:
    """The text of README.md."""
    text = (
        environment()
        .get_template("real.md.jinja")
        .render(
            yaml=_metadata(facts).to_yaml(),
            facts=facts,
            origin=origin,
            fields=fields(REAL),
            config=REAL,
            certificate=CERTIFICATE,
        )
    )
    if UNFILLED in text:
        raise InputError(f"The card holds {UNFILLED!r}; a fact is missing.")
    return text


def _metadata(facts: RealFacts) -> DatasetCardData:
    written = facts.written
    data = DatasetCardData(
        pretty_name="Real problems, verified with SynthSmith",
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
        configs[name] = {"data_files": [{"split": "train", "path": f"{REAL}/train-*"}]}
    configs[REAL]["default"] = True
    infos.to_dataset_card_data(data)
    configs.to_dataset_card_data(data)
    return data
