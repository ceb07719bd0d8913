"""The workflows can be read, and what they run is there: commands, options, targets."""

import re
import shlex
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml

from synthsmith.cli import app

ROOT = Path(__file__).resolve().parent.parent
WORKFLOWS = sorted((*(ROOT / ".github/workflows").glob("*.yml"), *(ROOT / "examples/ci").glob("*.yml")))
PUBLISHING = ("release.yml", "publish.yml")
KNOWN = {"make", "pip", "sudo", "synthsmith"}


def jobs(path: Path) -> Iterator[Mapping[str, Any]]:
    yield from yaml.safe_load(path.read_text(encoding="utf-8"))["jobs"].values()


def lines(path: Path) -> Iterator[list[str]]:
    """The words of every line that is run, with a version and a name in place of what the runner fills in."""
    for job in jobs(path):
        for step in job["steps"]:
            assert ("uses" in step) != ("run" in step), step
            for line in step.get("run", "").splitlines():
                filled = line.replace("${GITHUB_REF_NAME#v}", "1.2.0").replace("$DATASET", "org/name")
                assert "$" not in filled, line
                yield shlex.split(filled)


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_what_a_workflow_runs_is_there(path: Path) -> None:
    ran = list(lines(path))
    assert {Path(words[0]).name for words in ran} <= KNOWN
    targets = set(re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    for words in ran:
        if words[0] == "make":
            assert words[1] in targets
            assert all(re.fullmatch(r"PYTHON=\w+", word) for word in words[2:])
        if Path(words[0]).name == "synthsmith":
            commands = getattr(typer.main.get_command(app), "commands")  # noqa: B009 - click's, not exported
            commands[words[1]].make_context(words[1], words[2:])


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_a_workflow_that_publishes_is_trusted_by_its_identity_and_keeps_no_token(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    told = yaml.safe_load(text)
    publishes = path.name in PUBLISHING
    assert ("id-token: write" in text) == ("HF_OIDC_RESOURCE: datasets/" in text) == publishes
    assert "HF_TOKEN" not in text
    assert not re.search(r"secrets\.(?!MODEL_API_KEY)", text)
    assert "${{ github." not in "".join(line for words in lines(path) for line in words)
    if publishes:
        [pattern] = told[True]["push"]["tags"]  # YAML takes `on` for a truth
        assert re.fullmatch(pattern.replace(".", r"\."), "v1.2.0")
        assert told["concurrency"]["cancel-in-progress"] is False
