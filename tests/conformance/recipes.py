"""What a recipe would run: the words of its command, as it prints them instead of running it."""

import os
import subprocess
from pathlib import Path

RECIPES = Path(__file__).resolve().parents[2] / "examples" / "recipes"


def words_of(recipe: str, **variables: str) -> list[str]:
    """The words of the command, with all that the recipe needs to be told."""
    told = {"MODEL": "org/model", "DATA": "/data/train", "OUT": "/out", "DRY_RUN": "1", **variables}
    done = subprocess.run(
        ["bash", str(RECIPES / recipe)],
        env={**os.environ, **told},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.splitlines()
