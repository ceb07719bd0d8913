"""`rl_real` in a build's data set: what `synthsmith verify` left of other people's problems, merged."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import made_foreign
import pyarrow.parquet as pq
import pytest
from command import FEWER, sentence, synthsmith
from datasets import load_dataset
from made_attempts import write_made
from made_foreign import DOUBLE, INPUTS, OUTPUTS, SQUARE, lines
from synthsmith.builders.assembly import Assembly
from synthsmith.builders.real.cleaned import RealRows
from synthsmith.builders.real.merged import merge, real_files
from synthsmith.builders.real.origin import Origin
from synthsmith.builders.schemas import PUBLISHED, RL_REAL
from synthsmith.builders.settings import Settings
from synthsmith.cards.card import Edition, Provenance
from synthsmith.cards.facts import Facts
from synthsmith.cards.real import make_real_dataset
from synthsmith.cards.repository import make_dataset
from synthsmith.verification.compare import TOKENS
from synthsmith.verification.decision import Reason, Rejected
from synthsmith.verification.errors import InputError
from synthsmith.verification.keeping import Basis
from synthsmith.verification.problems import Problem
from synthsmith.verification.review import Review
from synthsmith.verification.stated import Stated
from synthsmith.verification.types import Case, Limits, Solution


def reviewed(number: int, rate: float, licence: str | None, size: int) -> Review:
    """A problem of which two tests were kept, one of them so large."""
    cases = (Case("0", "1\n", expected="2\n"), Case("1", "2" * size, expected="4\n"))
    extra = {"licence": licence} if licence else {}
    program = Solution("a", "print(2 * int(input()))")
    problem = Problem(
        number, f"row {number}", f"Double {number}.", None, TOKENS, Limits(), cases, (0, 1), (program,), extra
    )
    decision = Rejected(Reason.TOO_FEW_PROGRAMS, "one program is no vote")
    bases = (Basis.AGREEMENT, Basis.AGREEMENT)
    return Review(problem, Stated(), decision, None, kept=cases, bases=bases, rates={"a": rate})


def checked(folder: Path, origin: Origin, *rates: float, licence: str | None = None, size: int = 1) -> str:
    """A folder as `synthsmith verify` leaves it."""
    rows = RealRows(origin)
    for number, rate in enumerate(rates):
        rows.add(reviewed(number, rate, licence, size))
    make_real_dataset(folder, rows, origin)
    rows.close()
    return str(folder)


HUB = Origin("acme/problems", "0" * 40, "taco")
FILES = Origin("problems.jsonl", None, None)


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    folder = tmp_path_factory.mktemp("checked")
    first = checked(folder / "a", HUB, 0.5, 1.0, 0.0, 1.0, licence="cc-by-4.0")
    return first, checked(folder / "b [1]", FILES, 0.95, 1.0, 0.5, size=3_000_000)


def built(folder: Path, *real: str) -> Facts:
    write_made(folder)
    settings = Settings(dataset=Assembly(real=real))
    return make_dataset(folder, Provenance(settings, (), "0.1.0"), Edition())


def test_several_sources_become_one_config_easiest_first(sources: tuple[str, str], tmp_path: Path) -> None:
    facts = built(tmp_path / "build", *sources)
    assert facts.empty == ()
    assert [config.name for config in facts.configs] == list(PUBLISHED)
    loaded = load_dataset(
        str(tmp_path / "build" / "dataset"), "rl_real", split="train", cache_dir=str(tmp_path / "cache")
    )
    assert loaded.features == RL_REAL
    rows = list(loaded)
    assert [row["ease"] for row in rows] == [1.0, 1.0, 1.0, 0.95, 0.5, 0.5, 0.0]
    assert sorted((row["origin"], row["origin_id"]) for row in rows) == [
        *(("acme/problems", str(number)) for number in range(4)),
        *(("problems.jsonl", str(number)) for number in range(3)),
    ]
    names = [path.name[:20] for path in sorted((tmp_path / "build/dataset/rl_real").iterdir())]
    assert names == [
        f"train-band{number}" for number in ("00-pass100", "01-pass090", "05-pass050", "10-pass000")
    ]
    alone = {
        json.dumps(row, sort_keys=True)
        for s in sources
        for row in pq.read_table(f"{s}/dataset/rl_real").to_pylist()
    }
    assert {json.dumps(row, sort_keys=True) for row in rows} == alone


def test_the_card_names_the_sources_their_licences_and_the_tests_that_were_too_large(
    sources: tuple[str, str], tmp_path: Path
) -> None:
    facts = built(tmp_path, *sources)
    assert [(each.shown, each.rows, each.licences) for each in facts.origins] == [
        ("acme/problems", 4, (("cc-by-4.0", 4),)),
        ("problems.jsonl", 3, ((None, 3),)),
    ]
    assert (facts.left_out_real.tests, facts.left_out_real.rows) == (3, 3)
    card = (tmp_path / "dataset" / "README.md").read_text(encoding="utf-8")
    assert f"| acme/problems | {'0' * 40} | 4 | cc-by-4.0: 4 |" in card
    assert "3 tests of 3 rows were too large and are at the source only." in card
    assert "### rl_real (else as `rl`)" in card
    assert "| `origin_licence` |" in card
    assert card.count("| `golden_program` |") == 2  # in rl, and with its other meaning in rl_real
    assert card.count("| `cpu_seconds_limit` |") == 1
    without = built(tmp_path / "without")
    card = (tmp_path / "without" / "dataset" / "README.md").read_text(encoding="utf-8")
    assert "rl_real" not in card
    assert without.origins == ()


def test_the_same_sources_give_the_same_bytes_and_others_a_new_data_set(
    sources: tuple[str, str], tmp_path: Path
) -> None:
    def written(name: str, *real: str) -> dict[str, bytes]:
        built(tmp_path / name, *real)
        folder = tmp_path / name / "dataset"
        return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}

    copy = str(shutil.copytree(sources[1], tmp_path / "copy"))
    both = written("one", *sources)
    moved = written("two", sources[0], copy)
    assert {name: data for name, data in both.items() if name != "README.md"} == {
        name: data for name, data in moved.items() if name != "README.md"
    }
    assert written("one", *sources) == both
    assert "rl_real" not in "".join(written("one"))
    checked(Path(copy), FILES, 0.25)
    assert any("band08" in name for name in written("two", sources[0], copy))


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda folder: shutil.rmtree(folder / "dataset"), "holds no rl_real; give a folder that synthsmith"),
        (lambda folder: only(folder).write_bytes(b"PAR1"), "cannot be read as Parquet"),
        (
            lambda folder: pq.write_table(pq.read_table(only(folder)).drop(["ease"]), only(folder)),
            r"\(ease\)",
        ),
    ],
)
def test_what_verify_did_not_leave_is_refused_in_words(
    spoil: Callable[[Path], object], words: str, tmp_path: Path
) -> None:
    source = Path(checked(tmp_path / "real", FILES, 1.0))
    spoil(source)
    with pytest.raises(InputError, match=words):
        built(tmp_path / "build", str(source))
    assert not (tmp_path / "build" / "dataset").exists()


def narrowed(file: Path) -> None:
    pq.write_table(pq.read_table(file).drop(["ease"]), file)


def only(folder: Path) -> Path:
    [file] = (folder / "dataset" / "rl_real").iterdir()
    return file


def test_the_limit_of_the_build_holds_for_tests_from_elsewhere(tmp_path: Path) -> None:
    rows = RealRows(FILES, test_bytes=None)
    rows.add(reviewed(0, 1.0, None, 5000))
    rows.add(reviewed(1, 0.5, None, 100))
    make_real_dataset(tmp_path / "real", rows, FILES)
    rows.close()
    source = real_files([str(tmp_path / "real")])
    for most, left_out in ((None, [0, 0]), (5000, [1, 0]), (90, [1, 1])):
        merge(source, tmp_path / str(most), most)
        found = pq.read_table(tmp_path / str(most) / "rl_real").to_pylist()
        assert [row["tests_left_out"] for row in found] == left_out
        assert [len(row["case_names"]) for row in found] == [2 - count for count in left_out]
        assert all(len(row["case_evidence"]) == len(row["case_names"]) for row in found)


def test_a_build_is_no_source_of_itself(sources: tuple[str, str], tmp_path: Path) -> None:
    built(tmp_path, sources[0])
    with pytest.raises(InputError, match="is named as a source of itself"):
        built(tmp_path, str(tmp_path))
    assert (tmp_path / "dataset" / "rl_real").is_dir()


def test_a_source_counts_once(sources: tuple[str, str]) -> None:
    with pytest.raises(InputError, match="is named twice"):
        real_files([*sources, f"{sources[0]}/dataset"])


def test_a_source_whose_rows_are_in_another_order_is_refused(tmp_path: Path) -> None:
    source = Path(checked(tmp_path / "real", FILES, 1.0, 0.95, 0.9))
    first, second = sorted((source / "dataset" / "rl_real").iterdir())
    first.rename(second.with_name("train-band99.parquet"))
    with pytest.raises(InputError, match=r"train-band99.*is easier than the row before"):
        merge(real_files([str(source)]), tmp_path / "out")


def test_a_build_takes_in_what_verify_left(small: Path, tmp_path: Path) -> None:
    tests = json.dumps({"inputs": INPUTS, "outputs": OUTPUTS})
    rows = [
        made_foreign.taco(),
        made_foreign.taco(solutions=json.dumps([SQUARE, *DOUBLE]), input_output=tests),
    ]
    given = lines(tmp_path / "rows.jsonl", *rows)
    limit = ("--test-bytes", "45")
    done = synthsmith("verify", given, "--layout", "taco", "--out", tmp_path / "checked", *limit)
    assert "further tests were too large for their rows" in done.stdout
    out = shutil.copytree(small, tmp_path / "build")
    done = synthsmith("build", FEWER, "--out", out, "--real", tmp_path / "checked")
    assert done.status == 0, done.stderr
    summary = json.loads((out / "summary.json").read_text())
    assert summary["configs"]["rl_real"] == 2
    assert summary["rl_real"]["origins"][0]["rows"] == 2
    assert summary["rl_real"]["tests_left_out"]["rows"] == 2
    again = synthsmith("build", FEWER, "--out", out, "--real", tmp_path / "nowhere")
    assert "nowhere holds no rl_real" in sentence(again)
    assert json.loads((out / "summary.json").read_text()) == summary
