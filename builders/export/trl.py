"""TRL: Parquet of conversations, for SFTTrainer (prompt and completion: loss on the answer alone) and GRPO.

The published configs work as they are, too: SFTTrainer reads `messages`, GRPOTrainer `prompt`, and
`synthsmith.verification.rewards.code_reward` finds the tests in `reward_model`. An export is smaller.
"""

from datasets import Features, List, Value
from synthsmith.builders.export.target import RL_COLUMNS, SFT_COLUMNS, Row, Stage, Target, tests_of, truth_of
from synthsmith.builders.schemas import RL as PUBLISHED
from synthsmith.verification.rewards.row import FIELDS

_TEXT = Value("string")
_MESSAGES = List({"role": _TEXT, "content": _TEXT})


def _sft(row: Row) -> Row:
    return {
        "prompt": [{"role": "user", "content": row["query"]}],
        "completion": [{"role": "assistant", "content": row["response"]}],
    }


def _grpo(row: Row) -> Row:
    tests_of(row)
    told = {name: row[name] for name in ("task_id", *FIELDS)}
    return {"prompt": row["prompt"], "ground_truth": truth_of(row), **told}


SFT = Target(Stage.SFT, SFT_COLUMNS, _sft, Features({"prompt": _MESSAGES, "completion": _MESSAGES}))
GRPO = Target(
    Stage.RL,
    RL_COLUMNS,
    _grpo,
    Features(
        {
            "prompt": _MESSAGES,
            "ground_truth": Value("large_string"),
            "task_id": _TEXT,
            **{name: PUBLISHED[name] for name in FIELDS},
        }
    ),
)
