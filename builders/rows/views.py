"""Which function makes the rows of a config."""

from collections.abc import Callable, Iterator

from synthsmith.builders.attempts import Attempt
from synthsmith.builders.evidence import Row
from synthsmith.builders.rows.attempted import attempts
from synthsmith.builders.rows.reinforcement import rl
from synthsmith.builders.rows.supervised import (
    sft_hybrid,
    sft_multiple_solution,
    sft_unique_prompt,
    sft_verified,
)

VIEWS: dict[str, Callable[[Attempt], Iterator[Row]]] = {
    "sft_verified": sft_verified,
    "sft_unique_prompt": sft_unique_prompt,
    "sft_multiple_solution": sft_multiple_solution,
    "sft_hybrid": sft_hybrid,
    "rl": rl,
    "attempts": attempts,
}
