"""What the tests of the report share: reading a page without a browser, and moving about in it with one."""

import base64
import re
import zlib
from pathlib import Path

from browser import Browser

_BLOB = re.compile(r'<script type="application/octet-stream" id="([\w-]+)">([\w+/=]*)</script>')


def carried(page: Path) -> dict[str, str]:
    """The texts that a page carries compressed, by their ids."""
    found = _BLOB.findall(page.read_text(encoding="utf-8"))
    return {name: zlib.decompress(base64.b64decode(packed)).decode() for name, packed in found}


def open_task(browser: Browser, name: str) -> None:
    """Go to a task by its link."""
    browser.run(f"location.hash = {name!r}")
    browser.until(f"document.querySelector('#task .plain')?.textContent === {'#' + name!r}")


def type_into(browser: Browser, field: str, text: str) -> None:
    """Type a text into the field of this id."""
    browser.run(f"document.getElementById({field!r}).focus()")
    browser.send("Input.insertText", text=text)


def clear(browser: Browser) -> None:
    """Press the button that clears search and filters."""
    browser.run("document.querySelector('[type=reset]').click()")
    browser.until("document.getElementById('found').textContent.match(/^(\\S+) of \\1 tasks/) !== null")


def names(browser: Browser) -> list[str]:
    """The names of the tasks in the table, in its order."""
    found = browser.run("[...document.querySelectorAll('#table tbody small')].map((s) => s.textContent)")
    assert isinstance(found, list)
    return found


def count(browser: Browser, selector: str) -> int:
    """How many elements there are."""
    found = browser.run(f"document.querySelectorAll({selector!r}).length")
    assert isinstance(found, int)
    return found


def text(browser: Browser, selector: str = "#task") -> str:
    """The text that is seen of an element."""
    found = browser.run(f"document.querySelector({selector!r}).innerText")
    assert isinstance(found, str)
    return found
