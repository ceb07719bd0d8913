"""A data set looked at by itself: a build's, a published one, or rows of any layout that is known."""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

from synthsmith.builders.duplicates.items import Item
from synthsmith.builders.duplicates.reading import UnknownLayoutError, items
from synthsmith.builders.duplicates.removals import Removal, Searched
from synthsmith.builders.duplicates.search import Search
from synthsmith.builders.duplicates.shapes import SHAPES
from synthsmith.builders.duplicates.wanted import (
    USUAL,
    Benchmark,
    Release,
    benchmark_at,
    with_commit,
    with_commits,
)
from synthsmith.verification.errors import InputError

_CONFIGS = ("attempts", "rl", "rl_real")  # of a data set of ours, the first that there is


def check_source(
    given: str,
    release: Release,
    *,
    config: str | None = None,
    split: str | None = None,
    revision: str | None = None,
    statement: str | None = None,
    programs: str | None = None,
    progress: Callable[[int], object] = lambda done: None,
) -> tuple[list[Removal], Searched]:
    """What would have to be removed, and what was searched. Rows with the very same statement are one task.

    `statement` and `programs` name the columns, where they cannot be told. InputError where the data set or a
    benchmark cannot be read.
    """
    source = _source(given, config, split, revision)
    if statement is not None or programs is not None:
        source = replace(source, statement=statement or "statement", programs=programs)
    source = with_commit(source)
    seen: set[bytes] = set()
    with _search(release) as search:
        for done, item in enumerate(_rows(source), 1):
            name = hashlib.sha256(item.statement.encode("utf-8", "surrogatepass")).digest()[:16]
            if name not in seen:
                seen.add(name)
                search.add(item)
            progress(done)
        if not seen:
            raise InputError(f"{given} holds no row to look at.")
        found = search.removals()
        return found, search.searched(found)


def _search(release: Release) -> Search:
    try:
        return Search(with_commits(release, USUAL))
    except UnknownLayoutError as error:
        raise InputError(
            f"{error.seen}; rows of a --benchmark need the columns of one of {', '.join(SHAPES)}."
        ) from None


def _rows(source: Benchmark) -> Iterator[Item]:
    try:
        yield from items(source, "rows")
    except UnknownLayoutError as error:
        raise InputError(f"{error.seen}; name the column of the statements with --statement.") from None


def _source(given: str, config: str | None, split: str | None, revision: str | None) -> Benchmark:
    source = benchmark_at(given)
    if source.path is None:
        return replace(source, name=config, split=split or "train", revision=revision)
    for option, value in (("--config", config), ("--split", split), ("--revision", revision)):
        if value is not None:
            raise InputError(f"{option} is for data sets on the Hub; {given} is a path.")
    for folder in (Path(given) / "dataset", Path(given)):
        for name in _CONFIGS:
            if any((folder / name).glob("*.parquet")):
                return replace(source, path=str(folder / name / "*.parquet"))
    return source
