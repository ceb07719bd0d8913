"""What all tests share."""

import signal
from pathlib import Path

import pytest
from command import synthsmith
from hypothesis import settings

# The machines that run the tests may be busy: how long an example takes is no criterion.
settings.register_profile("steady", deadline=None)
settings.load_profile("steady")
# Where the tests run in the background of a shell, Ctrl-C is ignored, and would be by all that they start.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the embedded build, as `make dataset` makes it; not to be changed."""
    return _built(tmp_path_factory.mktemp("whole") / "build" / "demo")


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a build of the first six recorded tasks; not to be changed."""
    return _built(tmp_path_factory.mktemp("six") / "build", "--tasks", "6")


@pytest.fixture(scope="session")
def one(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a build of the first recorded task; not to be changed."""
    return _built(tmp_path_factory.mktemp("one") / "build", "--tasks", "1")


def _built(out: Path, *arguments: str) -> Path:
    done = synthsmith("build", "--out", out, *arguments)
    assert done.status == 0, done.stderr
    return out
