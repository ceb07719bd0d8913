"""ms-swift: JSON lines with `messages`, for SFT and for GRPO with the reward plugin of this package.

    swift sft --dataset FILE ...
    swift rlhf --rlhf_type grpo --dataset FILE --external_plugins PLUGIN --reward_funcs synthsmith ...

PLUGIN is what `synthsmith.verification.rewards.ms_swift_plugin()` gives. No other column has a name that
ms-swift reads as one of its own (`schemas.ALIASES`): they reach the reward as they are.
"""

from synthsmith.builders.export.target import (
    RL_COLUMNS,
    SFT_COLUMNS,
    Row,
    Stage,
    Target,
    asked,
    judged_by,
    tests_of,
    truth_of,
)


def _sft(row: Row) -> Row:
    return {"messages": row["messages"]}


def _grpo(row: Row) -> Row:
    tests_of(row)
    return {
        "messages": [{"role": "user", "content": asked(row)}],
        "task_id": row["task_id"],
        "ground_truth": truth_of(row),
        **judged_by(row),
    }


SFT = Target(Stage.SFT, SFT_COLUMNS, _sft)
GRPO = Target(Stage.RL, RL_COLUMNS, _grpo)
