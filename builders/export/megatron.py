"""Megatron-LM: JSON lines with `text`, for `tools/preprocess_data.py`, or `messages`, for its SFT data set.

`text` holds the prompt, an empty line and the answer: no chat template, and no mark where the loss begins.
"""

from synthsmith.builders.export.target import SFT_COLUMNS, Row, Stage, Target


def _text(row: Row) -> Row:
    return {"text": f"{row['query']}\n\n{row['response']}"}


def _sft(row: Row) -> Row:
    return {"messages": row["messages"]}


TEXT = Target(Stage.SFT, SFT_COLUMNS, _text)
SFT = Target(Stage.SFT, SFT_COLUMNS, _sft)
