"""What rows an attempt gives in each config, and how they become Parquet."""

import json
import shutil
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from datasets import Features, List, Value
from made_attempts import TESTS, made, with_suite, write_made
from synthsmith.builders.attempts import from_json, path_of, to_json
from synthsmith.builders.dataset import assemble, in_order, repeats, survey
from synthsmith.builders.evidence import Row
from synthsmith.builders.rows import VIEWS
from synthsmith.builders.rows.supervised import with_tags
from synthsmith.builders.schemas import ALIASES, PUBLISHED, SCHEMAS
from synthsmith.builders.shards import check, write
from synthsmith.builders.solutions import prompt
from synthsmith.verification.decision import Verified
from synthsmith.verification.errors import InputError
from synthsmith.verification.types import Purpose

PLAIN = Features({"key": Value("string"), "parts": List({"text": Value("large_string")})})


def rows(config: str) -> list[Row]:
    return [row for attempt in made() for row in VIEWS[config](attempt)]


def plain_rows(count: int, size: int = 10) -> Iterator[tuple[str, Row]]:
    return ((f"{i}", {"key": f"{i}", "parts": [{"text": f"{i}" * size}]}) for i in range(count))


@pytest.mark.parametrize(
    ("config", "wanted"),
    [
        ("sft_verified", {"query", "response", "messages"}),
        ("sft_hybrid", {"query", "response", "messages"}),
        ("sft_unique_prompt", {"query", "response", "messages"}),
        ("sft_multiple_solution", {"query", "response", "messages"}),
        ("rl", {"prompt"}),
        ("rl_real", {"prompt"}),
        ("attempts", set()),
    ],
)
def test_no_column_of_ours_has_a_name_that_a_trainer_takes_for_its_own(config: str, wanted: set[str]) -> None:
    assert set(PUBLISHED[config]) & ALIASES == wanted


@pytest.mark.parametrize("config", SCHEMAS)
def test_every_row_has_exactly_the_columns_of_its_schema(config: str) -> None:
    for row in rows(config):
        check(row, SCHEMAS[config], config)


def test_verified_responses_are_those_that_pass_every_decided_case() -> None:
    assert [(row["task_id"], row["candidate"]) for row in rows("sft_verified")] == [
        ("task-hard", "s1"),
        ("task-easy", "s1"),
        ("task-easy", "s2"),
        ("task-easy", "s3"),
        ("task-copied", "s1"),
        ("task-copied", "s2"),
    ]
    assert all(row["is_verified"] and row["pass_rate"] == 1.0 for row in rows("sft_verified"))


def test_unique_prompts_are_the_golden_responses_one_per_verified_task() -> None:
    found = {row["task_id"]: (row["is_golden"], row["is_verified"]) for row in rows("sft_unique_prompt")}
    assert found == {
        "task-hard": (True, True),
        "task-easy": (True, True),
        "task-copied": (True, True),
        "task-flawed": (True, False),  # golden, but it fails a case
    }


def test_a_brute_force_program_is_shown_with_its_purpose_and_is_in_no_other_row() -> None:
    brute = replace(made()[2].solutions[0], id="brute", purpose=Purpose.BRUTE)
    for attempt in made():
        slow = replace(attempt, solutions=(*attempt.solutions, brute))
        for config, view in VIEWS.items():
            if config != "attempts":
                assert list(view(slow)) == list(view(attempt))
        [row] = VIEWS["attempts"](slow)
        assert row["candidate_count"] == len(attempt.solutions)
        purposes = [program["purpose"] for program in row["programs"]]  # type: ignore[attr-defined]
        assert purposes == ["candidate"] * len(attempt.solutions) + ["brute"]


