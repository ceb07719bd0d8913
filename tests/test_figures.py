"""The card's figures, read again as pictures, and the numbers behind them."""

import hashlib
import io
import os
import pickle
import runpy
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_attempts import made, write_made
from PIL import Image
from synthsmith.builders.attempts import Proxy
from synthsmith.builders.coverage import CategoryCoverage
from synthsmith.builders.dataset import assemble
from synthsmith.builders.scrutiny import Scrutiny
from synthsmith.builders.settings import Settings
from synthsmith.builders.tasks import count_tokens
from synthsmith.cards.card import Edition, Provenance, render_card
from synthsmith.cards.facts import Facts, count
from synthsmith.cards.histogram import mark, spread
from synthsmith.cards.lengths import lengths
from synthsmith.cards.plots import canvas, pictures
from synthsmith.cards.plots.picture import Picture
from synthsmith.cards.tree import TreeFacts
from synthsmith.verification.certificate import Anchor
from synthsmith.verification.errors import InputError
from synthsmith.verification.measured import measured
from synthsmith.verification.rules import Method, Rules

GROUNDS = ("#ffffff", "#0b0f19")


def counted(folder: Path, attempts: tuple[object, ...]) -> Facts:
    folder.mkdir()
    write_made(folder, attempts)  # type: ignore[arg-type]
    assemble(folder / "attempts", folder / "dataset")
    return count(folder / "dataset")


def sure(method: Method = Method.AGREEMENT) -> tuple[object, ...]:
    """The made attempts with all that a certificate can say of labels, and two proxies."""
    told = []
    for each in made():
        proof = each.outcome.certificate
        if proof is None:
            told.append(each)
            continue
        anchors = (
            Anchor("p1", "sample", True),
            Anchor("p2", "b1", each.index != 3),
            Anchor("p3", "b1", None),
        )
        golden = {name: 0.9 for name in proof.pass_rates}
        proof = replace(proof, anchors=anchors, golden_probabilities=golden, rules=Rules(method=method))
        proxies = (Proxy("p|1", 2, 0.25, 0.0), Proxy("p2", 2, None, None))
        told.append(replace(each, outcome=replace(each.outcome, certificate=proof), proxies=proxies))
    return tuple(told)


@pytest.fixture(scope="module")
def facts(tmp_path_factory: pytest.TempPathFactory) -> Facts:
    return counted(tmp_path_factory.mktemp("made") / "build", sure())


@pytest.fixture(scope="module")
def shown(facts: Facts) -> dict[str, Picture]:
    return pictures(facts, measured())


def contrast(one: str, other: str) -> float:
    """How far two colours stand apart, as WCAG 2 reckons it."""
    low, high = sorted(map(luminance, (one, other)))
    return (high + 0.05) / (low + 0.05)


