"""The page: one HTML file that asks nobody for anything, written task by task.

    head      styles, a policy that lets only the page's own script run (by its hash), the overview as HTML
    listing   the table of tasks, compressed JSON in a script element that is data
    tasks     one such element a task, holding its HTML; the page unpacks the one that is opened
    script    last

What models wrote gets in through Jinja's escaping, `markdown.py`, `maths.py` and `code.py` only. Were that to
fail, the policy would still let nothing run and nothing be fetched.
"""

import base64
import hashlib
import os
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import zip_longest
from pathlib import Path
from typing import TextIO

import pyarrow as pa
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from synthsmith.cards.facts import Facts, count
from synthsmith.cards.report.detail import view_of
from synthsmith.cards.report.listing import Line, line_of, listing_json
from synthsmith.cards.report.overview import overview
from synthsmith.cards.report.reading import LIGHT, Source, open_source, read_tasks, replies_of
from synthsmith.cards.report.tally import Tally
from synthsmith.cards.report.texts import visible
from synthsmith.verification.errors import InputError

MOST_TASKS = 2000
TITLE = "SynthSmith report"
_SCRIPTS = ("store.js", "list.js", "task.js", "main.js")


@dataclass(frozen=True, slots=True)
class Report:
    """What was written: where, how many tasks of how many it shows, and its size."""

    path: Path
    shown: int
    tasks: int
    file_bytes: int


def write_report(
    given: Path,
    out: Path,
    *,
    title: str = TITLE,
    most_tasks: int = MOST_TASKS,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Report:
    """Write the page of a build or a data set; where it cannot be finished, an older one stays as it was.

    Of more than `most_tasks` it shows so many, evenly spread over the rows; the overview counts all. Memory
    holds one task and a line of the table for each that is shown.
    """
    source = open_source(given)
    shown = min(source.rows, most_tasks)
    facts = _count(source)
    chosen = _spread(source.rows, shown)
    tally, lines = _survey(source, chosen)
    script, style = _script(), _static("report.css")
    values = {
        "title": title,
        "seen": overview(source, facts, tally),
        "shown": shown,
        "total": source.rows,
        "script_hash": _hash(script),
        "style_hash": _hash(style),
        "style": style,
    }
    with _replacing(out) as file:
        file.writelines(_environment().get_template("page.html.jinja").generate(values))
        file.write(_data("listing", listing_json(lines)))
        for place, html in enumerate(_task_pages(source, lines, chosen)):
            file.write(_data(f"task-{place}", html))
            progress(place + 1, shown)
        file.write(f"<script>{script}</script>\n</body>\n</html>\n")
    return Report(out, shown, source.rows, out.stat().st_size)


def _count(source: Source) -> Facts:
    try:
        return count(source.dataset)
    except KeyError as error:
        raise InputError(
            f"{source.files[0]}: there is no column {error}; an older SynthSmith made it."
        ) from None
    except (pa.ArrowException, OSError) as error:
        raise InputError(
            f"{source.dataset} holds a file that cannot be read ({error}); build or load it again."
        ) from None


def _survey(source: Source, chosen: frozenset[int]) -> tuple[Tally, list[Line]]:
    """What all tasks count for, and the lines of the chosen ones."""
    tally, lines, names = Tally(), list[Line](), set[str]()
    for number, task in enumerate(read_tasks(source, LIGHT)):
        tally.add(task)
        if number in chosen:
            name = task.task_id if task.task_id and task.task_id not in names else task.draw
            names.add(name)
            lines.append(line_of(task, name))
    return tally, lines


def _task_pages(source: Source, lines: list[Line], chosen: frozenset[int]) -> Iterator[str]:
    template = _environment().get_template("task.html.jinja")
    picked = (task for number, task in enumerate(read_tasks(source)) if number in chosen)
    for line, task in zip_longest(lines, picked):
        if line is None or task is None or line.draw != visible(task.draw):
            raise InputError(f"{source.dataset} changed while it was read; run the same command again.")
        yield template.render(view=view_of(line, task, replies_of(source, task)))


def _spread(rows: int, shown: int) -> frozenset[int]:
    """So many of the rows' numbers, evenly spread, the first among them."""
    return frozenset(place * rows // shown for place in range(shown)) if shown else frozenset()


def _data(name: str, text: str) -> str:
    """A script element that no browser runs, with the text compressed (zlib) in base64."""
    packed = base64.b64encode(zlib.compress(text.encode(), 9)).decode()
    return f'<script type="application/octet-stream" id="{name}">{packed}</script>\n'


def _hash(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


@cache
def _static(name: str) -> str:
    return files("synthsmith.cards.report").joinpath("static", name).read_text(encoding="utf-8")


def _script() -> str:
    """The scripts as one, each in the order that it needs the others in."""
    return '"use strict";\n' + "\n".join(_static(name) for name in _SCRIPTS)


@cache
def _environment() -> Environment:
    env = Environment(
        loader=PackageLoader("synthsmith.cards.report"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=True,
        finalize=_shown,
    )
    env.filters.update(percent=_percent, rate=_rate)
    return env


def _shown(value: object) -> object:
    """What an expression of a template is shown as; what is HTML already was made from visible text."""
    return visible(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{100 * share:.0f} %"


def _rate(share: float | None) -> str:
    return "–" if share is None else f"{share:.3f}"


@contextmanager
def _replacing(path: Path) -> Iterator[TextIO]:
    """A file that takes the path's place when all of it is on the disk, and leaves no trace otherwise."""
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        try:
            with partial.open("w", encoding="utf-8") as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            partial.replace(path)
        except BaseException:
            partial.unlink(missing_ok=True)  # where the disk is full, this is room
            raise
    except OSError as error:
        raise InputError(f"{path} cannot be written ({error.strerror or error}).") from error
