"""A published data set verified again: a build's as it is, and with what its rows say changed by hand."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import made_foreign as made
import pyarrow.parquet as pq
import pytest
from command import synthsmith
from made_foreign import Row, codes, lines, read, source
from synthsmith.builders.drift import verify_published
from synthsmith.cards.cleaning import verify_source
from synthsmith.verification.errors import InputError
from synthsmith.verification.sandbox import Sandbox


@pytest.fixture(scope="module")
def cleaned(sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cleaned data set of three rows: a program, a function, test code."""
    out = tmp_path_factory.mktemp("cleaned")
    for layout, row in (
        ("taco", made.taco()),
        ("livecodebench", made.livecodebench()),
        ("kodcode", made.kodcode()),
    ):
        path = lines(out / f"{layout}.jsonl", row)
        verify_source(source(path, layout), out / layout, sandbox)
    return out


def changed(folder: Path, target: Path, config: str, change: Callable[[Row], None]) -> Path:
    """A copy of a data set in which every row was changed."""
    shutil.copytree(folder / "dataset", target)
    for file in (target / config).glob("*.parquet"):
        table = pq.read_table(file)
        rows = table.to_pylist()
        for row in rows:
            change(row)
        pq.write_table(table.from_pylist(rows, table.schema), file)
    return target


def drift(given: Path, out: Path, sandbox: Sandbox) -> list[Row]:
    summary = verify_published(str(given), out, sandbox)
    found = read(out / "drift.jsonl")
    assert summary.codes == {code: codes(found).count(code) for code in sorted(set(map(str, codes(found))))}
    assert summary.drifted == (1 if found else 0)
    return found


def test_a_build_as_it_is_does_not_drift(one: Path, tmp_path: Path) -> None:
    done = synthsmith("verify", "--against", one, "--out", tmp_path / "out")
    assert done.status == 0, done.stderr
    assert "1 of 1 rows run again, 0 drifted" in done.stdout
    assert json.loads((tmp_path / "out/drift.json").read_text())["codes"] == {}
    assert read(tmp_path / "out/drift.jsonl") == []


def test_outputs_that_were_changed_drift_and_the_exit_status_says_so(one: Path, tmp_path: Path) -> None:
    def change(row: Row) -> None:
        cases = row["cases"]
        assert isinstance(cases, list)
        first, second = [case for case in cases if case["expected"] is not None][:2]
        first["expected"], second["expected"] = "no such output", None

    given = changed(one, tmp_path / "set", "attempts", change)
    done = synthsmith("verify", "--against", given, "--out", tmp_path / "out")
    assert done.status == 1, done.stderr
    found = read(tmp_path / "out/drift.jsonl")
    assert codes(found) == ["label_changed", "label_gained", "golden_fails"]
    assert found[0]["before"] == "no such output"
    assert "## The first 3" in (tmp_path / "out/drift.md").read_text()


def test_programs_and_verdicts_that_were_changed_drift(one: Path, tmp_path: Path, sandbox: Sandbox) -> None:
    def change(row: Row) -> None:
        row["verdict"], row["reason"], row["golden_candidate"] = "rejected", "hold_out", None

    found = drift(changed(one, tmp_path / "set", "attempts", change), tmp_path / "out", sandbox)
    assert [(each["code"], each["before"], each["now"]) for each in found] == [
        ("verdict_changed", "rejected: hold_out", "verified")
    ]


@pytest.mark.parametrize("layout", ["taco", "livecodebench", "kodcode"])
def test_of_a_set_without_attempts_the_golden_programs_are_run_again(
    cleaned: Path, tmp_path: Path, sandbox: Sandbox, layout: str
) -> None:
    assert drift(cleaned / layout, tmp_path / "same", sandbox) == []

    def change(row: Row) -> None:
        row["golden_program"] = str(row["golden_program"]).replace("2 *", "3 *")

    found = drift(changed(cleaned / layout, tmp_path / "set", "rl_real", change), tmp_path / "out", sandbox)
    assert codes(found) == ["golden_fails"]


def test_what_is_no_data_set_of_ours_is_refused(tmp_path: Path, sandbox: Sandbox) -> None:
    with pytest.raises(InputError, match="holds no data set with attempts or rl"):
        verify_published(str(tmp_path), tmp_path / "out", sandbox)
    made.parquet(_folder(tmp_path / "attempts") / "a.parquet", {"a": 1})
    with pytest.raises(InputError, match="there is no column 'draw'; it is no data set of SynthSmith's"):
        verify_published(str(tmp_path), tmp_path / "out", sandbox)


def _folder(path: Path) -> Path:
    path.mkdir()
    return path
