"""ms-swift's own loading over the exports and the published data set, its plugins, and its options."""

import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("swift", reason="ms-swift is not installed: run `make conformance`")

import torch
from golden import answers
from recipes import words_of
from swift.arguments import SftArguments
from swift.dataset import load_dataset
from swift.rewards import orms
from swift.rl_core.data import GRPOSample
from swift.rl_core.grpo_algorithm import score_completions
from swift.utils import import_external_file
from synthsmith.verification.rewards import ms_swift_plugin


def lines(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text().splitlines()]


def turns(row: dict[str, Any]) -> list[tuple[str, str]]:
    return [(turn["role"], turn["content"]) for turn in row["messages"]]


def sample(row: dict[str, Any], completion: str) -> Any:
    """A rollout of ms-swift's, as it stands when rewards are asked for."""
    messages = [*row["messages"], {"role": "assistant", "content": completion}]
    return GRPOSample.from_row({**row, "messages": messages})


def test_its_loader_takes_the_sft_export_as_it_is(exports: Path) -> None:
    file = exports / "ms-swift/train.jsonl"
    rows, _ = load_dataset(str(file), strict=True)
    assert [turns(row) for row in rows] == [turns(row) for row in lines(file)]


def test_its_loader_takes_a_published_config_as_it_is(exports: Path, dataset: Path) -> None:
    rows, _ = load_dataset(f"{dataset}:sft_verified", strict=True, use_hf=True)
    assert [turns(row) for row in rows] == [turns(row) for row in lines(exports / "ms-swift/train.jsonl")]


def test_grpo_rows_reach_our_reward_with_their_tests(exports: Path, dataset: Path) -> None:
    rows, _ = load_dataset(
        str(exports / "ms-swift-grpo/train.jsonl"), strict=True, remove_unused_columns=False
    )
    import_external_file(ms_swift_plugin())
    reward = orms["synthsmith"]()
    right = answers(dataset)
    chosen = [rows[0], *(row for row in rows if row["entry"])]
    assert len(chosen) > 1  # functions, too
    assert [[role for role, _ in turns(row)] for row in chosen] == [["user"]] * len(chosen)
    said = [right[chosen[0]["task_id"]], *("no idea" for _ in chosen[2:]), right[chosen[-1]["task_id"]]]
    samples = [sample(row, completion) for row, completion in zip(chosen, said, strict=True)]
    rewards = score_completions(samples, [reward], [None], use_gym_env=False, device=torch.device("cpu"))
    assert rewards[:, 0].tolist() == [1.0, *([0.0] * (len(chosen) - 2)), 1.0]


def test_the_recipe_says_nothing_that_ms_swift_does_not_know() -> None:
    words = words_of("sft_ms_swift.sh")
    assert words[:2] == ["swift", "sft"]
    known = {field.name for field in dataclasses.fields(SftArguments)}
    told = {word.removeprefix("--") for word in words if word.startswith("--")}
    assert told - known == set()
    batch = int(words[words.index("--gradient_accumulation_steps") + 1]) * 8
    assert batch == 128