@pytest.mark.parametrize("kept", [4, 2])
def test_tests_for_reinforcement_learning_come_in_the_order_of_the_suite(kept: int) -> None:
    places = (2, 0, 3, 1)
    for index in (0, 2):  # a whole program and a method
        attempt = made()[index]
        [plain] = VIEWS["rl"](attempt)
        [row] = VIEWS["rl"](with_suite(attempt, tuple(f"p{place + 1}" for place in places), kept))
        check(row, SCHEMAS["rl"], "rl")
        given, ordered = (json.loads(each["reward_model"]["ground_truth"]) for each in (plain, row))  # type: ignore[index]
        for name in ("inputs", "outputs"):
            assert ordered[name] == [given[name][place] for place in places[:kept]]
        for name in ("case_weights", "case_kinds"):
            assert row[name] == [plain[name][place] for place in places[:kept]]  # type: ignore[index]
        assert row["case_kills"] == [2, 0, 0, 0][:kept]
        assert plain["case_kills"] is None


@pytest.mark.parametrize("config", ["rl", "attempts"])
def test_rows_say_how_strong_the_suite_is(config: str) -> None:
    columns = ("kill_rate", "false_kill_rate", "mutants_made", "mutants_killed", "is_suite_weak")
    [row] = VIEWS[config](with_suite(made()[0], ("p1", "p2", "p3", "p4"), 4))
    assert [row[name] for name in columns] == [1.0, 0.0, 2, 1, True]
    assert json.loads(str(row["certificate"]))["suite"]["order"] == ["p1", "p2", "p3", "p4"]
    for attempt in made()[:6]:
        for plain in VIEWS[config](attempt):
            assert [plain[name] for name in columns] == [None] * 5


def test_an_order_of_tests_changes_no_row_for_supervised_training() -> None:
    attempt = made()[2]
    for config in SCHEMAS:
        if config.startswith("sft"):
            ordered = with_suite(attempt, ("p4", "p3", "p2", "p1"), 1)
            assert list(VIEWS[config](ordered)) == list(VIEWS[config](attempt))


def test_an_attempt_keeps_its_suite_on_disk() -> None:
    attempt = with_suite(made()[0], ("p4", "p3", "p2", "p1"), 3)
    assert from_json(to_json(attempt)) == attempt


def test_copies_of_one_program_are_not_multiple_solutions() -> None:
    found = [(row["task_id"], row["program_group"]) for row in rows("sft_multiple_solution")]
    assert found == [("task-easy", 0), ("task-easy", 1), ("task-easy", 0)]


def test_the_hybrid_adds_the_first_response_of_a_task_that_only_verification_rejected() -> None:
    added = [row for row in rows("sft_hybrid") if not row["is_verified"]]
    assert [(row["task_id"], row["candidate"], row["pass_rate"]) for row in added] == [
        ("task-split", "s2", None)
    ]
    assert [row for row in rows("sft_hybrid") if row["is_verified"]] == rows("sft_verified")


def test_a_row_holds_the_prompt_that_was_answered_and_the_whole_reply() -> None:
    attempt = made()[0]
    assert attempt.task is not None
    [row] = VIEWS["sft_verified"](attempt)
    assert row["query"] == prompt(attempt.task)
    assert row["response"] == attempt.solutions[0].reply
    assert row["messages"] == [
        {"role": "user", "content": row["query"]},
        {"role": "assistant", "content": row["response"]},
    ]


def test_a_reply_whose_opening_tag_stood_in_the_prompt_gets_it_back() -> None:
    assert with_tags("thought\n</think>\nanswer") == "<think>\nthought\n</think>\nanswer"
    assert with_tags("<think>a</think>b") == "<think>a</think>b"
    assert with_tags("no reasoning at all") == "no reasoning at all"


def test_tests_for_reinforcement_learning_keep_every_letter() -> None:
    by_task = {row["task_id"]: row for row in rows("rl")}
    tests = json.loads(by_task["task-hard"]["reward_model"]["ground_truth"])  # type: ignore[index]
    assert tests["inputs"] == [given for given, _ in TESTS]
    assert tests["outputs"] == ["2.0\n", "None\n", "1e3\n", "  x\n"]
    called = json.loads(by_task["task-easy"]["reward_model"]["ground_truth"])  # type: ignore[index]
    assert called["fn_name"] == "double"
    assert by_task["task-easy"]["entry"]
    assert by_task["task-hard"]["entry"] is None


