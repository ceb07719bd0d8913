"""The command line in processes of its own: wrong use ends in one sentence and exit status 2."""

import gzip
import json
import os
import socket
import subprocess
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path

import pytest
import yaml
from command import COMMAND, WEAKENED, environment, sentence, synthsmith
from synthsmith.builders.endpoints import Endpoint
from synthsmith.builders.settings import Settings, plain
from synthsmith.verification.errors import InputError
from synthsmith.verification.sandbox import languages

from synthsmith import __version__
from synthsmith.cli.options import CPP_FLAGS
from synthsmith.cli.sandbox import flags_of
from synthsmith.config import load_settings

ROOT = Path(__file__).resolve().parent.parent
ECHO = {"name": "echo", "language": "python", "code": "print(input())"}


def row(number: int, **fields: object) -> str:
    problem = {"id": number, "tests": [{"input": "1\n", "output": "1\n"}], "submissions": [ECHO], **fields}
    return json.dumps(problem)


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with good and bad input, as the working folder."""
    monkeypatch.chdir(tmp_path)
    rows = {
        "good": [row(1), row(2)],
        "broken": [row(1), row(2), row(3)[:20]],
        "lacking": [row(1), row(2), row(3, tests=[{"output": "1"}])],
        "mistyped": [row(1), row(2), row(3, tests=[{"input": 7}])],
        "endless": [row(1, time_limit_s=1e300)],
        "vast": [row(1, memory_mb=10**30)],
        "negative": [row(1, time_limit_s=-1)],
        "rust": [row(1, submissions=[{**ECHO, "language": "rust"}])],
        "floatz": [row(1, checker={"kind": "floatz"})],
    }
    for name, lines in rows.items():
        Path(f"{name}.jsonl").write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    Path("latin.jsonl").write_bytes(f"{row(1)}\n".encode() + b'{"id": "\xff"}\n')
    packed = gzip.compress("\n".join(map(row, range(50))).encode())
    Path("good.jsonl.gz").write_bytes(packed)
    Path("cut.jsonl.gz").write_bytes(packed[: len(packed) // 2])
    Path("text.jsonl.gz").write_text("no gzip and no JSON\n")
    Path("empty.jsonl").touch()
    Path("ok.py").write_text("print(input())\n")
    Path("ok.txt").write_text("print(input())\n")
    Path("folder").mkdir()
    return tmp_path


WRONG_INPUT = {
    "missing": ("none.jsonl", ["none.jsonl", "No such file"]),
    "folder": ("folder", ["folder", "directory"]),
    "broken": ("broken.jsonl", ["broken.jsonl row 3", "not JSON"]),
    "lacking": ("lacking.jsonl", ["lacking.jsonl row 3", "field tests[0].input is missing"]),
    "mistyped": ("mistyped.jsonl", ["mistyped.jsonl row 3", "field tests[0].input must be a string, not 7"]),
    "endless": ("endless.jsonl", ["endless.jsonl row 1", "time_limit_s", "1e+300"]),
    "vast": ("vast.jsonl", ["vast.jsonl row 1", "memory_mb"]),
    "negative": ("negative.jsonl", ["negative.jsonl row 1", "field time_limit_s", "-1"]),
    "rust": ("rust.jsonl", ["rust.jsonl row 1", "field submissions[0].language", '"rust"']),
    "floatz": ("floatz.jsonl", ["floatz.jsonl row 1", "field checker", "floatz"]),
    "latin": ("latin.jsonl", ["latin.jsonl row 2", "utf-8"]),
    "cut": ("cut.jsonl.gz", ["cut.jsonl.gz", "gzip"]),
    "text": ("text.jsonl.gz", ["text.jsonl.gz row 1", "not JSON"]),
}


@pytest.mark.parametrize("command", ["verify", "judge"])
@pytest.mark.parametrize("name", WRONG_INPUT)
def test_bad_problems_give_one_sentence_naming_file_row_and_field(
    command: str, name: str, place: Path
) -> None:
    source, words = WRONG_INPUT[name]
    said = sentence(synthsmith(command, source, "--out", "out"))
    assert [word for word in words if word not in said] == [], said


WRONG_USE = {
    "no-command": ["frobnicate"],
    "no-out": ["build"],
    "no-tasks": ["build", "--out", "o", "--tasks", "0"],
    "negative-seed": ["build", "--out", "o", "--seed", "-1"],
    "no-config": ["build", "none.yaml", "--out", "o"],
    "folder-as-config": ["build", "folder", "--out", "o"],
    "endpoint-without-model": ["build", "--out", "o", "--base-url", "http://127.0.0.1:1/v1"],
    "too-many-recorded": ["build", "--out", "o", "--tasks", "99999999999999999999"],
    "out-under-a-file": ["build", "--out", "ok.py/o"],
    "out-is-a-file": ["build", "--out", "ok.py"],
    "out-in-proc": ["build", "--out", "/proc/o"],
    "verify-under-a-file": ["verify", "good.jsonl", "--out", "ok.py/o"],
    "verify-into-a-file": ["verify", "good.jsonl", "--out", "ok.py"],
    "verify-in-proc": ["verify", "good.jsonl", "--out", "/proc/o"],
    "judge-under-a-file": ["judge", "good.jsonl", "--out", "ok.py/o"],
    "judge-into-a-folder": ["judge", "good.jsonl", "--out", "folder"],
    "judge-onto-its-input": ["judge", "good.jsonl", "--out", "good.jsonl"],
    "judge-on-a-full-disk": ["judge", "good.jsonl", "--out", "/dev/full"],
    "no-workers": ["judge", "good.jsonl", "--out", "o", "--workers", "0"],
    "hordes-of-workers": ["judge", "good.jsonl", "--out", "o", "--workers", "99999999999"],
    "no-program": ["run", "none.py"],
    "folder-as-program": ["run", "folder"],
    "no-input": ["run", "ok.py", "--stdin", "none"],
    "unknown-suffix": ["run", "ok.txt"],
    "negative-limit": ["run", "ok.py", "--cpu-seconds", "-1"],
    "no-limit": ["run", "ok.py", "--cpu-seconds", "inf"],
    "no-number": ["run", "ok.py", "--wall-seconds", "nan"],
    "negative-wall": ["run", "ok.py", "--wall-seconds", "-1"],
    "endless-wall": ["run", "ok.py", "--wall-seconds", "1e300"],
    "open-quote-in-flags": ["run", "ok.py", "--cpp-flags", "'"],
    "vast-memory": ["run", "ok.py", "--memory-mb", "99999999999999999999"],
}


@pytest.mark.parametrize("arguments", WRONG_USE.values(), ids=WRONG_USE)
def test_wrong_use_gives_one_sentence_and_exit_status_2(arguments: list[str], place: Path) -> None:
    sentence(synthsmith(*arguments))
    assert Path("ok.py").read_text() == "print(input())\n"
    assert Path("good.jsonl").read_text().count("\n") == 2


def test_a_build_can_have_no_more_tasks_than_were_recorded(place: Path) -> None:
    assert "recorded model holds" in sentence(synthsmith("build", "--out", "o", "--tasks", "1000"))


def test_an_endpoint_where_nothing_listens_ends_at_once_with_its_address(place: Path) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))  # bound and not listening: nothing else can take the port
        url = f"http://127.0.0.1:{unused.getsockname()[1]}/v1"
        said = sentence(synthsmith("build", "--out", "o", "--model", "m", "--base-url", url))
    assert url in said


def test_openai_itself_is_not_asked_without_a_key(place: Path) -> None:
    assert "OPENAI_API_KEY" in sentence(synthsmith("build", "--out", "o", "--model", "gpt"))


WRONG_SETTINGS = {
    "taks: 3": "taks is not a setting; did you mean tasks?",
    "limits: {cpu_second: 1}": "limits.cpu_second is not a setting; did you mean cpu_seconds?",
    "models: {solutions: []}": "models.solutions is not a setting; did you mean solution?",
    "models: {solution: [{nam: x}]}": "models.solution.0.nam is not a setting; did you mean name?",
    "tasks: many": "tasks: Input should be a valid integer",
    "tasks: -1": "tasks: Input should be greater than or equal to 1, not -1",
    "limits: {cpu_seconds: .inf}": "limits: cpu_seconds must be a positive number",
    "limits: {memory_mb: 99999999999999999999}": "limits: memory_mb must be a positive number",
    "min_solutions: 9": "min_solutions asks for more solutions than are sampled per task",
    "sampling: {styles: [[topcoder, 1]]}": "sampling: styles must be of",
    "[1, 2]": "the file: Input should be a dictionary",
    "tasks: [": "is not YAML",
    "seed: 2023-13-45": "is not YAML: month must be in 1..12",
    f"seed: {'[' * 5000}": "is not YAML",
    "seed: \0": "is not YAML",
    "tasks: 3\nseed: 1\ntasks: 4\n": "is not YAML: tasks stands twice in line 3, column 1",
    "limits:\n  processes: 1\n  processes: 2\n": "processes stands twice in line 3",
    "sampling: {required: [poetry]}": "at most 5 of the categories algorithm, complexity analysis",
}


@pytest.mark.parametrize("text", WRONG_SETTINGS, ids=lambda text: text[:30])
def test_bad_settings_are_refused_by_name(text: str, tmp_path: Path) -> None:
    path = tmp_path / "build.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        load_settings(path)
    assert str(caught.value).startswith(str(path))
    assert WRONG_SETTINGS[text] in str(caught.value)
    assert "\n" not in str(caught.value)


def test_an_unknown_setting_stops_the_command_with_the_nearest_name(place: Path) -> None:
    Path("build.yaml").write_text("taks: 3\n")
    said = sentence(synthsmith("build", "build.yaml", "--out", "o"))
    assert said == "build.yaml: taks is not a setting; did you mean tasks?"
    assert not Path("o").exists()


def test_settings_that_are_not_utf8_are_refused(place: Path) -> None:
    Path("build.yaml").write_bytes(b"tasks: 1 # \xff\n")
    assert "not UTF-8" in sentence(synthsmith("build", "build.yaml", "--out", "o"))


def test_the_version_is_told() -> None:
    done = synthsmith("--version")
    assert (done.status, done.stdout, done.stderr) == (0, f"synthsmith {__version__}\n", "")


def test_a_new_file_of_settings_that_finds_no_room_leaves_nothing_in_the_way(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    done = synthsmith("init", path, command=("sh", "-c", 'ulimit -f 1; exec "$@"', "sh", *COMMAND))
    assert f"{path} cannot be written" in sentence(done)
    assert synthsmith("init", path).status == 0


def test_a_new_file_of_settings_shows_every_one_and_its_comments_tell_the_defaults(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    assert synthsmith("init", path).status == 0
    again = synthsmith("init", path)
    assert (again.status, again.stderr.count("\n")) == (2, 1)
    assert f"{path} is there already" in again.stderr
    assert f"synthsmith build {path}" in path.read_text(encoding="utf-8")
    settings = load_settings(path)
    shown, known = yaml.safe_load(path.read_text(encoding="utf-8")), plain(Settings())
    everything = {**known, "endpoints": [asdict(Endpoint())], "prices": {}}
    assert names(shown) == names(everything)
    [endpoint] = settings.endpoints
    assert replace(endpoint, base_url=None) == Endpoint()
    assert not any(role.recorded for role in settings.models.all())
    same = plain(settings)
    differing = {name for name in known if same[name] != known[name]}
    assert differing == {"tasks", "models", "concurrency", "endpoints"}


@pytest.mark.parametrize("path", sorted((ROOT / "examples").glob("*.yaml")), ids=lambda path: path.stem)
def test_the_examples_are_settings_with_live_models_alone(path: Path) -> None:
    assert not any(role.recorded for role in load_settings(path).models.all())


def names(value: object) -> object:
    """The names in nested settings; of a list of objects, those of its first."""
    if isinstance(value, dict):
        return {name: names(part) for name, part in value.items()}
    if isinstance(value, list | tuple) and value and isinstance(value[0], dict):
        return names(value[0])
    return None


def test_the_flags_in_the_help_are_those_of_the_sandbox() -> None:
    assert flags_of(CPP_FLAGS) == languages.CPP_FLAGS


@pytest.mark.parametrize("source", ["empty.jsonl", "/dev/null"])
def test_no_problems_are_no_mistake(source: str, place: Path) -> None:
    assert synthsmith("judge", source, "--out", "new/folder/verdicts.jsonl").status == 0
    assert Path("new/folder/verdicts.jsonl").read_bytes() == b""
    assert synthsmith("verify", source, "--out", "labels").status == 0
    assert Path("labels/labels.jsonl").read_bytes() == b""
    assert json.loads(Path("labels/summary.json").read_text())["problems"] == 0


def test_labels_made_without_full_isolation_say_so(place: Path) -> None:
    refused = sentence(synthsmith("verify", "good.jsonl", "--out", "out", command=WEAKENED))
    assert "programs cannot be run safely here: files cannot be hidden" in refused
    done = synthsmith("verify", "good.jsonl", "--out", "out", "--unsafe", command=WEAKENED)
    assert done.status == 0
    assert "without full isolation (--unsafe): they could have tampered with these results" in done.stderr
    assert json.loads(Path("out/summary.json").read_text())["isolated"] is False


def test_labels_made_in_full_isolation_say_so_in_the_summary_alone(place: Path) -> None:
    done = synthsmith("verify", "good.jsonl", "--out", "out", "--unsafe")
    assert done.status == 0
    assert "isolation" not in done.stdout + done.stderr
    assert json.loads(Path("out/summary.json").read_text())["isolated"] is True


def test_verdicts_before_a_broken_row_are_kept(place: Path) -> None:
    sentence(synthsmith("judge", "broken.jsonl", "--out", "verdicts.jsonl"))
    verdicts = [json.loads(line) for line in Path("verdicts.jsonl").read_text().splitlines()]
    assert [(each["id"], each["verdict"]) for each in verdicts] == [(1, "AC"), (2, "AC")]


def test_packed_problems_are_read_as_they_are(place: Path) -> None:
    done = synthsmith("judge", "good.jsonl.gz", "--out", "verdicts.jsonl", "--score")
    assert "No such option" in sentence(done)
    done = synthsmith("judge", "good.jsonl.gz", "--out", "verdicts.jsonl")
    assert (done.status, done.stdout.split(";")[0]) == (0, "50 submissions to 50 problems: 50 AC")


RUNS = {
    "ok": ("print(input()[::-1])", {"status": "ok", "stdout": "cba\n", "exit_code": 0, "signal": None}),
    "crash": ("import sys; sys.exit(3)", {"status": "crash", "stdout": "", "exit_code": 3}),
    "time": ("while True: pass", {"status": "time"}),
    "bytes": (
        r"import sys; sys.stdout.buffer.write(b'a\xff')",
        {"status": "ok", "stdout": "a\ufffd", "stdout_base64": "Yf8="},
    ),
}


@pytest.mark.parametrize(("code", "expected"), RUNS.values(), ids=RUNS)
def test_run_prints_the_outcome_as_json(code: str, expected: dict[str, object], place: Path) -> None:
    Path("p.py").write_text(code)
    Path("in.txt").write_text("abc\n")
    done = synthsmith("run", "p.py", "--stdin", "in.txt", "--cpu-seconds", "0.5", "--json")
    outcome = json.loads(done.stdout)
    assert (done.status, done.stderr) == (0, "")
    assert {name: outcome[name] for name in expected} == expected
    assert {"cpu_seconds", "wall_seconds", "memory_mb", "stderr"} <= outcome.keys()


def test_run_passes_the_output_through_and_says_how_it_ended(place: Path) -> None:
    Path("p.py").write_text("import sys; print('out'); print('err', file=sys.stderr); sys.exit(1)")
    done = synthsmith("run", "p.py")
    assert (done.status, done.stdout) == (1, "out\n")
    assert done.stderr.startswith("err\ncrash: ")


def test_output_that_finds_no_room_is_told(place: Path) -> None:
    Path("in.txt").write_text("abc\n")
    done = synthsmith("run", "ok.py", "--stdin", "in.txt", "--json", stdout=Path("/dev/full"))
    assert "No space left" in sentence(done)


def test_doctor_finds_that_programs_can_be_run_here_and_names_the_walls() -> None:
    done = synthsmith("doctor")
    assert done.status == 0, done.stdout
    walls = done.stdout.splitlines()[:-1]
    assert len(walls) >= 3
    assert all(line.split()[0] in ("holds", "absent") for line in walls)


@pytest.mark.parametrize(
    "command",
    ["", "build", "verify", "judge", "run", "doctor", "model", "model check", "model rekey"],
)
def test_every_command_has_help(command: str) -> None:
    done = synthsmith(*command.split(), "--help")
    assert (done.status, done.stderr) == (0, "")
    assert f"Usage: synthsmith {command}".rstrip() in done.stdout


def test_alone_it_shows_its_help() -> None:
    assert synthsmith() == synthsmith("--help")


def test_help_loads_nothing_heavy() -> None:
    heavy = ("datasets", "pyarrow", "numpy", "openai", "pydantic", "evaluate", "jinja2", "sqlite3")
    code = "import sys, synthsmith.cli; print([m for m in sys.argv[1:] if m in sys.modules])"
    done = subprocess.run(
        [COMMAND[0], "-c", code, *heavy], capture_output=True, text=True, check=True, env=environment()
    )
    assert done.stdout == "[]\n"


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 256 KiB."""
    point = tmp_path / "disk"
    point.mkdir()
    if os.geteuid() or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", point]).returncode:
        pytest.skip("only root may mount a small disk")
    yield point
    subprocess.run(["umount", "--lazy", point], check=True)


def test_a_build_that_fills_the_disk_says_so_and_goes_on_when_there_is_room(disk: Path) -> None:
    said = sentence(synthsmith("build", "--out", disk / "o", "--tasks", "1"))
    assert "kept" in said
    subprocess.run(["mount", "-o", "remount,size=64m", disk], check=True)
    done = synthsmith("build", "--out", disk / "o", "--tasks", "1")
    assert done.status == 0, done.stderr


def test_a_folder_that_is_read_only_gives_one_sentence(disk: Path) -> None:
    subprocess.run(["mount", "-o", "remount,ro", disk], check=True)
    assert "Read-only" in sentence(synthsmith("build", "--out", disk / "o", "--tasks", "1"))
    assert "Read-only" in sentence(synthsmith("judge", "/dev/null", "--out", disk / "verdicts.jsonl"))
