"""From a task to its test inputs: by prompt, by a generator program, and through a validator program."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Dropped:
    """An input that was turned down: its id, why (`detail`), and how it begins (at most 200 characters)."""

    id: str
    detail: str
    head: str
