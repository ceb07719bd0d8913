"""ms-swift's plugin: loaded by `--external_plugins`, it gives `--reward_funcs synthsmith` its meaning.

Options come from the environment (options.py): SYNTHSMITH_JUDGE_URL, SYNTHSMITH_REWARD_SCALE and so on.
ms-swift would take None for 0: what could not be judged by our fault ends the run, or has the score that
SYNTHSMITH_REWARD_ON_FAULT names.
"""

from collections.abc import Sequence

from swift.rewards import ORM, orms
from synthsmith.verification.rewards.options import options_of
from synthsmith.verification.rewards.scoring import value_of
from synthsmith.verification.rewards.trl import scores


class SynthSmithReward(ORM):  # type: ignore[misc]  # ms-swift has no types
    """Whether the program in each completion passes the tests of its row."""

    def __call__(self, completions: Sequence[str], **columns: object) -> list[float]:
        """The scores, in order; the columns are those of `synthsmith export --to ms-swift-grpo`."""
        options = options_of({})
        return [value_of(score, options) for score in scores(completions, columns, options)]


orms["synthsmith"] = SynthSmithReward
