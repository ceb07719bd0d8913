"""What a suite says of itself after real runs: who is wrong, what survives, and in which order to test."""

from dataclasses import replace

from synthsmith.verification.certificate import Suite
from synthsmith.verification.compare import TOKENS, parse_checker
from synthsmith.verification.decision import Rejected, Verified
from synthsmith.verification.mutants import Mutant
from synthsmith.verification.rules import Method, Rules
from synthsmith.verification.sandbox import Sandbox
from synthsmith.verification.signatures import parse_signature
from synthsmith.verification.suites import LEAST_KEPT, SuiteTerms
from synthsmith.verification.trials import GROSS, mutant_limits, programs_of, try_programs
from synthsmith.verification.types import Case, Language, Limits, Outcome, Signature, Solution, Status, Usage
from synthsmith.verification.verify import verify

LIMITS = Limits(cpu_seconds=1, memory_mb=128)
GOLDEN = "n = int(input())\nif n >= 10:\n    print(n * 2)\nelse:\n    print(n)"
RIGHT = "n = int(input())\nprint(n if n < 10 else n + n)"
EDGE = "n = int(input())\nprint(n if n <= 10 else n + n)"  # wrong at 10
LARGE = "n = int(input())\nprint(n if n < 10 else 2 * n if n < 500 else 0)"
HANGS = "n = int(input())\nwhile n > 500: pass\nprint(2 * n if n > 9 else n)"
FEW = SuiteTerms(12)
EASY = Rules(label_precision=0.5, golden_precision=0.5)  # few small programs, all alike, say little
SURE = Rules(label_precision=0.95, golden_precision=0.5)
PAPERS = Rules(Method.MAJORITY)
NUMBERS = (1, 3, 9, 10, 11, 50, 200, 700)


def cases(*numbers: int) -> tuple[Case, ...]:
    return tuple(Case(f"c{number}", f"{number}\n") for number in numbers)


def measured(
    sandbox: Sandbox,
    *codes: str,
    numbers: tuple[int, ...] = NUMBERS,
    terms: SuiteTerms = FEW,
    rules: Rules = EASY,
) -> Suite:
    solutions = tuple(Solution(f"s{number}", code) for number, code in enumerate(codes))
    how = {"checker": TOKENS, "limits": LIMITS, "rules": rules}
    end = verify(solutions, cases(*numbers), sandbox, **how, suite=terms)  # type: ignore[arg-type]
    assert isinstance(end, Verified), end
    assert end.certificate.suite is not None
    return end.certificate.suite


def test_wrong_candidates_are_counted_apart_from_those_that_only_ended_badly(sandbox: Sandbox) -> None:
    suite = measured(sandbox, GOLDEN, RIGHT, EDGE, LARGE, HANGS, RIGHT + "  # a copy")
    assert (suite.wrong, suite.wrong_killed) == (2, 2)
    assert (suite.right, suite.right_failed) == (3, 1)  # golden, the other right one, the one that hangs
    assert (suite.kill_rate, suite.false_kill_rate) == (1.0, 1 / 3)
    by_case = dict(zip(suite.order, suite.kills, strict=True))
    assert by_case == {f"c{n}": {10: 1, 700: 2}.get(n, 0) for n in NUMBERS}


def test_the_first_cases_kill_all_that_the_whole_suite_kills(sandbox: Sandbox) -> None:
    suite = measured(sandbox, GOLDEN, RIGHT, EDGE, LARGE)
    assert {"c10", "c700"} <= set(suite.order[: suite.needed])
    assert sorted(suite.order) == sorted(case.id for case in cases(*NUMBERS))
    assert suite.needed < suite.kept == len(NUMBERS)
    assert suite.mutants == suite.mutants_killed == 9  # as many as can be made of the shortest program


def test_mutants_show_what_no_case_guards_against(sandbox: Sandbox) -> None:
    whole = measured(sandbox, GOLDEN, RIGHT, terms=SuiteTerms(40))
    blind = measured(sandbox, GOLDEN, RIGHT, numbers=(1, 3, 50, 200), terms=SuiteTerms(40))
    assert whole.survivors == ()
    assert "line 2, relation: n < 10 -> n <= 10" in blind.survivors
    assert blind.mutants == whole.mutants
    assert blind.mutants_killed < whole.mutants_killed


def test_a_candidate_that_differs_only_where_nothing_was_decided_survives(sandbox: Sandbox) -> None:
    suite = measured(sandbox, GOLDEN, RIGHT, EDGE, EDGE + "\n0", numbers=(1, 3, 10, 11, 12), rules=SURE)
    assert "c10" not in suite.order  # two against two
    assert (suite.wrong, suite.wrong_killed) == (2, 0)
    assert suite.kill_rate == 0.0
    assert suite.missed == ("s2", "s3")


def test_a_suite_is_weak_below_the_share_that_was_asked_for(sandbox: Sandbox) -> None:
    def weak(below: float) -> bool:
        return measured(sandbox, GOLDEN, RIGHT, numbers=(1, 3, 50, 200), terms=SuiteTerms(40, below)).weak

    assert [weak(0.0), weak(1.0)] == [False, True]


def test_without_wrong_candidates_and_mutants_nothing_is_claimed(sandbox: Sandbox) -> None:
    suite = measured(sandbox, GOLDEN, RIGHT, terms=SuiteTerms(0, 1.0))
    assert (suite.wrong, suite.mutants, suite.kill_rate, suite.needed) == (0, 0, None, 0)
    assert not suite.weak


