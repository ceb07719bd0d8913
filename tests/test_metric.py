import ast
import doctest
import json
import math
import os
import subprocess
import sys
from pathlib import Path

import evaluate
import pytest
from hypothesis import given
from hypothesis import strategies as st
from synthsmith.verification.errors import InputError, SandboxError
from synthsmith.verification.estimates import pass_at_k
from synthsmith.verification.metric import PassAtK, load_metric, metric_path

import synthsmith

DOUBLE = "print(2 * int(input()))"
SQUARE = "print(int(input()) ** 2)"
TESTS = {"inputs": ["2", "5"], "outputs": ["4", "10"]}
FUNCTION = {"inputs": ["[1, 2, 3]"], "outputs": ["6"], "entry": "def total(a: List[int]) -> int: ..."}


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evaluate.config, "HF_METRICS_CACHE", tmp_path / "metrics")
    monkeypatch.setattr(evaluate.config, "HF_MODULES_CACHE", tmp_path / "modules")


@given(st.integers(1, 60).flatmap(lambda n: st.tuples(st.just(n), st.integers(0, n), st.integers(1, n))))
def test_the_estimate_is_the_share_of_draws_that_hold_a_right_sample(sizes: tuple[int, int, int]) -> None:
    n, c, k = sizes
    assert pass_at_k(n, c, k) == pytest.approx(1 - math.comb(n - c, k) / math.comb(n, k), abs=1e-12)


def test_the_estimate_is_stable_for_many_samples() -> None:
    assert pass_at_k(10_000, 1, 100) == pytest.approx(0.01)


@pytest.mark.parametrize(("n", "c", "k"), [(4, 2, 5), (4, 5, 1), (0, 0, 1), (4, 1, 0)])
def test_what_cannot_be_estimated_is_refused(n: int, c: int, k: int) -> None:
    with pytest.raises(InputError, match="cannot be estimated"):
        pass_at_k(n, c, k)


def test_the_scores_are_plain_floats() -> None:
    scores = PassAtK().compute(predictions=[[DOUBLE, SQUARE, "x", DOUBLE]], references=[TESTS], k=[1, 4])
    assert scores == {"pass@1": 0.5, "pass@4": 1.0, "avg@4": 0.5}
    assert [type(score) for score in scores.values()] == [float] * 3
    assert json.loads(json.dumps(scores)) == scores


@pytest.mark.parametrize(
    ("right", "reference"),
    [
        (DOUBLE, TESTS),
        ("def total(a): return sum(a)", FUNCTION),
        ("def f(n): return n", "assert f(1) == 1"),
    ],
)
def test_half_a_surrogate_pair_in_a_candidate_is_a_fault_of_that_candidate(
    right: str, reference: object
) -> None:
    codes = [right, f"{right}  # \ud800", f"{right}\n'\udcff'"]
    scores = PassAtK().compute(predictions=[codes], references=[reference], k=1, return_details=True)
    assert scores["details"] == [["AC", "CE", "CE"]]
    metric = PassAtK()
    metric.add(prediction=codes, reference=reference)
    assert metric.compute(k=1)["pass@1"] == pytest.approx(1 / 3)


@pytest.mark.parametrize(
    "reference",
    [TESTS | {"inputs": ["2\ud800", "5"]}, TESTS | {"outputs": ["4", "\ud800"]}, "assert '\ud800'"],
)
def test_half_a_surrogate_pair_in_a_reference_is_told(reference: object) -> None:
    with pytest.raises(InputError, match=r"references\[0\] holds half a surrogate pair"):
        PassAtK().compute(predictions=[[DOUBLE]], references=[reference])


@pytest.mark.parametrize("isolated", [False, True])
def test_each_candidate_has_its_verdict_and_copies_share_one(isolated: bool) -> None:
    scores = PassAtK().compute(
        predictions=[[DOUBLE, SQUARE, DOUBLE + "  # copy"], ["def total(a): return sum(a)"]],
        references=[TESTS, FUNCTION],
        k=1,
        isolated=isolated,
        return_details=True,
    )
    assert scores["details"] == [["AC", "WA", "AC"], ["AC"]]
    assert scores["avg"] == scores["pass@1"] == pytest.approx((2 / 3 + 1) / 2)


@pytest.mark.parametrize("tests", [[TESTS], [TESTS | {"entry": None}], [TESTS | {"entry": "stdin"}]])
def test_references_need_no_entry(tests: list[dict[str, object]]) -> None:
    assert PassAtK().compute(predictions=[[DOUBLE]], references=tests) == {"pass@1": 1.0, "avg@1": 1.0}


def test_problems_can_be_added_one_by_one_with_and_without_entry() -> None:
    metric = PassAtK()
    metric.add(prediction=[DOUBLE], reference=TESTS)
    metric.add_batch(predictions=[["def total(a): return 0"]], references=[FUNCTION])
    assert metric.compute() == {"pass@1": 0.5, "avg@1": 0.5}


def test_references_may_be_the_test_code_that_code_eval_takes() -> None:
    add, multiply = "def add(a, b):\n    return a + b", "def add(a, b):\n    return a * b"
    check = "def check(candidate):\n    assert candidate(2, 3) == 5\n\ncheck(add)"
    scores = PassAtK().compute(
        predictions=[[add, multiply], [multiply, "import os; os._exit(0)"], [add, "def add("]],
        references=["assert add(2, 3) == 5", check, "for a in range(3): assert add(a, a) == a + a"],
        k=[1, 2],
        return_details=True,
    )
    assert scores["details"] == [["AC", "WA"], ["WA", "WA"], ["AC", "CE"]]
    assert (scores["pass@1"], scores["pass@2"]) == pytest.approx((1 / 3, 2 / 3))


