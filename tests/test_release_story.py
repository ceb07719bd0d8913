"""The whole story with the real commands: build, push, load, push again, grow, push, diff, load the old."""

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path

import pytest
import yaml
from command import FEWER, synthsmith
from hub import READER, Hub, Repository
from hub_faults import Fault
from hub_server import serving
from killing import digests
from made_attempts import made
from released import Forker, build, forking, manifest, whole
from synthsmith.builders.schemas import SCHEMAS

LOAD = """
import json, sys
import synthsmith
from synthsmith.verification.errors import InputError
found = {{}}
for config, version, streaming in {wanted!r}:
    try:
        rows = synthsmith.load({id!r}, config, version, streaming=streaming)
        found[f"{{config}} {{version}} {{streaming}}"] = [row.get("task_id") or row["draw"] for row in rows]
    except InputError as error:
        found[f"{{config}} {{version}} {{streaming}}"] = str(error)
print(json.dumps(found))
"""
NO_WAIT = ("--retry-wait", "0")


@dataclass(frozen=True, slots=True)
class World:
    """A Hub, commands that see it, a repository of the test's own on it, and a build."""

    hub: Hub
    forker: Forker
    id: str
    folder: Path

    @property
    def data(self) -> Repository:
        return self.hub.repository(self.id)

    def load(self, *wanted: tuple[str | None, str | None, bool]) -> dict[str, object]:
        """The names of the rows that `synthsmith.load` gives, or the sentence with which it does not."""
        done = self.forker.python(LOAD.format(id=self.id, wanted=list(wanted)))
        assert done.status == 0, done.stderr
        found: dict[str, object] = json.loads(done.stdout.splitlines()[-1])
        return found

    def push(self, version: str, *words: str, status: int = 0, folder: Path | None = None) -> str:
        """What the command says."""
        place = folder or self.folder
        done = self.forker.run("push", place, self.id, "--version", version, *NO_WAIT, *words)
        assert done.status == status, done.stderr
        return done.stdout + done.stderr


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Hub, Forker, Iterator[int]]]:
    hub = Hub()
    with serving(hub) as url, forking(url, tmp_path_factory.mktemp("forker")) as forker:
        yield hub, forker, count()


@pytest.fixture
def world(served: tuple[Hub, Forker, Iterator[int]], tmp_path: Path) -> World:
    """A world with a small build that was made by hand."""
    hub, forker, numbers = served
    hub.injected.clear()
    hub.objects.clear()
    return World(hub, forker, f"org/data{next(numbers)}", build(tmp_path / "build", made()[:6]))


def test_the_story_of_two_versions(world: World, copied: Path) -> None:
    world = replace(world, folder=copied)
    untouched = digests(world.folder, leave_out=[".lock"])
    assert "dry run" in world.push("1.0.0", "--dry-run")
    assert ("dataset", world.id) not in world.hub.repositories
    said = world.push("1.0.0")
    first = world.data.tags["v1.0.0"]
    assert f"tag v1.0.0 at commit {first}" in said
    assert digests(world.folder, leave_out=[".lock"]) == untouched

    folders = {path.partition("/")[0] for path in world.data.files}
    configs = [name for name in SCHEMAS if name in folders]
    assert {"rl", "attempts", "sft_verified"} <= set(configs)
    wanted = [(name, "1.0.0", streaming) for name in configs for streaming in (False, True)]
    old = world.load(*wanted, (None, None, False), ("rl", "2.0.0", False), ("none", "1.0.0", False))
    told = manifest(world.data, first)["configs"]
    assert isinstance(told, list)
    assert {each["name"]: each["rows"] for each in told} == {
        name: len(_rows(old, f"{name} 1.0.0 False")) for name in configs
    }
    for name in configs:
        assert old[f"{name} 1.0.0 True"] == old[f"{name} 1.0.0 False"]
    assert old["None None False"] == old["sft_verified 1.0.0 False"]
    assert old["rl 2.0.0 False"] == f"{world.id} has no version 2.0.0; there are 1.0.0."
    assert "BuilderConfig 'none' not found. Available: " in str(old["none 1.0.0 False"])

    commits = len(world.data.commits)
    assert "nothing to do" in world.push("1.0.0")
    assert (world.data.tags, len(world.data.commits)) == ({"v1.0.0": first}, commits)

    grown = synthsmith("build", FEWER, "--tasks", "5", "--out", world.folder)
    assert grown.status == 0, grown.stderr
    assert "asks for a minor version, 1.1.0 or later" in world.push("1.0.1", status=2)
    assert "never changes; 1.1.0 would do" in world.push("1.0.0", status=2)
    assert "It would be refused: 1.0.1 will not do" in world.push("1.0.1", "--dry-run", status=1)
    dry = world.push("1.1.0", "--dry-run")
    assert "The version 1.1.0 will do; the newest so far is 1.0.0." in dry
    assert "| `attempts` | 4 | 5 |" in dry
    world.push("1.1.0")
    assert world.data.tags["v1.0.0"] == first
    whole(world.data)

    new = world.load(("attempts", "1.1.0", False), ("attempts", None, True), *wanted)
    assert len(_rows(new, "attempts 1.1.0 False")) == len(_rows(new, "attempts None True")) == 5
    assert [name for name in new if "1.0.0" in name and new[name] != old[name]] == []
    done = world.forker.run("diff", world.id, "1.0.0", "1.1.0", "--tasks")
    added = set(_rows(new, "attempts 1.1.0 False")) - set(_rows(old, "attempts 1.0.0 False"))
    assert done.status == 0, done.stderr
    assert f"attempts\tadded\t{added.pop()}\n" in done.stdout
    assert "changed" not in done.stdout


