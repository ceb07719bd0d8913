"""Builds with a real model: only what must hold whatever the model says, for its replies are its own.

    SYNTHSMITH_LIVE_MODEL=NAME@BASE_URL    the endpoint; without it nothing here runs
    SYNTHSMITH_LIVE_GRAMMARS=1             it takes llama.cpp's `grammar`: forms of replies (tests/live/) with
                                           which a model too small to keep to them reaches the stages beyond

A model of 135 million parameters hardly passes the first stage. So that its replies meet the readers and the
sandbox at all stages, some builds begin with recorded features, or with recorded tasks.
"""

import json
import os
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pytest
from command import Done, synthsmith
from killing import digests, replies
from synthsmith.builders import attempts
from synthsmith.builders.attempts import Attempt
from synthsmith.builders.model import RECORDED
from synthsmith.builders.recorded_model import FOLDER, PAIRS
from synthsmith.verification.decision import Rejected
from tap import Tap, tapped

LIVE = os.environ.get("SYNTHSMITH_LIVE_MODEL", "")
GRAMMARS = bool(os.environ.get("SYNTHSMITH_LIVE_GRAMMARS"))
GRAMMAR_FILES = Path(__file__).with_name("live")
FINAL = (200, 400, 413, 422)  # what is recorded; after anything else a request is asked for again
ALL = ("extract", "evolve", "task", "solution", "cases", "validator")
FOR_ROLE = {
    "task": "design_or_statement",
    "solution": "solution",
    "cases": "inputs_or_program",
    "validator": "program",
}
Json = dict[str, object]

pytestmark = pytest.mark.skipif(not LIVE, reason="SYNTHSMITH_LIVE_MODEL=NAME@BASE_URL names no model")
grammars = pytest.param(True, marks=pytest.mark.skipif(not GRAMMARS, reason="SYNTHSMITH_LIVE_GRAMMARS=1"))


@dataclass(frozen=True, slots=True)
class Built:
    """A build's folder, how its first run ended, and the tap that it went through."""

    out: Path
    done: Done
    tap: Tap

    @property
    def attempts(self) -> list[Attempt]:
        return list(attempts.read_all(self.out / "attempts"))

    def summary(self) -> Json:
        found = json.loads((self.out / "summary.json").read_text())
        assert isinstance(found, dict)
        return found


def role(tap: Tap, name: str, *, grammar: bool) -> Json:
    """The live model in a role, with short answers."""
    extra = {}
    if grammar and name in FOR_ROLE:
        extra["grammar"] = (GRAMMAR_FILES / f"{FOR_ROLE[name]}.gbnf").read_text()
    live = LIVE.partition("@")[0]
    return {"name": live, "base_url": tap.url, "max_tokens": 300, "extra_body": extra}


def configured(
    folder: Path, tap: Tap, live: tuple[str, ...], *, grammar: bool = False, **values: object
) -> Path:
    """A file of settings in which the live model has these roles, and the recordings have the others.

    In the role of the solver the recordings stay beside it.
    """
    recorded = {"name": RECORDED}
    models = {name: role(tap, name, grammar=grammar) if name in live else recorded for name in ALL}
    solvers = [models["solution"]] if "task" in live else [recorded, models["solution"]]
    path = folder / "build.yaml"
    settings = {"concurrency": 2, "min_solutions": 2, **values, "models": {**models, "solution": solvers}}
    path.write_text(json.dumps(settings))
    return path


def built(config: Path, tap: Tap) -> Built:
    out = config.with_name("out")
    return Built(out, synthsmith("build", config, "--out", out), tap)


def sentence(done: Done) -> str:
    """What a build that cannot go on ends with, below its progress."""
    assert done.status == 2, done
    assert "Traceback" not in done.stderr
    last = done.stderr.splitlines()[-1]
    assert last.startswith("synthsmith: ")
    return last.removeprefix("synthsmith: ")


def check(build: Built, tasks: int) -> None:
    """All that a finished build promises."""
    assert build.done.status == 0, build.done.stderr
    each_told(build, tasks)
    paid_once(build)
    asks_nothing_more(build)


