"""`synthsmith export`: what each trainer's file holds, and that it is there whole or not at all."""

import fcntl
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from command import sentence, synthsmith
from made_dataset import FLOATS, RL, SFT, STARTER, made, rl, sft, truth
from synthsmith.builders.export import TARGETS, Exported, export
from synthsmith.builders.export.llama_factory import dataset_info
from synthsmith.builders.export.source import source_at
from synthsmith.builders.schemas import ALIASES
from synthsmith.verification.errors import InputError
from synthsmith.verification.rewards.row import known

from synthsmith.cli.export import To


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made(tmp_path_factory.mktemp("dataset"))


def exported(dataset: Path, name: str, out: Path, **options: Any) -> Exported:
    return export(source_at(str(dataset), None), TARGETS[name], out, **options)


def rows(file: Path) -> list[dict[str, Any]]:
    if file.suffix == ".parquet":
        return pq.read_table(file).to_pylist()
    return [json.loads(line) for line in file.read_bytes().split(b"\n") if line]


def test_the_command_knows_every_target() -> None:
    assert {str(word) for word in To} == set(TARGETS)


@pytest.mark.parametrize("name", TARGETS)
def test_an_export_has_the_same_bytes_each_time_and_leaves_nothing_beside(
    name: str, dataset: Path, tmp_path: Path
) -> None:
    first, again = (exported(dataset, name, tmp_path / folder).file for folder in ("a", "b"))
    assert first.read_bytes() == again.read_bytes()
    expected = {first.name} | ({"dataset_info.json"} if name == "llama-factory" else set())
    assert {path.name for path in (tmp_path / "a").iterdir()} == expected


def test_verl_gets_in_extra_info_all_that_its_reward_needs(dataset: Path, tmp_path: Path) -> None:
    found = rows(exported(dataset, "verl", tmp_path / "rl.parquet").file)
    assert [set(row) for row in found] == [
        {"data_source", "prompt", "ability", "reward_model", "extra_info"}
    ] * len(RL)
    for row, before in zip(found, RL, strict=True):
        extra = row["extra_info"]
        assert {name: extra[name] for name in ("entry", "checker")} == {
            "entry": before["entry"],
            "checker": before["checker"],
        }
        assert (extra["split"], extra["index"], extra["memory_mb_limit"]) == ("train", 7, 512)
        assert row["reward_model"] == before["reward_model"]  # tests in their order: verl may score ten
        assert known(row["reward_model"]["ground_truth"], extra)


@pytest.mark.parametrize("name", ["trl-grpo", "ms-swift-grpo"])
def test_rewards_can_read_the_rows_of_other_rl_exports(name: str, dataset: Path, tmp_path: Path) -> None:
    found = rows(exported(dataset, name, tmp_path).file)
    assert [row["task_id"] for row in found] == [row["task_id"] for row in RL]
    for row in found:
        assert known(row["ground_truth"], row)
    assert found[1]["entry"] == STARTER
    assert found[2]["checker"] == FLOATS


def test_no_column_for_ms_swift_has_a_name_that_it_takes_for_its_own(dataset: Path, tmp_path: Path) -> None:
    names = {column for row in rows(exported(dataset, "ms-swift-grpo", tmp_path).file) for column in row}
    assert names & (ALIASES - {"messages"}) == set()


def test_json_lines_hold_no_null_that_a_reader_would_take_for_the_type(dataset: Path, tmp_path: Path) -> None:
    for row in rows(exported(dataset, "ms-swift-grpo", tmp_path).file):
        assert None not in row.values()


@pytest.mark.parametrize("name", ["ms-swift", "ms-swift-grpo", "llama-factory", "megatron", "megatron-sft"])
def test_json_lines_are_lines_to_every_reader(name: str, dataset: Path, tmp_path: Path) -> None:
    done = exported(dataset, name, tmp_path)
    assert len(done.file.read_text(encoding="utf-8").splitlines()) == done.rows  # splits at U+2028, too


