"""verl's `compute_score`: one answer, its row's `ground_truth` and `extra_info` -> a score.

    reward.custom_reward_function.path=pkg://synthsmith.verification.rewards
    +reward.custom_reward_function.reward_kwargs.scale=share          # options.py has them all
    +reward.custom_reward_function.reward_kwargs.judge_url=http://HOST:8000

verl passes `extra_info` and no other column, so that is where the row says how it is judged. It calls the
function from several threads of several processes (`reward.num_workers`), each of which has a sandbox of its
own without `judge_url`. verl knows no "cannot say": a fault of the judge's ends the run, unless `on_fault` is
the score to give then (`judge_fault` counts how often).
"""

import asyncio
import logging
from collections.abc import Mapping

from synthsmith.verification.rewards.options import options_of
from synthsmith.verification.rewards.row import known
from synthsmith.verification.rewards.scoring import Answer, score_all, value_of

_OPTIONS = ("scale", "judge_url", "workers", "no_program", "on_fault", "reasoned", "unsafe")
# What verl itself passes to every reward function.
_VERLS = frozenset({"reward_router_address", "reward_model_tokenizer"})

log = logging.getLogger(__name__)


def compute_score(
    data_source: str,
    solution_str: str,
    ground_truth: str,
    extra_info: Mapping[str, object] | None = None,
    **kwargs: object,
) -> dict[str, float]:
    """`score` is the reward, `acc` whether all tests were passed, `judge_fault` whether nobody can say.

    `kwargs` are options by name; `data_source` does not matter. InputError where the row cannot be used.
    """
    options = options_of({name: kwargs.pop(name) for name in _OPTIONS if name in kwargs})
    for name in kwargs.keys() - _VERLS:
        log.warning("%r is no option of SynthSmith's reward and has no effect", name)
    [score] = score_all([Answer(solution_str, known(ground_truth, extra_info or {}))], options)
    value = value_of(score, options)
    right = score is not None and score.right
    return {"score": value, "acc": float(right), "judge_fault": float(score is None)}


async def compute_score_async(
    data_source: str,
    solution_str: str,
    ground_truth: str,
    extra_info: Mapping[str, object] | None = None,
    **kwargs: object,
) -> dict[str, float]:
    """The same without keeping the caller's event loop waiting."""
    given = (data_source, solution_str, ground_truth, extra_info)
    return await asyncio.to_thread(compute_score, *given, **kwargs)  # type: ignore[arg-type]
