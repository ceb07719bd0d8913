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

from synthsmith.verification.errors import SandboxError
from synthsmith.verification.rewards.options import options_of
from synthsmith.verification.rewards.row import known
from synthsmith.verification.rewards.scoring import Answer, score_all

_OPTIONS = ("scale", "judge_url", "workers", "no_program", "reasoned", "unsafe")
# What verl itself passes to every reward function.
_VERLS = frozenset({"reward_router_address", "reward_model_tokenizer"})

log = logging.getLogger(__name__)


def compute_score(
    data_source: str,
    solution_str: str,
    ground_truth: str,
    extra_info: Mapping[str, object] | None = None,
    *,
    on_fault: float | None = None,
    **kwargs: object,
) -> dict[str, float]:
    """`score` is the reward, `acc` whether all tests were passed, `judge_fault` whether nobody can say.

    `kwargs` are options by name; `data_source` does not matter. InputError where the row cannot be used.
    """
    options = options_of({name: kwargs.pop(name) for name in _OPTIONS if name in kwargs})
    for name in kwargs.keys() - _VERLS:
        log.warning("%r is no option of SynthSmith's reward and has no effect", name)
    [score] = score_all([Answer(solution_str, known(ground_truth, extra_info or {}))], options)
    if score is not None:
        return {"score": score.value, "acc": float(score.right), "judge_fault": 0.0}
    if on_fault is None:
        raise SandboxError(
            "a program could not be judged, tried again and again; reward_kwargs.on_fault=0.0 goes on then."
        )
    return {"score": on_fault, "acc": 0.0, "judge_fault": 1.0}


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
