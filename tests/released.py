"""Builds to be released, commands that release them, and what a repository must never be found to be."""

import hashlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from command import LONGEST_SECONDS, Done, environment
from hub import OWNER, Repository
from huggingface_hub import HfApi
from huggingface_hub.utils import disable_progress_bars
from made_attempts import write_made
from synthsmith.builders.attempts import Attempt
from synthsmith.builders.folder import claim
from synthsmith.builders.ledger import Ledger
from synthsmith.builders.settings import Settings
from synthsmith.cards.card import Edition, Provenance
from synthsmith.cards.release import Patience, Push, Pushed, Remote, Version, Wording, prepared
from synthsmith.cards.repository import make_dataset

disable_progress_bars()
DATA = "org/data"
GENERATOR = "0.1.0"
AT_ONCE = Patience(tries=8, wait_seconds=0)
ONE_TRY = Patience(tries=1, wait_seconds=0)
NONE = Wording()

# Commands cost their imports once: each runs in a fork of a process that has made them, and can be killed.
FORKER = """
import json, os, sys
import datasets, huggingface_hub
datasets.config.USE_PARQUET_EXPORT = False
import synthsmith.cards.release, synthsmith.cards.release.loading
from synthsmith.cli import main
for line in sys.stdin:
    told = json.loads(line)
    if "wait" in told:
        _, status = os.waitpid(told["wait"], 0)
        print(os.waitstatus_to_exitcode(status), flush=True)
        continue
    pid = os.fork()
    if pid:
        print(pid, flush=True)
        continue
    for number, name in enumerate(("in", "out", "err")):
        os.dup2(os.open(told[name], os.O_RDONLY if name == "in" else os.O_WRONLY | os.O_CREAT), number)
    os.environ.update(told["env"])
    sys.stdin = open(0)
    status = 1
    try:
        if "code" in told:
            exec(told["code"], {})
            status = 0
        else:
            sys.argv = ["synthsmith", *told["words"]]
            main()
    except SystemExit as ended:
        status = ended.code or 0
    except BaseException:
        import traceback
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)
"""


def build(folder: Path, attempts: tuple[Attempt, ...] | None = None) -> Path:
    """The folder of a build with these attempts, as small as a build can be; made anew where it is there."""
    with claim(folder, Settings()):
        write_made(folder, attempts)
        Ledger(folder / "ledger.sqlite").close()
    make_dataset(folder, Provenance(Settings(), (), GENERATOR), Edition())
    return folder


def push(
    folder: Path,
    url: str,
    version: str,
    patience: Patience = AT_ONCE,
    *,
    token: str = OWNER,
    wording: Wording = NONE,
    replace_unfinished: bool = False,
) -> Pushed:
    """The version as `synthsmith push` publishes it."""
    remote = Remote(HfApi(endpoint=url, token=token), DATA)
    with prepared(folder, GENERATOR, wording) as local:
        return Push(local, remote, Version.parse(version), replace_unfinished=replace_unfinished).run(
            patience
        )


def whole(repository: Repository) -> None:
    """Every tag is a whole release of its version, and main is one too, or holds nothing of ours yet."""
    for tag, sha in repository.tags.items():
        assert manifest(repository, sha)["version"] == tag.removeprefix("v")
    if "manifest.json" in repository.files:
        manifest(repository, repository.head)
    else:
        assert set(repository.files) == {".gitattributes"}


def manifest(repository: Repository, revision: str) -> dict[str, object]:
    """The manifest of a revision, which is whole: every file is there as it says, and no other rows."""
    files = repository.at(revision)
    told: dict[str, object] = json.loads(files.pop("manifest.json"))
    sums = told["files"]
    assert isinstance(sums, dict)
    for path, kept in sums.items():
        data = files.pop(path)
        assert (len(data), hashlib.sha256(data).hexdigest()) == (kept["size"], kept["sha256"]), path
    assert set(files) <= {".gitattributes"}
    return told


@dataclass(frozen=True, slots=True)
class Running:
    """A command under way."""

    forker: "Forker"
    pid: int
    out: Path
    err: Path

    def wait(self) -> Done:
        status = int(self.forker.ask({"wait": self.pid}))
        return Done(status, self.out.read_text(), self.err.read_text())

    def kill(self) -> Done:
        os.kill(self.pid, signal.SIGKILL)
        return self.wait()


class Forker:
    """Runs `synthsmith` commands, or Python, with the Hub at an address."""

    def __init__(self, process: "subprocess.Popen[str]", folder: Path) -> None:
        self._process, self._folder, self._count = process, folder, 0

    def start(self, *words: str | Path, code: str | None = None, **env: str) -> Running:
        self._count += 1
        out, err = self._folder / f"{self._count}.out", self._folder / f"{self._count}.err"
        asked: dict[str, object] = {"in": os.devnull, "out": str(out), "err": str(err), "env": env}
        asked |= {"words": [str(word) for word in words]} if code is None else {"code": code}
        return Running(self, int(self.ask(asked)), out, err)

    def run(self, *words: str | Path, **env: str) -> Done:
        return self.start(*words, **env).wait()

    def python(self, code: str, **env: str) -> Done:
        return self.start(code=code, **env).wait()

    def ask(self, told: dict[str, object]) -> str:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(told) + "\n")
        self._process.stdin.flush()
        return self._process.stdout.readline()


@contextmanager
def forking(url: str, folder: Path, token: str = OWNER, **more: str) -> Iterator[Forker]:
    """A forker whose commands see this Hub; `folder` is for its cache and outputs."""
    folder.mkdir(parents=True, exist_ok=True)
    env = environment(
        HF_ENDPOINT=url,
        HF_TOKEN=token,
        HF_HOME=str(folder / "home"),
        HF_HUB_OFFLINE="0",
        HF_HUB_DISABLE_XET="1",
        HF_UPDATE_DOWNLOAD_COUNTS="0",
        HF_HUB_DISABLE_TELEMETRY="1",
        **more,
    )
    with subprocess.Popen(
        [sys.executable, "-c", FORKER], env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            yield Forker(process, folder)
        finally:
            assert process.stdin is not None
            process.stdin.close()
            process.wait(LONGEST_SECONDS)
