"""TRL's reward functions: completions and the columns of their rows -> a list of scores.

    from synthsmith.verification.rewards import code_reward, trl_reward
    GRPOTrainer(reward_funcs=code_reward, ...)
    GRPOTrainer(reward_funcs=trl_reward(scale="share", judge_url="http://HOST:8000"), ...)

Rows are those of `rl` as published, or of an export (`--to trl-grpo`, `--to ms-swift-grpo`). None, which TRL
leaves out of the advantage, is the score of a program that could not be judged by our fault.
"""

from collections.abc import Mapping, Sequence
from typing import Protocol

from synthsmith.verification.errors import InputError
from synthsmith.verification.rewards.options import Options, options_of
from synthsmith.verification.rewards.row import FIELDS, Known, known
from synthsmith.verification.rewards.scoring import Answer, Score, score_all

Completion = str | Sequence[Mapping[str, object]]  # text, or turns of a conversation


class Reward(Protocol):
    """What TRL calls. `__name__` is what it calls the reward in its logs."""

    __name__: str

    def __call__(
        self, prompts: object = None, completions: Sequence[Completion] = (), **columns: object
    ) -> list[float | None]: ...


def trl_reward(**options: object) -> Reward:
    """A reward function with these options (options.py); InputError where there is no such option."""
    chosen = options_of(options)

    def synthsmith_reward(
        prompts: object = None, completions: Sequence[Completion] = (), **columns: object
    ) -> list[float | None]:
        """The scores of the completions, in order."""
        return rewards(completions, columns, chosen)

    return synthsmith_reward


def code_reward(
    prompts: object = None, completions: Sequence[Completion] = (), **columns: object
) -> list[float | None]:
    """The scores of the completions, in order, with the options of the environment."""
    return rewards(completions, columns, options_of({}))


def rewards(
    completions: Sequence[Completion], columns: Mapping[str, object], options: Options
) -> list[float | None]:
    """The scores in order; InputError where a row has no tests that can be used."""
    return [None if score is None else score.value for score in scores(completions, columns, options)]


def scores(
    completions: Sequence[Completion], columns: Mapping[str, object], options: Options
) -> list[Score | None]:
    """What is known of each completion."""
    answers = [
        Answer(_text(completion), _known(columns, index)) for index, completion in enumerate(completions)
    ]
    return score_all(answers, options)


def _known(columns: Mapping[str, object], index: int) -> Known:
    truth = _at(columns, "ground_truth", index)
    if truth is None:
        nested = _at(columns, "reward_model", index)
        truth = nested.get("ground_truth") if isinstance(nested, Mapping) else None
    if truth is None:
        raise InputError("rows need a column ground_truth, or reward_model as in the config rl.")
    return known(truth, {name: _at(columns, name, index) for name in FIELDS})


def _at(columns: Mapping[str, object], name: str, index: int) -> object:
    column = columns.get(name)
    return column[index] if isinstance(column, Sequence) and not isinstance(column, str) else None


def _text(completion: Completion) -> str:
    """What was said: the text, or the content of the conversation's last turn."""
    if isinstance(completion, str):
        return completion
    content = completion[-1].get("content") if completion else None
    if isinstance(content, Sequence) and not isinstance(content, str):
        parts = (part.get("text") for part in content if isinstance(part, Mapping))
        return "".join(part for part in parts if isinstance(part, str))
    return content if isinstance(content, str) else ""
