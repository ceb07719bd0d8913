"""Pushing versions: what a repository holds after, whatever went wrong; against the real client over HTTP."""

import hashlib
import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hub import READER, STRANGER, Hub, Repository
from hub_faults import Fault
from hub_server import serving
from huggingface_hub import HfApi
from made_attempts import made
from released import DATA, GENERATOR, NONE, ONE_TRY, build, manifest, push, whole
from synthsmith.builders.settings import Settings
from synthsmith.cards.release import Preview, Push, Remote, Version, Wording, prepared, preview
from synthsmith.cards.release.reading import compare_by
from synthsmith.cards.release.secrets import Watch
from synthsmith.cards.release.tasks import TaskList
from synthsmith.verification.errors import InputError
from synthsmith.verification.types import Case, Kind

# huggingface_hub 2.4 uploads in a way that httpx2 has come to warn of.
pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")


@dataclass(frozen=True, slots=True)
class Served:
    hub: Hub
    url: str

    @property
    def data(self) -> Repository:
        return self.hub.repository(DATA)

    def wrote(self) -> list[str]:
        """What was asked for that changes something."""
        return [str(each) for each in self.hub.asked if each.method not in ("GET", "HEAD")]


@pytest.fixture
def served(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Served]:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_DISABLE_XET", True)
    hub = Hub()
    with serving(hub) as url:
        yield Served(hub, url)


