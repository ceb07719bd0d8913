"""Runs of which some follow from others: many courses go side by side through one sandbox.

A course is a generator that yields a `Job`, is sent its `Outcome`, perhaps yields another one, and in the end
returns a value. What it does between its runs is done in the caller's thread, so no worker ever waits for
another one's run.
"""

from collections import deque
from collections.abc import Generator, Iterable, Iterator
from typing import Generic, TypeAlias, TypeVar

from synthsmith.verification.sandbox import Job, Sandbox
from synthsmith.verification.types import Outcome

T = TypeVar("T")
Course: TypeAlias = Generator[Job, Outcome, T]


def follow(courses: Iterable[Course[T]], sandbox: Sandbox, *, ahead: int = 64) -> Iterator[T]:
    """The values of the courses in their order, each as soon as it and all before it are known.

    Their jobs share one `Sandbox.run_all`, and a job that follows goes before those of new courses: no more
    courses are under way than that looks ahead, times the runs of the longest.
    """
    begun: deque[_Begun[T]] = deque()  # in their order, which is that of the values
    asked: deque[_Begun[T]] = deque()  # in the order of their jobs, which is that of the outcomes
    ready: deque[_Begun[T]] = deque()  # those that go on with another job
    source = iter(courses)

    def jobs() -> Iterator[Job]:
        while each := ready.popleft() if ready else _begin(source, begun):
            if each.job is not None:
                asked.append(each)
                yield each.job

    first = True
    while first or ready:  # anew for jobs that became known when the sandbox had been given all others
        first = False
        for outcome in sandbox.run_all(jobs(), ahead=ahead):
            each = asked.popleft()
            each.go_on(outcome)
            if each.job is not None:
                ready.append(each)
            yield from _ended(begun)
    yield from _ended(begun)


class _Begun(Generic[T]):
    """A course under way: the job that it waits for, or None and its value."""

    def __init__(self, course: Course[T]) -> None:
        self._course = course
        self.value: T
        self.job: Job | None
        try:
            self.job = next(course)
        except StopIteration as end:
            self.job, self.value = None, end.value

    def go_on(self, outcome: Outcome) -> None:
        try:
            self.job = self._course.send(outcome)
        except StopIteration as end:
            self.job, self.value = None, end.value


def _begin(source: Iterator[Course[T]], begun: deque[_Begun[T]]) -> _Begun[T] | None:
    """The next course, begun; None where there is none."""
    for course in source:
        begun.append(_Begun(course))
        return begun[-1]
    return None


def _ended(begun: deque[_Begun[T]]) -> Iterator[T]:
    """The values of the courses at the head that have ended, taken off."""
    while begun and begun[0].job is None:
        yield begun.popleft().value
