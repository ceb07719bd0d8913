"""What all tests share."""

import fcntl
import os
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from command import FEWER, MEASURED, synthsmith
from hypothesis import settings
from synthsmith.verification.sandbox import Sandbox

# The machines that run the tests may be busy: how long an example takes is no criterion.
settings.register_profile("steady", deadline=None)
settings.load_profile("steady")
# Where the tests run in the background of a shell, Ctrl-C is ignored, and would be by all that they start.
signal.signal(signal.SIGINT, signal.default_int_handler)

PEAK = "peak_kb"  # the file beside a build that tells the most memory it held


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that is one for all processes of this run of the tests."""
    own = tmp_path_factory.getbasetemp()
    folder = (own.parent if "PYTEST_XDIST_WORKER" in os.environ else own) / "shared"
    folder.mkdir(exist_ok=True)
    return folder


@pytest.fixture(scope="session")
def demo(shared: Path) -> Path:
    """The folder of the embedded build, as `make dataset` makes it; not to be changed."""
    return _built(shared / "whole", "build/demo")


@pytest.fixture
def demo_peak_mb(demo: Path, shared: Path) -> float:
    """The most memory that the embedded build held."""
    return int((shared / "whole" / PEAK).read_text()) / 1024


@pytest.fixture(scope="session")
def small(shared: Path) -> Path:
    """The folder of a build with the settings of fewer.yaml; not to be changed."""
    return _built(shared / "small", "build", FEWER)


@pytest.fixture
def copied(small: Path, tmp_path: Path) -> Path:
    """A folder of the same, to work in."""
    return shutil.copytree(small, tmp_path / "copied")


@pytest.fixture(scope="session")
def one(shared: Path) -> Path:
    """The folder of a build of the first recorded task; not to be changed."""
    return _built(shared / "one", "build", "--tasks", "1")


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    """A sandbox of two workers for the tests of a file."""
    with Sandbox(2) as it:
        yield it


def _built(place: Path, name: str, *arguments: str | Path) -> Path:
    """The build in a place, which the first process that asks for it makes."""
    place.mkdir(exist_ok=True)
    out, made = place / name, place / "made"
    with open(place / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not made.exists():
            command = (*MEASURED, str(place / PEAK))
            done = synthsmith("build", "--out", out, *arguments, command=command)
            assert done.status == 0, done.stderr
            made.touch()
    return out
