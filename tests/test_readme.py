"""The README is true: its commands run, its snippets print, its tables say what is there."""

import inspect
import json
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import typer
from command import environment, synthsmith
from synthsmith.builders.schemas import SCHEMAS

from synthsmith.cli import app

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```", README, re.DOTALL | re.MULTILINE)
SNIPPETS = [text for language, text in BLOCKS if language == "python"]
LINES = [
    shlex.split(line, comments=True)
    for language, text in BLOCKS
    if language == "console"
    for line in text.splitlines()
]
COMMANDS = [line[1:] for line in LINES if line[0] == "synthsmith"]
OFFLINE = [words for words in COMMANDS if words[0] in ("verify", "judge", "calibrate", "run", "doctor")]


def joined(value: object) -> str:
    return " ".join(value)[:40] if isinstance(value, list) else ""


@pytest.mark.parametrize("code", SNIPPETS, ids=range(len(SNIPPETS)))
def test_a_python_snippet_runs_beside_the_embedded_build(code: str, demo: Path, tmp_path: Path) -> None:
    env = environment(HF_HOME=str(tmp_path), HF_MODULES_CACHE=str(tmp_path / "modules"))
    folder = demo.parent.parent
    done = subprocess.run([sys.executable, "-c", code], cwd=folder, env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_every_console_line_is_a_command_that_is_known_here() -> None:
    assert {line[0] for line in LINES} == {"make", "synthsmith"}
    assert len(COMMANDS) >= 5
    assert len(SNIPPETS) >= 2


@pytest.mark.parametrize("words", COMMANDS, ids=joined)
def test_a_command_line_has_arguments_that_are_understood(words: list[str]) -> None:
    command = typer.main.get_command(app)
    commands = getattr(command, "commands")  # noqa: B009 - typer does not export its click's Group
    commands[words[0]].make_context(words[0], words[1:])
    for word in words:
        if word.startswith("examples/"):
            assert (ROOT / word).is_file()


@pytest.mark.parametrize("words", OFFLINE, ids=joined)
def test_a_command_line_for_data_made_elsewhere_runs(words: list[str], tmp_path: Path) -> None:
    echo = {"language": "python", "code": "print(input())"}
    problem = {
        "id": "echo",
        "tests": [{"input": f"{i}\n", "output": f"{i}\n"} for i in range(8)],
        "submissions": [{"name": name, **echo} for name in "ab"],
    }
    (tmp_path / "problems.jsonl").write_text(json.dumps(problem) + "\n")
    (tmp_path / "program.py").write_text("print(input())\n")
    (tmp_path / "input.txt").write_text("hello\n")
    done = synthsmith(*words, cwd=tmp_path)
    assert done.status == 0, done.stderr


@pytest.mark.parametrize("target", [line[1] for line in LINES if line[0] == "make"])
def test_a_make_target_exists(target: str) -> None:
    subprocess.run(["make", "--dry-run", target], cwd=ROOT, capture_output=True, check=True)


def test_the_table_of_configs_names_those_that_there_are() -> None:
    assert set(re.findall(r"^\| `(\w+)` \|", README, re.MULTILINE)) == set(SCHEMAS)


def test_what_is_said_to_be_in_a_build_is_there(demo: Path) -> None:
    sentence = README.partition("The build folder holds")[2].partition(". A build")[0]
    said = set(re.findall(r"`([\w.]+/?)`", sentence))
    assert len(said) >= 5
    assert [name for name in said if not (demo / name).exists()] == []


def test_the_links_lead_somewhere() -> None:
    links = [link for link in re.findall(r"\]\(([^)]+)\)", README) if not link.startswith("http")]
    assert [link for link in links if not (ROOT / link).exists()] == []


def test_the_row_of_problems_has_the_fields_that_are_read() -> None:
    from synthsmith.verification import problems

    source = inspect.getsource(problems)
    shape = README.partition("One JSON object a line")[2].partition("`checker` is")[0]
    fields = re.findall(r'"(\w+)"', shape)
    assert len(fields) >= 10
    assert [name for name in fields if f'"{name}"' not in source] == []