def test_every_line_of_a_calls_test_is_json_as_graders_of_calls_read_it() -> None:
    called = next(row for row in rows("rl") if row["entry"])
    tests = json.loads(called["reward_model"]["ground_truth"])  # type: ignore[index]
    assert [[json.loads(line) for line in text.split("\n")] for text in tests["inputs"][:3]]
    assert tests["inputs"][3] == '{"a": 1}'
    assert not any(text.endswith("\n") for text in tests["outputs"])


def test_blanks_at_the_ends_of_lines_are_in_no_expected_output() -> None:
    first = made()[0]
    assert isinstance(first.outcome, Verified)
    label = "1 2 \t\r\n\n 3 \n\n"
    cases = tuple(replace(case, expected=label) for case in first.outcome.cases)
    [row] = VIEWS["rl"](replace(first, outcome=replace(first.outcome, cases=cases)))
    tests = json.loads(row["reward_model"]["ground_truth"])  # type: ignore[index]
    assert set(tests["outputs"]) == {"1 2\n\n 3\n"}


def test_tasks_for_reinforcement_learning_come_easiest_first(tmp_path: Path) -> None:
    order = in_order("rl", survey(write_made(tmp_path)))
    rates = [row["pass_rate"] for index in order for row in VIEWS["rl"](made()[index])]
    assert order == [2, 5, 6, 0]
    assert rates == sorted(rates, reverse=True)  # type: ignore[type-var]


def test_of_one_statement_drawn_twice_the_first_draw_stands_and_the_other_is_a_duplicate(
    tmp_path: Path,
) -> None:
    first, second = made()[3], made()[2]  # the first was rejected: that its twin was verified is chance
    assert first.task is not None
    twin = replace(second, index=8, draw="0:8", task=first.task)
    third = replace(second, index=9, draw="0:9", task=first.task)
    folder = write_made(tmp_path, (third, twin, first, second))
    assert repeats(survey(folder)) == {8: "0:3", 9: "0:3"}
    written = {each.config: each.rows for each in assemble(folder, tmp_path / "dataset")}
    assert written["rl"] == 1
    assert written["sft_hybrid"] == 4
    found = pq.read_table(tmp_path / "dataset" / "attempts").to_pylist()
    told = {row["draw"]: (row["verdict"], row["reason"], row["detail"]) for row in found}
    assert told["0:2"][0] == "verified"
    assert told["0:3"][1] == "hold_out"
    assert told["0:8"] == told["0:9"] == ("rejected", "duplicate", "the statement is that of the draw 0:3")


def test_every_attempt_has_a_row_and_every_rejection_its_reason() -> None:
    found = [(row["draw"], row["verdict"], row["reason"]) for row in rows("attempts")]
    assert found == [
        ("0:0", "verified", None),
        ("0:1", "rejected", "design_unreadable"),
        ("0:2", "verified", None),
        ("0:3", "rejected", "hold_out"),
        ("0:4", "rejected", "too_few_solutions"),
        ("0:5", "verified", None),
        ("0:6", "verified", None),
    ]


def test_an_undecided_case_is_shown_without_an_output() -> None:
    cases = rows("attempts")[0]["cases"]
    assert isinstance(cases, list)
    assert [(case["case"], case["expected"], case["weight"]) for case in cases[-2:]] == [
        ("p4", TESTS[3][1], 4),
        ("p5", None, None),
    ]


def test_the_certificate_says_which_votes_decided_and_repeats_no_output() -> None:
    shown = json.loads(str(rows("rl")[0]["certificate"]))
    assert [vote["decided"] for vote in shown["votes"]] == [True, True, True, True, False]
    assert all("output" not in vote for vote in shown["votes"])
    assert shown["limits"]["memory_mb"] == 512


def test_ballots_stand_with_the_attempts_alone_and_not_in_certificates() -> None:
    assert all("ballots" not in json.loads(str(row["certificate"])) for row in rows("rl"))
    first, unrun, *_ = rows("attempts")
    assert "ballots" not in json.loads(str(first["certificate"]))
    told = json.loads(str(first["ballots"]))
    assert told["cast"]["s2"] == [0, "time", 1, "crash", 1]
    assert told["answers"][4][1] == {"head": "21", "length": 2, "passes": None}
    assert unrun["ballots"] is None


