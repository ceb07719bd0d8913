"""Rewards for RL trainers: whether the program in an answer passes the tests of its row, by our judge.

    verl      reward.custom_reward_function.path=pkg://synthsmith.verification.rewards  (name: compute_score)
    TRL       GRPOTrainer(reward_funcs=synthsmith.verification.rewards.code_reward, ...)
    ms-swift  --external_plugins FILE --reward_funcs synthsmith; FILE is `ms_swift_plugin()`

The last code block of the final answer counts, after `</think>` where there is reasoning (answer.py). It is
judged with the tests, the checker, the function to be called and the limits of the row (row.py), in a
sandbox of the process that asks (local.py) or by a judge service (remote.py; `synthsmith serve`); nothing of
it ever runs elsewhere. What could not be judged by our fault is None, never 0. Nothing is given for form.

Only the standard library is needed, so that a trainer's environment takes this package beside whatever
versions it pins: `pip install --no-deps synthsmith`.
"""

from synthsmith.verification.rewards.ms_swift import plugin as ms_swift_plugin
from synthsmith.verification.rewards.options import Options
from synthsmith.verification.rewards.scoring import Answer, Score, score_all
from synthsmith.verification.rewards.trl import code_reward, trl_reward
from synthsmith.verification.rewards.verl import compute_score, compute_score_async

__all__ = [
    "Answer",
    "Options",
    "Score",
    "code_reward",
    "compute_score",
    "compute_score_async",
    "ms_swift_plugin",
    "score_all",
    "trl_reward",
]
