"""TRL's own trainers on the exports and on the published configs: two real steps of a tiny model."""

from pathlib import Path
from typing import Any

import pytest

trl = pytest.importorskip("trl", reason="trl is not installed: run `make conformance`")

from datasets import load_dataset  # noqa: E402
from golden import answers  # noqa: E402
from synthsmith.verification.rewards import code_reward, trl_reward  # noqa: E402

STEPS = 2
ROWS = 6  # as many as two steps need


def parquet(file: Path) -> Any:
    return short(load_dataset("parquet", data_files=str(file), split="train"))


def short(rows: Any) -> Any:
    """The shortest rows, so that steps are quick."""
    return rows.select(sorted(range(len(rows)), key=lambda index: len(str(rows[index])))[:ROWS])


def trained(rows: Any, model: Any, tokenizer: Any, folder: Path) -> Any:
    """The SFT trainer after its steps."""
    settings = trl.SFTConfig(
        output_dir=str(folder),
        max_steps=STEPS,
        per_device_train_batch_size=2,
        max_length=None,
        use_cpu=True,
        report_to=[],
        logging_steps=1,
        save_strategy="no",
    )
    trainer = trl.SFTTrainer(model=model, args=settings, train_dataset=rows, processing_class=tokenizer)
    trainer.train()
    assert trainer.state.global_step == STEPS
    losses = [entry["loss"] for entry in trainer.state.log_history if "loss" in entry]
    assert len(losses) == STEPS
    assert all(0 < loss < 20 for loss in losses)
    return trainer


def test_sft_takes_two_steps_on_the_export_with_loss_on_answers_alone(
    exports: Path, model: Any, tokenizer: Any, tmp_path: Path
) -> None:
    rows = parquet(exports / "trl/train.parquet")
    trainer = trained(rows, model, tokenizer, tmp_path)
    example = trainer.train_dataset[0]
    pairs = zip(example["input_ids"], example["labels"], strict=True)
    silent = tokenizer.decode([token for token, label in pairs if label == -100])
    learnt = tokenizer.decode([label for label in example["labels"] if label != -100])
    assert rows[0]["prompt"][0]["content"] in silent
    assert learnt.startswith(rows[0]["completion"][0]["content"])


def test_sft_takes_two_steps_on_the_published_messages(
    dataset: Path, model: Any, tokenizer: Any, tmp_path: Path
) -> None:
    rows = short(load_dataset(str(dataset), "sft_verified", split="train"))
    trained(rows, model, tokenizer, tmp_path)


@pytest.mark.parametrize("published", [False, True])
def test_grpo_takes_two_steps_with_our_reward(
    published: bool, exports: Path, dataset: Path, model: Any, tokenizer: Any, tmp_path: Path
) -> None:
    if published:
        rows = short(load_dataset(str(dataset), "rl", split="train"))
    else:
        rows = parquet(exports / "trl-grpo/train.parquet")
    seen: list[tuple[int, dict[str, Any]]] = []
    given: list[list[float | None]] = []

    def reward(prompts: Any, completions: Any, **columns: Any) -> list[float | None]:
        seen.append((len(completions), columns))
        given.append(code_reward(prompts, completions, **columns))
        return given[-1]

    settings = trl.GRPOConfig(
        output_dir=str(tmp_path),
        max_steps=STEPS,
        per_device_train_batch_size=2,
        num_generations=2,
        max_completion_length=8,
        use_cpu=True,
        report_to=[],
        logging_steps=1,
        save_strategy="no",
    )
    trainer = trl.GRPOTrainer(
        model=model, reward_funcs=reward, args=settings, train_dataset=rows, processing_class=tokenizer
    )
    trainer.train()
    assert trainer.state.global_step == STEPS
    assert [len(each) for each in given] == [count for count, _ in seen]
    assert all(value == 0.0 for each in given for value in each)  # a random model says nothing right
    right = answers(dataset)
    for count, columns in seen:  # what TRL hands over is enough to tell a right answer
        turns = [[{"role": "assistant", "content": right[task]}] for task in columns["task_id"]]
        assert trl_reward(scale="share")(None, turns, **columns) == [1.0] * count
