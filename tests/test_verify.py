import gzip
import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from synthsmith.verification.choice import weighted
from synthsmith.verification.compare import TOKENS, checker_for, parse_checker
from synthsmith.verification.decide import decide
from synthsmith.verification.decision import Reason, Rejected, Verified
from synthsmith.verification.errors import InputError
from synthsmith.verification.matrix import fill
from synthsmith.verification.rules import Method, Rules, Weights
from synthsmith.verification.sandbox import Sandbox
from synthsmith.verification.types import (
    Case,
    Kind,
    Limits,
    Matrix,
    Outcome,
    Parameter,
    Signature,
    Solution,
    Status,
)
from synthsmith.verification.verify import verify
from synthsmith.verification.verify_file import verify_file

LIMITS = Limits(cpu_seconds=2, memory_mb=256)
DOUBLE = "print(2 * int(input()))"
ADD = "n = int(input())\nprint(n + n)"
SQUARE = "print(int(input()) ** 2)"
CASES = tuple(Case(f"c{number}", f"{number}\n") for number in range(3, 11))


PAPERS = Rules(Method.MAJORITY)
EASY = Rules(label_precision=0.5, golden_precision=0.5)  # few small programs, all alike, say little


def solutions(*codes: str) -> tuple[Solution, ...]:
    return tuple(Solution(f"s{number}", code) for number, code in enumerate(codes))


def table(*rows: str, programs: tuple[int, ...] | None = None) -> Matrix:
    """Each row is a solution, each letter its output on a case; `!` is a crash and `?` a fault of ours."""
    states = {"!": Outcome(Status.CRASH), "?": Outcome(Status.INTERNAL)}
    return Matrix(
        solutions=tuple(Solution(f"s{row}", f"print({row}, {'x' * row!r})") for row in range(len(rows))),
        cases=tuple(Case(f"c{column}", "x" * column) for column in range(len(rows[0]))),
        programs=programs or tuple(range(len(rows))),
        outcomes=tuple(tuple(states.get(x) or Outcome(Status.OK, x.encode()) for x in row) for row in rows),
    )


def test_the_majority_labels_and_the_golden_solution_is_of_it(sandbox: Sandbox) -> None:
    end = verify(solutions(SQUARE, ADD, DOUBLE), CASES, sandbox, checker=TOKENS, limits=LIMITS, rules=EASY)
    assert isinstance(end, Verified)
    assert end.golden == "s2"  # as right as s1, and shorter
    assert [case.expected for case in end.cases] == [f"{2 * number}\n" for number in range(3, 11)]
    assert end.certificate.pass_rates == {"s0": 0.0, "s1": 1.0, "s2": 1.0}
    assert end.certificate.limits == LIMITS
    assert end.certificate.isolated is True


def test_functions_are_verified_by_the_values_they_return(sandbox: Sandbox) -> None:
    signature = Signature("f", (Parameter("n", "int"),), "List[int]")
    codes = [f"class Solution:\n    def f(self, n):\n        return {it}" for it in ("[n]", "(n,)", "n")]
    end = verify(
        solutions(*codes),
        CASES,
        sandbox,
        checker=checker_for(TOKENS, signature),
        limits=LIMITS,
        signature=signature,
        rules=EASY,
    )
    assert isinstance(end, Verified)
    assert end.golden in {"s0", "s1"}
    assert json.loads(end.cases[0].expected or "") == [3]


def test_the_table_runs_copies_once_and_gives_all_their_outcomes(sandbox: Sandbox) -> None:
    copies = solutions(DOUBLE, SQUARE, DOUBLE + "  # again")
    matrix = fill(copies, CASES, sandbox, LIMITS)
    assert matrix.programs == (0, 1, 0)
    assert matrix.outcomes[2] is matrix.outcomes[0]
    assert [run.stdout for run in matrix.outcomes[1]] == [b"%d\n" % number**2 for number in range(3, 11)]


def test_the_same_table_and_seed_give_the_same_end() -> None:
    matrix = table("aaaaaaaa", "aaaaaaab", "abababab", "cccccccc")
    rules = Rules(seed=5)
    assert decide(matrix, TOKENS, rules=rules) == decide(matrix, TOKENS, rules=rules)


