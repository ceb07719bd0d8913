"""The ballots in a certificate: who answered what, bounded, and the same whatever the order of programs."""

import json
from dataclasses import asdict, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from synthsmith.verification.ballots import HEAD_BYTES, ballots
from synthsmith.verification.certificate import Answer, Ballots, Vote
from synthsmith.verification.compare import TOKENS, Checker, parse_checker
from synthsmith.verification.decision import Rejected
from synthsmith.verification.rules import Rules
from synthsmith.verification.sandbox import Sandbox
from synthsmith.verification.types import Case, Limits, Matrix, Outcome, Purpose, Solution, Status
from synthsmith.verification.verify import conclude, verify

LIMITS = Limits(cpu_seconds=1, memory_mb=256)
EASY = Rules(label_precision=0.5, golden_precision=0.5)


def table(*rows: list[bytes | Status], programs: tuple[int, ...] | None = None) -> Matrix:
    runs = [
        tuple(Outcome(x, b"cut") if isinstance(x, Status) else Outcome(Status.OK, x) for x in row)
        for row in rows
    ]
    return Matrix(
        tuple(Solution(f"s{row}", f"print({row})") for row in range(len(rows))),
        tuple(Case(f"c{column}", "") for column in range(len(rows[0]))),
        programs or tuple(range(len(rows))),
        tuple(runs),
    )


def cast(matrix: Matrix, *labels: str | None, checker: Checker = TOKENS) -> Ballots:
    votes = [Vote(each.id, label, 0, 0, 0, 0.5) for each, label in zip(matrix.cases, labels, strict=True)]
    return ballots(matrix, checker, votes, matrix.outcomes)


def test_the_most_given_answer_comes_first_as_its_smallest_id_wrote_it() -> None:
    found = cast(table([b"3"], [b"2 "], [b" 2\n"], [b"1"], [Status.TIME]), "2")
    assert found.answers == ((Answer("2 ", 2, True), Answer("3", 1, False), Answer("1", 1, False)),)
    assert found.cast == {"s0": (1,), "s1": (0,), "s2": (0,), "s3": (2,), "s4": (Status.TIME,)}


def test_copies_have_a_row_each_and_count_once() -> None:
    found = cast(table([b"1"], [b"2"], [b"2"], [b"2"], [b"1"], programs=(0, 1, 1, 1, 2)), None)
    assert found.answers == ((Answer("1", 1, None), Answer("2", 1, None)),)
    assert found.cast == {"s0": (0,), "s1": (1,), "s2": (1,), "s3": (1,), "s4": (0,)}


def test_answers_of_one_camp_are_told_apart_where_the_tolerance_tells_them_apart() -> None:
    floats = parse_checker({"kind": "floats", "absolute": 0.1})
    first, *rest = (b"0.%02d" % hundredths for hundredths in range(100))
    camp = [first, *(each for each in rest if floats.key(each) == floats.key(first))]
    label = float(camp[-1]) + 0.09
    outputs: list[bytes] = [camp[-1], camp[0]]
    found = cast(table(*([each] for each in outputs)), f"{label:.2f}", checker=floats)
    assert [answer.passes for answer in found.answers[0]] == [True, False]


@pytest.mark.parametrize(
    ("output", "head"),
    [
        (b"x" * HEAD_BYTES, "x" * HEAD_BYTES),
        (b"x" * (HEAD_BYTES - 1) + "é".encode() + b"y", "x" * (HEAD_BYTES - 1)),
        (b"\xff\xc3", "��"),
        (b"", ""),
    ],
)
def test_heads_are_whole_characters_and_lengths_are_of_all_bytes(output: bytes, head: str) -> None:
    assert cast(table([output]), None).answers == ((Answer(head, len(output), None),),)


runs = st.one_of(st.sampled_from([b"", b"1", b"1 ", b"2", b"3"]), st.sampled_from(list(Status)[1:]))
tables = st.integers(1, 4).flatmap(
    lambda cases: st.lists(st.lists(runs, min_size=cases, max_size=cases), min_size=1, max_size=6)
)