@pytest.fixture(scope="module")
def old(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A build of the first six attempts; not to be changed."""
    return build(tmp_path_factory.mktemp("old"), made()[:6])


@pytest.fixture(scope="module")
def new(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A build of all of them; not to be changed."""
    return build(tmp_path_factory.mktemp("new"))


def test_a_version_is_one_commit_with_its_tag_and_holds_what_its_manifest_says(
    old: Path, served: Served
) -> None:
    before = {path: path.read_bytes() for path in old.rglob("*") if path.is_file()}
    done = push(old, served.url, "1.0.0")
    assert (done.new, served.data.tags, len(served.data.commits)) == (True, {"v1.0.0": done.sha}, 2)
    told = manifest(served.data, done.sha)
    assert (told["version"], told["previous"]) == ("1.0.0", None)
    files = served.data.files
    for path in (old / "dataset").rglob("*.parquet"):
        assert files[path.relative_to(old / "dataset").as_posix()] == path.read_bytes()
    card = files["README.md"].decode()
    assert 'source = "org/data"' in card
    assert card.count('revision="v1.0.0"') == card.count("load_dataset(source") >= 2
    assert "## Changes\n\nFirst version.\n" in card
    assert files["CHANGELOG.md"].decode().endswith("## 1.0.0\n\nFirst version.\n")
    assert {path: path.read_bytes() for path in old.rglob("*") if path.is_file()} == before


def test_the_same_again_does_nothing_and_another_content_is_refused(
    old: Path, new: Path, served: Served
) -> None:
    first = push(old, served.url, "1.0.0")
    served.hub.asked.clear()
    again = push(old, served.url, "1.0.0", token=READER)
    assert (again.sha, again.new, served.wrote()) == (first.sha, False, [])
    with pytest.raises(InputError, match=r"1\.0\.0 is published, differing in .*; 1\.1\.0 would do"):
        push(new, served.url, "1.0.0")
    assert served.data.tags == {"v1.0.0": first.sha}
    assert served.wrote() == []


def test_a_version_too_small_for_its_changes_is_refused_with_the_one_that_would_do(
    old: Path, new: Path, served: Served
) -> None:
    push(old, served.url, "1.0.0")
    served.hub.asked.clear()
    with pytest.raises(InputError, match=r"1 added, 0 removed, 0 changed.*asks for a minor version, 1\.1\.0"):
        push(new, served.url, "1.0.1")
    with pytest.raises(InputError, match=r"1\.0\.0 is published, so 0\.9\.0 is too old; 1\.1\.0 would do"):
        push(new, served.url, "0.9.0")
    assert served.wrote() == []
    other = push(old, served.url, "1.0.1", wording=Wording(license="mit"))
    assert "license: mit" in served.data.files["README.md"].decode()
    push(new, served.url, "1.1.0")
    log = served.data.files["CHANGELOG.md"].decode()
    assert [line for line in log.splitlines() if line.startswith("## ")] == [
        "## 1.1.0",
        "## 1.0.1",
        "## 1.0.0",
    ]
    assert "| `rl` | 3 | 4 |" in log
    assert "- `rl`: 1 task added (`task-flawed`)." in log
    assert "Since 1.0.1:\n\n| Config | Rows in 1.0.1" in served.data.files["README.md"].decode()
    assert served.data.at(other.sha)["README.md"] != served.data.files["README.md"]
    whole(served.data)


def test_a_new_column_is_a_major_version_and_alone_changes_no_row(old: Path, served: Served) -> None:
    first = push(old, served.url, "1.0.0")
    _without_columns(old, served, "rl", {"proxies", "kill_rate"})
    with pytest.raises(InputError, match=r"columns of rl changed \(kill_rate, proxies\).* 2\.0\.0 or later"):
        push(old, served.url, "1.9.0")
    push(old, served.url, "2.0.0")
    log = served.data.files["CHANGELOG.md"].decode().partition("## 1.1.0")[0]
    assert "- `rl`: columns added: `kill_rate`, `proxies`.\n" in log
    assert "task" not in log.partition("columns added")[2]
    assert first.sha == served.data.tags["v1.0.0"]


def _without_columns(folder: Path, served: Served, config: str, gone: set[str]) -> None:
    """Have 1.1.0 be as if an older SynthSmith had made it, which did not know some columns."""
    told = json.loads(served.data.files["manifest.json"])
    told["version"] = "1.1.0"
    columns = {each["name"]: each["columns"] for each in told["configs"]}
    columns[config][:] = [pair for pair in columns[config] if pair[0] not in gone]
    with prepared(folder, GENERATOR, NONE) as local, TaskList() as tasks:
        compare_by(local.contents, tasks, {config: [name for name, _ in columns[config]]})
        tasks.write(local.work / "t.parquet")
        data = (local.work / "t.parquet").read_bytes()
    digests = {"size": len(data), "sha256": hashlib.sha256(data).hexdigest(), "blob": ""}
    told["files"]["release/tasks.parquet"] = digests
    files = {"release/tasks.parquet": data, "manifest.json": json.dumps(told).encode()}
    served.data.tags["v1.1.0"] = served.data.push({**served.data.files, **files})


def test_rows_that_went_and_rows_that_changed_are_told_by_task(
    old: Path, served: Served, tmp_path: Path
) -> None:
    push(old, served.url, "1.0.0")
    fewer = build(tmp_path / "fewer", (*made()[:2], *made()[3:5]))
    with pytest.raises(InputError, match=r"sft_multiple_solution was taken away.* 2\.0\.0 or later"):
        push(fewer, served.url, "1.1.0")
    done = push(fewer, served.url, "2.0.0")
    told = {each.name: each for each in done.plan.changes.configs} if done.plan.changes else {}
    assert told["rl"].removed.first == ["task-copied", "task-easy"]
    assert told["sft_multiple_solution"].after is None
    assert "sft_multiple_solution/train-00000-of-00001.parquet" not in served.data.files


# A push that was broken off before its tag


def broken_off(folder: Path, served: Served) -> str:
    """The commit of 1.0.0, whose tag was not set."""
    fault = served.hub.fail("POST", "/tag/", Fault.DROPPED)
    with pytest.raises(InputError, match="run the same command again"):
        push(folder, served.url, "1.0.0", ONE_TRY)
    assert (fault.met, served.data.tags) == (1, {})
    return served.data.head


def test_a_release_without_its_tag_is_finished_by_the_same_push(old: Path, served: Served) -> None:
    sha = broken_off(old, served)
    served.hub.asked.clear()
    assert push(old, served.url, "1.0.0").sha == sha
    assert served.wrote() == [f"POST /api/datasets/{DATA}/tag/{sha}"]


def test_a_release_without_its_tag_is_not_taken_for_another_content(
    old: Path, new: Path, served: Served
) -> None:
    sha = broken_off(old, served)
    with pytest.raises(
        InputError, match=r"a push of 1\.0\.0 with other content is under way, or was broken off"
    ):
        push(new, served.url, "1.0.0")
    assert (served.data.tags, served.data.head) == ({}, sha)
    done = push(new, served.url, "1.0.0", replace_unfinished=True)
    assert served.data.tags == {"v1.0.0": done.sha}
    assert served.data.commits[done.sha].parent == sha
    whole(served.data)


def test_a_release_without_its_tag_gets_it_before_a_newer_version_comes(
    old: Path, new: Path, served: Served
) -> None:
    sha = broken_off(old, served)
    done = push(new, served.url, "1.1.0")
    assert served.data.tags == {"v1.0.0": sha, "v1.1.0": done.sha}
    assert "Since 1.0.0:" in served.data.files["CHANGELOG.md"].decode()


def test_what_others_did_to_main_is_neither_tagged_nor_kept_where_it_is_ours(
    old: Path, served: Served
) -> None:
    sha = broken_off(old, served)
    edited = {**served.data.files, "README.md": b"edited", "more.parquet": b"x", "notes.txt": b"kept"}
    served.data.push(edited)
    done = push(old, served.url, "1.0.0")
    files = served.data.at("v1.0.0")
    assert done.sha not in (sha, served.data.commits[done.sha].parent)
    assert files.pop("notes.txt") == b"kept"
    assert "more.parquet" not in files
    assert files["README.md"] != b"edited"


# What must not be published


SECRETS = {
    "a Hugging Face token": "hf_" + "aB3" * 12,
    "an API key": "key: sk-proj-" + "x1" * 20,
    "an AWS key": "AKIA" + "Q2" * 8,
    "a GitHub token": "ghp_" + "a1" * 18,
    "a private key": "-----BEGIN " + "RSA PRIVATE KEY-----",
    "a password in an address": "https://ada:hunter2@example.org",
    "a path of a home folder": "see /home/ada/notes.txt",
    "a path of a Windows home folder": r"C:\Users\ada",
}


@pytest.mark.parametrize("kind", SECRETS)
def test_a_secret_is_found_in_any_text_also_behind_an_escaped_line_feed(kind: str) -> None:
    for text in (SECRETS[kind], f"1\n{SECRETS[kind]}", json.dumps({"inputs": [f"1\n{SECRETS[kind]}\n"]})):
        rows = pa.record_batch({"c": pa.array([[{"t": "none"}], [{"t": None}, {"t": text}]])})
        assert {secret.kind for secret in Watch().in_batch(rows, "f", 1)} == {kind}
        assert {secret.where for secret in Watch().in_batch(rows, "f", 1)} == {"f, row 2, column c"}


def test_a_secret_in_a_row_stops_the_push_with_its_place(served: Served, tmp_path: Path) -> None:
    first = made()[0]
    leaked = replace(first, cases=(*first.cases, Case("p9", "1\n/home/ada/notes.txt", Kind.NOMINAL)))
    folder = build(tmp_path / "leaked", (leaked, *made()[1:]))
    with pytest.raises(InputError) as caught:
        push(folder, served.url, "1.0.0")
    said = str(caught.value)
    assert "attempts/train-00000-of-00001.parquet, row 1, column cases: holds a path of a home folder" in said
    assert served.hub.asked == []
    assert push(folder, served.url, "1.0.0", wording=Wording(allow=("/home/ada",))).new


def test_texts_that_only_look_alike_are_no_secrets() -> None:
    fine = "task-aaaaaaaaaaaaaaaaaaaaaaaaaaa risk-free hf_short, O(n) at 3/home/x, a://b:c, AKIA, eyJ.eyJ.x"
    assert list(Watch().in_text(fine, "")) == []
    nested = pa.record_batch({"c": pa.array([[{"t": "a"}], None, [{"t": None}, {"t": "/root/.ssh/id"}]])})
    assert [secret.where for secret in Watch().in_batch(nested, "f", 7)] == ["f, row 9, column c"]
    assert list(Watch(allowed=["ssh/id"]).in_batch(nested, "f", 7)) == []


def test_a_data_set_that_is_not_as_the_build_left_it_is_refused(
    old: Path, served: Served, tmp_path: Path
) -> None:
    def refused(change: Callable[[Path], object]) -> str:
        shutil.rmtree(tmp_path / "copy", ignore_errors=True)
        copy = shutil.copytree(old, tmp_path / "copy")
        change(copy / "dataset")
        with pytest.raises(InputError) as caught:
            push(copy, served.url, "1.0.0")
        return str(caught.value)

    rows = Path("sft_verified/train-00000-of-00001.parquet")
    assert "is not as the build left it" in refused(lambda data: shutil.copy(*_rewritten(data / rows)))
    assert "cannot be read as Parquet" in refused(lambda data: (data / rows).write_bytes(b"PAR1"))
    assert "is not as the build left it" in refused(lambda data: (data / rows).unlink())
    assert "the column" in refused(lambda data: pq.write_table(pa.table({"a": [1]}), data / rows))
    assert "belongs to no config" in refused(lambda data: shutil.copy(data / rows, data / "x.parquet"))
    assert "was not made by the build" in refused(
        lambda data: shutil.copy(data / rows, data / "sft_verified/b.parquet")
    )
    assert "is hidden" in refused(lambda data: (data / ".env").write_text("KEY=1"))
    assert "is a link" in refused(lambda data: (data / "a").symlink_to("/etc/passwd"))
    assert "is a program" in refused(lambda data: (data / "data.py").write_text(""))
    noted = refused(lambda data: (data / "notes.txt").write_text("a\nsk-" + "a" * 30))
    assert "notes.txt, line 2: holds an API key, 'sk-aaa…'" in noted
    assert served.hub.asked == []


def _rewritten(path: Path) -> tuple[Path, Path]:
    """The same rows in other bytes, and where they belong."""
    other = path.parent.parent.parent / "other"
    pq.write_table(pq.read_table(path), other, compression="none")
    return other, path


def test_only_who_may_write_can_push(old: Path, served: Served) -> None:
    with pytest.raises(InputError, match="does not let this token do that"):
        push(old, served.url, "1.0.0", token=STRANGER)
    push(old, served.url, "1.0.0")
    served.hub.repository(DATA).private = True
    with pytest.raises(InputError, match="does not let this token do that"):
        push(old, served.url, "1.0.1", token=STRANGER)


def test_a_dry_run_tells_all_and_changes_nothing_without_a_token_that_may_write(
    old: Path, new: Path, served: Served
) -> None:
    def seen(folder: Path, version: str) -> Preview:
        remote = Remote(HfApi(endpoint=served.url, token=READER), DATA)
        with prepared(folder, GENERATOR, NONE) as local:
            return preview(Push(local, remote, Version.parse(version)))

    first = seen(old, "1.0.0")
    assert (first.exists, first.refusal, len(first.added)) == (False, None, len(first.plan.pieces))
    push(old, served.url, "1.0.0")
    served.hub.asked.clear()
    assert seen(old, "1.0.0").published
    other = seen(new, "1.0.0")
    assert other.refusal
    assert "never changes; 1.1.0 would do" in other.refusal
    small = seen(new, "1.0.1")
    assert small.refusal
    assert "minor version, 1.1.0" in small.refusal
    right = seen(new, "1.1.0")
    assert (right.refusal, right.published, right.finishes) == (None, False, None)
    assert "attempts/train-00000-of-00001.parquet" in dict(right.changed)
    assert served.wrote() == []


def test_tasks_that_the_build_has_not_finished_are_counted(old: Path) -> None:
    with prepared(old, GENERATOR, NONE) as local:
        assert local.unfinished == Settings().tasks - 6