def luminance(color: str) -> float:
    parts = [int(color[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


@pytest.mark.parametrize("ground", GROUNDS)
def test_every_colour_stands_out_on_white_and_on_nearly_black(ground: str) -> None:
    assert contrast(canvas.TEXT, ground) >= 4
    colors = (canvas.QUIET, canvas.BLUE, canvas.GREEN, canvas.ORANGE, canvas.PURPLE)
    assert min(contrast(color, ground) for color in colors) >= 3


def test_a_figure_is_transparent_and_holds_nothing_of_its_making(
    shown: dict[str, Picture], tmp_path: Path
) -> None:
    (tmp_path / "one.png").write_bytes(shown["funnel"].png())
    with Image.open(tmp_path / "one.png") as image:
        assert image.width == 1440
        assert image.mode == "RGBA"
        assert image.getpixel((0, 0)) == (255, 255, 255, 0)
        assert set(image.info) == {"dpi"}  # no software's name, no date
        drawn = {pixel[:3] for _, pixel in image.getcolors(1 << 24) if pixel[3] == 255}  # type: ignore[index,union-attr]
    assert {tuple(bytes.fromhex(color[1:])) for color in (canvas.BLUE, canvas.GREEN)} <= drawn


SCRIPT = """
import hashlib, pickle, sys
from synthsmith.cards.plots import pictures
from synthsmith.verification.measured import measured
with open(sys.argv[1], "rb") as file:
    facts = pickle.load(file)
for picture in pictures(facts, measured()).values():
    print(picture.name, hashlib.sha256(picture.png()).hexdigest())
"""


def test_the_same_numbers_give_the_same_bytes_whatever_the_user_has_set(
    facts: Facts, shown: dict[str, Picture], tmp_path: Path
) -> None:
    (tmp_path / "facts").write_bytes(pickle.dumps(facts))
    home = tmp_path / "home"
    (tmp_path / "work").mkdir()
    (tmp_path / "work" / "matplotlibrc").write_text("font.size: 30\naxes.facecolor: red\n")
    environment = {**os.environ, "HOME": str(home), "PYTHONHASHSEED": "7", "MPLBACKEND": "svg"}
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(tmp_path / "facts")],
        env=environment,
        cwd=tmp_path / "work",
        capture_output=True,
        text=True,
        check=True,
    )
    here = [f"{picture.name} {hashlib.sha256(picture.png()).hexdigest()}" for picture in shown.values()]
    assert done.stdout.splitlines() == here
    assert done.stderr == ""
    assert not home.exists()


def test_without_the_library_there_is_a_sentence_and_no_figure(
    shown: dict[str, Picture], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib.font_manager", None)
    with pytest.raises(InputError, match=r"need matplotlib, which cannot be imported .* pip install"):
        shown["funnel"].png()
    assert "MPLCONFIGDIR" not in os.environ


def test_odd_names_are_drawn_and_told_without_harm(facts: Facts) -> None:
    """Formulas, letters that the font has not, and more categories than there is room for."""
    odd = [f"cost $x$ \\frac [a](b) 中 {'long ' * 9}{number}" for number in range(30)]
    uses = tuple(CategoryCoverage(name, 9 + i, 9, 6, 4, 2) for i, name in enumerate(odd))
    tree = TreeFacts(1, 0, 0, (), uses)
    proxies = ((odd[0], facts.solved_rates),)
    shown = pictures(replace(facts, tree=tree, proxies=proxies), measured())
    assert "in the 24 largest of 30 categories: 22.6 % were drawn" in shown["coverage"].alt
    assert shown["difficulty"].alt.count(r"cost \$x\$ \\frac \[a\](b) 中") == 1
    with Image.open(io.BytesIO(shown["coverage"].png())) as image:
        assert image.height < 2500
    assert shown["difficulty"].png()


def test_every_figure_says_its_numbers_in_words(shown: dict[str, Picture]) -> None:
    assert list(shown) == ["funnel", "difficulty", "tests", "confidence", "lengths"]
    assert shown["funnel"].alt == (
        "Tasks left after each stage: attempted 7, sound statement of its own 6, enough readable solutions "
        "5, valid test inputs 5, verified 4."
    )
    assert shown["difficulty"].alt == (
        "Difficulty: pass rates of 4 tasks, most (2) between 0.5 and 0.6; on average 50.0 % of a task's "
        r"programs pass all cases; p\|1 passes 25.0 % of the cases."
    )
    assert shown["confidence"].alt.startswith(
        "16 labels with a mean probability of 96.9 % of being right. On "
    )
    assert shown["lengths"].markdown.startswith("![Tokens (words and single marks): half of the query texts")


def test_what_is_said_of_labels_is_counted_over_verified_tasks_and_checks_over_all(facts: Facts) -> None:
    assert (facts.labels.count, facts.labels.mean) == (16, 0.96875)
    assert (facts.golden.count, round(facts.golden.mean, 9)) == (4, 0.9)
    checks = {share.name: (share.total, share.good) for share in facts.anchors}
    assert checks == {"sample": (5, 5), "brute": (5, 4)}  # the task that was held out is among them
    assert [(name, found.count, found.mean) for name, found in facts.proxies] == [("p|1", 4, 0.25)]


def test_the_papers_vote_gives_no_probabilities(tmp_path: Path) -> None:
    facts = counted(tmp_path / "build", sure(Method.MAJORITY))
    assert (facts.labels.count, facts.golden.count) == (0, 0)
    assert "confidence" not in pictures(facts, measured())
    settings = Settings(verification=Scrutiny(method=Method.MAJORITY))
    text = render_card(facts, Provenance(settings, (), "0.1.0"), Edition())
    assert "no probabilities of its own to go by: the paper's vote gives none." in text
    assert "mean probability" not in text


def test_a_certificate_of_an_older_build_is_counted_for_what_it_says(tmp_path: Path) -> None:
    facts = counted(tmp_path / "build", made())
    assert facts.anchors == ()
    assert facts.golden.count == 0


@given(st.lists(st.floats(0, 1)))
def test_a_spread_holds_every_value_once_and_their_mean(values: list[float]) -> None:
    tally: dict[tuple[str, str], int] = {}
    for value in values:
        for key, number in mark("x", value).items():
            tally[key] = tally.get(key, 0) + number
    found = spread(tally, "x")
    assert found.count == len(values)
    assert found.mean == pytest.approx(sum(values) / len(values) if values else 0, abs=1e-8)


@given(st.lists(st.text(st.characters(max_codepoint=0x24F) | st.sampled_from("中あ\u3000\n`_²")), min_size=1))
def test_tokens_are_those_that_statements_are_measured_by(texts: list[str]) -> None:
    with TemporaryDirectory() as name:
        pq.write_table(pa.table({"text": texts}), f"{name}/train.parquet")
        found = lengths(Path(name), "text", "text")
    expected = [count_tokens(text) for text in texts]
    assert found is not None
    assert (found.rows, found.longest) == (len(texts), max(expected))
    assert sum(found.bins) == len(texts)
    assert found.median == pytest.approx(sorted(expected)[(len(expected) - 1) // 2], rel=0.02, abs=1)


def test_of_too_large_a_column_evenly_spaced_parts_are_counted_and_it_is_said(tmp_path: Path) -> None:
    texts = ["a b c"] * 1000
    pq.write_table(pa.table({"text": texts}), tmp_path / "train.parquet", row_group_size=100)
    found = lengths(tmp_path, "text", "text", most_bytes=300)
    assert found is not None
    assert (found.of, found.longest) == (1000, 3)
    assert found.rows in range(100, 900, 100)
    assert lengths(tmp_path / "nothing", "text", "text") is None


def test_the_measured_accuracy_is_that_of_this_version_of_the_method() -> None:
    """Where this fails the method has changed: benchmarks/labels.py --record verification/measured.json."""
    known = measured()
    made_anew = runpy.run_path(str(Path(__file__).parent.parent / "benchmarks" / "fingerprint.py"))
    assert known.fingerprint == made_anew["fingerprint"]()
    usual = Rules()
    assert (known.rules.label_precision, known.rules.golden_precision) == (
        usual.label_precision,
        usual.golden_precision,
    )
    for regime in known.regimes:
        labels = sum(each.labels for each in regime.reliability)
        tests = regime.data.tests * known.draws * len(regime.sizes)
        assert labels == tests
        assert all(each.draws == regime.data.problems * known.draws for each in regime.sizes)
