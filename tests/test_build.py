"""A build from end to end: from recorded replies to data sets that `load_dataset` opens."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from command import FEWER, WEAKENED, environment, sentence, synthsmith
from killing import digests, kill, recorded, running, wait_until
from served import Served, serving
from synthsmith.builders import attempts
from synthsmith.builders.attempts import Attempt
from synthsmith.builders.pipeline import draws
from synthsmith.builders.recorded_model import FOLDER, task_folders
from synthsmith.builders.schemas import SCHEMAS
from synthsmith.builders.settings import Settings
from synthsmith.verification.decision import Rejected, Verified

VARYING = ("ledger.sqlite",)  # in whose pages the order shows in which replies came
# Where the endpoint shows as well, and in the account what it was asked for once more in vain.
LIVE = (*VARYING, "build.json", ".dataset.json", "dataset/README.md", "summary.json")

LOAD = """
import json, sys
from datasets import load_dataset, load_dataset_builder

found = {}
for config in sys.argv[2:]:
    info = load_dataset_builder(sys.argv[1], config).info
    rows = load_dataset(sys.argv[1], config, split="train")
    found[config] = [info.splits["train"].num_examples, len(rows), rows.column_names]
    assert rows.features == info.features
print(json.dumps(found))
"""


def test_the_card_shows_every_figure(demo: Path) -> None:
    text = (demo / "dataset" / "README.md").read_text(encoding="utf-8")
    names = ["funnel", "difficulty", "tests", "lengths", "coverage", "confidence"]
    assert re.findall(r"^!\[.+\]\(figures/(\w+)\.png\)$", text, re.MULTILINE) == names
    assert {path.stem for path in (demo / "dataset" / "figures").iterdir()} == set(names)


def test_every_config_opens_with_the_rows_that_its_card_promises(demo: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-c", LOAD, str(demo / "dataset"), *SCHEMAS]
    env = environment(HF_HOME=str(tmp_path / "cache"))
    done = subprocess.run(command, env=env, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    counts = json.loads((demo / "summary.json").read_text())["configs"]
    assert json.loads(done.stdout) == {
        config: [counts[config], counts[config], list(features)] for config, features in SCHEMAS.items()
    }
    assert all(counts.values())


def test_every_task_ends_as_verified_or_with_one_of_several_reasons(demo: Path) -> None:
    ends = [attempt.outcome for attempt in attempts.read_all(demo / "attempts")]
    assert len(ends) == len(task_folders(FOLDER)) == Settings().tasks
    assert sum(isinstance(end, Verified) for end in ends) >= 10
    reasons = {end.reason for end in ends if isinstance(end, Rejected)}
    assert len(reasons) >= 4, reasons
    summary = json.loads((demo / "summary.json").read_text())
    assert summary["attempted"] == summary["verified"] + sum(summary["reasons"].values()) == len(ends)
    assert {str(reason) for reason in reasons} == summary["reasons"].keys()


def test_a_build_needs_less_than_500_mb(demo_peak_mb: float) -> None:
    assert 50 < demo_peak_mb < 500


def test_a_smaller_build_begins_like_a_larger_one(demo: Path, one: Path) -> None:
    whole = digests(demo / "attempts")
    assert digests(one / "attempts").items() <= whole.items()


def test_a_second_build_changes_no_byte_and_asks_nothing(copied: Path) -> None:
    before, times, asked = digests(copied), modified(copied), recorded(copied)
    done = synthsmith("build", FEWER, "--out", copied)
    assert (done.status, digests(copied), recorded(copied)) == (0, before, asked)
    assert modified(copied) == times
    assert "4 were there before" in done.stdout


def modified(folder: Path) -> dict[str, int]:
    return {str(path): path.stat().st_mtime_ns for path in folder.rglob("*") if path.is_file()}


def test_what_was_made_without_full_isolation_says_so_also_when_the_build_goes_on_with_it(
    small: Path, tmp_path: Path
) -> None:
    done = synthsmith("build", FEWER, "--out", tmp_path, "--tasks", "1", "--unsafe", command=WEAKENED)
    assert "the programs of 1 of 1 tasks ran without full isolation" in done.stderr
    before = digests(tmp_path / "attempts")
    done = synthsmith("build", FEWER, "--out", tmp_path, "--tasks", "2")
    assert "the programs of 1 of 2 tasks ran without full isolation" in done.stderr
    assert before.items() <= digests(tmp_path / "attempts").items()
    card = (tmp_path / "dataset" / "README.md").read_text()
    assert "**Of 2 tasks whose programs were run, 1 had them run without full isolation**" in card
    weak, safe = ([*attempts.read_all(folder / "attempts")][:2] for folder in (tmp_path, small))
    assert [isolation(each) for each in (*weak, *safe)] == [False, True, True, True]
    assert weak[1] == safe[1]


def isolation(attempt: Attempt) -> bool | None:
    assert attempt.outcome.certificate is not None
    return attempt.outcome.certificate.isolated


def test_two_builds_give_the_same_bytes_whatever_the_machine_is_like(small: Path, tmp_path: Path) -> None:
    one_core = f"import os; os.sched_setaffinity(0, {{{min(os.sched_getaffinity(0))}}}); "
    code = one_core + "import runpy; runpy.run_module('synthsmith', run_name='__main__')"
    command = [sys.executable, "-c", code, "build", str(FEWER), "--out", "elsewhere"]
    env = environment(PYTHONHASHSEED="1", TZ="Asia/Tokyo", LC_ALL="C")
    done = subprocess.run(command, env=env, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert digests(tmp_path / "elsewhere", VARYING) == digests(small, VARYING)
    assert recorded(tmp_path / "elsewhere") == recorded(small)


def test_another_seed_takes_the_recorded_draws_in_another_order(demo: Path, tmp_path: Path) -> None:
    settings = Settings(tasks=1, seed=5)
    [draw] = draws(settings, Settings().tasks)
    assert draw == "0:22"  # a task with short inputs
    assert synthsmith("build", "--out", tmp_path / "o", "--tasks", "1", "--seed", "5").status == 0
    [attempt] = attempts.read_all(tmp_path / "o" / "attempts")
    [known] = [each for each in attempts.read_all(demo / "attempts") if each.draw == draw]
    assert (attempt.draw, attempt.task, attempt.outcome) == (draw, known.task, known.outcome)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [(["--seed", "5"], "other settings"), (["--tasks", "3"], "cannot become one of 3")],
    ids=["seed", "tasks"],
)
def test_a_folder_of_another_build_is_left_alone(arguments: list[str], words: str, copied: Path) -> None:
    before = digests(copied)
    assert words in sentence(synthsmith("build", FEWER, "--out", copied, *arguments))
    assert digests(copied) == before


@pytest.fixture
def served() -> Iterator[Served]:
    with serving() as server:
        yield server


def test_only_one_build_works_in_a_folder_and_an_interrupt_ends_it_in_words(
    served: Served, tmp_path: Path
) -> None:
    command = ("build", "--out", tmp_path / "o", "--tasks", "2")
    served.gate.clear()
    with running(*command, "--model", "recorded", "--base-url", served.url) as first:
        assert wait_until(served.first.is_set, first)
        assert "Another build is working" in sentence(synthsmith(*command))
        first.send_signal(signal.SIGINT)
        _, said = first.communicate()
    assert first.returncode == 130
    assert said == b"synthsmith: interrupted; a build goes on where it was when run again\n"


def counted(build: Path) -> dict[str, object]:
    """What the summary says without the account of requests."""
    summary: dict[str, object] = json.loads((build / "summary.json").read_text(encoding="utf-8"))
    return {name: value for name, value in summary.items() if name != "account"}


def test_a_live_build_killed_again_and_again_gives_the_bytes_of_the_recorded_one_and_pays_once(
    served: Served, small: Path, tmp_path: Path
) -> None:
    out = tmp_path / "o"
    command = ("build", FEWER, "--out", out, "--model", "recorded", "--base-url", served.url)
    paid: set[tuple[str, int]] = set()
    moments = (
        (lambda: served.reached.is_set(), 7, False),  # within the features stage
        (lambda: served.reached.is_set(), 20, True),  # among the solutions
        (lambda: len(list(out.glob("attempts/*/*.json"))) >= 2, 0, False),  # while programs run
        (lambda: (out / ".dataset.new").is_dir(), 0, True),  # while the data set is written
    )
    for happened, answers, tree in moments:
        asked_before = len(served.asked)
        served.alarm_after(answers)
        with running(*command) as process:
            wait_until(happened, process)
            assert kill(process, tree=tree) == ()
        assert not paid & set(served.asked[asked_before:])
        paid = recorded(out)
        assert paid <= set(served.asked)
    asked_before = len(served.asked)
    assert synthsmith(*command).status == 0
    assert not paid & set(served.asked[asked_before:])
    assert digests(out, LIVE) == digests(small, LIVE)
    assert counted(out) == counted(small)
    assert recorded(small) <= recorded(out) == set(served.asked)
    before, asked_before = digests(out), len(served.asked)
    assert synthsmith(*command).status == 0
    assert (digests(out), len(served.asked)) == (before, asked_before)


@pytest.mark.parametrize("damage", ["dataset", "dataset/rl", "summary.json", "features.json", "attempts"])
def test_what_was_taken_out_of_a_finished_build_is_made_again(damage: str, small: Path, copied: Path) -> None:
    gone = next(copied.glob("attempts/*/*.json")) if damage == "attempts" else copied / damage
    shutil.rmtree(gone) if gone.is_dir() else gone.unlink()
    assert synthsmith("build", FEWER, "--out", copied).status == 0
    assert digests(copied) == digests(small)
