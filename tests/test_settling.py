"""Voting by a checker program: who is in one camp, and that what the pure decision gets is settled."""

import json
from pathlib import Path

import pytest
from synthsmith.verification import settling
from synthsmith.verification.compare import TOKENS, Checker, parse_checker
from synthsmith.verification.decision import Reason, Rejected, Verified
from synthsmith.verification.rules import Rules
from synthsmith.verification.sandbox import Sandbox
from synthsmith.verification.settling import Settled, settle
from synthsmith.verification.types import Case, Limits, Matrix, Outcome, Solution, Status
from synthsmith.verification.verify import conclude, verify
from synthsmith.verification.verify_file import verify_file

EASY = Rules(label_precision=0.5, golden_precision=0.5)  # few small programs, all alike, say little
LIMITS = Limits(cpu_seconds=2, memory_mb=128)


def program(code: str) -> dict[str, str]:
    return {"kind": "program", "language": "python", "code": code}


def words(*lines: str) -> Checker:
    """A checker that has the words of its three files as i, o and a."""
    begin = ["import sys", "i, o, a = [open(path).read().split() for path in sys.argv[1:]]"]
    return parse_checker(program("\n".join([*begin, *lines])))


SAME_LETTERS = words("sys.exit(sorted(o[0]) != sorted(a[0]))")
DIVISORS = program(
    "import sys\n"
    "n, right, _ = [list(map(int, open(path).read().split())) for path in sys.argv[1:]]\n"
    "sys.exit(len(right) != 1 or n[0] % right[0] != 0 or right[0] in (1, n[0]))"
)


def table(*columns: list[str | Status], programs: tuple[int, ...] | None = None) -> Matrix:
    rows = range(len(columns[0]))
    return Matrix(
        solutions=tuple(Solution(f"s{row}", f"print({row})") for row in rows),
        cases=tuple(Case(f"c{column}", f"{column}\n") for column in range(len(columns))),
        programs=programs or tuple(rows),
        outcomes=tuple(tuple(outcome(column[row]) for column in columns) for row in rows),
    )


def outcome(run: str | Status) -> Outcome:
    return Outcome(run, b"ab") if isinstance(run, Status) else Outcome(Status.OK, run.encode())


def settled(sandbox: Sandbox, checker: Checker, *columns: list[str | Status]) -> Settled:
    return settle(table(*columns), checker, sandbox, LIMITS)


def outputs(found: Settled, column: int = 0) -> list[str]:
    return [row[column].stdout.decode() for row in found.matrix.outcomes]


def test_answers_that_are_right_beside_each_other_are_one_camp_under_its_first(sandbox: Sandbox) -> None:
    found = settled(sandbox, SAME_LETTERS, ["ab\n", "ba", "c", " ab ", "c\n"], ["x", "y", "x", "y", "z"])
    assert outputs(found, 0) == ["ab\n", "ab\n", "c", "ab\n", "c"]
    assert outputs(found, 1) == ["x", "y", "x", "y", "z"]
    assert (found.checker, found.failures, found.usable) == (TOKENS, 0, True)


def test_acceptance_in_one_direction_alone_makes_no_camp(sandbox: Sandbox) -> None:
    at_least = words("sys.exit(int(o[0]) < int(a[0]))")
    assert outputs(settled(sandbox, at_least, ["1", "2", "3"])) == ["1", "2", "3"]


def test_the_grouping_is_greedy_where_acceptance_is_not_transitive(sandbox: Sandbox) -> None:
    near = words("sys.exit(abs(int(o[0]) - int(a[0])) > 1)")
    assert outputs(settled(sandbox, near, ["1", "2", "3"])) == ["1", "1", "3"]
    assert outputs(settled(sandbox, near, ["2", "3", "1"])) == ["2", "2", "2"]


def test_the_checker_sees_the_input_of_the_case(sandbox: Sandbox) -> None:
    by_case = words("sys.exit(i[0] != '1')")
    found = settled(sandbox, by_case, ["a", "b"], ["a", "b"])
    assert (outputs(found, 0), outputs(found, 1)) == (["a", "b"], ["a", "a"])


