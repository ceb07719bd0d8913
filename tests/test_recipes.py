"""The launch recipes: they parse, tell what they lack, and run on one node or several as they say."""

import os
import subprocess
from pathlib import Path

import pytest

RECIPES = sorted((Path(__file__).resolve().parent.parent / "examples" / "recipes").glob("*.sh"))
TOLD = {"MODEL": "org/model", "DATA": "train.parquet", "OUT": "checkpoints", "DRY_RUN": "1"}


def run(recipe: Path, *words: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["bash", str(recipe), *words],
        env={"PATH": os.environ["PATH"], **variables},
        capture_output=True,
        text=True,
    )


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda path: str(path.name))
def test_a_recipe_parses_and_tells_what_it_lacks(recipe: Path) -> None:
    assert subprocess.run(["bash", "-n", str(recipe)]).returncode == 0
    for name in ("MODEL", "DATA", "OUT"):
        done = run(recipe, **{other: value for other, value in TOLD.items() if other != name})
        assert done.returncode != 0
        assert f"{name}: the " in done.stderr
        assert done.stdout == ""


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda path: str(path.name))
def test_what_is_added_comes_last_so_that_it_counts(recipe: Path) -> None:
    assert run(recipe, "a.b=c d", **TOLD).stdout.splitlines()[-1] == "a.b=c d"


def test_the_batch_stays_whatever_the_number_of_gpus() -> None:
    [sft] = [path for path in RECIPES if path.name == "sft_ms_swift.sh"]

    def accumulation(**variables: str) -> int:
        words = run(sft, **TOLD, **variables).stdout.splitlines()
        return int(words[words.index("--gradient_accumulation_steps") + 1])

    assert accumulation() * 8 == 128
    assert accumulation(NNODES="8") * 64 == 128
    assert run(sft, **TOLD, NNODES="3").returncode == 2


def test_rewards_go_to_a_judge_where_one_is_named() -> None:
    [rl] = [path for path in RECIPES if path.name == "rl_verl.sh"]
    named = run(rl, **TOLD, JUDGE_URL="http://judge:8000").stdout
    assert "+reward.custom_reward_function.reward_kwargs.judge_url=http://judge:8000" in named
    assert "judge_url" not in run(rl, **TOLD).stdout


def test_several_nodes_make_a_cluster_of_which_the_first_trains(tmp_path: Path) -> None:
    [rl] = [path for path in RECIPES if path.name == "rl_verl.sh"]
    for name in ("ray", "python3"):
        (tmp_path / name).write_text(f'#!/bin/sh\necho {name} "$@"\n')
        (tmp_path / name).chmod(0o755)
    told = {**TOLD, "DRY_RUN": "", "NNODES": "2", "MASTER_ADDR": "10.0.0.1"}
    told["PATH"] = f"{tmp_path}:{os.environ['PATH']}"

    def said(rank: str) -> list[str]:
        done = subprocess.run(
            ["bash", str(rl)], env={**told, "NODE_RANK": rank}, capture_output=True, text=True, check=True
        )
        return done.stdout.splitlines()

    first = said("0")
    assert first[0] == "ray start --head --port=6379 --num-gpus=8"
    assert first[1].startswith("python3 -m verl.trainer.main_ppo ")
    assert first[2:] == ["ray stop"]
    assert said("1") == ["ray start --address=10.0.0.1:6379 --num-gpus=8 --block"]
