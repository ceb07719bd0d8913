"""Seven attempts, as small as attempts can be, that touch every config: written by hand, never run."""

from dataclasses import replace
from pathlib import Path

from synthsmith.builders.attempts import Attempt, write
from synthsmith.builders.inputs import Dropped
from synthsmith.builders.model import Unread
from synthsmith.builders.tasks import Task
from synthsmith.verification.certificate import Answer, Ballots, Certificate, Suite, Vote
from synthsmith.verification.decision import Reason, Rejected, Verified
from synthsmith.verification.types import Case, Kind, Parameter, Signature, Solution, Status

STARTER = "class Solution:\n    def double(self, a: int) -> int:\n        pass"
SIGNATURE = Signature("double", (Parameter("a", "int"),), "int")
PROGRAMS = ("print(2 * int(input()))", "a = int(input())\nprint(a + a)", "print(3 * int(input()))")
# Texts that a careless column type would turn into something else.
TESTS = (("1.0", "2.0"), ("null", "None"), ("100000000000000000000", "1e3"), ('{"a": 1}\n', "  x \n"))


def solution(number: int, code: str, model: str = "model-a") -> Solution:
    reply = f"<think>Doubling, attempt {number}.</think>\n\nDouble it.\n\n```python\n{code}\n```\n"
    return Solution(f"s{number}", code, reply=reply, model=model)


def task(name: str, style: str = "codeforces") -> Task:
    function = style == "leetcode"
    return Task(
        id=name,
        style=style,
        statement=f"# {name}\n\nDouble the number, “exactly”: $a \\le 10^9$.",
        features=("doubling", "big integers"),
        signature=SIGNATURE if function else None,
        starter_code=STARTER if function else "",
    )


def cases(expected: bool) -> tuple[Case, ...]:
    kinds = (Kind.NOMINAL, Kind.COMPLEX, Kind.BOUNDARY, Kind.STRESS)
    return tuple(
        Case(f"p{i}", given, kind, output if expected else None, i if expected else 1)
        for i, ((given, output), kind) in enumerate(zip(TESTS, kinds, strict=True), 1)
    )


def certificate(rates: dict[str, float]) -> Certificate:
    votes = tuple(Vote(f"p{i}", output, 2, 1, 3, 0.96875) for i, (_, output) in enumerate(TESTS, 1))
    scores = {name: 10 for name in rates}
    every = (*votes, Vote("p5", None, 1, 1, 3, 0.0))
    return Certificate(every, 3, rates, scores, isolated=True, ballots=ballots(rates))


def ballots(rates: dict[str, float]) -> Ballots:
    """Each passes the first of the cases, as many as its rate says, and fails the rest in several ways."""
    answers = tuple(
        (Answer(output, len(output), True), Answer(f"{output} and\nmore" * 9, 999, False))
        for _, output in TESTS
    )
    failed = (1, Status.TIME, 1, Status.CRASH)
    cast = {
        name: (*(0 if n < rate * len(TESTS) else failed[n] for n in range(len(TESTS))), n % 2)
        for n, (name, rate) in enumerate(rates.items())
    }
    return Ballots((*answers, (Answer("14", 2, None), Answer("21", 2, None))), cast)


def suite(order: tuple[str, ...], kept: int) -> Suite:
    """One wrong candidate, failed by the first test, and two mutants of which one survives."""
    rest = (0,) * (len(order) - 1)
    survivors = ("line 1, constant: 2 -> 3",)
    return Suite(order, (1, *rest), (1, *rest), 1, kept, 1, 1, 2, 0, 2, 1, survivors, weak=True)


def verified(index: int, name: str, rates: tuple[float, ...], codes: tuple[str, ...], style: str) -> Attempt:
    solutions = tuple(solution(i, code, f"model-{'ab'[i % 2]}") for i, code in enumerate(codes, 1))
    proof = certificate({s.id: rate for s, rate in zip(solutions, rates, strict=True)})
    golden = max(solutions, key=lambda s: proof.pass_rates[s.id]).id
    undecided = Case("p5", "7", Kind.NOMINAL)
    return Attempt(
        index=index,
        draw=f"0:{index}",
        style=style,
        drawn=("doubling", "big integers", "recursion"),
        task=task(name, style),
        outcome=Verified(golden, 0.96875, cases(expected=True), proof),
        solutions=solutions,
        cases=(*cases(expected=False), undecided),
        unread=(Unread("solution", 7, "the reply has 2 blocks", "…", "model-b"),),
        dropped=(Dropped("g3", "exit status 1: n is too large", "1000001"),),
        settings="0" * 64,
    )


def with_suite(attempt: Attempt, order: tuple[str, ...], kept: int) -> Attempt:
    assert isinstance(attempt.outcome, Verified)
    certificate = replace(attempt.outcome.certificate, suite=suite(order, kept))
    return replace(attempt, outcome=replace(attempt.outcome, certificate=certificate))


def rejected(
    index: int, reason: Reason, named: Task | None, count: int, proof: Certificate | None
) -> Attempt:
    return Attempt(
        index=index,
        draw=f"0:{index}",
        style=named.style if named else "codeforces",
        drawn=("doubling",),
        task=named,
        outcome=Rejected(reason, f"why: {reason}", proof),
        solutions=tuple(solution(i, code) for i, code in enumerate(PROGRAMS[:count], 2)),
        cases=cases(expected=False) if proof else (),
        settings="0" * 64,
    )


def made() -> tuple[Attempt, ...]:
    first, second, wrong = PROGRAMS
    held_out = certificate({"s2": 0.5, "s3": 0.5, "s4": 0.75})
    flawed = verified(6, "task-flawed", (0.75, 0.5, 0.5), (first, wrong, wrong), "codeforces")
    return (
        verified(0, "task-hard", (1.0, 0.25, 0.25), (first, wrong, wrong + "\n"), "codeforces"),
        rejected(1, Reason.DESIGN_UNREADABLE, None, 0, None),
        verified(2, "task-easy", (1.0, 1.0, 1.0), (first, second, first + "  # the same"), "leetcode"),
        rejected(3, Reason.HOLD_OUT, task("task-split", "atcoder"), 3, held_out),
        rejected(4, Reason.TOO_FEW_SOLUTIONS, task("task-few"), 1, None),
        verified(5, "task-copied", (1.0, 1.0, 0.0), (first, first + "\n\n", wrong), "atcoder"),
        with_suite(flawed, ("p2", "p1", "p4", "p3"), 4),
    )


def write_made(build: Path, attempts: tuple[Attempt, ...] | None = None) -> Path:
    """The folder of the attempts, freshly written into a build folder."""
    folder = build / "attempts"
    for attempt in made() if attempts is None else attempts:
        write(folder, attempt)
    return folder
