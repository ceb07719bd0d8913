"""`rl` cut into files by pass rate, and files and rows when a build goes on with more tasks."""

import random
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from datasets import Features, Value, load_dataset
from hypothesis import given
from hypothesis import strategies as st
from made_attempts import PROGRAMS, made, verified, write_made
from synthsmith.builders import bands
from synthsmith.builders.attempts import Attempt, Proxy
from synthsmith.builders.dataset import assemble
from synthsmith.builders.evidence import Row
from synthsmith.verification.errors import InputError

EASE = Features({"key": Value("string"), "ease": Value("float64")})


def rated(index: int, *rates: float, proxy: float | None = None) -> Attempt:
    """A verified attempt whose candidates, and proxy, fare like this."""
    first = verified(index, f"task-{index}", rates, PROGRAMS[: len(rates)], "codeforces")
    return first if proxy is None else replace(first, proxies=(Proxy("p", 4, proxy, None),))


@pytest.fixture(scope="module")
def grown(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The data set of a build, in small files, and of the same with more tasks, two of them duplicates."""
    draw = random.Random(0)
    attempts = tuple(
        rated(index, *(draw.randint(0, 4) / 4 for _ in range(3)), proxy=draw.choice((None, 0.35, 1.0)))
        for index in range(40)
    )
    twins = tuple(replace(attempts[index], index=index + 40, draw=f"0:{index + 40}") for index in (3, 7))
    folder = tmp_path_factory.mktemp("grown")
    for name, some in (("before", attempts[:25]), ("after", (*attempts, *twins))):
        sizes = {"row_group_bytes": 6_000, "shard_bytes": 12_000}
        assemble(write_made(folder / name, some), folder / name / "dataset", **sizes)
    return folder / "before" / "dataset", folder / "after" / "dataset"


def eases(*values: float) -> Iterator[tuple[str, Row]]:
    return ((str(number), {"key": str(number), "ease": ease}) for number, ease in enumerate(values))


@pytest.mark.parametrize(
    ("ease", "stem"),
    [
        (1.0, "train-band00-pass100"),
        (0.999, "train-band01-pass090"),
        (0.9, "train-band01-pass090"),
        (0.3, "train-band07-pass030"),
        (0.0, "train-band10-pass000"),
        (None, "train-band10-pass000"),
    ],
)
def test_a_band_tells_the_least_pass_rate_of_its_tasks(ease: float | None, stem: str) -> None:
    assert bands.stem(bands.band(ease)) == stem


@given(st.lists(st.floats(0, 1), min_size=2))
def test_names_of_bands_sort_as_their_tasks_do(values: list[float]) -> None:
    ordered = sorted(values, reverse=True)
    stems = [bands.stem(bands.band(ease)) for ease in ordered]
    assert stems == sorted(stems)
    assert all(bands.LEAST[bands.band(ease)] <= ease for ease in values)


def test_every_band_has_its_own_shards_and_no_band_without_rows_a_file(tmp_path: Path) -> None:
    rows = eases(*[1.0] * 90, *[0.95] * 3, *[0.05] * 3)
    written = bands.write("rl", rows, EASE, tmp_path, row_group_bytes=100, shard_bytes=200)
    assert list(written.files) == sorted(path.name for path in tmp_path.iterdir())
    assert {name[:20] for name in written.files} == {bands.stem(number) for number in (0, 1, 10)}
    assert written.files[0] == f"train-band00-pass100-00000-of-{len(written.files) - 2:05d}.parquet"
    assert len(written.files) > 4
    found = [key for name in written.files for key in pq.read_table(tmp_path / name)["key"].to_pylist()]
    assert found == [str(number) for number in range(96)]
    assert (written.rows, written.file_bytes) == (96, sum(p.stat().st_size for p in tmp_path.iterdir()))


def test_rows_that_do_not_come_easiest_first_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="rl, row 2: is easier than the row before"):
        bands.write("rl", eases(1.0, 0.5, 0.6), EASE, tmp_path)


def test_all_bands_together_are_the_config_and_one_of_them_loads_by_its_name(
    grown: tuple[Path, Path], tmp_path: Path
) -> None:
    folder = grown[1]
    head = "---\nconfigs:\n- config_name: rl\n  data_files:\n  - {split: train, path: rl/train-*}\n---\n"
    (folder / "README.md").write_text(head)
    whole = list(load_dataset(str(folder), "rl", split="train", cache_dir=str(tmp_path)))
    eases = [row["ease"] for row in whole]
    assert (eases, len(eases)) == (sorted(eases, reverse=True), 40)
    pattern = "rl/train-band0[67]-*"
    for stream in (False, True):
        band = load_dataset(
            str(folder), data_files=pattern, split="train", streaming=stream, cache_dir=str(tmp_path)
        )
        assert list(band) == [row for row in whole if 0.3 <= row["ease"] < 0.5]
    assert {row["proxies"][0]["pass_rate"] for row in band if row["proxies"]} == {0.35}


def test_more_tasks_leave_each_task_in_its_band_and_the_order_of_those_that_were_there(
    grown: tuple[Path, Path],
) -> None:
    before, after = (draws_by_band(dataset) for dataset in grown)
    assert (sum(map(len, before.values())), sum(map(len, after.values()))) == (25, 40)
    for stem, draws in before.items():
        assert [draw for draw in after[stem] if draw in draws] == draws


def draws_by_band(dataset: Path) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for file in sorted((dataset / "rl").iterdir()):
        found.setdefault(file.name[:20], []).extend(pq.read_table(file, columns=["draw"])["draw"].to_pylist())
    return found


@pytest.mark.parametrize("config", ["sft_verified", "sft_unique_prompt", "sft_hybrid", "attempts"])
def test_more_tasks_add_rows_behind_those_that_were_there_and_change_no_full_file(
    config: str, grown: tuple[Path, Path]
) -> None:
    before, after = (pq.read_table(dataset / config).to_pylist() for dataset in grown)
    assert after[: len(before)] == before
    assert len(after) > len(before)
    then, now = ([p.read_bytes() for p in sorted((dataset / config).iterdir())] for dataset in grown)
    assert len(then) > 1
    assert now[: len(then) - 1] == then[:-1]


def test_a_task_that_was_left_for_later_does_not_change_the_order_of_the_others(tmp_path: Path) -> None:
    orders = []
    for name, late in (("before", {2}), ("after", set())):
        some = tuple(attempt for attempt in made() if attempt.index not in late)
        assemble(write_made(tmp_path / name, some), tmp_path / name / "dataset")
        table = pq.read_table(tmp_path / name / "dataset" / "sft_verified", columns=["draw"])
        orders.append(table["draw"].to_pylist())
    assert [draw for draw in orders[1] if draw != "0:2"] == orders[0]
