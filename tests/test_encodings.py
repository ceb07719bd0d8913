"""A terminal that cannot show every letter stops no command."""

import json
import subprocess
from pathlib import Path

from command import COMMAND, environment, sentence, synthsmith


def ascii_only(*arguments: str | Path, cwd: Path | None = None) -> str:
    """What a command writes where standard output takes ASCII alone."""
    done = subprocess.run(
        [*COMMAND, *map(str, arguments)],
        env=environment(PYTHONIOENCODING="ascii"),
        stdout=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
        cwd=cwd,
        check=True,
    )
    return done.stdout.decode("ascii")


def test_an_outcome_is_json_whatever_the_encoding(tmp_path: Path) -> None:
    program = tmp_path / "p.py"
    program.write_text("import sys\nsys.stdout.buffer.write('ü\\u202e'.encode())\n", encoding="utf-8")
    assert json.loads(ascii_only("run", program, "--json"))["stdout"] == "ü\u202e"


def test_a_folder_with_an_odd_name_can_be_built_in(tmp_path: Path) -> None:
    out = "file:großer 'Ordner' \u202e"  # which is an address to Parquet's library
    assert "file:gro\\xdfer" in ascii_only("build", "--tasks", "1", "--out", out, cwd=tmp_path)
    assert (tmp_path / out / "dataset" / "README.md").is_file()
    assert "1 were there before" in ascii_only("build", "--tasks", "1", "--out", out, cwd=tmp_path)


def test_a_path_that_is_not_utf8_is_one_sentence(tmp_path: Path) -> None:
    said = sentence(synthsmith("build", "--tasks", "1", "--out", tmp_path / "a\udcff"))
    assert "is not UTF-8" in said
