"""What stands beside the vote: outputs that a statement gives, and brute-force programs."""

from dataclasses import replace

import pytest
from synthsmith.verification.compare import TOKENS, Checker, parse_checker
from synthsmith.verification.decision import Reason, Rejected, Verified
from synthsmith.verification.matrix import fill
from synthsmith.verification.rules import Rules
from synthsmith.verification.sandbox import Sandbox
from synthsmith.verification.types import Case, Limits, Purpose, Solution, Status
from synthsmith.verification.verify import verify

LIMITS = Limits(cpu_seconds=1, memory_mb=256)
DOUBLE = "print(2 * int(input()))"
ADD = "n = int(input())\nprint(n + n)"
CASES = tuple(Case(f"c{number}", f"{number}\n") for number in range(1, 7))
EASY = Rules(label_precision=0.5, golden_precision=0.5)  # few small programs, all alike, say little
LARGE = Case("large", f"{10**40}\n")


def tried(*codes: str) -> tuple[Solution, ...]:
    return tuple(Solution(f"s{number}", code) for number, code in enumerate(codes))


def brute(code: str) -> Solution:
    return Solution("brute", code, purpose=Purpose.BRUTE)


def end(
    sandbox: Sandbox,
    solutions: tuple[Solution, ...],
    cases: tuple[Case, ...] = (*CASES, LARGE),
    checker: Checker = TOKENS,
    rules: Rules = EASY,
) -> Verified | Rejected:
    return verify(
        solutions, cases, sandbox, checker=checker, limits=LIMITS, rules=rules, brute_input_bytes=10
    )


def anchors(ended: Verified | Rejected) -> dict[str, bool | None]:
    assert ended.certificate is not None
    return {anchor.case: anchor.agrees for anchor in ended.certificate.anchors}


def stated(*outputs: str | None) -> tuple[Case, ...]:
    shown = [*outputs, *[None] * (len(CASES) - len(outputs))]
    return tuple(replace(case, stated=output) for case, output in zip(CASES, shown, strict=True))


def test_samples_that_agree_are_on_record_and_change_nothing_else(sandbox: Sandbox) -> None:
    with_samples = end(sandbox, tried(DOUBLE, ADD), stated("2", " 4\n"))
    without = end(sandbox, tried(DOUBLE, ADD), CASES)
    assert isinstance(with_samples, Verified)
    assert isinstance(without, Verified)
    assert anchors(with_samples) == {"c1": True, "c2": True}
    assert with_samples.golden == without.golden
    assert with_samples.certificate.votes == without.certificate.votes


def test_who_contradicts_a_sample_that_others_agree_with_has_no_vote_on_the_other_cases(
    sandbox: Sandbox,
) -> None:
    twice = (DOUBLE, ADD, "n = int(input())\nprint(n - -n)")
    thrice = (
        "print(3 * int(input()))",
        "n = int(input())\nprint(n + n + n)",
        "n = int(input())\nprint(n * 3)",
    )
    programs = tried(*twice, *thrice)
    undecided = end(sandbox, programs, CASES, rules=Rules())
    assert undecided.certificate is not None
    assert [vote.output for vote in undecided.certificate.votes] == [None] * len(CASES)
    ended = end(sandbox, programs, stated("2"))
    assert ended.certificate is not None
    assert [(vote.support, vote.cast) for vote in ended.certificate.votes] == [(3, 6)] + [(3, 3)] * 5
    assert ended.certificate.votes[1].output == "4\n"
    nobody = end(sandbox, programs, stated("7"))
    assert nobody.certificate is not None
    assert [vote.cast for vote in nobody.certificate.votes] == [6] * len(CASES)


def test_a_label_that_contradicts_a_sample_rejects_the_task(sandbox: Sandbox) -> None:
    ended = end(sandbox, tried(DOUBLE, ADD), stated("2", "5"))
    assert isinstance(ended, Rejected)
    assert (ended.reason, ended.detail) == (Reason.SAMPLE_DIFFERS, "the vote contradicts the statement on c2")
    assert anchors(ended) == {"c1": True, "c2": False}


def test_a_sample_never_votes_and_says_nothing_of_an_undecided_case(sandbox: Sandbox) -> None:
    split = ("n = int(input())\nprint(2 if n == 1 else 3 * n)", "n = int(input())\nprint(n * 3 - (n < 2))")
    ended = end(sandbox, tried(DOUBLE, ADD, *split), stated("2", "5"), rules=Rules(label_precision=0.8))
    assert isinstance(ended, Rejected)
    assert ended.reason is Reason.TOO_FEW_DECIDED
    assert anchors(ended) == {"c1": True, "c2": None}


