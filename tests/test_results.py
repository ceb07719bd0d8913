"""Files of results: earlier ones stay until the new ones are whole, and streams are written as they are."""

import gzip
import json
import os
import signal
import subprocess
import threading
from pathlib import Path

import made_foreign as made
import pytest
from command import COMMAND, environment, sentence, synthsmith
from killing import running, wait_until
from synthsmith.verification.results import fresh_files, partial_of, write_lines

ECHO = {"name": "s", "language": "python", "code": "print(input())"}
HANGS = {"name": "s", "language": "python", "code": "while True: pass"}
NEW, OLD = {"id": "new"}, '{"id": "old"}\n'


def problem(name: str, *submissions: dict[str, str], **changes: object) -> dict[str, object]:
    tests = [{"input": "1\n", "output": "1\n"}]
    return {"id": name, "tests": tests, "submissions": list(submissions), "time_limit_s": 60} | changes


BAD = problem("b", ECHO, tests=[])


def lines(path: Path) -> list[str]:
    """The ids of the lines."""
    text = gzip.decompress(path.read_bytes()).decode() if path.suffix == ".gz" else path.read_text()
    return [json.loads(line)["id"] for line in text.splitlines()]


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return made.lines(tmp_path / "in.jsonl", problem("a", ECHO))


@pytest.mark.parametrize("name", ["out.jsonl", "out.jsonl.gz"])
def test_earlier_results_stay_until_the_new_ones_are_whole(source: Path, tmp_path: Path, name: str) -> None:
    target = tmp_path / name
    for before, after in ((None, "one"), ("one", "two")):
        with fresh_files(source, target) as (file,):
            write_lines(file, [{"id": after}])
            assert before is None or lines(target) == [before]
        assert lines(target) == [after]
    assert {path.name for path in tmp_path.iterdir()} == {"in.jsonl", name}


def test_the_new_file_has_the_old_ones_mode_and_a_link_stays_one(source: Path, tmp_path: Path) -> None:
    real, link = tmp_path / "real.jsonl", tmp_path / "link.jsonl"
    real.write_text(OLD)
    real.chmod(0o640)
    link.symlink_to(real)
    with fresh_files(source, link) as (file,):
        write_lines(file, [NEW])
    assert lines(real) == ["new"]
    assert real.stat().st_mode & 0o777 == 0o640
    assert link.is_symlink()


def test_of_several_files_all_are_of_one_run(source: Path, tmp_path: Path) -> None:
    old, missing = tmp_path / "old.jsonl", tmp_path / "missing.jsonl"
    old.write_text(OLD)

    def fail() -> None:
        with fresh_files(source, missing, old) as files:
            for file in files:
                write_lines(file, [NEW])
            raise RuntimeError

    with pytest.raises(RuntimeError) as caught:
        fail()
    assert caught.value.__notes__ == [
        f"earlier results stay as they were, what this run made is in {tmp_path}/.*.partial"
    ]
    assert not missing.exists()
    assert old.read_text() == OLD
    assert [lines(partial_of(path)) for path in (old, missing)] == [["new"], ["new"]]


def test_a_judge_that_fails_leaves_earlier_verdicts_and_names_its_own(tmp_path: Path) -> None:
    source, out = made.lines(tmp_path / "in.jsonl", problem("a", ECHO), BAD), tmp_path / "out.jsonl"
    first = sentence(synthsmith("judge", source, "--out", out))
    assert first.endswith("field tests is empty; there is nothing to judge by.")
    assert lines(out) == ["a"]  # nothing was there to be kept
    out.write_text(OLD)
    second = sentence(synthsmith("judge", source, "--out", out))
    assert second.endswith(f"what this run made is in {tmp_path}/.out.jsonl.partial")
    assert lines(tmp_path / ".out.jsonl.partial") == ["a"]
    assert out.read_text() == OLD


@pytest.mark.parametrize("old", ["", OLD])
def test_an_interrupted_judge_says_where_its_verdicts_are(tmp_path: Path, old: str) -> None:
    source = made.lines(tmp_path / "in.jsonl", problem("a", ECHO), problem("b", HANGS))
    out = tmp_path / "out.jsonl"
    out.write_text(old)
    grows = tmp_path / ".out.jsonl.partial" if old else out
    with running("judge", source, "--out", out) as process:
        assert wait_until(lambda: grows.exists() and grows.stat().st_size > 0, process)
        process.send_signal(signal.SIGINT)
        _, said = process.communicate()
    before = "earlier results stay as they were, what this run made" if old else "what was made before"
    assert said.decode().splitlines()[-1] == f"synthsmith: interrupted; {before} is in {grows}"
    assert process.returncode == 130
    assert lines(grows) == ["a"]
    assert not old or out.read_text() == OLD


def test_a_verification_that_fails_leaves_an_earlier_one_whole(tmp_path: Path) -> None:
    source, out = made.lines(tmp_path / "in.jsonl", made.taco()), tmp_path / "out"
    verify = ("verify", source, "--layout", "taco", "--out", out)
    assert synthsmith(*verify).status == 0
    before = {path: path.read_bytes() for path in out.rglob("*") if path.is_file()}
    made.lines(source, made.taco(name="second"), made.taco(time_limit="soon"))
    assert sentence(synthsmith(*verify)).endswith(f"what this run made is in {out}/.*.partial")
    assert {path: path.read_bytes() for path in before} == before
    assert list((out / ".dataset.partial").rglob("*.parquet"))
    assert json.loads((out / ".summary.json.partial").read_text())["problems"] == 1
    made.lines(source, made.taco(name="second"))
    assert synthsmith(*verify).status == 0
    assert {path.relative_to(out) for path in out.rglob("*") if path.is_file()} == {
        path.relative_to(out) for path in before
    }
    assert '"name": "second"' in (out / "golden.jsonl").read_text()


def test_standard_output_is_written_where_it_stands(source: Path, tmp_path: Path) -> None:
    out = tmp_path / "log"
    command = [*COMMAND, "judge", str(source), "--out", "/dev/stdout"]
    for mode in ("wb", "ab"):
        with out.open(mode) as sink:
            subprocess.run(command, env=environment(), stdout=sink, stderr=subprocess.DEVNULL, check=True)
    verdict, told, *again = out.read_text().splitlines()
    assert json.loads(verdict)["verdict"] == "AC"
    assert told == "1 submissions to 1 problems: 1 AC; see /dev/stdout"
    assert [line[:10] for line in again] == [verdict[:10], told[:10]]
    assert {path.name for path in tmp_path.iterdir()} == {"in.jsonl", "log"}


def test_a_pipe_is_written_as_it_comes(source: Path, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    read: list[bytes] = []
    reader = threading.Thread(target=lambda: read.append(pipe.read_bytes()))
    reader.start()
    assert synthsmith("judge", source, "--out", pipe).status == 0
    reader.join()
    assert json.loads(read[0])["id"] == "a"
    piped = synthsmith("judge", source, "--out", "/dev/stdout")
    assert json.loads(piped.stdout.splitlines()[0])["id"] == "a"