def each_told(build: Built, tasks: int) -> None:
    """Every task ended, as verified or with a reason in words, and the funnel's numbers say the same."""
    found, summary = build.attempts, build.summary()
    assert [attempt.index for attempt in found] == list(range(tasks))
    rejected = [attempt.outcome for attempt in found if isinstance(attempt.outcome, Rejected)]
    assert all(outcome.detail for outcome in rejected)
    assert all(one.detail and one.model for attempt in found for one in attempt.unread)
    assert summary["reasons"] == dict(Counter(outcome.reason.value for outcome in rejected))
    funnel = summary["funnel"]
    assert isinstance(funnel, dict)
    left = list(funnel.values())
    assert left == sorted(left, reverse=True)
    assert (left[0], left[-1]) == (tasks, tasks - len(rejected))
    for outcome in rejected:
        assert f"rejected: {outcome.reason}" in build.done.stdout


def paid_once(build: Built) -> None:
    """What the endpoint was asked is in the ledger, each reply once, and nothing else but recordings."""
    final = Counter(each.asked for each in build.tap.log if each.status in FINAL)
    lines = {(line.prompt, line.sample): line.text for line in replies(build.out)}
    assert set(final.values()) <= {1}
    assert {each.asked for each in build.tap.log} <= lines.keys()
    assert final.keys() == {each.asked for each in build.tap.log if lines[each.asked] is not None}
    account = build.summary()["account"]
    assert isinstance(account, list)
    told = [line for line in account if line["model"] != RECORDED]
    failed = sum(line["failed"] for line in told)
    assert failed == len({each.asked for each in build.tap.log} - final.keys())
    assert sum(line["requests"] for line in told) == final.total() + failed


def asks_nothing_more(build: Built) -> None:
    """The same build again is done already, and changes no byte of the data set."""
    asked, before = len(build.tap.log), digests(build.out / "dataset")
    again = synthsmith("build", build.out.with_name("build.yaml"), "--out", build.out)
    assert again.status == 0, again.stderr
    assert len(build.tap.log) == asked
    assert digests(build.out / "dataset") == before


@pytest.mark.slow
def test_a_model_in_all_roles_gives_a_whole_build_or_one_sentence_that_says_what_is_missing(
    tmp_path: Path,
) -> None:
    with tapped(LIVE.partition("@")[2]) as tap:
        pairs = {"path": str(FOLDER / PAIRS), "id": "id", "limit": 2}
        config = configured(tmp_path, tap, ALL, tasks=1, solutions=2, pairs=pairs)
        build = built(config, tap)
        if build.done.status == 0:
            check(build, 1)
            return
        said = sentence(build.done)
        assert said.startswith("No features came of the 2 code-instruction pairs: ")
        asked = len(tap.log)
        assert asked == len(replies(build.out)) == 2
        assert sentence(built(config, tap).done) == said
        assert len(tap.log) == asked


@pytest.mark.slow
@pytest.mark.parametrize("grammar", [False, grammars])
def test_each_task_that_a_model_sets_ends_with_its_reason(tmp_path: Path, grammar: bool) -> None:
    with tapped(LIVE.partition("@")[2]) as tap:
        live = ("task", "solution", "cases", "validator")
        less = {"min_statement_tokens": 40, "sampling": {"styles": [["codeforces", 1]]}}
        config = configured(tmp_path, tap, live, grammar=grammar, tasks=2, solutions=2, **less)
        check(built(config, tap), 2)


@pytest.mark.slow
@pytest.mark.parametrize("grammar", [False, grammars])
@pytest.mark.parametrize("live", [("solution", "cases"), ("solution", "cases", "validator")])
def test_what_a_model_answers_to_recorded_tasks_is_read_run_and_told(
    tmp_path: Path, live: tuple[str, ...], grammar: bool
) -> None:
    with tapped(LIVE.partition("@")[2]) as tap:
        config = configured(tmp_path, tap, live, grammar=grammar, tasks=1, solutions=3)
        build = built(config, tap)
        check(build, 1)
        [attempt] = build.attempts
        programs = [
            *attempt.solutions,
            *(one for one in attempt.unread if one.stage in ("solution", "brute")),
        ]
        assert len(programs) == 3 + 1  # none vanished: read, or not and told why
        stages = {line["stage"] for line in build.summary()["account"] if line["model"] != RECORDED}
        assert stages == {"solution", "inputs", "generator", "brute", *(live[2:])}
