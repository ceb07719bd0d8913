"""How a build tells what it has done: by calling whoever shows it."""

from typing import Protocol


class Progress(Protocol):
    """Told how much of `what` is done, and what was spent so far, each time that changes."""

    def __call__(
        self, done: int, total: int | None = None, what: str | None = None, spent: str | None = None
    ) -> None: ...


def silent(done: int, total: int | None = None, what: str | None = None, spent: str | None = None) -> None:
    """Show nothing."""