@given(tables, st.sampled_from([None, "1", "2"]), st.randoms(use_true_random=False))
def test_every_run_is_told_and_the_order_of_programs_never_matters(
    rows: list[list[bytes | Status]], label: str | None, random: object
) -> None:
    matrix = table(*rows)
    labels = [label] * len(matrix.cases)
    found = cast(matrix, *labels)
    for solution, outcomes in zip(matrix.solutions, matrix.outcomes, strict=True):
        for answers, ballot, run in zip(found.answers, found.cast[solution.id], outcomes, strict=True):
            if isinstance(ballot, Status):
                assert ballot is run.status
            else:
                assert answers[ballot].head.split() == run.stdout.decode().split()
                right = None if label is None else run.stdout.split() == [label.encode()]
                assert answers[ballot].passes is right
    order = list(range(len(rows)))
    random.shuffle(order)  # type: ignore[attr-defined]
    shuffled = replace(
        matrix,
        solutions=tuple(matrix.solutions[row] for row in order),
        programs=tuple(matrix.programs[row] for row in order),
        outcomes=tuple(matrix.outcomes[row] for row in order),
    )
    assert cast(shuffled, *labels) == found


def test_a_verification_keeps_the_ballots_of_all_that_ran_whatever_comes_of_it(sandbox: Sandbox) -> None:
    codes = {
        "brute": "print(2 * int(input()))",
        "s1": "n = int(input())\nprint(n + n)",
        "s2": "print(int(input()) * 2 if True else 0)",
        "s3": "n = int(input())\nprint(n * 3 if n < 8 else 1 / 0)",
        "s4": "while True: pass",
        "s5": "print(",
    }
    given = [
        Solution(name, code, purpose=Purpose.BRUTE if name == "brute" else Purpose.CANDIDATE)
        for name, code in codes.items()
    ]
    cases = [Case("c0", "3\n"), Case("c1", "1000\n")]
    end = verify(given, cases, sandbox, checker=TOKENS, limits=LIMITS, rules=EASY, brute_input_bytes=3)
    assert isinstance(end, Rejected)  # two cases are too few
    assert end.certificate is not None
    kept = end.certificate.ballots
    assert kept is not None
    assert [[answer.head for answer in answers] for answers in kept.answers] == [["6\n", "9\n"], ["2000\n"]]
    assert kept.cast == {
        "brute": (0, Status.UNRUN),
        "s1": (0, 0),
        "s2": (0, 0),
        "s3": (1, Status.CRASH),
        "s4": (Status.TIME, Status.TIME),
        "s5": (Status.COMPILE, Status.COMPILE),
    }


def test_camps_of_a_checker_program_are_one_answer_as_it_was_written(sandbox: Sandbox) -> None:
    code = (
        "import sys\ni, o, a = [sorted(open(path).read().split()) for path in sys.argv[1:]]\nsys.exit(o != a)"
    )
    checker = parse_checker({"kind": "program", "language": "python", "code": code})
    rows: list[list[bytes | Status]] = [[b"1 2"] * 4, [b"2 1 "] * 4, [b"3"] * 4, [b"1 2\n"] * 4]
    end = conclude(table(*rows), checker, sandbox, rules=EASY, limits=LIMITS)
    assert end.certificate is not None
    kept = end.certificate.ballots
    assert kept is not None
    assert [answer.head for answer in kept.answers[0]] == ["1 2", "3"]
    assert kept.cast["s1"] == (0,) * 4
    assert {answer.passes for answer in kept.answers[0]} == {True, False}


def test_large_outputs_are_not_kept() -> None:
    large = [[bytes([row + 65]) * (16 << 20)] for row in range(2)]
    kept = cast(table(*large), None)
    assert [answer.length for answer in kept.answers[0]] == [16 << 20] * 2
    assert len(json.dumps(asdict(kept))) < 4 * HEAD_BYTES
