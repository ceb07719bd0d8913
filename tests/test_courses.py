"""Courses: runs that follow from others, side by side, their values in order."""

from collections.abc import Iterator

import pytest
from synthsmith.verification.courses import Course, follow
from synthsmith.verification.sandbox import Job, Sandbox
from synthsmith.verification.types import Limits, Program

LIMITS = Limits(cpu_seconds=10.0, wall_seconds=60.0, memory_mb=128, output_bytes=1 << 16)
DOUBLE = Program("print(2 * int(input()))")


def doubled(number: int, times: int) -> Course[int]:
    for _ in range(times):
        outcome = yield Job(DOUBLE, b"%d\n" % number, LIMITS)
        number = int(outcome.stdout)
    return number


def test_each_run_may_follow_from_the_one_before(sandbox: Sandbox) -> None:
    assert list(follow([doubled(3, 4)], sandbox)) == [48]


def test_the_values_come_in_the_order_of_courses_of_different_length(sandbox: Sandbox) -> None:
    lengths = [index % 4 for index in range(200)]
    values = follow((doubled(index, times) for index, times in enumerate(lengths)), sandbox)
    assert list(values) == [index << times for index, times in enumerate(lengths)]


def test_courses_without_a_run_and_no_courses_at_all_are_fine(sandbox: Sandbox) -> None:
    assert list(follow([doubled(1, 0), doubled(2, 0)], sandbox)) == [1, 2]
    assert list(follow([], sandbox)) == []


def test_no_more_courses_are_begun_than_are_needed(sandbox: Sandbox) -> None:
    begun = []

    def courses() -> Iterator[Course[int]]:
        for index in range(10_000):
            begun.append(index)
            yield doubled(index, 3)

    values = follow(courses(), sandbox)
    assert [next(values) for _ in range(100)] == [8 * index for index in range(100)]
    values.close()  # type: ignore[attr-defined]
    assert len(begun) < 100 + 3 * 70


def test_what_fails_between_the_runs_ends_the_following(sandbox: Sandbox) -> None:
    def failing() -> Course[int]:
        yield Job(DOUBLE, b"1\n", LIMITS)
        raise LookupError("lost")

    with pytest.raises(LookupError, match="lost"):
        list(follow([doubled(1, 1), failing()], sandbox))
