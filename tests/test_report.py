"""`synthsmith report`: what the page holds, in a browser where there is one."""

import re
import resource
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from browser import PROGRAM, Browser
from command import sentence, synthsmith
from made_attempts import write_made
from made_hostile import LATEX, with_hostile
from synthsmith.builders.dataset import assemble
from synthsmith.cards.report import write_report

browsers = pytest.mark.skipif(PROGRAM is None, reason="there is no Chromium to show the page")


@pytest.fixture(scope="module")
def build(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small build with a hostile task in it."""
    folder = tmp_path_factory.mktemp("report") / "build"
    (folder / "dataset").mkdir(parents=True)
    assemble(write_made(folder, with_hostile()), folder / "dataset")
    return folder


@pytest.fixture(scope="module")
def page(build: Path) -> Path:
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


def open_task(browser: Browser, name: str) -> None:
    browser.run(f"location.hash = {name!r}")
    browser.until(f"document.querySelector('#task .plain')?.textContent === {'#' + name!r}")


def type_into(browser: Browser, field: str, text: str) -> None:
    browser.run(f"document.getElementById({field!r}).focus()")
    browser.send("Input.insertText", text=text)


def rows(browser: Browser) -> list[str]:
    """The names of the tasks in the table, in its order."""
    found = browser.run("[...document.querySelectorAll('#table tbody small')].map((each) => each.textContent)")
    assert isinstance(found, list)
    return found


@browsers
def test_the_page_opens_without_a_word_on_the_console_or_a_request(opened: Browser, page: Path) -> None:
    assert len(rows(opened)) == 8
    for name in rows(opened):
        open_task(opened, name)
    assert opened.troubles == []
    assert opened.requests == [page.as_uri()]


@browsers
def test_search_and_filters_find_and_a_click_on_a_heading_sorts(opened: Browser) -> None:
    type_into(opened, "query", "TASK-ha")
    assert rows(opened) == ["task-hard"]
    opened.run("document.querySelector('[type=reset]').click()")
    opened.until("document.querySelectorAll('#table tbody tr').length === 8")
    type_into(opened, "query", "hold out split")
    assert rows(opened) == ["task-split"]
    opened.run("document.getElementById('query').value = ''")
    type_into(opened, "feature", "big int")
    assert "task-hostile" not in rows(opened)
    opened.run("document.querySelector('[type=reset]').click()")
    opened.until("document.querySelectorAll('#table tbody tr').length === 8")
    opened.run("document.querySelector('th[data-key=pass_rate] button').click()")
    assert rows(opened)[0] == "task-easy"
    assert opened.run("document.querySelector('th[data-key=pass_rate]').ariaSort") == "descending"
    opened.run("document.querySelector('th[data-key=pass_rate] button').click()")
    assert rows(opened)[0] == "task-hard"
    assert set(rows(opened)[-3:]) == {"0:1", "task-few", "task-copied"} - {"task-copied"} | {"task-easy"}


@browsers
def test_a_task_opens_by_click_and_by_deep_link(opened: Browser, page: Path) -> None:
    opened.run("document.querySelector('#table tbody tr td:nth-child(3)').click()")
    opened.until("document.querySelector('#task h2')?.textContent === 'task-hard'")
    assert opened.run("location.hash") == "#task-hard"
    opened.press("Escape")
    opened.until("document.getElementById('task').hidden && !document.getElementById('home').hidden")
    for name in ("#task-split", "#0%3A3"):
        opened.open(page, name)
        assert opened.run("document.querySelector('#task h2').textContent") == "task-split"
        assert "why: hold_out" in opened.run("document.getElementById('task').innerText")
    opened.press("j")
    opened.until("document.querySelector('#task h2')?.textContent === 'task-few'")
