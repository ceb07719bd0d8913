"""verl's own data sets and reward manager over the exports, and its settings over our recipe."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("verl", reason="verl is not installed: run `make conformance`")

import numpy as np
import pyarrow.parquet as pq
import torch
from golden import answers
from hydra import compose, initialize_config_module
from omegaconf import OmegaConf
from recipes import words_of
from verl import DataProto
from verl.trainer.ppo.reward import load_reward_manager
from verl.utils.dataset.multiturn_sft_dataset import MultiTurnSFTDataset
from verl.utils.dataset.rl_dataset import RLHFDataset, collate_fn

REWARD = "pkg://synthsmith.verification.rewards"


def rl_rows(exports: Path, tokenizer: Any, folder: Path, longest: int = 1 << 14) -> Any:
    return read([exports / "verl/train.parquet"], tokenizer, folder, longest)


def read(files: list[Path], tokenizer: Any, folder: Path, longest: int = 1 << 14) -> Any:
    told = {"max_prompt_length": longest, "filter_overlong_prompts_workers": 1, "cache_dir": str(folder)}
    return RLHFDataset([str(file) for file in files], tokenizer, OmegaConf.create(told))


def manager(tokenizer: Any, name: str, **options: object) -> Any:
    """The reward manager that verl makes of these settings."""
    with initialize_config_module("verl.trainer.config", version_base=None):
        config = compose(
            "ppo_trainer",
            [
                f"reward.custom_reward_function.path={REWARD}",
                f"reward.custom_reward_function.name={name}",
                *(
                    f"+reward.custom_reward_function.reward_kwargs.{key}={value}"
                    for key, value in options.items()
                ),
            ],
        )
    return load_reward_manager(config, tokenizer)


def rollout(row: dict[str, Any], completion: str, tokenizer: Any) -> Any:
    """One answer to a row, as verl's rollouts hand it to the reward manager."""
    ids = torch.tensor([tokenizer(completion)["input_ids"]])
    others = {
        name: np.array([row[name]], dtype=object) for name in ("data_source", "reward_model", "extra_info")
    }
    return DataProto.from_dict({"responses": ids, "attention_mask": torch.ones_like(ids)}, others)


def test_its_rl_data_set_reads_every_row_in_order(exports: Path, tokenizer: Any, tmp_path: Path) -> None:
    rows = rl_rows(exports, tokenizer, tmp_path)
    assert len(rows) == 16
    batch = collate_fn([rows[0], rows[1]])
    assert set(batch["data_source"]) == {"synthsmith"}
    assert list(batch["index"]) == [row["index"] for row in batch["extra_info"]]
    rates = [rows[index]["extra_info"]["pass_rate"] for index in range(len(rows))]
    assert rates == sorted(rates, reverse=True)


def test_its_filter_drops_long_prompts_and_nothing_else(
    exports: Path, tokenizer: Any, tmp_path: Path
) -> None:
    assert len(rl_rows(exports, tokenizer, tmp_path, longest=8)) == 0


@pytest.mark.parametrize("published", [False, True])
@pytest.mark.parametrize("name", ["compute_score", "compute_score_async"])
def test_its_reward_manager_scores_answers_with_our_judge(
    name: str, published: bool, exports: Path, dataset: Path, tokenizer: Any, tmp_path: Path
) -> None:
    files = sorted((dataset / "rl").glob("*.parquet")) if published else [exports / "verl/train.parquet"]
    rows, right = read(files, tokenizer, tmp_path), answers(dataset)
    called = [index for index in range(len(rows)) if rows[index]["extra_info"]["entry"]]
    assert called  # functions, too, of which only extra_info tells the signature

    async def scored() -> list[tuple[float, float]]:
        judge = manager(tokenizer, name)
        found = []
        for row in (rows[index] for index in (0, *called)):
            for completion in (right[row["extra_info"].get("task_id") or row["task_id"]], "I do not know."):
                found.append(await judge.run_single(rollout(row, completion, tokenizer)))
        return [(each["reward_score"], each["reward_extra_info"]["judge_fault"]) for each in found]

    assert asyncio.run(scored()) == [(1.0, 0.0), (0.0, 0.0)] * (1 + len(called))


def test_its_settings_hand_options_to_the_reward(exports: Path, tokenizer: Any, tmp_path: Path) -> None:
    rows = rl_rows(exports, tokenizer, tmp_path)

    async def scored() -> float:
        judge = manager(tokenizer, "compute_score", scale="share", no_program=-0.4)
        return float((await judge.run_single(rollout(rows[0], "nothing", tokenizer)))["reward_score"])

    assert asyncio.run(scored()) == -0.4


def test_its_sft_data_set_masks_all_but_the_answer(exports: Path, tokenizer: Any) -> None:
    config = OmegaConf.create({"max_length": 1 << 15, "truncation": "error", "pad_mode": "no_padding"})
    rows = MultiTurnSFTDataset(str(exports / "verl-sft/train.parquet"), tokenizer, config)
    assert len(rows) == pq.read_metadata(exports / "verl-sft/train.parquet").num_rows > 0
    example = rows[0]
    learnt = tokenizer.decode(example["input_ids"][example["loss_mask"].bool()])
    assert learnt.startswith(rows.messages[0][1]["content"])
    assert rows.messages[0][0]["content"] not in learnt


@pytest.mark.parametrize("recipe", ["rl_verl.sh", "rl_verl_qwen3.sh"])
def test_the_recipe_says_nothing_that_verl_does_not_know(recipe: str) -> None:
    words = words_of(recipe)
    module = words.index("verl.trainer.main_ppo")
    with initialize_config_module("verl.trainer.config", version_base=None):
        config = compose("ppo_trainer", words[module + 1 :])
    assert config.reward.custom_reward_function.path == REWARD
    assert config.data.shuffle is False
    assert config.algorithm.adv_estimator == "grpo"
    OmegaConf.to_container(config, resolve=True)