def _rows(found: dict[str, object], name: str) -> list[str]:
    return _names(found[name])


def _names(rows: object) -> list[str]:
    assert isinstance(rows, list), rows
    return rows


TRAP = """
import json
from datasets import load_dataset
print(json.dumps(load_dataset({id!r}, "rl", split="train", revision="v1.0.0")["task_id"][:]))
"""


def test_rows_of_another_version_are_never_taken_for_those_that_were_asked_for(
    world: World, tmp_path: Path
) -> None:
    world.push("1.0.0")
    world.push("1.1.0", folder=build(tmp_path / "more"))
    [newer] = world.load(("rl", "1.1.0", False)).values()
    world.hub.fail("GET", "/api/datasets/.*/revision/", 401, times=999)
    trapped = world.forker.python(TRAP.format(id=world.id))
    assert json.loads(trapped.stdout.splitlines()[-1]) == newer  # the rows of 1.1.0, from the cache
    refused = world.load(("rl", "1.0.0", False), ("rl", "1.0.0", True))
    for said in refused.values():
        assert "rows of another revision from the cache were not taken" in said
    world.hub.injected.clear()
    [older] = world.load(("rl", "1.0.0", False)).values()
    assert len(_names(older)) < len(_names(newer))


def test_a_tag_that_was_moved_and_a_repository_that_was_changed_are_refused(world: World) -> None:
    world.push("1.0.0")
    first = world.data.head
    [rows] = world.load(("rl", "1.0.0", True)).values()
    moved = world.data.push({**world.data.files, "README.md": b"other"})
    world.data.tags["v1.0.0"] = moved
    world.data.tags["v1.0.1"] = moved
    world.data.tags["v2.0.0"] = world.data.push({"README.md": b"by hand"})
    told = world.load(("rl", "1.0.0", False), ("rl", "1.0.1", False), ("rl", "2.0.0", False))
    assert f"the tag v1.0.0 was at {first} when it was used here before" in told["rl 1.0.0 False"]
    assert "its tag is at the release 1.0.0: the tag was moved" in told["rl 1.0.1 False"]
    assert "was not published by SynthSmith" in told["rl 2.0.0 False"]
    world.data.tags["v1.0.0"] = first
    assert world.load(("rl", "1.0.0", True)) == {"rl 1.0.0 True": rows}


@pytest.mark.parametrize("moment", ["/preupload/", "PUT /_lfs/", "/commit/", "/tag/"])
def test_a_push_that_is_killed_is_finished_by_the_same_command(moment: str, world: World) -> None:
    method, _, path = moment.rpartition(" ")
    fault = world.hub.fail(method or "POST", path, Fault.SLOW, seconds=60)
    started = world.forker.start("push", world.folder, world.id, "--version", "1.0.0")
    end = time.monotonic() + 60
    while not fault.met:
        assert time.monotonic() < end
        time.sleep(0.01)
    assert started.kill().status == -9
    whole(world.data)
    assert set(world.data.tags) <= {"v1.0.0"}
    head = world.data.head
    world.push("1.0.0")
    assert len(world.data.commits) == 2
    assert world.data.tags == {"v1.0.0": world.data.head}
    assert moment not in ("/commit/", "/tag/") or world.data.head == head
    whole(world.data)
    assert not (world.folder / ".release").exists()


