"""verl: Parquet for RL, with what SynthSmith's reward needs in `extra_info`, and for SFT.

    data.train_files=FILE reward.custom_reward_function.path=pkg://synthsmith.verification.rewards

Rows and tests keep their order: easiest first (set `data.shuffle=False` to follow it), and of each row the
tests that find out most first, for verl's own SandboxFusion client scores ten. That client compares stdout
exactly, knows no checker, and gives programs 1024 MB unless told by `reward.sandbox_fusion.memory_limit_mb`.
"""

from collections.abc import Mapping

from datasets import Features, List, Value
from synthsmith.builders.export.target import RL_COLUMNS, SFT_COLUMNS, Row, Stage, Target, tests_of
from synthsmith.builders.schemas import RL as PUBLISHED
from synthsmith.verification.errors import InputError
from synthsmith.verification.rewards.row import FIELDS

_TEXT = Value("string")
_MESSAGES = List({"role": _TEXT, "content": _TEXT})
_VERLS = ("data_source", "prompt", "ability", "reward_model")
_TOLD = {"task_id": _TEXT, "pass_rate": Value("float64")}


def _rl(row: Row) -> Row:
    tests_of(row)
    extra = row["extra_info"]
    if not isinstance(extra, Mapping):
        raise InputError("extra_info is no struct.")
    told = {name: row[name] for name in (*FIELDS, *_TOLD)}
    extra_info = {"split": extra["split"], "index": extra["index"], **told}
    return {**{name: row[name] for name in _VERLS}, "extra_info": extra_info}


def _sft(row: Row) -> Row:
    return {"messages": row["messages"]}


RL = Target(
    Stage.RL,
    RL_COLUMNS,
    _rl,
    Features(
        {
            **{name: PUBLISHED[name] for name in _VERLS},
            "extra_info": {
                "split": _TEXT,
                "index": Value("int64"),
                **{name: PUBLISHED[name] for name in FIELDS},
                **_TOLD,
            },
        }
    ),
)
SFT = Target(Stage.SFT, SFT_COLUMNS, _sft, Features({"messages": _MESSAGES}))
