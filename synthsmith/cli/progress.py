"""How long work shows itself: a rich bar with an ETA on a terminal, a plain line now and then elsewhere."""

import sys
import time
from types import TracebackType
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from rich.progress import Progress as Bar
    from rich.progress import TaskID

SECONDS_BETWEEN_LINES = 10.0


class Progress:
    """Shows `done` of `total` on stderr; use as a context manager and call it with each new count."""

    def __init__(self, what: str, total: int | None = None) -> None:
        self.what, self.total, self.spent = what, total, ""
        self._main = what
        self._bar: Bar | None = None
        self._task: TaskID | None = None
        self._start = self._last = time.monotonic()
        self._first: int | None = None

    def __enter__(self) -> Self:
        if sys.stderr.isatty():
            from rich.console import Console
            from rich.progress import MofNCompleteColumn, TextColumn, TimeRemainingColumn
            from rich.progress import Progress as Bar

            shown = (TextColumn("{task.description}"), MofNCompleteColumn(), TimeRemainingColumn())
            columns = (*shown, TextColumn("{task.fields[spent]}"))
            self._bar = Bar(*columns, console=Console(stderr=True))
            self._bar.start()
            self._task = self._bar.add_task(self.what, total=self.total, spent="")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.stop()

    def __call__(
        self, done: int, total: int | None = None, what: str | None = None, spent: str | None = None
    ) -> None:
        """Show that `done` are finished; the first count is where a resumed job began."""
        self.spent = spent or self.spent
        if what is not None and what != self.what:  # another stage, with a pace of its own
            self._begin(what)
        self.total = total if total is not None else self.total
        self._first = done if self._first is None else self._first
        if self._bar is not None and self._task is not None:
            self._bar.update(
                self._task, completed=done, total=self.total, description=self.what, spent=self.spent
            )
            return
        now = time.monotonic()
        long = self.what == self._main or now - self._start >= SECONDS_BETWEEN_LINES
        finished = done == self.total and spent is None and long
        if finished or now - self._last >= SECONDS_BETWEEN_LINES:
            self._last = now
            print(self._line(done, now), file=sys.stderr, flush=True)

    def _begin(self, what: str) -> None:
        self.what, self.total, self._first = what, None, None
        self._start = self._last = time.monotonic()
        if self._bar is not None and self._task is not None:
            self._bar.remove_task(self._task)
            self._task = self._bar.add_task(what, total=None, spent=self.spent)

    def _line(self, done: int, now: float) -> str:
        of = f" of {self.total}" if self.total is not None else ""
        of += f", {self.spent}" if self.spent else ""
        fresh = done - (self._first or 0)
        if self.total is None or done >= self.total or fresh <= 0:
            return f"{self.what}: {done}{of}"
        left = (now - self._start) / fresh * (self.total - done)
        return f"{self.what}: {done}{of}, about {left:.0f} s left"