def test_sft_exports_say_what_the_rows_say(dataset: Path, tmp_path: Path) -> None:
    query, response = str(SFT[0]["query"]), str(SFT[0]["response"])
    turns = [{"role": "user", "content": query}, {"role": "assistant", "content": response}]
    expected = {
        "verl-sft": {"messages": turns},
        "trl": {"prompt": turns[:1], "completion": turns[1:]},
        "ms-swift": {"messages": turns},
        "llama-factory": {"query": query, "response": response},
        "megatron": {"text": f"{query}\n\n{response}"},
        "megatron-sft": {"messages": turns},
    }
    assert {name: rows(exported(dataset, name, tmp_path / name).file)[0] for name in expected} == expected


def test_open_r1_gets_one_language_and_only_what_its_reward_can_judge(dataset: Path, tmp_path: Path) -> None:
    done = exported(dataset, "open-r1", tmp_path)
    [row] = rows(done.file)
    info = row["verification_info"]
    assert info["language"] == "python"  # though a golden program is in C++
    assert info["test_cases"][0] == {"input": "1\n", "output": "2\n", "type": "stdin_stdout"}
    assert row["prompt"].startswith("Task double")
    assert dict(done.left_out) == {
        "open-r1 has no checker floats": 1,
        "open-r1 has no checker program": 1,
        "open-r1 runs programs over standard input, not functions": 1,
        "test code has no place in verification_info": 1,
    }


def test_a_test_without_an_output_is_refused_by_place_for_verl_would_accept_anything(tmp_path: Path) -> None:
    broken = made(tmp_path / "data", [RL[0], rl("x", truth(["1", "2"], ["1", None]))])
    with pytest.raises(
        InputError, match=r"rl, row 2: ground_truth.outputs\[1\] must be a text, not NoneType"
    ):
        exported(broken, "verl", tmp_path / "out.parquet")
    assert not list(tmp_path.glob("*out*"))


def test_a_limit_takes_the_first_rows(dataset: Path, tmp_path: Path) -> None:
    found = rows(exported(dataset, "trl-grpo", tmp_path, limit=2).file)
    assert [row["task_id"] for row in found] == ["double", "total"]


def test_an_entry_for_llama_factory_comes_beside_those_of_others(dataset: Path, tmp_path: Path) -> None:
    (tmp_path / "dataset_info.json").write_text('{"alpaca": {"file_name": "alpaca.json"}}')
    for _ in range(2):
        exported(dataset, "llama-factory", tmp_path)
    entries = json.loads((tmp_path / "dataset_info.json").read_text())
    assert entries == {
        "alpaca": {"file_name": "alpaca.json"},
        "sft_verified": {
            "file_name": "sft_verified.jsonl",
            "formatting": "alpaca",
            "columns": {"prompt": "query", "response": "response"},
        },
    }


def test_a_repository_names_its_sft_configs_to_llama_factory() -> None:
    entries = json.loads(dataset_info(["sft_verified", "sft_hybrid", "rl", "attempts"], "org/name"))
    assert list(entries) == ["sft_verified", "sft_hybrid"]
    assert entries["sft_hybrid"]["hf_hub_url"] == "org/name"
    assert entries["sft_hybrid"]["subset"] == "sft_hybrid"
    assert json.loads(dataset_info(["sft_verified"], None))["sft_verified"]["file_name"] == "sft_verified"


def test_what_fails_midway_keeps_the_file_that_was_there(dataset: Path, tmp_path: Path) -> None:
    file = tmp_path / "out.jsonl"
    exported(dataset, "megatron", file)
    before = file.read_bytes()
    source, target = source_at(str(dataset), None), TARGETS["megatron"]

    def fail(row: object) -> dict[str, object]:
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space"):
        export(source, type(target)(target.stage, target.columns, fail), file)
    assert file.read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["out.jsonl"]


def test_a_killed_export_leaves_no_half_file_and_the_next_one_clears_up(
    dataset: Path, tmp_path: Path
) -> None:
    file = tmp_path / "out.jsonl"
    if not (child := os.fork()):

        def die(row: object) -> dict[str, object]:
            os._exit(9)

        target = TARGETS["megatron"]
        export(source_at(str(dataset), None), type(target)(target.stage, target.columns, die), file)
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 9
    assert not file.exists()
    assert exported(dataset, "megatron", file).rows == len(SFT)
    assert [path.name for path in tmp_path.iterdir()] == ["out.jsonl"]


