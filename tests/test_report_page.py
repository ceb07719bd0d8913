"""What `synthsmith report` writes, of what, and what becomes of it when something is in the way."""

import resource
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from command import sentence, synthsmith
from hypothesis import given
from hypothesis import strategies as st
from made_attempts import write_made
from pages import carried
from synthsmith.builders.dataset import assemble
from synthsmith.cards.report import page, write_report
from synthsmith.cards.report.markdown import statement_html, title_of
from synthsmith.cards.report.maths import formula
from synthsmith.cards.report.overview import Overview, overview
from synthsmith.cards.report.texts import cut
from synthsmith.verification.errors import InputError


@pytest.fixture(scope="module")
def build(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A build of seven attempts; not to be changed."""
    folder = tmp_path_factory.mktemp("pages") / "build"
    (folder / "dataset").mkdir(parents=True)
    assemble(write_made(folder), folder / "dataset")
    return folder


def test_the_command_writes_the_page_of_a_real_build(one: Path, tmp_path: Path) -> None:
    for name in ("a.html", "b.html"):
        done = synthsmith("report", one, "--out", name, "--title", "Mine & yours", cwd=tmp_path)
        assert done.status == 0, done.stderr
        assert done.stdout.startswith(f"{name} shows 1 tasks in 0.")
    html = (tmp_path / "a.html").read_text(encoding="utf-8")
    assert (tmp_path / "b.html").read_text(encoding="utf-8") == html  # another process, the same bytes
    assert "<title>Mine &amp; yours</title>" in html
    assert "http" not in html.replace("http-equiv", "")
    task = carried(tmp_path / "a.html")["task-0"]
    for part in (
        "✓ verified",
        "The Quarry Porter",
        "Reasoning and answer",
        "brute force",
        "Surviving mutants",
    ):
        assert part in task


def test_a_data_set_without_its_build_has_a_page_without_replies(build: Path, tmp_path: Path) -> None:
    shutil.copytree(build / "dataset", tmp_path / "copy")
    task = carried(write_report(tmp_path / "copy", tmp_path / "page.html").path)["task-0"]
    assert "Its reply is not here" in task
    assert "Doubling, attempt 1" not in task
    assert "Doubling, attempt 1" in carried(write_report(build, tmp_path / "page.html").path)["task-0"]


def test_of_too_many_tasks_some_are_shown_and_all_are_counted(build: Path, tmp_path: Path) -> None:
    made = write_report(build, tmp_path / "page.html", most_tasks=3)
    assert (made.shown, made.tasks) == (3, 7)
    assert '"draw":["0:0","0:2","0:4"]' in carried(made.path)["listing"]
    html = made.path.read_text(encoding="utf-8")
    assert "3 of 7 tasks" in html
    assert "of 7 attempted" in html


def test_older_rows_are_shown_or_the_column_that_they_lack_is_named(build: Path, tmp_path: Path) -> None:
    table = pq.read_table(next(build.glob("dataset/attempts/*.parquet")))
    (tmp_path / "attempts").mkdir()
    file = tmp_path / "attempts" / "train-0.parquet"
    pq.write_table(table.drop_columns(["proxies", "drawn_features", "ballots"]), file)
    assert write_report(tmp_path, tmp_path / "page.html").shown == 7
    shown = carried(tmp_path / "page.html")["task-0"]
    assert "Which program gave which answer was not kept" in shown
    assert 'class="cell' not in shown
    pq.write_table(table.drop_columns(["dropped_inputs"]), file)
    with pytest.raises(InputError, match=r"train-0.parquet: there is no column 'dropped_inputs'"):
        write_report(tmp_path, tmp_path / "page.html")


def test_wrong_folders_and_broken_files_end_as_one_sentence(build: Path, tmp_path: Path) -> None:
    def said(folder: Path, name: str = "page.html") -> str:
        with pytest.raises(InputError) as caught:
            write_report(folder, tmp_path / name)
        return str(caught.value)

    done = synthsmith("report", tmp_path / "nowhere", cwd=tmp_path)
    assert "there is no such folder" in sentence(done)
    (tmp_path / "empty").mkdir()
    assert "holds no data set with attempts" in said(tmp_path / "empty")
    (tmp_path / "empty" / "labels.jsonl").touch()
    assert "synthsmith verify" in said(tmp_path / "empty")
    (tmp_path / "broken" / "attempts").mkdir(parents=True)
    (tmp_path / "broken" / "attempts" / "train-0.parquet").write_bytes(b"PAR1 not at all PAR1")
    assert "train-0.parquet" in said(tmp_path / "broken")
    shutil.copytree(build / "dataset", tmp_path / "cut")
    next(tmp_path.glob("cut/rl/*.parquet")).write_bytes(b"PAR1 not at all PAR1")
    assert "cut holds a file that cannot be read" in said(tmp_path / "cut")
    assert "page.html" in said(build, "no/such/folder/page.html")
    assert list(tmp_path.glob("*.html")) == []


def test_a_row_that_is_none_is_named(build: Path, tmp_path: Path) -> None:
    table = pq.read_table(next(build.glob("dataset/attempts/*.parquet")))
    rows = table.to_pylist()
    rows[3]["certificate"] = '{"votes": [{"case": "p1"}]}'
    (tmp_path / "attempts").mkdir()
    file = tmp_path / "attempts" / "train-0.parquet"
    pq.write_table(pa.Table.from_pylist(rows, schema=table.schema), file)
    with pytest.raises(InputError, match="attempt 0:3 has a certificate that cannot be read"):
        write_report(tmp_path, tmp_path / "page.html")


NONE = '{"answers": [[], [], [], [], []], "cast": {"s1": %s}}'


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        ("[]", "has ballots that cannot be read"),
        (NONE % '["late"]', "has ballots that cannot be read"),
        ('{"answers": [], "cast": {}}', "has ballots that do not fit its votes"),
        (NONE % '["time"]', "has ballots that do not fit its votes"),
        (NONE % '["time", "time", "time", "time", 0]', "has ballots that do not fit its votes"),
    ],
)
def test_ballots_that_are_none_are_named(build: Path, tmp_path: Path, broken: str, said: str) -> None:
    table = pq.read_table(next(build.glob("dataset/attempts/*.parquet")))
    rows = table.to_pylist()
    rows[3]["ballots"] = broken
    (tmp_path / "attempts").mkdir()
    file = tmp_path / "attempts" / "train-0.parquet"
    pq.write_table(pa.Table.from_pylist(rows, schema=table.schema), file)
    with pytest.raises(InputError, match=f"attempt 0:3 {said}"):
        write_report(tmp_path, tmp_path / "page.html")


@contextmanager
def small_disk(most_bytes: int) -> Iterator[None]:
    """No file may grow beyond this: writing ends as on a full disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most_bytes, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_full_disk_leaves_the_older_page_and_nothing_else(build: Path, tmp_path: Path) -> None:
    older = tmp_path / "page.html"
    older.write_text("the older page")
    with small_disk(20_000), pytest.raises(InputError, match=r"page\.html cannot be written"):
        write_report(build, older)
    assert [path.name for path in tmp_path.iterdir()] == ["page.html"]
    assert older.read_text() == "the older page"


def test_formulas_become_mathml_and_what_cannot_be_read_stays_as_it_is() -> None:
    html = statement_html(r"$1 \le n$, \(a_i\), cost $5 and $6, $\frac{$ and" "\n\n$$\\sum_{i=1}^n i$$\n")
    assert html.count("<math>") == 2
    assert html.count('<math display="block">') == 1
    assert "cost $5 and $6" in html
    assert '<code class="formula">$\\frac{$</code>' in html


PIECES = ["\\href", "\\frac", "\\text", "\\style", "\\left", "\\begin{cases}", *"\\{}()^_&<>\"'a1 "]


@given(st.lists(st.sampled_from(PIECES)))
def test_no_formula_brings_in_more_than_mathml(pieces: list[str]) -> None:
    drawn = str(formula("".join(pieces)))
    assert drawn.startswith(("<math", '<code class="formula">'))
    for bad in ("href", "style=", "<script", "<img", "javascript:"):
        assert bad not in drawn.replace("\\href", "").replace("\\style", "")


def test_titles_are_short_and_cuts_say_how_much_is_gone() -> None:
    assert title_of("intro\n## The *Real* Title ##\nmore") == "The *Real* Title"
    assert title_of(None) == title_of(" \n") == ""
    assert title_of("`f` " + "word " * 50).endswith("…")
    assert (cut("abc\u202e", 3).text, cut("abc\u202e", 3).left_out, cut("\u202e", 3).text) == (
        "abc",
        1,
        "⟨U+202E⟩",
    )


def test_a_data_set_that_is_exchanged_meanwhile_makes_no_page_of_two(
    build: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = pq.read_table(next(build.glob("dataset/attempts/*.parquet")))
    (tmp_path / "attempts").mkdir()
    file = tmp_path / "attempts" / "train-0.parquet"
    pq.write_table(table, file)

    def exchanged(*given: Any) -> Overview:
        pq.write_table(table.slice(0, 2), file)
        return overview(*given)

    monkeypatch.setattr(page, "overview", exchanged)
    with pytest.raises(InputError, match="changed while it was read"):
        write_report(tmp_path, tmp_path / "page.html")
    assert not list(tmp_path.glob("*.html*"))
    assert not list(tmp_path.glob(".*"))