@pytest.mark.parametrize(
    ("codes", "cases", "reason"),
    [
        ((DOUBLE,), CASES, Reason.TOO_FEW_SOLUTIONS),
        ((DOUBLE, DOUBLE + " # copy"), CASES, Reason.TOO_FEW_PROGRAMS),
        ((DOUBLE, ADD), (), Reason.NO_CASES),
        ((DOUBLE, SQUARE), CASES, Reason.TOO_FEW_DECIDED),
        ((DOUBLE, ADD), CASES[:3], Reason.TOO_FEW_DECIDED),
    ],
)
def test_each_task_that_cannot_be_verified_has_a_reason(
    sandbox: Sandbox, codes: tuple[str, ...], cases: tuple[Case, ...], reason: Reason
) -> None:
    end = verify(solutions(*codes), cases, sandbox, checker=TOKENS, limits=LIMITS)
    assert isinstance(end, Rejected)
    assert end.reason is reason
    assert end.detail


def test_the_golden_solution_is_of_the_most_probable_group_and_its_probability_is_told() -> None:
    end = decide(table("abcd", "abcd", "abcd", "abce", "xyzw"), TOKENS)
    assert isinstance(end, Verified)
    assert end.golden == "s0"
    told = end.certificate.golden_probabilities
    assert told["s0"] == told["s1"] == told["s2"] == end.probability > told["s3"] > told["s4"] > 0
    assert (end.certificate.voters, end.certificate.independent_programs) == (5, 5)
    assert end.certificate.rules == Rules()


def test_a_task_without_a_candidate_that_is_probable_enough_is_unsure() -> None:
    matrix = table("abcd", "abcd", "abcd", "abcd", "abce", "abce")
    sure, unsure = (decide(matrix, TOKENS, rules=Rules(golden_precision=p)) for p in (0.5, 0.99))
    assert isinstance(sure, Verified)
    assert isinstance(unsure, Rejected)
    assert unsure.reason is Reason.UNSURE
    assert (
        unsure.detail
        == f"the best candidate is right with a probability of {sure.probability:.3f}, below 0.99"
    )
    assert unsure.certificate is not None
    assert unsure.certificate.votes == sure.certificate.votes


def test_the_same_programs_again_under_other_names_change_nothing() -> None:
    rows = ("abcd", "abcd", "abce", "xbcd")
    once, twice = table(*rows), table(*rows, *rows)
    codes = [replace(s, code=once.solutions[i % 4].code + "  # again") for i, s in enumerate(twice.solutions)]
    end, again = (decide(each, TOKENS) for each in (once, replace(twice, solutions=tuple(codes))))
    assert end.certificate is not None
    assert again.certificate is not None
    assert again.certificate.votes == end.certificate.votes
    assert again.certificate.golden_probabilities.items() >= end.certificate.golden_probabilities.items()


def test_cases_can_weigh_by_their_kind() -> None:
    cases = [Case(kind, "1", kind) for kind in Kind]
    assert [case.weight for case in weighted(cases, Weights.KIND)] == [1, 2, 3, 4]


@pytest.mark.parametrize("precision", [-0.1, 1, 1.5])
def test_a_precision_is_a_probability_below_1(precision: float) -> None:
    with pytest.raises(ValueError, match="label_precision must be at least 0 and below 1"):
        Rules(label_precision=precision)


def test_a_best_scorer_that_is_not_among_the_best_held_out_rejects_the_task() -> None:
    even = table("aaaaaaaa", "aaaaaaaa", "!!!!!!!!")
    held = decide(even, TOKENS, rules=PAPERS).certificate.hold_out_cases  # type: ignore[union-attr]
    out = {int(name[1:]) for name in held}
    # Two pairs agree on half of the cases each, and each half is decided by a pair that fails the other half.
    scorer = "".join("!" if column in out else "a" for column in range(8))
    holder = "".join("a" if column in out else "!" for column in range(8))
    end = decide(table(scorer, scorer, holder, holder), TOKENS, rules=PAPERS)
    assert isinstance(end, Rejected)
    assert end.reason is Reason.HOLD_OUT
    assert end.certificate is not None
    assert end.certificate.hold_out_accuracy == {"s0": 0.0, "s1": 0.0, "s2": 1.0, "s3": 1.0}
    assert end.certificate.scores["s0"] > end.certificate.scores["s2"] == 0


