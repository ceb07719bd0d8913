"""From a drawn subtree to a task, in two stages: choose features that fit together, then write the statement.

One prompt for both picks few features and makes trivial problems (arXiv 2601.06953, table 9).
"""

from dataclasses import dataclass

from synthsmith.verification.types import Signature


@dataclass(frozen=True, slots=True)
class Task:
    """What is to be solved. `id` is the hash of features and statement; `features` are the chosen leaves.

    `signature` and `starter_code` are there for a function to be written (LeetCode style), else None and "".
    """

    id: str
    style: str
    statement: str
    features: tuple[str, ...]
    signature: Signature | None = None
    starter_code: str = ""