def test_answers_on_which_the_checker_fails_stay_apart_and_are_counted(sandbox: Sandbox) -> None:
    choosy = words("sys.exit(3 if 'b' in o + a else 0)")
    found = settled(sandbox, choosy, ["a", "b", "c"])
    assert outputs(found) == ["a", "b", "a"]
    assert (found.failures, found.usable) == (1, True)
    assert found.fault == "the checker failed (exit code 3): it said nothing"


def test_blank_answers_and_runs_that_failed_are_not_compared(sandbox: Sandbox) -> None:
    anything = words("sys.exit(0)")
    column: list[str | Status] = ["", "a", "\n", Status.CRASH, Status.INTERNAL, "b"]
    found = settled(sandbox, anything, column)
    assert outputs(found) == ["", "a", "", "ab", "ab", "a"]
    assert [row[0].status for row in found.matrix.outcomes] == [
        row[0].status for row in table(column).outcomes
    ]


def test_copies_share_what_is_settled_and_other_checkers_change_nothing(sandbox: Sandbox) -> None:
    matrix = table(["ab", "ba", "ba"], programs=(0, 1, 1))
    found = settle(matrix, SAME_LETTERS, sandbox, LIMITS).matrix
    assert found.outcomes[1] is found.outcomes[2]
    assert settle(matrix, TOKENS, sandbox, LIMITS) == Settled(matrix, TOKENS)


def test_an_answer_is_compared_with_a_bounded_number_of_camps(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settling, "MOST_CAMPS", 2)
    found = settled(sandbox, SAME_LETTERS, ["a", "b", "cd", "dc", "ba"])
    assert outputs(found) == ["a", "b", "cd", "dc", "ba"]


CASES = tuple(Case(f"c{n}", f"{n}\n") for n in (12, 18, 30, 36, 42, 50))
SMALLEST = "n = int(input())\nprint(next(d for d in range(2, n) if n % d == 0))"
LARGEST = "n = int(input())\nprint(next(d for d in range(n - 1, 1, -1) if n % d == 0))"
SEVEN = "print(7 if input() else 0)"
SOLUTIONS = tuple(Solution(f"s{i}", code) for i, code in enumerate((SMALLEST, LARGEST, SEVEN)))


def test_candidates_with_different_right_answers_verify_each_other(sandbox: Sandbox) -> None:
    end = verify(SOLUTIONS, CASES, sandbox, checker=parse_checker(DIVISORS), limits=LIMITS, rules=EASY)
    assert isinstance(end, Verified)
    assert end.golden in ("s0", "s1")
    assert end.certificate.pass_rates == {"s0": 1.0, "s1": 1.0, "s2": 1 / 6}
    by_tokens = verify(SOLUTIONS, CASES, sandbox, checker=TOKENS, limits=LIMITS)
    assert isinstance(by_tokens, Rejected)


def test_a_checker_that_does_not_compile_is_a_judge_error(sandbox: Sandbox) -> None:
    end = verify(SOLUTIONS, CASES, sandbox, checker=parse_checker(program("def")), limits=LIMITS)
    assert isinstance(end, Rejected)
    assert end.reason is Reason.JUDGE_ERROR
    assert end.detail.startswith("the checker does not compile: File")


def test_a_rejection_says_what_of_the_comparing_failed(sandbox: Sandbox) -> None:
    end = conclude(table(*[["a", "b"]] * 5), words("sys.exit(3)"), sandbox, limits=LIMITS)
    assert isinstance(end, Rejected)
    assert end.reason is Reason.TOO_FEW_DECIDED
    assert "5 comparisons came to nothing, first: the checker failed (exit code 3)" in end.detail


def test_a_file_is_verified_and_scored_by_checker_programs(sandbox: Sandbox, tmp_path: Path) -> None:
    row = {
        "id": "divisor",
        "checker": DIVISORS,
        "tests": [{"input": case.input, "output": "6" if case.id != "c50" else "10"} for case in CASES],
        "submissions": [{"name": each.id, "language": "python", "code": each.code} for each in SOLUTIONS],
    }
    (tmp_path / "in.jsonl").write_text(json.dumps(row) + "\n")
    summary = verify_file(tmp_path / "in.jsonl", tmp_path / "out", sandbox, score=True, rules=EASY)
    assert (summary.verified, summary.decided) == (1, 6)
    assert summary.score is not None
    assert (summary.score.label_accuracy, summary.score.golden_right) == (1.0, 1)
