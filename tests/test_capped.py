"""Tests that are too large for a row of `rl` stay behind, are counted, and are in `attempts`."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_attempts import made, with_suite, write_made
from synthsmith.builders.assembly import Assembly
from synthsmith.builders.attempts import Attempt
from synthsmith.builders.capped import capped
from synthsmith.builders.evidence import Row
from synthsmith.builders.hf_builders import load_builder
from synthsmith.builders.rows import VIEWS
from synthsmith.builders.rows.reinforcement import rl
from synthsmith.builders.schemas import SCHEMAS
from synthsmith.builders.settings import Settings
from synthsmith.builders.shards import check
from synthsmith.cards.card import Edition, Provenance
from synthsmith.cards.repository import make_dataset
from synthsmith.cards.summary import summarise
from synthsmith.verification.decision import Verified


def sized(*sizes: int, index: int = 0) -> Attempt:
    """A verified attempt with tests of these sizes, and a measured suite in the order p2, p1, p3, p4."""
    attempt = made()[index]
    assert isinstance(attempt.outcome, Verified)
    cases = tuple(
        replace(case, input="x" * size) for case, size in zip(attempt.outcome.cases, sizes, strict=True)
    )
    attempt = replace(attempt, cases=cases, outcome=replace(attempt.outcome, cases=cases))
    return with_suite(attempt, ("p2", "p1", "p3", "p4"), 4)


def truth(row: Row) -> dict[str, list[str]]:
    reward = row["reward_model"]
    assert isinstance(reward, dict)
    found: dict[str, list[str]] = json.loads(reward["ground_truth"])
    return found


def made_row(inputs: list[str]) -> Row:
    given = {"inputs": inputs, "outputs": [text[:3] for text in inputs], "fn_name": "f"}
    text = json.dumps(given, ensure_ascii=False)
    kinds = [f"kind {place}" for place in range(len(inputs))]
    return {"reward_model": {"style": "rule", "ground_truth": text}, "case_kinds": kinds, "case_kills": None}


def test_what_fits_is_kept_in_the_order_of_what_it_adds_and_all_columns_go_along() -> None:
    attempt = sized(100, 100, 3000, 100)
    [whole], [row] = rl(attempt), rl(attempt, 1000)
    check(row, SCHEMAS["rl"], "rl")
    assert (whole["tests_left_out"], row["tests_left_out"]) == (0, 1)
    kept = (0, 1, 3)  # the third in the order of the suite is the large one
    for name in ("inputs", "outputs"):
        assert truth(row)[name] == [truth(whole)[name][place] for place in kept]
    for name in ("case_weights", "case_kinds", "case_kills"):
        assert row[name] == [whole[name][place] for place in kept]  # type: ignore[index]
    assert list(row) == list(whole) == list(SCHEMAS["rl"])


def test_a_row_keeps_its_smallest_test_though_that_is_too_large() -> None:
    [row] = rl(sized(900, 700, 800, 950, index=2), 300)
    assert truth(row)["inputs"] == ["x" * 700]
    assert truth(row)["fn_name"] == "double"  # type: ignore[comparison-overlap]
    assert row["tests_left_out"] == 3


def test_without_a_limit_all_tests_are_in_the_row() -> None:
    [row] = rl(sized(2_000_000, 10, 10, 10), None)
    assert (len(truth(row)["inputs"]), row["tests_left_out"]) == (4, 0)


@given(
    st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=60), min_size=1), st.integers(1, 900)
)
def test_a_row_has_no_more_bytes_of_tests_than_it_may_and_nothing_that_fits_is_left_out(
    inputs: list[str], most: int
) -> None:
    row = capped(made_row(inputs), most)
    kept, left_out = truth(row)["inputs"], row["tests_left_out"]
    assert isinstance(left_out, int)
    assert len(kept) + left_out == len(inputs)
    text = json.dumps(truth(row), ensure_ascii=False)
    if len(kept) > 1:
        assert len(text.encode()) <= most
    places = [int(str(kind).split()[1]) for kind in row["case_kinds"]]  # type: ignore[attr-defined]
    assert kept == [inputs[place] for place in places]
    assert places == sorted(places)
    for place in set(range(len(inputs))) - set(places):
        more = [*kept, inputs[place]]
        fuller = {"inputs": more, "outputs": [each[:3] for each in more], "fn_name": "f"}
        assert len(json.dumps(fuller, ensure_ascii=False).encode()) > most - 4  # separators


def test_the_card_and_the_summary_count_what_is_left_out_and_attempts_have_it(tmp_path: Path) -> None:
    write_made(tmp_path, (sized(100, 100, 3000, 100), made()[5]))
    settings = Settings(dataset=Assembly(test_bytes=1000))
    facts = make_dataset(tmp_path, Provenance(settings, (), "0.1.0"), Edition())
    assert (facts.left_out.tests, facts.left_out.rows) == (1, 1)
    card = " ".join((tmp_path / "dataset" / "README.md").read_text(encoding="utf-8").split())
    assert "**1 tests of 1 task are not in `rl`**: the tests of a row have at most 1.0 kB" in card
    told = summarise(facts, Provenance(settings, (), "0.1.0"), Edition())["rl"]
    assert told["tests_left_out"] == {"tests": 1, "rows": 1}  # type: ignore[index]
    [row] = VIEWS["attempts"](sized(100, 100, 3000, 100))
    assert [len(case["input"]) for case in row["cases"] if case["weight"]] == [100, 100, 3000, 100]  # type: ignore[attr-defined]


@pytest.mark.parametrize(("most", "left"), [(1000, [1]), (None, [0])])
def test_a_builder_takes_the_same_limit(most: int | None, left: list[int], tmp_path: Path) -> None:
    write_made(tmp_path, (sized(100, 100, 3000, 100),))
    builder = load_builder("rl", tmp_path, tmp_path / "cache", test_bytes=most)
    builder.download_and_prepare()
    assert list(builder.as_dataset(split="train")["tests_left_out"]) == left