def test_two_exports_do_not_write_one_file(dataset: Path, tmp_path: Path) -> None:
    other = tmp_path / ".out.jsonl.new"
    other.mkdir()
    handle = os.open(other, os.O_RDONLY)
    fcntl.flock(handle, fcntl.LOCK_EX)
    with pytest.raises(InputError, match="another process is writing"):
        exported(dataset, "megatron", tmp_path / "out.jsonl")
    os.close(handle)
    assert exported(dataset, "megatron", tmp_path / "out.jsonl").rows == len(SFT)


def test_rows_are_read_as_they_are_written(tmp_path: Path) -> None:
    """Nothing of a data set is held but a row group: rows are made while the file grows."""
    text = "x" * (1 << 20)
    data = made(tmp_path / "data", RL[:1], (sft(f"{number}", text) for number in range(80)))
    target, seen = TARGETS["megatron"], []

    def look(row: Any) -> Any:
        grown = tmp_path / ".out.jsonl.new" / "lines"
        seen.append(grown.stat().st_size if grown.exists() else 0)
        return target.make(row)

    export(
        source_at(str(data), None), type(target)(target.stage, target.columns, look), tmp_path / "out.jsonl"
    )
    assert len(seen) == 80
    assert seen[-1] > 70 << 20


@pytest.fixture
def wrong(dataset: Path, tmp_path: Path) -> Iterator[tuple[Path, Path]]:
    yield dataset, tmp_path / "out"
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--to", "verl", "--config", "sft_verified"), "config sft_verified has no column 'data_source'"),
        (("--to", "tensorflow"), "'tensorflow' is not one of 'verl'"),
    ],
)
def test_wrong_use_is_told_in_a_sentence(words: tuple[str, ...], said: str, wrong: tuple[Path, Path]) -> None:
    dataset, out = wrong
    done = synthsmith("export", dataset, "--out", out, *words, cwd=out.parent)
    assert said in sentence(done)


def test_a_file_for_llama_factory_a_revision_of_a_path_and_an_unknown_config_are_told(
    wrong: tuple[Path, Path],
) -> None:
    dataset, out = wrong
    with pytest.raises(InputError, match="LLaMA-Factory reads a folder"):
        exported(dataset, "llama-factory", out.with_suffix(".jsonl"))
    with pytest.raises(InputError, match="--revision is for data sets on the Hub"):
        source_at(str(dataset), "v1.0.0")
    with pytest.raises(InputError, match="has no config 'best'; it has rl, sft_verified"):
        exported(dataset, "verl", out, config="best")


@pytest.mark.parametrize(("name", "suffix"), [("verl", ".jsonl"), ("verl", ".csv"), ("ms-swift", ".parquet")])
def test_a_file_that_the_trainer_does_not_read_is_refused_and_makes_no_folder(
    dataset: Path, tmp_path: Path, name: str, suffix: str
) -> None:
    out = tmp_path / f"rows{suffix}"
    with pytest.raises(InputError, match=rf"the file for this trainer is \*{TARGETS[name].suffix}"):
        exported(dataset, name, out)
    assert not out.exists()
    out.mkdir()
    assert exported(dataset, name, out).file.parent == out


def test_a_folder_without_a_data_set_and_an_empty_result_are_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="holds no data set"):
        source_at(str(tmp_path), None)
    data = made(tmp_path / "data", [RL[1]])
    with pytest.raises(InputError, match="has no row to export: open-r1 runs programs over standard input"):
        exported(data, "open-r1", tmp_path / "out")


def test_the_command_says_what_it_wrote_and_what_not(dataset: Path, tmp_path: Path) -> None:
    done = synthsmith("export", dataset, "--to", "open-r1", "--out", tmp_path / "out")
    assert done.status == 0, done.stderr
    assert done.stdout.startswith(f"1 rows of rl for open-r1: {tmp_path}/out/train.parquet\n")
    assert "  1 left out: open-r1 has no checker floats\n" in done.stdout
