"""How far the sandbox reads ahead of a run that is awaited."""

from collections.abc import Iterator

from synthsmith.verification.sandbox import Job, Sandbox
from synthsmith.verification.sandbox.feed import MOST_HELD, MOST_WAITING
from synthsmith.verification.types import Limits, Program, Status

ENDLESS = Job(Program("while True: pass"), limits=Limits(cpu_seconds=1.0))
QUICK = Job(Program("print(input())"), b"1\n")
LARGE = Job(Program("print('x' * (1 << 22))"))


class Counted:
    """Jobs, and how many of them were read."""

    def __init__(self, *jobs: Job) -> None:
        self.jobs = jobs
        self.read = 0

    def __iter__(self) -> Iterator[Job]:
        for job in self.jobs:
            self.read += 1
            yield job


def test_an_endless_run_does_not_keep_the_others_from_being_made() -> None:
    jobs = Counted(ENDLESS, *[QUICK] * 300)
    with Sandbox(2) as sandbox:
        outcomes = sandbox.run_all(jobs, ahead=1000)
        assert next(outcomes).status is Status.TIME
        assert jobs.read > 300
        assert [each.stdout for each in outcomes] == [b"1\n"] * 300


def test_no_more_is_read_ahead_than_asked_for() -> None:
    jobs = Counted(ENDLESS, *[QUICK] * 300)
    with Sandbox(2) as sandbox:
        outcomes = sandbox.run_all(jobs, ahead=100)
        next(outcomes)
        assert jobs.read == 101


def test_large_outputs_are_not_piled_up_behind_an_endless_run() -> None:
    jobs = Counted(ENDLESS, *[LARGE] * 300)
    with Sandbox(2) as sandbox:
        outcomes = sandbox.run_all(jobs, ahead=1000)
        next(outcomes)
        held = MOST_HELD // len(next(outcomes).stdout)
        assert jobs.read <= held + MOST_WAITING + 2
        assert all(len(each.stdout) == (1 << 22) + 1 for each in outcomes)
