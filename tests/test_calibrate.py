"""The speed of a machine, and limits that mean the same on every one."""

import gzip
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from command import synthsmith
from synthsmith.verification.calibrate import measure, parse_factor
from synthsmith.verification.calibrate_file import NONE_RIGHT, calibrate_file, limit_seconds
from synthsmith.verification.errors import InputError
from synthsmith.verification.judge_file import judge_file
from synthsmith.verification.sandbox import Job, Sandbox
from synthsmith.verification.sandbox.pace import MOST_ALLOWED, NATIVE_DOUBT, allowance
from synthsmith.verification.types import Limits, Program, Status, Verdict
from synthsmith.verification.verify_file import verify_file

BUSY = "import time\nwhile time.process_time() < 0.5: pass\nprint(input())"


def written(path: Path, *rows: object) -> Path:
    path.write_text("".join(json.dumps(each) + "\n" for each in rows))
    return path


def row(name: str, *codes: str, **more: object) -> dict[str, object]:
    submissions = [{"name": i, "language": "python", "code": code} for i, code in enumerate(codes)]
    tests = [{"input": f"{number}\n", "output": f"{number}"} for number in range(5)]
    return {"id": name, "tests": tests, "submissions": submissions} | more


def test_this_machine_has_a_factor_that_can_be_given(sandbox: Sandbox) -> None:
    factor = measure(sandbox)
    assert parse_factor(repr(factor)) == factor
    assert 0.1 < factor < 30  # not a clock that stands still


@pytest.mark.parametrize("text", ["0", "-1", "nan", "inf", "fast", "", "1e-9"])
def test_a_factor_is_a_sensible_number_or_auto(text: str) -> None:
    assert parse_factor("auto") is None
    with pytest.raises(InputError, match='--speed must be "auto" or a number'):
        parse_factor(text)


@pytest.fixture
def slow() -> Iterator[Sandbox]:
    with Sandbox(2, speed=20.0) as it:
        yield it


def test_a_slow_machine_gives_the_verdict_of_the_reference(
    sandbox: Sandbox, slow: Sandbox, tmp_path: Path
) -> None:
    source = written(tmp_path / "in.jsonl", row("a", BUSY, time_limit_s=0.05))
    assert judge_file(source, tmp_path / "out.jsonl", sandbox).verdicts == {Verdict.TLE: 1}
    assert judge_file(source, tmp_path / "out.jsonl", slow).verdicts == {Verdict.AC: 1}
    slow.speed = 1.0
    assert judge_file(source, tmp_path / "out.jsonl", slow).verdicts == {Verdict.TLE: 1}
    source = written(tmp_path / "in.jsonl", row("a", BUSY, time_limit_s=1.4))
    assert judge_file(source, tmp_path / "out.jsonl", slow).verdicts == {Verdict.AC: 1}
    slow.speed = 0.1
    assert judge_file(source, tmp_path / "out.jsonl", slow).verdicts == {Verdict.TLE: 1}


def test_wall_time_is_scaled_too(sandbox: Sandbox, slow: Sandbox) -> None:
    sleepy, limits = Program("import time\ntime.sleep(1.5)"), Limits(cpu_seconds=1.0, wall_seconds=0.5)
    assert [each.run(sleepy, b"", limits).status for each in (sandbox, slow)] == [Status.TIME, Status.OK]


def test_candidates_vote_under_scaled_limits(slow: Sandbox, tmp_path: Path) -> None:
    source = written(tmp_path / "in.jsonl", row("a", BUSY, "print(int(input()))", time_limit_s=0.05))
    summary = verify_file(source, tmp_path / "out", slow)
    assert (summary.verified, summary.speed) == (1, 20.0)
    assert json.loads((tmp_path / "out/summary.json").read_text())["speed"] == 20.0


@pytest.mark.parametrize("words", [("judge", "--out", "out.jsonl"), ("verify", "--out", "out")])
def test_the_factor_is_said(tmp_path: Path, words: tuple[str, ...]) -> None:
    written(tmp_path / "in.jsonl", row("a", "print(input())"))
    command, *options = words
    plain = synthsmith(command, "in.jsonl", *options, cwd=tmp_path)
    given = synthsmith(command, "in.jsonl", *options, "--speed", "2", cwd=tmp_path)
    auto = synthsmith(command, "in.jsonl", *options, "--speed", "auto", cwd=tmp_path)
    wrong = synthsmith(command, "in.jsonl", *options, "--speed", "fast", cwd=tmp_path)
    assert [done.status for done in (plain, given, auto, wrong)] == [0, 0, 0, 2]
    assert "multiplied" not in plain.stderr
    assert "time limits are multiplied by 2.000 (given)" in given.stderr
    assert "(measured)" in auto.stderr
    assert "--speed must be" in wrong.stderr


@pytest.mark.parametrize(
    ("slowest", "speed", "seconds"),
    [
        (0.0, 1.0, 1),
        (0.5, 1.0, 1),
        (0.6, 1.0, 2),
        (3.0, 1.0, 6),
        (3.1, 1.0, 7),
        (3.0, 2.0, 3),
        (3.0, 0.5, 12),
    ],
)
def test_a_limit_is_twice_the_slowest_in_whole_reference_seconds(
    slowest: float, speed: float, seconds: int
) -> None:
    assert limit_seconds(slowest, speed) == seconds


