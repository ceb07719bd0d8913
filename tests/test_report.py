"""The page of `synthsmith report` as its readers meet it: in a browser, from the disk."""

import statistics
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from browser import PROGRAM, Browser
from made_attempts import write_made
from made_hostile import with_hostile
from pages import clear, count, names, open_task, text, type_into
from synthsmith.builders.dataset import assemble
from synthsmith.cards.report import write_report

pytestmark = pytest.mark.skipif(PROGRAM is None, reason="there is no Chromium to show the page")

MANY = 2000
FAST_MS = 50


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of a small build with a hostile task in it."""
    build = tmp_path_factory.mktemp("report")
    (build / "dataset").mkdir()
    assemble(write_made(build, with_hostile()), build / "dataset")
    return write_report(build, build / "report.html").path


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with Browser(tmp_path_factory.mktemp("browser")) as running:
        yield running


@pytest.fixture
def opened(browser: Browser, page: Path) -> Browser:
    browser.look()
    browser.open(page)
    return browser


def test_the_page_opens_without_a_word_on_the_console_or_a_request(opened: Browser, page: Path) -> None:
    assert len(names(opened)) == 8
    for name in names(opened):
        open_task(opened, name)
    assert opened.troubles == []
    assert opened.requests == [page.as_uri()]


def test_a_policy_forbids_scripts_that_are_not_the_page_s_own(opened: Browser) -> None:
    made = "Object.assign(document.createElement('script'), {text: 'window.ran = 1'})"
    opened.run(f"document.body.append({made})")
    opened.run("document.body.insertAdjacentHTML('beforeend', '<img src=data:x onerror=\"window.ran = 1\">')")
    opened.until("document.images[0].complete")
    assert opened.run("window.ran === undefined")
    assert any("Content Security Policy" in trouble for trouble in opened.troubles)


def test_what_a_model_wrote_never_runs_and_is_shown_as_it_was_written(opened: Browser, page: Path) -> None:
    open_task(opened, "task-hostile")
    opened.run("document.querySelectorAll('details').forEach((each) => (each.open = true))")
    opened.run("document.querySelectorAll('#task .cell, #task .case-name').forEach((each) => each.click())")
    seen = text(opened)
    assert opened.run("window.ran === undefined")
    assert opened.dialogs == []
    assert opened.requests == [page.as_uri()]
    assert opened.run("[...document.querySelectorAll('#task a')].map((a) => a.protocol)") == ["file:"] * 2
    assert (
        count(opened, "#task :is(script, img, svg, iframe, link, style, [onload], [onerror], [style])") == 0
    )
    for shown in ("<script>window.ran = 1</script>", "[click](javascript:window.ran = 1)", "{{ 7 * 191 }}"):
        assert shown in seen
    assert "⟨U+202E⟩evil⟨U+202C⟩" in seen
    assert not set("\u2028\u2029\u202e\u2066") & set(seen)
    assert "日本語, עברית, 👩‍💻, e\u0301" in seen
    assert "more characters are not shown" in seen
    assert count(opened, "#task .statement math") >= 3


def test_search_and_filters_find_and_headings_sort(opened: Browser) -> None:
    type_into(opened, "query", "TASK-ha")
    assert names(opened) == ["task-hard"]
    clear(opened)
    type_into(opened, "query", "hold out split")
    assert names(opened) == ["task-split"]
    clear(opened)
    type_into(opened, "feature", "Big int")
    found = names(opened)
    assert "task-easy" in found
    assert "task-hostile" not in found
    clear(opened)
    opened.run("document.querySelector('#verdict').value = 'reason:too_few_solutions'")
    opened.run("document.querySelector('#verdict').dispatchEvent(new Event('input', {bubbles: true}))")
    assert names(opened) == ["task-few"]
    clear(opened)
    for order, first in (("descending", "task-easy"), ("ascending", "task-hard")):
        opened.run("document.querySelector('th[data-key=pass_rate] button').click()")
        assert names(opened)[0] == first
        assert opened.run("document.querySelector('th[data-key=pass_rate]').ariaSort") == order
        assert set(names(opened)[-2:]) == {"0:1", "task-few"}  # what was not measured comes last


def test_a_task_opens_by_click_and_by_deep_link(opened: Browser, page: Path) -> None:
    opened.run("document.querySelector('#table tbody td:nth-child(3)').click()")
    opened.until("document.querySelector('#task h2')?.textContent === 'task-hard'")
    assert opened.run("location.hash") == "#task-hard"
    opened.press("Escape")
    opened.until("document.getElementById('task').hidden && !document.getElementById('home').hidden")
    for name in ("#task-split", "#0%3A3"):
        opened.open(page, name)
        assert text(opened, "#task h2") == "task-split"
        assert "why: hold_out" in text(opened)
    opened.press("j")
    opened.until("document.querySelector('#task h2')?.textContent === 'task-few'")
    opened.open(page, "#no-such-task")
    assert opened.run("document.getElementById('task').hidden")


def test_a_cell_of_the_matrix_shows_what_the_program_gave(opened: Browser) -> None:
    case = "section.case:not([hidden])"
    shown = f"[...document.querySelectorAll('{case} pre')].filter((each) => each.checkVisibility())"

    def choose(program: int, column: int) -> str:
        opened.run(f'document.querySelector(\'[data-program="{program}"][data-case="{column}"]\').click()')
        return text(opened, case)

    open_task(opened, "task-copied")
    assert "s1 on p2: the same answer as the label" in choose(0, 1)
    assert opened.run(f"{shown}.map((each) => each.textContent)") == ["null", "None", "None"]
    seen = choose(2, 0)
    assert "s3 on p1: another answer than the label, no. 2 of 2" in seen
    assert "of 999 bytes only these were kept" in seen
    assert "first differs from the label, in line 1" in seen
    assert opened.run(f"{shown}.at(-1).querySelector('mark').textContent") == "and"
    seen = choose(2, 1)
    assert "s3 on p2: over the time limit" in seen
    assert "No answer." in seen
    seen = choose(1, 4)
    assert "Undecided" in seen
    assert "s2 on p5: answer no. 2 of 2, and there is no label" in seen
    opened.run("document.querySelector('.case-name[data-case=\"4\"]').click()")
    assert opened.run(f"{shown}.map((each) => each.textContent)") == ["7", "14", "21"]
    signs = "[...document.querySelectorAll('.matrix tr:nth-child(3) .cell')].map((each) => each.textContent)"
    assert opened.run(signs) == ["2", "T", "2", "R", "1"]


def test_solutions_stand_side_by_side_with_their_replies_folded(opened: Browser) -> None:
    open_task(opened, "task-hard")
    codes = "[...document.querySelectorAll('.side pre.code')].map((each) => each.textContent)"
    assert opened.run(codes)[:2] == ["print(2 * int(input()))", "print(3 * int(input()))"]
    assert opened.run("document.querySelector('.side .code .b').textContent") == "print"
    assert opened.run("document.querySelector('.side details').open") is False
    assert "Doubling, attempt 1." in opened.run("document.querySelector('.side details').textContent")


def test_the_keyboard_is_enough(opened: Browser) -> None:
    opened.press("/")
    assert opened.run("document.activeElement.id") == "query"
    open_task(opened, "task-hard")
    opened.run("document.querySelector('.matrix .cell[tabindex=\"0\"]').focus()")
    opened.press("ArrowRight")
    opened.press("ArrowDown")
    assert (
        opened.run("[document.activeElement.dataset.program, document.activeElement.dataset.case].join()")
        == "1,1"
    )
    assert count(opened, ".matrix .cell[tabindex='0']") == 1


CONTRAST = """(selector) => {
  const light = (colour) => {
    const [r, g, b] = colour.match(/[\\d.]+/g).map((part) => part / 255)
      .map((part) => (part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const part = document.querySelector(selector);
  let behind = part;
  while (getComputedStyle(behind).backgroundColor === 'rgba(0, 0, 0, 0)') behind = behind.parentElement;
  const two = [light(getComputedStyle(part).color), light(getComputedStyle(behind).backgroundColor)].sort();
  return (two[1] + 0.05) / (two[0] + 0.05);
}"""


@pytest.mark.parametrize("dark", [False, True])
def test_text_is_readable_in_light_and_dark_and_on_a_phone(opened: Browser, dark: bool) -> None:
    opened.look(width=390, dark=dark)
    open_task(opened, "task-copied")
    for selector in (
        "h2",
        "dt",
        ".note",
        ".badge",
        ".cell.agrees",
        ".cell.differs",
        ".cell.ended",
        ".code .b",
        ".code .m",
        "a.back",
    ):
        assert opened.run(f"({CONTRAST})({selector!r})") >= 4.5, selector
    background = "getComputedStyle(document.body).backgroundColor.match(/\\d+/g)[0] < 128"
    assert opened.run(background) is dark
    assert opened.run("document.documentElement.scrollWidth <= innerWidth")


def test_two_thousand_tasks_open_at_once_and_a_search_answers_while_one_types(
    browser: Browser, page: Path, tmp_path: Path
) -> None:
    given = pq.read_table(next(page.parent.glob("dataset/attempts/*.parquet")))
    few = given.filter(pa.compute.is_null(given["certificate"])).to_pylist()
    many = [{**few[i % len(few)], "task_id": f"id-{i}", "draw": f"1:{i}"} for i in range(MANY)]
    (tmp_path / "attempts").mkdir()
    pq.write_table(pa.Table.from_pylist(many, schema=given.schema), tmp_path / "attempts" / "train-0.parquet")
    large = write_report(tmp_path, tmp_path / "large.html")
    assert large.shown == MANY
    browser.open(large.path)
    assert len(names(browser)) == 50
    took = browser.run(
        """["i", "id", "id-", "id-1", "id-19", "id-199", "id-1999", "none such", ""].map((typed) => {
          const began = performance.now();
          document.getElementById("query").value = typed;
          document.getElementById("query").dispatchEvent(new Event("input", {bubbles: true}));
          document.body.getBoundingClientRect();
          return performance.now() - began;
        })"""
    )
    assert statistics.median(took) < FAST_MS
    type_into(browser, "query", "id-1999")
    assert names(browser) == ["id-1999"]
    open_task(browser, "id-1999")
    assert browser.troubles == []
