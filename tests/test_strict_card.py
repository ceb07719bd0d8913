"""What is missing, or does not fit the files, stops a card."""

import math
import shutil
from importlib.metadata import PackageNotFoundError
from pathlib import Path
from shutil import copytree

import pytest
from jinja2 import UndefinedError
from made_attempts import made, write_made
from synthsmith.builders.settings import Settings
from synthsmith.cards import repository
from synthsmith.cards.card import Edition, Provenance, environment
from synthsmith.cards.repository import make_dataset
from synthsmith.cards.strict import check_head, check_text
from synthsmith.cards.words import cell
from synthsmith.verification.errors import InputError

PROVENANCE = Provenance(Settings(), (), "0.1.0")


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("build")
    write_made(folder, made()[:3])
    make_dataset(folder, PROVENANCE, Edition())
    return folder / "dataset"


@pytest.fixture
def copied(dataset: Path, tmp_path: Path) -> Path:
    return copytree(dataset, tmp_path / "dataset")


@pytest.fixture
def card(dataset: Path) -> str:
    return (dataset / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("gap", "said"),
    [
        ("[More Information Needed]", "More Information Needed"),
        ("## Empty\n\n## Next\n\nText.", "section 'Empty' is empty"),
        ("### Empty at the end\n", "section 'Empty at the end' is empty"),
        ("## Deep\n\n### Empty\n\n## Next\n\nText.", "section 'Empty' is empty"),
        ("| a | None |", "A cell of the card says 'None'"),
        ("| nan | a |", "A cell of the card says 'nan'"),
        ("| a |  | b |", "A cell of the card says ''"),
        ("| `null` |", "A cell of the card says '`null`'"),
        ("![](figures/funnel.png)", "has no words for those who do not see it"),
    ],
)
def test_a_gap_in_the_text_stops_the_card(gap: str, said: str) -> None:
    with pytest.raises(InputError, match=said):
        check_text(f"---\na: b\n---\n\n# Title\n\nText.\n\n{gap}\n")


def test_what_only_looks_like_a_gap_does_not() -> None:
    rows = f"| {cell('None')} | {cell('nan ')} | a\\|b | – |\n|---|:--|--:|---|\n| nano | nothing | y | 0 |"
    check_text(
        f"---\na: b\n---\n\n# T\n\n{rows}\n\n## Code\n\n```python\n# comment\n## none\n| None |\n```\n"
    )
    assert cell("None") == "&#78;one"


@pytest.mark.parametrize("value", [None, math.nan, math.inf])
def test_a_value_that_is_none_or_no_number_stops_the_rendering(value: object) -> None:
    for text in ("{{ value }}", "{{ value | cell }}"):
        with pytest.raises(InputError, match="a fact is missing"):
            environment().from_string(text).render(value=value)
    with pytest.raises(UndefinedError):
        environment().from_string("{{ values }}").render(value=value)


def test_a_card_that_was_just_made_fits_its_files(card: str, dataset: Path) -> None:
    check_head(card, dataset)


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("license: apache-2.0", "license: my-own", "licence 'my-own' is none that the Hub knows"),
        ("num_examples: 3", "num_examples: 4", "says 4 rows of attempts, train; its files have 3"),
        ("path: rl/train-*", "path: rl/test-*", "config rl has no files for the split train"),
        (
            "- name: solved_rate\n    dtype: float64",
            "- name: solved\n    dtype: float64",
            "solved, solved_rate",
        ),
        ("  default: true\n", "", "has 0 default configs"),
        ("- config_name: rl\n  features", "- config_name: rl2\n  features", "tells of the configs"),
        ("figures/funnel.png", "figures/other.png", "shows the figures"),
    ],
)
def test_a_head_that_does_not_fit_the_files_stops_the_card(
    card: str, dataset: Path, before: str, after: str, said: str
) -> None:
    assert before in card
    with pytest.raises(InputError, match=said):
        check_head(card.replace(before, after), dataset)


def test_a_file_that_no_config_has_stops_the_card(card: str, copied: Path) -> None:
    shutil.copy(next((copied / "rl").glob("*.parquet")), copied / "rl" / "more.parquet")
    with pytest.raises(InputError, match=r"No config of the card has the file rl/more\.parquet"):
        check_head(card, copied)


def test_a_licence_that_the_hub_does_not_know_leaves_the_old_data_set(tmp_path: Path) -> None:
    write_made(tmp_path, made()[1:2])
    make_dataset(tmp_path, PROVENANCE, Edition())
    before = (tmp_path / "dataset" / "README.md").read_bytes()
    with pytest.raises(InputError, match="licence 'mine'"):
        make_dataset(tmp_path, PROVENANCE, Edition(license="mine"))
    assert (tmp_path / "dataset" / "README.md").read_bytes() == before
    assert not (tmp_path / ".dataset.new").exists()


def test_a_library_that_is_missing_is_told_in_a_sentence_and_nothing_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def version(library: str) -> str:
        if library == "matplotlib":
            raise PackageNotFoundError(library)
        return "1.0"

    write_made(tmp_path, made()[1:2])
    monkeypatch.setattr(repository, "version", version)
    with pytest.raises(
        InputError, match=r"needs matplotlib, which is not installed: pip install matplotlib\."
    ):
        make_dataset(tmp_path, PROVENANCE, Edition())
    assert not (tmp_path / "dataset").exists()


def test_a_build_that_verified_nothing_has_a_whole_card_as_well(tmp_path: Path) -> None:
    write_made(tmp_path, made()[3:4])  # rejected at verification: one row in `sft_hybrid`
    facts = make_dataset(tmp_path, PROVENANCE, Edition())
    assert (facts.verified, [each.rows for each in facts.lengths]) == (0, [1, 1])
    text = (tmp_path / "dataset" / "README.md").read_text(encoding="utf-8")
    assert text.count("## What the data are like") == 1
    assert "This data has no probabilities of its own to go by. What was measured is this." in text
    assert {path.stem for path in (tmp_path / "dataset" / "figures").iterdir()} == {"funnel", "lengths"}
