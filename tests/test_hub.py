"""Pairs from a data set on the Hub, over real HTTP: in a process of its own, where the address is one."""

import io
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from command import environment
from hub import ID, Hub
from hub_server import serving

READER = """
import json, sys
from pathlib import Path
from synthsmith.builders.folder import claim, pinned
from synthsmith.builders.pairs import PairSource
from synthsmith.builders.reading import Reading
from synthsmith.builders.settings import Settings
from synthsmith.verification.errors import InputError

for line in sys.stdin:
    out, source = json.loads(line)
    try:
        settings = pinned(Settings(pairs=PairSource(**source)), Path(out))
        with claim(Path(out), settings) as folder:
            folder.features.write_text("begun")
        reading = Reading(settings.source)
        pairs = [(pair.id, pair.instruction, pair.code) for pair in reading]
        print(json.dumps([settings.source.commit, pairs, reading.skipped]), flush=True)
    except InputError as error:
        print(json.dumps(str(error)), flush=True)
"""


class Reader:
    """A process that reads pairs as it is told to."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self.process = process

    def read(self, out: Path, **source: object) -> list[object]:
        """The commit, pairs and skipped rows of a build in this folder."""
        found = self._ask(out, source)
        assert isinstance(found, list), found
        return found

    def refusal(self, out: Path, **source: object) -> str:
        """The sentence with which it is refused."""
        found = self._ask(out, source)
        assert isinstance(found, str), found
        return found

    def _ask(self, out: Path, source: dict[str, object]) -> object:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        asked = {"hub": ID, "instruction": "question", "code": "solutions", **source}
        self.process.stdin.write(json.dumps([str(out), asked]) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())


@contextmanager
def reader(url: str, home: Path) -> Iterator[Reader]:
    process = subprocess.Popen(
        [sys.executable, "-c", READER],
        env=environment(HF_ENDPOINT=url, HF_HOME=str(home), HF_HUB_OFFLINE="0"),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        yield Reader(process)


def table(prefix: str, rows: int = 300) -> dict[str, bytes]:
    """The files of a data set as the Hub has them: a card and Parquet; the first question is empty."""
    data = io.BytesIO()
    questions = [f"{prefix}{i}" if i else "" for i in range(rows)]
    columns = {"question": questions, "solutions": [["s", "t"]] * rows, "more": [1] * rows}
    pq.write_table(pa.table(columns), data)
    return {"README.md": b"---\nlicense: mit\n---\n", "data/train-00000-of-00001.parquet": data.getvalue()}


def test_a_build_goes_on_with_the_commit_of_the_hub_that_it_began_with(tmp_path: Path) -> None:
    def asked(out: str) -> list[object]:
        return one.read(tmp_path / out, bad_rows="skip", limit=20)

    hub = Hub()
    made = hub.hold(ID, table("old"))
    with serving(hub) as url, reader(url, tmp_path / "home") as one:
        old = made.head
        first = asked("a")
        new = made.push(table("new"))
        assert asked("a") == first
        fresh = asked("b")
    commit, pairs, skipped = first
    assert (commit, len(pairs), pairs[0]) == (old, 20, ["row 2", "old1", "s"])
    reason = "the field 'question' must be a text that is not empty"
    assert skipped == {reason: [1, f"{ID} at {old[:8]}, row 1 of train: {reason}"]}
    assert (fresh[0], fresh[1][0]) == (new, ["row 2", "new1", "s"])


def test_what_the_hub_does_not_have_is_said_in_a_sentence(tmp_path: Path) -> None:
    hub = Hub()
    hub.hold(ID, table("q", 3))
    with serving(hub) as url, reader(url, tmp_path / "home") as one:
        said = one.refusal(tmp_path / "a", hub="org/nothing")
        assert said.startswith("org/nothing: the Hub gives no such data set (401 ")
        said = one.refusal(tmp_path / "b", revision="v9")
        assert said.startswith(f"{ID}: the Hub gives no such data set (404 ")
        said = one.refusal(tmp_path / "c", code="program")
        assert said.endswith(": there is no column 'program'; there are question, solutions, more")
        said = one.refusal(tmp_path / "d")
        assert said.endswith("row 1 of train: the field 'question' must be a text that is not empty")
        said = one.refusal(tmp_path / "e", split="test")
        assert "cannot be read (Bad split: test. Available splits: ['train'])" in said
