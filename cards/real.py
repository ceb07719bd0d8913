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
from synthsmith.builders.foreign.real import CONFIG, RL_REAL, Origin, RealFacts, RealRows
from synthsmith.cards.card import UNFILLED, environment, size_category
from synthsmith.cards.fields import MEANINGS, Field, type_text
from synthsmith.verification.errors import InputError

ALIAS = "rl"  # the same files, under the name by which a build's are loaded
_NEW = ".dataset.new"
_MEANINGS = {
    **MEANINGS["rl"],
    "task_id": "Hash of the statement, the declaration and the inputs that were kept.",
    "draw": "Null: nothing was drawn.",
    "style": "Null: not known.",
    "features": "Empty: not known.",
    "pass_rate": "Mean over the programs of the share of kept cases that each passes.",
    "solved_rate": "Share of the programs that pass every kept case.",
    "prompt": "One user turn: the statement as it was given and what is asked of the answer.",
    "reward_model": "`ground_truth` is JSON `{inputs, outputs}`, with `fn_name` where a function is called; "
    "test code is under `assert_case`.",
    "extra_info": "`index` is the problem's place among those that were read. The rest is what a reward "
    "needs beside the tests, for verl passes it nothing else.",
    "entry": "The declaration of the function to be called, `assertions` for test code, null for a program.",
    "checker": "How outputs are compared: a kind, or JSON where it has options.",
    "golden_program": "The vote's choice, else a program that passes all tests; null where there is none.",
    "golden_candidate": "Which program that was.",
    "golden_probability": "By the vote's own estimate; null where it chose none.",
    "model_name": "Null: not known.",
    "case_kinds": "Always `nominal`: not known.",
    "origin": "The data set or the files that the problem is from.",
    "origin_revision": "The commit on the Hub; null for files.",
    "origin_layout": "The layout by which it was read; null for rows in SynthSmith's own format.",
    "origin_id": "The problem's id there.",
    "origin_row": "The file and row there.",
    "origin_licence": "The licence that the row states; null where it states none.",
    "case_names": "What the source, or its layout, calls each test.",
    "case_evidence": "Why each test was kept: `vote` (the label, and the given output where there is one), "
    "`agreement` (no vote; all programs that ended well give the given output), `assertion` (one passes).",
}


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
    fields = [Field(name, type_text(feature), _MEANINGS[name]) for name, feature in RL_REAL.items()]
    text = (
        environment()
        .get_template("real.md.jinja")
        .render(yaml=_metadata(facts).to_yaml(), facts=facts, origin=origin, fields=fields, config=CONFIG)
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
    for name in (CONFIG, ALIAS):
        split = SplitInfo(name="train", num_bytes=written.memory_bytes, num_examples=written.rows)
        infos[name] = DatasetInfo(
            features=RL_REAL,
            splits=SplitDict({"train": split}),
            download_size=written.file_bytes,
            dataset_size=written.memory_bytes,
        )
        configs[name] = {"data_files": [{"split": "train", "path": f"{CONFIG}/train-*"}]}
    configs[CONFIG]["default"] = True
    infos.to_dataset_card_data(data)
    configs.to_dataset_card_data(data)
    return data
