"""Finished attempts and reviewed problems as large as those of live models, of random words and numbers."""

from collections.abc import Callable, Iterator
from random import Random
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # a process inherits the peak of the one that starts it: that one stays small
    from synthsmith.builders.attempts import Attempt
    from synthsmith.cards.card import Provenance
    from synthsmith.verification.review import Review
    from synthsmith.verification.types import Case

REPLY_BYTES, LARGE_BYTES, REPLIES, CASES = 50_000, 1_000_000, 8, 15
POOL_BYTES = 16_000_000


class Texts:
    """Random prose and numbers, cut from pools that are much longer than what a compressor remembers."""

    def __init__(self, random: Random) -> None:
        self.random = random
        words = ["".join(random.choices("etaoinshrdlu", k=random.randint(2, 9))) for _ in range(3000)]
        self._prose = self._pool(lambda: " ".join(random.choices(words, k=1000)))
        self._numbers = self._pool(lambda: " ".join(str(random.randint(0, 10**9)) for _ in range(1000)))

    @staticmethod
    def _pool(some: Callable[[], str]) -> str:
        parts = [some()]
        while len(parts) * len(parts[0]) < POOL_BYTES:
            parts.append(some())
        return " ".join(parts)

    def prose(self, size: int) -> str:
        return self._cut(self._prose, size)

    def numbers(self, size: int) -> str:
        return self._cut(self._numbers, size)

    def _cut(self, pool: str, size: int) -> str:
        start = self.random.randrange(len(pool) - size)
        return pool[start : start + size]


def tests(number: int, texts: Texts, small: bool) -> "Iterator[Case]":
    """The cases with their labels: most are short, one is large, in every fiftieth attempt four are."""
    from synthsmith.verification.types import Case, Kind

    large = 0 if small else 4 if number % 50 == 0 else number % 2
    for place in range(3 if small else CASES):
        size = LARGE_BYTES if place < large else 20_000 if place < 3 and not small else 60
        text = texts.numbers(size)
        yield Case(f"c{place}", text, Kind.STRESS, expected=text[: max(20, size // 10)], weight=4)


def made(number: int, texts: Texts, small: bool) -> "Attempt":
    """A finished attempt; one of ten is rejected."""
    from dataclasses import replace

    from synthsmith.builders.attempts import Attempt
    from synthsmith.builders.tasks import Task
    from synthsmith.verification.certificate import Certificate, Vote
    from synthsmith.verification.decision import Reason, Rejected, Verified
    from synthsmith.verification.types import Solution

    random = texts.random
    labelled = tuple(tests(number, texts, small))
    solutions = []
    for place in range(2 if small else REPLIES):
        code = f"# {number} {place}\nprint({place} + sum(map(int, input().split())) - {place})"
        thought = texts.prose(100 if small else round(REPLY_BYTES * random.uniform(0.5, 1.5)))
        reply = f"<think>\n{thought}\n</think>\n\n```python\n{code}\n```\n"
        solutions.append(Solution(f"s{place}", code, reply=reply, model="big-model"))
    rates = {each.id: random.choice((1.0, 1.0, 1.0, 0.8, 0.4)) for each in solutions} | {"s0": 1.0}
    votes = tuple(Vote(case.id, case.expected, 6, 1, len(solutions), 0.97) for case in labelled)
    certificate = Certificate(votes, len(solutions), rates, isolated=True)
    ended = (
        Rejected(Reason.UNSURE, "no candidate is probable enough", certificate)
        if number % 10 == 9
        else Verified("s0", 0.9, labelled, certificate)
    )
    features = tuple(texts.prose(300).split())[1:12]
    statement = f"# Task {number}\n\n{texts.prose(200 if small else 2500)}"
    return Attempt(
        index=number,
        draw=f"0:{number}",
        style="codeforces",
        drawn=features,
        task=Task(f"{number:016x}", "codeforces", statement, features),
        outcome=ended,
        solutions=tuple(solutions),
        cases=tuple(replace(case, expected=None, weight=1) for case in labelled),
        settings="0" * 64,
    )


def problem(number: int, texts: Texts, small: bool) -> "Review":
    """A problem made elsewhere, of which all tests were kept."""
    from synthsmith.verification.compare import TOKENS
    from synthsmith.verification.decision import Reason, Rejected
    from synthsmith.verification.keeping import Basis
    from synthsmith.verification.problems import Problem
    from synthsmith.verification.review import Review
    from synthsmith.verification.stated import Stated
    from synthsmith.verification.types import Limits, Solution

    cases = tuple(tests(number, texts, small))
    names = tuple(range(len(cases)))
    program = Solution("a", "print(input())")
    statement = texts.prose(1000)
    row = Problem(number, f"row {number}", statement, None, TOKENS, Limits(), cases, names, (program,))
    decision = Rejected(Reason.UNSURE, "one program is no vote")
    rate = texts.random.randint(0, 15) / 15
    bases = (Basis.AGREEMENT,) * len(cases)
    return Review(row, Stated(), decision, None, kept=cases, bases=bases, rates={"a": rate})


def provenance() -> "Provenance":
    from synthsmith.builders.roles import Models, ModelSettings
    from synthsmith.builders.settings import Settings
    from synthsmith.cards.card import Provenance

    live = ModelSettings("big-model", "http://127.0.0.1:8000/v1")
    return Provenance(Settings(models=Models(live, live, live, (live,), live, live)), (), "0")