def test_ties_go_to_the_most_cases_then_to_the_shorter_code_then_to_the_smaller_id() -> None:
    matrix = table("abcd", "abcd", "abcd")
    longer = replace(matrix.solutions[0], code="print(0, 0, 0)")
    end = decide(replace(matrix, solutions=(longer, *matrix.solutions[1:])), TOKENS, rules=EASY)
    assert isinstance(end, Verified)
    assert end.golden == "s1"


def test_a_tie_goes_to_the_solution_that_ends_well_where_the_others_do_not() -> None:
    end = decide(table("aaaaaa!!", "aaaaaabb"), TOKENS, rules=PAPERS)
    assert isinstance(end, Verified)
    assert end.golden == "s1"


def test_a_run_that_failed_by_our_fault_is_not_in_a_pass_rate() -> None:
    end = decide(table("aaaaaaaa", "aaaaaaaa", "?aaaaaa!"), TOKENS, rules=PAPERS)
    assert isinstance(end, Verified)
    assert end.golden in {"s0", "s1"}
    assert end.certificate.pass_rates["s2"] == 6 / 7


def test_a_rejection_that_our_fault_may_have_caused_is_a_judge_error() -> None:
    end = decide(table("aaa?", "aaa?", "bbbb"), TOKENS)
    assert isinstance(end, Rejected)
    assert end.reason is Reason.JUDGE_ERROR


def test_a_pass_is_judged_with_the_tolerance() -> None:
    near = [Outcome(Status.OK, text) for text in (b"0.50000000", b"0.50000001", b"0.9")]
    matrix = replace(table("aaaa", "aaaa", "aaaa"), outcomes=tuple((run,) * 4 for run in near))
    end = decide(matrix, parse_checker({"kind": "floats", "absolute": 1e-6}), rules=PAPERS)
    assert isinstance(end, Verified)
    assert end.certificate.pass_rates == {"s0": 1.0, "s1": 1.0, "s2": 0.0}


@given(st.lists(st.integers(0, 50), min_size=1, max_size=30))
def test_weights_rise_with_size_and_quarter_the_cases(sizes: list[int]) -> None:
    cases = weighted(Case(str(i), "x" * size) for i, size in enumerate(sizes))
    assert {case.weight for case in cases} <= {1, 2, 3, 4}
    for one in cases:
        for other in cases:
            assert len(one.input) >= len(other.input) or one.weight <= other.weight
    counts = [sum(case.weight == weight for case in cases) for weight in (1, 2, 3, 4)]
    assert max(counts) - min(counts) <= 1


letters = st.text("abc!?", min_size=6, max_size=6)


@given(st.lists(letters, min_size=2, max_size=6), st.integers(0, 3))
def test_a_golden_solution_is_best_on_both_halves(rows: list[str], seed: int) -> None:
    end = decide(table(*rows), TOKENS, rules=replace(PAPERS, seed=seed))
    if isinstance(end, Verified):
        scores, accuracies = end.certificate.scores, end.certificate.hold_out_accuracy
        assert scores[end.golden] == max(scores.values()) > 0
        measured = [accuracies[f"s{i}"] for i, row in enumerate(rows) if "?" not in row]
        assert accuracies[end.golden] >= max(measured, default=0)
        assert 0 < end.probability <= 1


def test_a_worse_solution_is_not_golden_because_a_better_one_met_a_fault_of_ours() -> None:
    end = decide(table("aaaaaaa?", "aaaaaa?a", "aaa!!!aa"), TOKENS)
    assert isinstance(end, Rejected)
    assert end.reason is Reason.JUDGE_ERROR


def problem(**changes: object) -> dict[str, object]:
    row: dict[str, object] = {
        "id": "double",
        "source": "here",
        "tests": [{"name": c.id, "input": c.input, "output": str(2 * int(c.input))} for c in CASES],
        "submissions": [
            {"name": "wrong", "language": "python", "code": SQUARE},
            {"name": "right", "language": "python", "code": DOUBLE},
            {"name": "also", "language": "python", "code": ADD},
            {"name": "fast", "language": "cpp", "code": "int main() {}"},
        ],
    }
    return row | changes


