"""Right answers to the embedded build's tasks, to be put into a trainer's mouth."""

from pathlib import Path

from datasets import load_dataset


def answers(dataset: Path) -> dict[str, str]:
    """For each task a completion that a reasoning model could have given."""
    rows = load_dataset(str(dataset), "rl", split="train", streaming=True)
    return {
        row[
            "task_id"
        ]: f"<think>\nthe draft\n```python\nraise\n```\n</think>\n```python\n{row['golden_program']}```"
        for row in rows
    }