@pytest.mark.parametrize(
    "checker",
    [
        {"kind": "floats", "absolute": 1e-3},
        {
            "kind": "program",
            "language": "python",
            "code": "import sys\na, b = (float(open(path).read()) for path in sys.argv[2:4])\n"
            "sys.exit(abs(a - b) > 1e-3)\n",
        },
    ],
)
def test_a_sample_is_compared_by_the_tasks_checker(sandbox: Sandbox, checker: object) -> None:
    ended = end(sandbox, tried(DOUBLE, ADD), stated("2.0001", "4.1"), parse_checker(checker))
    assert anchors(ended) == {"c1": True, "c2": False}


def test_a_checker_that_fails_accuses_no_sample(sandbox: Sandbox) -> None:
    checker = {"kind": "program", "language": "python", "code": "import sys\nsys.exit(3)\n"}
    ended = end(sandbox, tried(DOUBLE, ADD), stated("5"), parse_checker(checker))
    assert anchors(ended) == {"c1": None}


def test_a_brute_force_runs_and_votes_on_small_cases_alone(sandbox: Sandbox) -> None:
    slow = brute("n = int(input())\nt = 0\nfor _ in range(n):\n    t += 2\nprint(t)")
    matrix = fill((*tried(DOUBLE, ADD), slow), (*CASES, LARGE), sandbox, LIMITS, brute_input_bytes=10)
    assert [run.status for run in matrix.outcomes[2]] == [Status.OK] * 6 + [Status.UNRUN]
    ended = end(sandbox, (*tried(DOUBLE, ADD), slow))
    assert isinstance(ended, Verified)
    assert [vote.cast for vote in ended.certificate.votes] == [3] * 6 + [2]
    assert anchors(ended) == {case.id: True for case in CASES}


def test_a_brute_force_is_no_candidate(sandbox: Sandbox) -> None:
    shortest = brute("print(int(input())*2)")
    ended = end(sandbox, (*tried(ADD + "  # x", f"x = 1\n{ADD}"), shortest))
    assert isinstance(ended, Verified)
    assert ended.golden != "brute"
    assert ended.certificate.distinct_programs == 2
    assert "brute" not in {**ended.certificate.pass_rates, **ended.certificate.scores}
    alone = end(sandbox, (*tried(DOUBLE), shortest))
    assert isinstance(alone, Rejected)
    assert alone.reason is Reason.TOO_FEW_SOLUTIONS


def test_a_brute_force_that_ends_at_a_limit_or_gives_up_is_no_evidence(sandbox: Sandbox) -> None:
    gives_up = brute("n = int(input())\nif n > 4:\n    raise SystemExit(1)\nwhile n == 4: pass\nprint(n + n)")
    ended = end(sandbox, (*tried(DOUBLE, ADD), gives_up))
    assert isinstance(ended, Verified)
    assert anchors(ended) == {"c1": True, "c2": True, "c3": True, "c4": None, "c5": None, "c6": None}


def test_a_brute_force_cannot_decide_where_the_candidates_tie(sandbox: Sandbox) -> None:
    triple = ("print(3 * int(input()))", "n = int(input())\nprint(n + n + n)")
    ended = end(sandbox, (*tried(DOUBLE, ADD, *triple), brute("n = int(input())\nprint(n * 2)")))
    assert isinstance(ended, Rejected)
    assert ended.reason is Reason.TOO_FEW_DECIDED
    assert ended.certificate is not None
    first = ended.certificate.votes[0]
    assert (first.output, first.support, first.runner_up) == (None, 3, 2)


def test_a_brute_force_can_leave_undecided_what_the_candidates_decide_by_one(sandbox: Sandbox) -> None:
    triple = ("print(3 * int(input()))", "n = int(input())\nprint(n + n + n)")
    codes = (DOUBLE, ADD, "n = int(input())\nprint(n * 2)", *triple)
    ended = end(sandbox, (*tried(*codes), brute("n = int(input())\nprint(n * 3)")))
    assert anchors(ended) == {case.id: None for case in CASES}
    assert ended.certificate is not None
    assert ended.certificate.votes[-1].output == f"{2 * 10**40}\n"  # a large case, on which it has no say


def test_a_brute_force_that_contradicts_a_label_is_on_record(sandbox: Sandbox) -> None:
    ended = end(sandbox, (*tried(DOUBLE, ADD), brute("print(int(input()) ** 2)")))
    assert isinstance(ended, Verified)
    assert anchors(ended) == {case.id: case.id == "c2" for case in CASES}


def test_a_copy_of_a_candidate_says_nothing_beside_it(sandbox: Sandbox) -> None:
    ended = end(sandbox, (*tried(DOUBLE, ADD), brute(DOUBLE + "  # plainly")))
    assert isinstance(ended, Verified)
    assert anchors(ended) == {}
    assert [vote.cast for vote in ended.certificate.votes] == [2] * 7