def test_the_certificate_says_whether_programs_were_isolated() -> None:
    proofs = [json.loads(str(row["certificate"])) for row in rows("attempts") if row["certificate"]]
    assert [proof["isolated"] for proof in proofs] == [True] * 5


@pytest.mark.parametrize(
    ("row", "what"),
    [
        ({"key": "a"}, "expected the columns"),
        ({"key": "a", "parts": [], "extra": 1}, "expected the columns"),
        ({"key": "a", "parts": [{"txt": "b"}]}, r"column parts\[0\]: expected the columns \['text'\]"),
        ({"key": "a", "parts": "b"}, "expected a list, got str"),
        ({"key": 1, "parts": []}, "does not fit its column"),
        ({"key": "a", "parts": [{"text": "x\ud800"}]}, r"column parts holds a lone surrogate \(U\+D800\)"),
    ],
)
def test_a_row_that_does_not_fit_its_schema_is_refused_with_a_sentence(
    row: Row, what: str, tmp_path: Path
) -> None:
    with pytest.raises(InputError, match=what):
        write("plain", [("k1", row)], PLAIN, tmp_path)


def test_two_rows_with_one_key_are_refused(tmp_path: Path) -> None:
    first = made()[0]
    solutions = tuple(replace(solution, id="s1") for solution in first.solutions)
    folder = write_made(tmp_path, (replace(first, solutions=solutions),))
    with pytest.raises(InputError, match="sft_verified: two rows have the key 0/s1"):
        assemble(folder, tmp_path / "dataset")


def test_an_attempt_in_the_file_of_another_is_refused(tmp_path: Path) -> None:
    folder = write_made(tmp_path)
    shutil.copy(path_of(folder, 2), path_of(folder, 9))
    with pytest.raises(InputError, match=r"00000009\.json holds the attempt 2"):
        assemble(folder, tmp_path / "dataset")


def test_large_data_are_cut_into_row_groups_and_shards_in_their_order(tmp_path: Path) -> None:
    written = write("plain", plain_rows(60, 100), PLAIN, tmp_path, row_group_bytes=2_000, shard_bytes=6_000)
    files = sorted(tmp_path.iterdir())
    assert (
        [file.name for file in files]
        == list(written.files)
        == [f"train-{i:05d}-of-{len(files):05d}.parquet" for i in range(len(files))]
    )
    assert len(files) > 1
    assert all(pq.read_metadata(file).num_row_groups > 1 for file in files[:-1])
    groups = [pq.read_metadata(file).row_group(0) for file in files]
    assert all(group.total_byte_size >= 2_000 for group in groups[:-1])
    keys = [key for file in files for key in pq.read_table(file, columns=["key"])["key"].to_pylist()]
    assert keys == [f"{i}" for i in range(60)]


def test_a_full_disk_is_an_error_and_not_the_end_of_the_process(tmp_path: Path) -> None:
    code = """
    import os, resource, sys
    from pathlib import Path
    from datasets import Features, Value
    from synthsmith.builders.shards import write

    rows = ((str(i), {"text": os.urandom(50_000).hex()}) for i in range(100))
    resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, 400_000))
    try:
        write("c", rows, Features({"text": Value("string")}), Path(sys.argv[1]), row_group_bytes=1 << 20)
    except OSError as error:
        print("told:", error.strerror)
    """
    command = [sys.executable, "-c", textwrap.dedent(code), str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stdout) == (0, "told: File too large\n"), done.stderr


def test_a_config_without_rows_leaves_no_file(tmp_path: Path) -> None:
    assert write("plain", [], PLAIN, tmp_path / "plain").rows == 0
    assert not (tmp_path / "plain").exists()


def test_a_failure_in_the_middle_is_the_one_that_is_told(tmp_path: Path) -> None:
    def broken() -> Iterator[tuple[str, Row]]:
        yield from plain_rows(1)
        raise InputError("the reason")

    with pytest.raises(InputError, match="the reason"):
        write("plain", broken(), PLAIN, tmp_path)
