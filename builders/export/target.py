"""What an exporter is: a function from a row of ours to a row of a trainer's, and the file that it fills."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from datasets import Features
from synthsmith.verification.errors import InputError
from synthsmith.verification.rewards.row import FIELDS, Known, known

Row = Mapping[str, object]


class Stage(StrEnum):
    """What is trained by it; the value is the config that is taken unless another is named."""

    SFT = "sft_verified"
    RL = "rl"


class LeftOutError(Exception):
    """The trainer has no place for such a row; the message says why, in a few words, and is counted."""


@dataclass(frozen=True, slots=True)
class Target:
    """`make` raises LeftOutError for a row that the trainer could not use. Without `features` the file is of
    JSON lines, with them Parquet.
    """

    stage: Stage
    columns: tuple[str, ...]
    make: Callable[[Row], Row]
    features: Features | None = None

    @property
    def suffix(self) -> str:
        return ".jsonl" if self.features is None else ".parquet"


SFT_COLUMNS = ("query", "response", "messages")
RL_COLUMNS = (
    "data_source",
    "prompt",
    "ability",
    "reward_model",
    "extra_info",
    "task_id",
    "pass_rate",
    *FIELDS,
)


def tests_of(row: Row) -> Known:
    """The tests of a row of `rl`, as rewards read them; InputError where these would refuse them."""
    return known(truth_of(row), row)


def truth_of(row: Row) -> str:
    """verl's `ground_truth`."""
    reward = row["reward_model"]
    if not isinstance(reward, Mapping) or not isinstance(reward.get("ground_truth"), str):
        raise InputError("reward_model has no ground_truth.")
    return str(reward["ground_truth"])


def judged_by(row: Row) -> dict[str, object]:
    """What rewards need beside the tests; no nulls, for a reader of JSON lines guesses types by the first."""
    return {name: "" if row[name] is None else row[name] for name in FIELDS}


def asked(row: Row) -> str:
    """The text of the prompt's one turn."""
    prompt = row["prompt"]
    if not isinstance(prompt, list) or len(prompt) != 1 or prompt[0]["role"] != "user":
        raise InputError("prompt must be one turn of the user's.")
    return str(prompt[0]["content"])