def written(path: Path, *rows: object) -> Path:
    with gzip.open(path, "wt") as file:
        file.writelines(json.dumps(row) + "\n" for row in rows)
    return path


def lines(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_a_file_becomes_labels_golden_submissions_and_a_summary(
    sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("synthsmith.verification.sandbox.languages.compiler", lambda: None)
    source = written(tmp_path / "in.jsonl.gz", problem(), problem(id=7, tests=[{"input": "1"}]))
    summary = verify_file(source, tmp_path / "out", sandbox, score=True, rules=EASY)
    labels, golden = lines(tmp_path / "out/labels.jsonl"), lines(tmp_path / "out/golden.jsonl")
    first = {"id": "double", "test": "c3", "label": "6\n", "probability": 0, "support": 2, "cast": 3}
    assert labels[0] | {"probability": 0} == first
    assert 0.5 < labels[0]["probability"] < 1  # type: ignore[operator]
    assert labels[-1] | {"probability": 0} == {
        "id": 7,
        "test": 0,
        "label": "2\n",
        "probability": 0,
        "support": 2,
        "cast": 3,
    }
    assert 0.5 < golden[0]["probability"] < labels[0]["probability"]  # type: ignore[operator]
    assert golden[0] | {"probability": 0} == {
        "id": "double",
        "golden": "right",
        "probability": 0,
        "reason": None,
        "source": "here",
    }
    assert (golden[1]["golden"], golden[1]["reason"]) == (None, "too_few_decided")
    told = json.loads((tmp_path / "out/summary.json").read_text())
    assert told["left_out"] == {"cpp": 2}
    assert told["score"]["label_accuracy"] == told["score"]["golden_accuracy"] == 1.0
    assert summary.complete
    assert told["isolated"] is True
    assert (summary.problems, summary.verified, summary.rejected) == (2, 1, {"too_few_decided": 1})


def test_known_outputs_are_never_shown_to_the_vote(sandbox: Sandbox, tmp_path: Path) -> None:
    lies = [{"input": case.input, "output": "42"} for case in CASES]
    for name, row in (("true", problem()), ("lies", problem(tests=lies))):
        verify_file(written(tmp_path / "in", row), tmp_path / name, sandbox, score=True, rules=EASY)
    labels = [
        [line["label"] for line in lines(tmp_path / name / "labels.jsonl")] for name in ("true", "lies")
    ]
    assert labels[0] == labels[1]
    told = json.loads((tmp_path / "lies/summary.json").read_text())
    assert (told["score"]["label_accuracy"], told["score"]["golden_right"]) == (0.0, 0)


def test_a_bad_row_loses_nothing_that_was_made(sandbox: Sandbox, tmp_path: Path) -> None:
    source = written(tmp_path / "in.jsonl.gz", problem(), problem(tests=5))
    with pytest.raises(InputError, match=r"in.jsonl.gz row 2 \(id \"double\"\): field tests must be a list"):
        verify_file(source, tmp_path / "out", sandbox)
    assert len(lines(tmp_path / "out/golden.jsonl")) == 1
    told = json.loads((tmp_path / "out/summary.json").read_text())
    assert (told["complete"], told["problems"], told["score"]) == (False, 1, None)


def test_assertions_are_not_voted_on(sandbox: Sandbox, tmp_path: Path) -> None:
    row = {"id": "a", "entry": "assertions", "tests": [{"input": "assert f(1) == 2"}], "submissions": []}
    source = written(tmp_path / "in.jsonl", row)
    with pytest.raises(InputError, match="field entry: assertions are judged, there is nothing to vote on"):
        verify_file(source, tmp_path / "out", sandbox)


def test_two_runs_write_the_same_bytes(sandbox: Sandbox, tmp_path: Path) -> None:
    source = written(tmp_path / "in", problem())
    for name in ("one", "two"):
        verify_file(source, tmp_path / name, sandbox, score=True)
    for name in ("labels.jsonl", "golden.jsonl", "summary.json"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()