def marked(name: str, *verdicts: str, **more: object) -> dict[str, object]:
    """A row with a submission for each expected verdict; all print their input, `slow` after 0.6 s."""
    made = row(
        name,
        *(BUSY.replace("0.5", "0.6") if word.endswith("slow") else "print(input())" for word in verdicts),
    )
    for submission, word in zip(made["submissions"], verdicts, strict=True):  # type: ignore[call-overload]
        submission["expected"] = word.partition(" ")[0]
    return made | more


def calibrated(
    path: Path, sandbox: Sandbox, *rows: dict[str, object], **how: bool
) -> list[dict[str, object]]:
    source = written(path / "in.jsonl", *rows)
    calibrate_file(source, path / "out.jsonl", sandbox, **how)
    return [json.loads(line) for line in (path / "out.jsonl").read_text().splitlines()]


def test_the_slowest_accepted_submission_gives_the_limit(sandbox: Sandbox, tmp_path: Path) -> None:
    quick = marked("quick", "AC", "WA slow", time_limit_s=0.01)
    slow = marked("slow", "AC", "AC slow")
    first, second = calibrated(tmp_path, sandbox, quick, slow)
    assert (first["time_limit_s"], second["time_limit_s"]) == (1, 2)


def test_all_other_keys_are_carried_along_unchanged_and_in_order(sandbox: Sandbox, tmp_path: Path) -> None:
    given = {"note": ["é", 1e-7, "\ud800"], **marked("a", "AC"), "time_limit_s": 9.5, "last": None}
    [told] = calibrated(tmp_path, sandbox, given)
    assert list(told.items()) == list((given | {"time_limit_s": 1}).items())


def test_rows_without_a_right_submission_keep_what_they_had(sandbox: Sandbox, tmp_path: Path) -> None:
    wrong = marked("wrong", "AC", "AC")
    wrong["tests"][3]["output"] = "5"  # type: ignore[index]
    rows = [marked("none", "WA", time_limit_s=7.5), wrong, marked("good", "AC")]
    source = written(tmp_path / "in.jsonl", *rows)
    summary = calibrate_file(source, tmp_path / "out.jsonl", sandbox)
    assert summary.kept == (("none", NONE_RIGHT), ("wrong", "0 ended as WA"))
    assert (summary.problems, summary.calibrated) == (3, 1)
    lines = (tmp_path / "out.jsonl").read_text().splitlines()
    assert lines[:2] == source.read_text().splitlines()[:2]
    assert json.loads(lines[2])["time_limit_s"] == 1


def test_with_trust_all_submissions_are_right(sandbox: Sandbox, tmp_path: Path) -> None:
    [told] = calibrated(tmp_path, sandbox, marked("a", "WA", "WA slow"), trust=True)
    assert told["time_limit_s"] == 2


def test_the_command_reads_and_writes_gzip_and_names_what_it_kept(tmp_path: Path) -> None:
    text = "".join(json.dumps(each) + "\n" for each in (marked("a", "AC"), marked("b", "WA")))
    (tmp_path / "in.jsonl.gz").write_bytes(gzip.compress(text.encode()))
    done = synthsmith("calibrate", "in.jsonl.gz", "--out", "out.jsonl.gz", "--speed", "1", cwd=tmp_path)
    assert done.status == 0, done.stderr
    assert "1 of 2 time limits set; see out.jsonl.gz" in done.stdout
    assert f"1 kept as they were, {NONE_RIGHT}: b" in done.stdout
    lines = gzip.decompress((tmp_path / "out.jsonl.gz").read_bytes()).splitlines()
    assert [json.loads(line).get("time_limit_s") for line in lines] == [1, None]


def test_a_slow_core_gives_more_time_and_a_fast_one_no_less() -> None:
    assert [allowance(slowness) for slowness in (0.5, 1.0, 1.25, 9.0)] == [1.0, 1.0, 1.5, MOST_ALLOWED]
    # a machine that is known to be twice as slow, and one twice as fast
    assert [allowance(slowness, 2.0) for slowness in (1.0, 2.0, 2.5)] == [2.0, 2.0, 3.0]
    assert [allowance(slowness, 0.5) for slowness in (0.4, 0.5, 0.625)] == [0.5, 0.5, 0.75]
    # a program in C++ is slowed as the work is
    assert [allowance(slowness, doubt=NATIVE_DOUBT) for slowness in (0.5, 1.0, 1.25)] == [1.0, 1.0, 1.25]


def test_a_run_that_lasts_says_how_slow_its_core_was(sandbox: Sandbox) -> None:
    for taken in (sandbox.run(Program(BUSY), b"7\n"), sandbox.run_alone(Job(Program(BUSY), b"7\n"))):
        assert taken.stdout == b"7\n"
        assert 0.1 < taken.usage.slowness < 30
        assert taken.usage.slowness != 1.0
    assert sandbox.run(Program("print(7)")).usage.slowness == 1.0
