"""`synthsmith export ORG/NAME`: a data set on the Hub, over real HTTP, by the real command."""

from pathlib import Path

from command import sentence
from hub import ID, Hub
from hub_server import serving
from made_dataset import RL, made, rl, truth
from test_export import rows
from test_foreign_hub import run


def files(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_a_data_set_on_the_hub_is_exported_at_its_revision(tmp_path: Path) -> None:
    first = files(made(tmp_path / "first"))
    second = files(made(tmp_path / "second", [rl("later", truth(["1"], ["1"]))]))
    hub = Hub()
    there = hub.hold(ID, first)
    before = there.head
    there.push(second)
    with serving(hub) as url:
        words = ("export", ID, "--to", "trl-grpo", "--out")
        old = run(url, tmp_path / "home", *words, tmp_path / "old", "--revision", before)
        new = run(url, tmp_path / "home", *words, tmp_path / "new")
    assert old.status == new.status == 0, old.stderr + new.stderr
    assert len(rows(tmp_path / "old" / "train.parquet")) == len(RL)
    assert [row["task_id"] for row in rows(tmp_path / "new" / "train.parquet")] == ["later"]


def test_what_the_hub_does_not_have_is_told(tmp_path: Path) -> None:
    with serving(Hub()) as url:
        done = run(url, tmp_path / "home", "export", "org/other", "--to", "verl", "--out", tmp_path / "out")
    assert "org/other: the Hub gives no such data set" in sentence(done)
    assert not (tmp_path / "out").exists()
