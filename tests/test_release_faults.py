"""Pushes that meet faults, and each other. `benchmarks/push_faults.py` does every fault at every request."""

import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hub import OWNER, Hub
from hub_faults import Fault
from hub_server import serving
from huggingface_hub import HfApi
from made_attempts import made
from released import AT_ONCE, DATA, GENERATOR, NONE, build, manifest, push, whole
from synthsmith.cards.release import Patience, Push, Pushed, Remote, Version, prepared
from synthsmith.cards.release.plan import Local, Plan
from synthsmith.verification.errors import InputError

# huggingface_hub 2.4 uploads in a way that httpx2 has come to warn of.
pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")

REFUSED = 403
PLANS: dict[str | None, Plan] = {}  # of `ready` as a first version: the same in every test
FAULTS = (Fault.DROPPED, Fault.LOST, 409, 412, 503)
# The client itself tries some requests again, a second later: those are left to the benchmark.
PLACES = ("/refs", "/repos/create", "/tree/", "/validate-yaml", "/commit/", "/tag/")


@pytest.fixture(autouse=True)
def alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A cache of its own for each test, and no Xet."""
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_DISABLE_XET", True)


@pytest.fixture(scope="module")
def ready(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Local]:
    """A build that was checked, ready to be pushed many times."""
    with prepared(build(tmp_path_factory.mktemp("ready")), GENERATOR, NONE) as local:
        yield local


def pushed(local: Local, url: str, patience: Patience = AT_ONCE) -> Pushed:
    remote = Remote(HfApi(endpoint=url, token=OWNER), DATA)
    return Push(local, remote, Version.parse("1.0.0"), plans=PLANS).run(patience)


@pytest.mark.parametrize("place", PLACES)
def test_a_fault_at_a_request_ends_in_a_whole_version_in_the_same_run(place: str, ready: Local) -> None:
    for fault in FAULTS:
        hub = Hub()
        injected = hub.fail("*", place, fault)
        with serving(hub) as url:
            done = pushed(ready, url)
        data = hub.repository(DATA)
        assert injected.met == 1, fault
        assert (data.tags, len(data.commits)) == ({"v1.0.0": done.sha}, 2), fault
        whole(data)


@pytest.mark.parametrize("place", [*PLACES, "/preupload/", "/objects/batch", "/_lfs/"])
def test_a_push_that_is_refused_leaves_what_the_next_one_goes_on_from(place: str, ready: Local) -> None:
    hub = Hub()
    hub.fail("*", place, REFUSED)
    with serving(hub) as url:
        with pytest.raises(InputError, match="Hub does not let this token do that"):
            pushed(ready, url)
        data = hub.repositories.get(("dataset", DATA))
        assert data is None or data.tags == {}
        if data is not None:
            whole(data)
        done = pushed(ready, url)
    assert hub.repository(DATA).tags == {"v1.0.0": done.sha}
    whole(hub.repository(DATA))


def test_the_hub_says_how_long_to_wait_and_tries_come_to_an_end(ready: Local) -> None:
    hub = Hub()
    hub.fail("GET", "/refs", 503, times=99)
    with (
        serving(hub) as url,
        pytest.raises(InputError, match=r"after 3 tries .* the same command"),
    ):
        pushed(ready, url, Patience(tries=3, wait_seconds=0))
    assert len(hub.asked) == 3
    assert hub.repositories == {}


# Four at once


def together(*pushes: Callable[[], Pushed]) -> list[Pushed | InputError]:
    """How each of them ended, begun in one moment."""
    ends: list[Pushed | InputError | None] = [None] * len(pushes)
    barrier = threading.Barrier(len(pushes))

    def one(number: int) -> None:
        barrier.wait()
        try:
            ends[number] = pushes[number]()
        except InputError as error:
            ends[number] = error

    threads = [threading.Thread(target=one, args=(number,)) for number in range(len(pushes))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return [end for end in ends if end is not None]


@pytest.fixture(scope="module")
def four(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, ...]:
    """Builds of three to six attempts."""
    folder = tmp_path_factory.mktemp("four")
    return tuple(build(folder / str(number), made()[:number]) for number in range(3, 7))


def test_four_who_push_the_same_come_to_one_commit_and_one_tag(
    four: tuple[Path, ...], tmp_path: Path
) -> None:
    hub = Hub()
    folders = [shutil.copytree(four[0], tmp_path / str(number)) for number in range(4)]
    with serving(hub) as url:
        hub.fail("POST", "/commit/", Fault.SLOW, seconds=0.2)
        ends = together(*(lambda folder=folder: push(folder, url, "1.0.0") for folder in folders))
    data = hub.repository(DATA)
    assert {end.sha for end in ends if isinstance(end, Pushed)} == {data.tags["v1.0.0"]}
    assert [end for end in ends if isinstance(end, InputError)] == []
    assert len(data.commits) == 2
    whole(data)


def test_of_four_who_push_one_version_with_other_contents_one_wins_and_main_is_its(
    four: tuple[Path, ...],
) -> None:
    hub = Hub()
    with serving(hub) as url:
        hub.fail("POST", "/commit/", Fault.SLOW, seconds=0.2)
        ends = together(*(lambda folder=folder: push(folder, url, "1.0.0") for folder in four))
    data = hub.repository(DATA)
    [won] = [end for end in ends if isinstance(end, Pushed)]
    assert (data.tags, data.head, len(data.commits)) == ({"v1.0.0": won.sha}, won.sha, 2)
    whole(data)


def test_four_who_push_four_versions_leave_a_history_without_gaps(four: tuple[Path, ...]) -> None:
    hub = Hub()
    versions = [f"{number + 1}.0.0" for number in range(4)]
    with serving(hub) as url:
        ends = together(
            *(
                lambda folder=folder, version=version: push(folder, url, version)
                for folder, version in zip(four, versions, strict=True)
            )
        )
    data = hub.repository(DATA)
    published = {tag.removeprefix("v"): sha for tag, sha in data.tags.items()}
    assert {str(end.version): end.sha for end in ends if isinstance(end, Pushed)} == published
    assert "4.0.0" in published  # nothing is newer, so it cannot be refused
    assert data.head == published["4.0.0"]
    order = sorted(published)
    assert [manifest(data, published[each])["previous"] for each in order] == [None, *order[:-1]]
    refusals = [str(end) for end in ends if isinstance(end, InputError)]
    assert all("is published, so" in said for said in refusals)
    whole(data)


@pytest.mark.parametrize(("method", "place"), [("HEAD", "/manifest.json"), ("GET", "/release/tasks.parquet")])
def test_a_fault_while_the_version_before_is_read_is_waited_out(
    method: str, place: str, ready: Local, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for fault in (Fault.DROPPED, 412, 503):
        monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / str(fault)))
        hub = Hub()
        with serving(hub) as url:
            pushed(ready, url)
            injected = hub.fail(method, place, fault)
            remote = Remote(HfApi(endpoint=url, token=OWNER), DATA)
            done = Push(ready, remote, Version.parse("1.0.1")).run(AT_ONCE)
        data = hub.repository(DATA)
        assert injected.met == 1
        assert (data.tags["v1.0.1"], len(data.commits)) == (done.sha, 3)
        whole(data)
