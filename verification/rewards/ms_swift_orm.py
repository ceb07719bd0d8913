"""ms-swift's plugin: loaded by `--external_plugins`, it gives `--reward_funcs synthsmith` its meaning.

Options come from the environment (options.py): SYNTHSMITH_JUDGE_URL, SYNTHSMITH_REWARD_SCALE and so on. What
could not be judged by our fault is None, which ms-swift leaves out like TRL does.
"""

from collections.abc import Sequence

from swift.rewards import ORM, orms
from synthsmith.verification.rewards.trl import code_reward


class SynthSmithReward(ORM):  # type: ignore[misc]  # ms-swift has no types
    """Whether the program in each completion passes the tests of its row."""

    def __call__(self, completions: Sequence[str], **columns: object) -> list[float | None]:
        """The scores, in order; the columns are those of `synthsmith export --to ms-swift-grpo`."""
        return code_reward(completions=completions, **columns)


orms["synthsmith"] = SynthSmithReward
