"""From the folder of a build, or of a verification, to what can be pushed: all checks that need no Hub."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from synthsmith.builders.folder import hold
from synthsmith.cards.release.contents import look
from synthsmith.cards.release.page import check_made, edition_of, page_of, unfinished
from synthsmith.cards.release.plan import Local
from synthsmith.cards.release.reading import read
from synthsmith.cards.release.secrets import Watch
from synthsmith.cards.release.tasks import TaskList
from synthsmith.verification.errors import InputError

_WORK = ".release"  # in the build's folder, for as long as it is held
_SHORTEST_OWN_PATH = 4  # parts with the root: a path like /data/out says nothing of a machine


@dataclass(frozen=True, slots=True)
class Wording:
    """What the user says of the data set; None is what the folder's kind has by itself."""

    pretty_name: str | None = None
    license: str | None = None
    language: str | None = None
    allow: tuple[str, ...] = ()


@contextmanager
def prepared(
    folder: Path,
    generator: str,
    wording: Wording,
    note: Callable[[str, int], None] = lambda what, done: None,
) -> Iterator[Local]:
    """The checked contents, held: no build can change them meanwhile, and nothing but `.release` is written.

    InputError where something is not fit to be published.
    """
    if not folder.is_dir():
        raise InputError(f"{folder} is not there: give the folder of a finished build or verification.")
    with hold(folder):
        work = folder / _WORK
        shutil.rmtree(work, ignore_errors=True)
        try:
            work.mkdir()
            yield _checked(folder, work, generator, wording, note)
        finally:
            shutil.rmtree(work, ignore_errors=True)


def _checked(
    folder: Path, work: Path, generator: str, wording: Wording, note: Callable[[str, int], None]
) -> Local:
    contents = look(folder / "dataset", lambda done: note("bytes hashed", done))
    check_made(folder, contents)
    own = folder.resolve()
    private = (str(own),) if len(own.parts) >= _SHORTEST_OWN_PATH else ()
    watch = Watch(private, wording.allow)
    with TaskList() as tasks:
        large = read(contents, tasks, watch, lambda done: note("rows checked", done))
        tasks.write(work / "tasks.parquet")
    given = {
        name: value
        for name in ("pretty_name", "license", "language")
        if (value := getattr(wording, name)) is not None
    }
    edition = replace(edition_of(folder), **given)
    page = page_of(folder, contents, generator)
    left = unfinished(folder, contents)
    return Local(contents, work / "tasks.parquet", work, page, edition, watch, generator, large, left)