def test_problems_with_test_code_can_be_added_one_by_one() -> None:
    metric = PassAtK()
    metric.add(prediction=["x = 1"], reference="assert x == 1")
    metric.add_batch(predictions=[["x = 1"]], references=["assert x == 2"])
    assert metric.compute() == {"pass@1": 0.5, "avg@1": 0.5}


def test_the_checker_and_the_limits_are_obeyed() -> None:
    third = {"inputs": [""], "outputs": ["0.333333333"]}
    floats = {"kind": "floats", "absolute": 1e-6}
    codes = [["print(1 / 3)", "while True: pass", "x = bytearray(1 << 29)"]]
    scores = PassAtK().compute(
        predictions=codes,
        references=[third],
        checker=floats,
        time_limit_s=0.3,
        memory_mb=100,
        workers=1,
        return_details=True,
    )
    assert scores["details"] == [["AC", "TLE", "MLE"]]


def test_no_problems_score_zero() -> None:
    assert PassAtK().compute(predictions=[], references=[], k=[1, 8]) == {
        "pass@1": 0.0,
        "pass@8": 0.0,
        "avg": 0.0,
    }


@pytest.mark.parametrize(
    ("codes", "tests", "options", "message"),
    [
        ([[DOUBLE] * 2, [DOUBLE]], [TESTS] * 2, {"k": [1, 2]}, r"pass@2 needs 2 .* predictions\[1\] has 1"),
        ([[]], [TESTS], {}, r"predictions\[0\] has 0"),
        ([[DOUBLE]], [TESTS], {"k": []}, "k must be a list of whole numbers above 0"),
        ([[DOUBLE]], [TESTS], {"k": [0]}, "k must be a list of whole numbers above 0"),
        ([[DOUBLE]], [{"inputs": ["1"], "outputs": []}], {}, r"references\[0\] has 1 inputs and 0 outputs"),
        ([[DOUBLE]], [{"inputs": [], "outputs": []}], {}, "at least one test"),
        ([[DOUBLE]] * 2, [TESTS, {"inputs": ["1"]}], {}, r'references\[1\] has no "outputs"'),
        ([[DOUBLE], [None]], [TESTS] * 2, {}, r"predictions\[1\] holds None"),
        ([["x = 1"]] * 2, ["assert x", "assert"], {}, r"references\[1\]: the test code cannot be read"),
        (
            [["x = 1"]] * 2,
            ["assert x", TESTS],
            {},
            r"references\[1\] is no test code, but references\[0\] is",
        ),
        ([["x = 1"]], ["assert x == 1"], {"checker": "lines"}, "a checker has no meaning"),
        ([[DOUBLE]], [FUNCTION | {"entry": "x"}], {}, r"references\[0\]: entry: starter code must declare"),
        ([[DOUBLE]], [TESTS], {"checker": "fuzzy"}, "'fuzzy' is not known"),
        (
            [[DOUBLE]],
            [TESTS],
            {"checker": {"kind": "program", "language": "java", "code": "x"}},
            "must be python or cpp",
        ),
    ],
)
def test_what_cannot_be_scored_is_said_in_one_sentence(
    codes: list[list[str]], tests: list[dict[str, object]], options: dict[str, object], message: str
) -> None:
    with pytest.raises(InputError, match=message):
        PassAtK().compute(predictions=codes, references=tests, **options)


def test_candidates_on_whom_the_checker_fails_are_not_scored() -> None:
    broken = {"kind": "program", "language": "python", "code": "raise SystemExit(3)"}
    with pytest.raises(SandboxError, match=r"only 0 of the 1 candidates .* or the checker did"):
        PassAtK().compute(predictions=[[DOUBLE]], references=[TESTS], checker=broken)


def test_the_metric_folder_loads_and_its_example_is_true() -> None:
    metric = evaluate.load(metric_path("pass_at_k"))
    assert "pass@k" in metric.description
    path = Path(metric_path("pass_at_k")) / "pass_at_k.py"
    text = ast.get_docstring(ast.parse(path.read_text())) or ""
    example = doctest.DocTestParser().get_doctest(text, {}, "pass_at_k", None, 0)
    results = doctest.DocTestRunner().run(example)
    assert (results.failed, results.attempted) == (0, 9)


def test_the_folder_loads_offline_in_a_fresh_process(tmp_path: Path) -> None:
    code = "import evaluate, sys; print(evaluate.load(sys.argv[1]).name)"
    done = subprocess.run(
        [sys.executable, "-c", code, metric_path("pass_at_k")],
        env=os.environ | {"HF_HOME": str(tmp_path), "HF_EVALUATE_OFFLINE": "1", "HF_HUB_OFFLINE": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "pass_at_k\n"


def test_the_front_door_offers_the_metric_by_name() -> None:
    assert isinstance(synthsmith.load_metric("pass_at_k"), PassAtK)
    assert synthsmith.metric_path("pass_at_k") == metric_path("pass_at_k")
    with pytest.raises(InputError, match="there is no metric 'bleu'"):
        load_metric("bleu")


def test_nothing_but_the_metric_imports_evaluate() -> None:
    code = "import sys, synthsmith.verification.verify_file, synthsmith.verification.judge_file\n"
    code += "print('evaluate' in sys.modules, 'datasets' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False False\n"
