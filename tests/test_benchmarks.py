"""The benchmarks tell how they are called."""

import subprocess
import sys
from pathlib import Path

import pytest
from command import environment

FOLDER = Path(__file__).resolve().parent.parent / "benchmarks"
SCRIPTS = sorted(
    path.name for path in FOLDER.glob("*.py") if '\nif __name__ == "__main__":\n' in path.read_text("utf-8")
)


@pytest.mark.parametrize("script", SCRIPTS)
def test_a_benchmark_shows_its_options_and_begins_nothing(script: str) -> None:
    done = subprocess.run(
        [sys.executable, FOLDER / script, "--help"],
        env=environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=60,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(f"usage: {script} [-h]")