def test_minimizing_keeps_what_is_needed_and_what_a_trainer_scores(sandbox: Sandbox) -> None:
    numbers = tuple(range(1, 15))
    suite = measured(sandbox, GOLDEN, RIGHT, EDGE, numbers=numbers, terms=SuiteTerms(12, minimize=True))
    assert suite.needed < LEAST_KEPT == suite.kept
    assert len(suite.order) == len(numbers)


def test_a_case_that_the_golden_fails_comes_last(sandbox: Sandbox) -> None:
    codes = [
        f"n = int(input())\nprint(n if n < 10 else n * 2 if n not in {bad} else 0)"
        for bad in ((11,), (12, 13, 14, 15), (16, 17, 18, 19))
    ]
    suite = measured(sandbox, *codes, numbers=(1, 2, 3, *range(11, 20)), terms=SuiteTerms(40), rules=PAPERS)
    assert (suite.right, suite.right_failed) == (1, 1)  # the golden itself
    assert (suite.wrong, suite.wrong_killed) == (2, 2)
    assert suite.order[-1] == "c11"
    assert suite.mutant_kills[-1] == 0
    assert "line 2, relation: n < 10 -> n <= 10" in suite.survivors  # though it fails c11 as the golden does


def test_equal_runs_give_equal_suites(sandbox: Sandbox) -> None:
    assert measured(sandbox, GOLDEN, RIGHT, EDGE) == measured(sandbox, GOLDEN, RIGHT, EDGE)


def test_without_terms_nothing_is_measured_and_a_rejected_task_has_no_suite(sandbox: Sandbox) -> None:
    solutions = (Solution("s0", GOLDEN), Solution("s1", RIGHT))
    plain = verify(solutions, cases(*NUMBERS), sandbox, checker=TOKENS, limits=LIMITS)
    assert isinstance(plain, Verified)
    assert plain.certificate.suite is None
    none = verify(solutions, cases(1), sandbox, checker=TOKENS, limits=LIMITS, suite=SuiteTerms())
    assert isinstance(none, Rejected)
    assert none.certificate is not None
    assert none.certificate.suite is None


def test_methods_have_mutants_too(sandbox: Sandbox) -> None:
    starter = "class Solution:\n    def add(self, a: int, b: int) -> int:\n        pass"
    signature: Signature = parse_signature(starter)
    codes = [starter.replace("pass", f"return {how}") for how in ("a + b", "b + a", "sum((a, b))")]
    solutions = tuple(Solution(f"s{number}", code) for number, code in enumerate(codes))
    calls = tuple(Case(f"c{a}", f"{a}\n{b}\n") for a, b in ((1, 2), (2, 0), (3, 9), (4, 1)))
    end = verify(
        solutions,
        calls,
        sandbox,
        checker=replace(TOKENS, values=True),
        limits=LIMITS,
        signature=signature,
        suite=SuiteTerms(),
    )
    assert isinstance(end, Verified)
    assert end.certificate.suite is not None
    assert (end.certificate.suite.mutants, end.certificate.suite.mutants_killed) == (1, 1)


def test_a_golden_solution_in_another_language_has_none(sandbox: Sandbox) -> None:
    lines = ["#include <iostream>", "int main() { int n; std::cin >> n; std::cout << (n < 10 ? n : 2 * n); }"]
    solutions = (
        Solution("s0", "\n".join(lines), Language.CPP),
        Solution("s1", "\n".join([*lines, "// x"]), Language.CPP),
    )
    how = {"checker": TOKENS, "limits": LIMITS, "rules": EASY}  # two copies in all but a comment
    end = verify(solutions, cases(*NUMBERS), sandbox, suite=SuiteTerms(), **how)
    assert isinstance(end, Verified)
    assert end.certificate.suite is not None
    suite = end.certificate.suite
    assert (suite.mutants, suite.mutants_killed, len(suite.order)) == (None, None, len(NUMBERS))


def test_mutants_are_judged_by_a_checker_program(sandbox: Sandbox) -> None:
    even = parse_checker(
        {
            "kind": "program",
            "language": "python",
            "code": "import sys\nsys.exit(int(open(sys.argv[2]).read()) % 2)",
        }
    )
    known = tuple(replace(case, expected="0\n") for case in cases(1, 2, 4, 6))
    made = (Mutant("print(2)", "", 1, ""), Mutant("print(int(input()))", "", 1, ""))
    assert try_programs(programs_of(made), known, even, sandbox, LIMITS) == (
        (True,) * 4,
        (False, True, True, True),
    )


def test_a_gross_mutant_is_run_on_the_probes_alone(sandbox: Sandbox) -> None:
    known = tuple(replace(case, expected="0\n") for case in cases(*NUMBERS))
    [gross, subtle] = try_programs(
        programs_of((Mutant("while True: pass", "", 1, ""), Mutant("print(int(input()) // 700)", "", 1, ""))),
        known,
        TOKENS,
        sandbox,
        replace(LIMITS, cpu_seconds=0.2),
    )
    assert sorted(gross, key=str) == [False] * GROSS + [None] * (len(NUMBERS) - GROSS)
    assert subtle == (True,) * 7 + (False,)


def test_a_mutant_may_use_a_few_times_what_the_golden_did() -> None:
    def limit(*cpu: float, slowness: float = 1.0) -> float:
        runs = [Outcome(Status.OK, usage=Usage(seconds, slowness=slowness)) for seconds in cpu]
        return mutant_limits(Limits(cpu_seconds=3), runs, cases(1)).cpu_seconds

    assert [limit(0.01, 0.02), limit(0.1, 0.2), limit(0.3), limit(0.9)] == [0.5, 1.0, 2.0, 3.0]
    assert limit(0.3, slowness=3.0) == 0.5
    assert mutant_limits(LIMITS, [Outcome(Status.OK)], cases(1)).output_bytes == 1 << 16