def test_a_ci_job_pushes_by_its_identity_alone(world: World) -> None:
    world.hub.trusted["ci-identity"] = f"datasets/{world.id}"
    world.hub.create("dataset", world.id, "org")
    trusted = {"HF_TOKEN": "", "HF_OIDC_RESOURCE": f"datasets/{world.id}", "HF_OIDC_ID_TOKEN": "ci-identity"}
    words = ("push", world.folder, world.id, "--version", "1.0.0", *NO_WAIT)
    refused = world.forker.run(*words, **{**trusted, "HF_OIDC_ID_TOKEN": "somebody-else"})
    assert refused.status == 2, refused.stderr
    assert "no trusted publisher matches this identity" in refused.stderr
    assert "Traceback" not in refused.stderr
    done = world.forker.run(*words, **trusted)
    assert done.status == 0, done.stderr
    assert list(world.data.tags) == ["v1.0.0"]


def test_a_version_is_fetched_into_a_file_or_a_folder_and_each_file_is_checked(
    world: World, tmp_path: Path
) -> None:
    world.push("1.0.0")
    out = tmp_path / "out"
    done = world.forker.run("load", world.id, "rl", "--out", out / "rl.jsonl", HF_TOKEN=READER)
    assert done.status == 0, done.stderr
    lines = [json.loads(line) for line in (out / "rl.jsonl").read_text().splitlines()]
    assert f"{len(lines)} rows" in done.stdout
    assert lines[0]["data_source"] == "synthsmith"
    done = world.forker.run("load", world.id, "--version", "1.0.0", "--out", out / "all")
    assert done.status == 0, done.stderr
    for path, data in world.data.files.items():
        assert path == ".gitattributes" or (out / "all" / path).read_bytes() == data
    done = world.forker.run("load", world.id, "nothing", "--out", out / "x.parquet")
    assert done.status == 2
    assert "has no config nothing: attempts, rl, sft_" in done.stderr


def test_the_metric_is_a_space_that_evaluate_loads_and_a_page_is_one_that_shows_it(
    world: World, tmp_path: Path
) -> None:
    def run(*words: str | Path) -> str:
        done = world.forker.run("space", *words, *NO_WAIT)
        assert done.status == 0, done.stderr
        return done.stdout

    world.hub.fail("POST", "/commit/", Fault.LOST)
    said = run("metric", "org/passes")
    space = world.hub.repository("org/passes", "space")
    assert f"commit {space.head}" in said
    assert "as it was" in run("metric", "org/passes")
    assert (space.tags, len(space.commits)) == ({}, 2)
    code = "import evaluate; print(type(evaluate.load('org/passes')).__name__)"
    loaded = world.forker.python(code)
    assert loaded.stdout.splitlines()[-1:] == ["PassAtK"], loaded.stderr
    assert 'evaluate.load("org/passes")' in space.files["README.md"].decode()
    assert b"<table>" in space.files["index.html"]

    page = tmp_path / "report.html"
    page.write_text("<!doctype html><p>tasks</p>")
    run("page", page, "org/look", "--dataset", "org/data", "--title", "A look: at “data”")
    shown = world.hub.repository("org/look", "space")
    assert shown.files["index.html"] == page.read_bytes()
    head = yaml.safe_load(shown.files["README.md"].decode().split("---")[1])
    assert (head["sdk"], head["title"], head["datasets"]) == ("static", "A look: at “data”", ["org/data"])
    page.write_text('{"id": "mine"}\n<p>')
    refused = world.forker.run("space", "page", page, "org/rows")
    assert refused.status == 2
    assert f"{page} does not begin as HTML does" in refused.stderr
    assert world.forker.run("load", world.id, "rl", "--out", tmp_path / "rl.csv").status == 2
    assert not (tmp_path / "rl.csv").exists()
    page.write_text("<p>\nhf_" + "a1" * 20)
    refused = world.forker.run("space", "page", page, "org/look")
    assert refused.status == 2
    assert f"{page}, line 2: holds a Hugging Face token" in refused.stderr
