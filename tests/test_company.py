"""The vote over runs that shared processes: it ends as over runs by themselves, or those are made again."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from synthsmith.verification.company import confirm, doubtful
from synthsmith.verification.compare import TOKENS, Checker, checker_for, parse_checker
from synthsmith.verification.decide import decide
from synthsmith.verification.decision import Rejected, Verified
from synthsmith.verification.matrix import fill
from synthsmith.verification.rules import Rules
from synthsmith.verification.sandbox import Sandbox
from synthsmith.verification.types import (
    Case,
    Limits,
    Matrix,
    Outcome,
    Parameter,
    Signature,
    Solution,
    Status,
)
from synthsmith.verification.verify import tabulate, verify

EASY = Rules(label_precision=0.5, golden_precision=0.5, min_decided=2)
LIMITS = Limits(cpu_seconds=2, memory_mb=256)
DOUBLE = "print(2 * int(input()))"
ADD = "n = int(input())\nprint(n + n)"
SHIFT = "import sys\nprint(int(sys.stdin.readline()) << 1)"
CASES = tuple(Case(f"c{number}", f"{number}\n") for number in range(3, 15))
# what a program may be that votes with DOUBLE and ADD; each that leaks leaves word in a class of the library
LEAK = "from collections import Counter as C\nn = int(input())\nC.n = getattr(C, 'n', 0) + 1\n"
ODD = {
    "right": SHIFT,
    "wrong": "print(int(input()) ** 2)",
    "wrong at times": "n = int(input())\nprint(2 * n + (n % 3 == 0))",
    "crashes at times": "n = int(input())\nprint(2 * n // (n % 4))",
    "right in company": LEAK + "print(2 * n if C.n > 1 else 0)",
    "wrong in company": LEAK + "print(2 * n if C.n == 1 else 0)",
    "wrong in company on one input": LEAK + "print(0 if C.n > 1 and n == 9 else 2 * n)",
    "crashes in company": LEAK + "print(2 * n // (C.n < 4))",
    "draws": "import random\nprint(2 * int(input()) + random.randint(0, 1))",
    "remembers a pattern": "import re\nn = int(input())\nprint(2 * n if re.match('[0-9]+$', str(n)) else 0)",
    "counts the recursion": "import sys\nsys.setrecursionlimit(200)\ndef f(k): return k and 2 + f(k - 1)\n"
    "print(f(int(input())))",
    "lasts": "n = int(input())\nwhile n == 9: pass\nprint(2 * n)",
    "names an object": "class A: pass\nprint(2 * int(input()), str(A())[:0])",
}
LISTS = Signature("f", (Parameter("n", "int"),), "List[int]")


@pytest.fixture(autouse=True)
def _small_however_slow_the_machine_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("synthsmith.verification.sandbox.turn.SMALL_SECONDS", 1.0)


def solutions(*codes: str) -> tuple[Solution, ...]:
    return tuple(Solution(f"s{number}", code) for number, code in enumerate(codes))


def ends(
    sandbox: Sandbox,
    codes: tuple[str, ...],
    *,
    checker: Checker = TOKENS,
    cases: tuple[Case, ...] = CASES,
    signature: Signature | None = None,
) -> list[Verified | Rejected]:
    """How it ends over shared runs, and over runs by themselves."""
    limits = replace(LIMITS, cpu_seconds=0.3)
    how = {"checker": checker, "limits": limits, "signature": signature, "rules": EASY}
    return [
        verify(solutions(*codes), cases, sandbox, **how, may_share=may_share)  # type: ignore[arg-type]
        for may_share in (True, False)
    ]


@pytest.mark.parametrize("odd", ODD.values(), ids=ODD)
def test_an_odd_program_changes_no_end(sandbox: Sandbox, odd: str) -> None:
    shared, alone = ends(sandbox, (DOUBLE, odd, ADD))
    assert isinstance(shared, Verified)
    assert shared == alone


def test_a_program_made_for_it_raises_a_support_but_no_other_label_and_no_other_golden(
    sandbox: Sandbox,
) -> None:
    """The limit of what is noticed: alone it is right on the input that is run twice, and wrong else."""
    sly = LEAK + "print(2 * n if C.n > 1 or n == 3 else 0)"
    shared, alone = ends(sandbox, (DOUBLE, sly, ADD))
    assert isinstance(shared, Verified)
    assert isinstance(alone, Verified)
    assert (shared.golden, shared.cases) == (alone.golden, alone.cases)


@pytest.mark.parametrize("leak", [name for name in ODD if "company" in name])
def test_a_tie_that_company_would_break_stays_one(sandbox: Sandbox, leak: str) -> None:
    shared, alone = ends(
        sandbox, (DOUBLE, "print(0 * int(input()))", ODD[leak], "print(0 if input() else 1)")
    )
    assert shared == alone


def test_functions_are_verified_in_company_too(sandbox: Sandbox) -> None:
    codes = [
        f"class Solution:\n    def f(self, n):\n        return {it}"
        for it in ("[n]", "(n,)", "[n] * (n % 3)")
    ]
    shared, alone = ends(sandbox, tuple(codes), checker=checker_for(TOKENS, LISTS), signature=LISTS)
    assert isinstance(shared, Verified)
    assert shared == alone


def test_a_sample_is_contradicted_by_runs_by_themselves_alone(sandbox: Sandbox) -> None:
    cases = (replace(CASES[0], stated="7"), *CASES[1:])
    shared, alone = ends(sandbox, (DOUBLE, SHIFT, ADD), cases=cases)
    assert isinstance(shared, Rejected)
    assert shared == alone


def test_a_checker_program_is_given_no_shared_runs(sandbox: Sandbox) -> None:
    checker = parse_checker({"kind": "program", "language": "python", "code": "raise SystemExit(0)"})
    how = {"checker": checker, "limits": LIMITS}
    table = tabulate(solutions(DOUBLE, ADD), CASES, sandbox, **how)  # type: ignore[arg-type]
    assert not any(run.shared for row in table.outcomes for run in row)


def test_the_golden_solution_and_whatever_disagrees_ran_by_itself(sandbox: Sandbox) -> None:
    codes = (DOUBLE, ADD, SHIFT, DOUBLE + "  # once more", ODD["wrong at times"])
    how = {"checker": TOKENS, "limits": LIMITS, "rules": EASY}
    table = tabulate(solutions(*codes), CASES, sandbox, **how, may_share=True)  # type: ignore[arg-type]
    end = decide(table, TOKENS, rules=EASY)
    assert isinstance(end, Verified)
    runs = dict(zip((solution.id for solution in table.solutions), table.outcomes, strict=True))
    assert end.golden in ("s0", "s3")  # one program: their runs are the same
    assert not any(run.shared for run in runs["s0"] + runs["s3"])
    assert [run.stdout for run in runs["s4"] if run.shared] == [
        run.stdout
        for run, other in zip(runs["s4"], runs["s0"], strict=True)
        if run.shared and run.stdout == other.stdout
    ]
    assert any(run.shared for row in table.outcomes for run in row)


def test_a_program_that_one_new_run_contradicts_loses_all_its_word(sandbox: Sandbox) -> None:
    codes = solutions(ODD["wrong in company on one input"], ADD)
    table = fill(codes, CASES, sandbox, LIMITS, may_share=True)
    shared = {(0, column) for column, run in enumerate(table.outcomes[0]) if run.shared}
    differs = {(0, column) for _, column in shared if table.outcomes[0][column].stdout == b"0\n"}
    assert differs
    assert len(shared) > len(differs)
    again = confirm(table, differs, sandbox, LIMITS)
    assert not any(run.shared for run in again.outcomes[0])
    assert {run.stdout for run in again.outcomes[0]} == {b"%d\n" % (2 * n) for n in range(3, 15)}
    assert again.outcomes[1] == table.outcomes[1]


TABLES = st.lists(
    st.lists(st.tuples(st.sampled_from("ab!"), st.booleans()), min_size=5, max_size=5), min_size=2, max_size=5
)


@given(TABLES)
def test_no_end_stands_on_what_is_not_confirmed_but_agrees(rows: list[list[tuple[str, bool]]]) -> None:
    table = _table(rows)
    end = decide(table, TOKENS, rules=EASY)
    cells = doubtful(table, TOKENS, end)
    shared = {(row, n) for row, runs in enumerate(table.outcomes) for n, run in enumerate(runs) if run.shared}
    assert cells <= shared
    if isinstance(end, Rejected):
        assert cells == shared
        return
    golden = int(end.golden[1:])
    for row, column in shared - cells:
        label = end.certificate.votes[column].output
        answers = {table.outcomes[each][column].stdout.decode() for each in (row, golden)}
        assert row != golden
        assert answers == {label}


@given(TABLES)
def test_a_table_without_company_is_never_doubted(rows: list[list[tuple[str, bool]]]) -> None:
    table = _table([[(letter, False) for letter, _ in row] for row in rows])
    assert not doubtful(table, TOKENS, decide(table, TOKENS, rules=EASY))


def _table(rows: list[list[tuple[str, bool]]]) -> Matrix:
    return Matrix(
        solutions=tuple(Solution(f"s{row}", f"print({row})") for row in range(len(rows))),
        cases=tuple(Case(f"c{column}", "x" * column) for column in range(5)),
        programs=tuple(range(len(rows))),
        outcomes=tuple(
            tuple(
                Outcome(Status.CRASH) if letter == "!" else Outcome(Status.OK, letter.encode(), shared=shared)
                for letter, shared in row
            )
            for row in rows
        ),
    )
