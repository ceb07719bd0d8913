"""Other people's data and published data sets on the Hub, over real HTTP, by the real command."""

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import made_foreign as made
import pytest
from command import COMMAND, LONGEST_SECONDS, Done, environment
from hub import ID, Hub
from hub_server import serving
from made_foreign import parquet, read
from released import DATA, manifest, push
from synthsmith.cards.release import Wording

CARD = b"---\nconfigs:\n- config_name: %s\n  data_files:\n  - split: %s\n    path: %s/*.parquet\n---\n"
Run = Callable[..., Done]


def run(url: str, home: Path, *words: str | Path) -> Done:
    done = subprocess.run(
        [*COMMAND, *map(str, words)],
        env=environment(HF_ENDPOINT=url, HF_HOME=str(home), HF_HUB_OFFLINE="0"),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=LONGEST_SECONDS,
    )
    return Done(done.returncode, done.stdout, done.stderr)


@pytest.fixture
def there(tmp_path: Path) -> Iterator[tuple[str, str]]:
    """A hub with a data set of one row in TACO's layout: its address and the commit."""
    data = parquet(tmp_path / "data.parquet", made.taco()).read_bytes()
    repository = {"README.md": CARD % (b"hard", b"test", b"data"), "data/a.parquet": data}
    hub = Hub()
    head = hub.hold(ID, repository).head
    with serving(hub) as url:
        yield url, head


# huggingface_hub 2.4 uploads in a way that httpx2 has come to warn of.
@pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")
def test_a_data_set_on_the_hub_is_cleaned_pinned_and_verified_again(
    there: tuple[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url, commit = there
    words = (
        "verify",
        ID,
        "--layout",
        "taco",
        "--config",
        "hard",
        "--split",
        "test",
        "--out",
        tmp_path / "out",
    )
    done = run(url, tmp_path / "home", *words)
    assert done.status == 0, done.stderr
    assert "1 of 1 problems verified, 5 of 5 tests labelled" in done.stdout
    card = (tmp_path / "out/dataset/README.md").read_text()
    assert f"taken from `{ID}` at revision `{commit}`" in card
    hub = Hub()
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_DISABLE_XET", True)
    with serving(hub) as published:
        released = push(tmp_path / "out", published, "1.0.0", wording=Wording(license="cc-by-4.0"))
        assert not push(tmp_path / "out", published, "1.0.0", wording=Wording(license="cc-by-4.0")).new
        again = run(published, tmp_path / "other", "verify", "--against", DATA, "--out", tmp_path / "again")
    told = manifest(hub.repository(DATA), released.sha)["configs"]
    assert isinstance(told, list)
    assert [(each["name"], each["rows"]) for each in told] == [("rl_real", 1)]
    card = hub.repository(DATA).files["README.md"].decode()
    assert "license: cc-by-4.0" in card
    assert 'load_dataset("org/data", "rl_real", split="train", revision="v1.0.0")' in card
    assert again.status == 0, again.stderr
    assert "1 of 1 rows run again, 0 drifted" in again.stdout
    assert read(tmp_path / "again/drift.jsonl") == []


def test_a_data_set_that_is_not_there_is_told(there: tuple[str, str], tmp_path: Path) -> None:
    url, _ = there
    done = run(url, tmp_path / "home", "verify", "org/none", "--layout", "taco", "--out", tmp_path / "out")
    assert (done.status, done.stderr.count("\n")) == (2, 1), done.stderr
    assert "org/none: the Hub gives no such data set" in done.stderr
