"""Where other people's problems are, and reading them one at a time: files or a data set on the Hub."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from synthsmith.builders.foreign.columns import UnmappedError
from synthsmith.builders.foreign.layout import Layout
from synthsmith.builders.foreign.mapped import mapped
from synthsmith.builders.tables import (
    SUFFIXES,
    Bad,
    Table,
    commit_of,
    files_of,
    is_parquet,
    rows,
)
from synthsmith.verification.errors import InputError
from synthsmith.verification.problems import count_problems, problem_of
from synthsmith.verification.stated import BadRow, Entry

_HUB_ID = re.compile(r"[\w.-]+/[\w.-]+", re.ASCII)
_BATCH = 8  # rows at a time: those of contests' data may hold megabytes of tests


@dataclass(frozen=True, slots=True)
class Source:
    """Rows and their layout; `layout` None means rows of ours. `shown` is what reports call it."""

    shown: str
    table: Table
    layout: Layout | None = None
    layout_name: str = ""


def table_at(given: str, name: str | None, split: str | None, revision: str | None) -> Table:
    """The table that is meant by a path, a pattern, a folder or the id of a data set on the Hub.

    InputError where words for the Hub are given with a path, or the Hub knows no such data set.
    """
    is_hub = _HUB_ID.fullmatch(given) and not Path(given).exists() and not given.endswith(SUFFIXES)
    noun = "problems"
    if is_hub:
        return Table(
            hub=given, name=name, split=split, commit=commit_of(given, revision), noun=noun, batch=_BATCH
        )
    for option, value in (("--config", name), ("--split", split), ("--revision", revision)):
        if value is not None:
            raise InputError(f"{option} is for data sets on the Hub; {given} is a path.")
    return Table(given, noun=noun, batch=_BATCH)


def files(source: Source) -> tuple[Path, ...]:
    """The files that are read; none of the Hub."""
    return () if source.table.path is None else files_of(source.table.path, source.table.noun)


def is_plain(source: Source) -> bool:
    """Whether it is one file of rows of ours as JSON lines, which `read_problems` reads."""
    found = files(source) if source.layout is None else ()
    return len(found) == 1 and (not found[0].is_file() or not is_parquet(found[0]))


def count(source: Source, limit: int | None = None) -> int | None:
    """How many rows there are to read; None for the Hub, which does not say."""
    if source.table.hub is not None:
        return None
    number = sum(map(_count, files(source)))
    return number if limit is None else min(number, limit)


def entries(source: Source, *, skip_bad: bool = False, limit: int | None = None) -> Iterator[Entry | BadRow]:
    """The problems in order, and with `skip_bad` the rows that are none; without, they are an InputError.

    Of `limit` rows the bad ones are some.
    """
    for where, called, row in islice(rows(source.table, lambda *there: _choose(source, *there)), limit):
        found = _entry(source, where, called, row)
        if isinstance(found, BadRow) and not skip_bad:
            raise InputError(found.detail)
        yield found


def _entry(source: Source, where: str, called: str, row: Mapping[str, object] | Bad) -> Entry | BadRow:
    if isinstance(row, Bad):
        return BadRow(where, f"{where}: {row.detail}")
    try:
        if source.layout is not None:
            return mapped(row, source.layout, where, called)
        return _ours(row, where)
    except UnmappedError as error:
        return BadRow(where, f"{where}: {error}")
    except InputError as error:
        return BadRow(where, str(error))


def _ours(row: Mapping[str, object], where: str) -> Entry:
    problem = problem_of(row, where)
    if problem.assertions:
        raise InputError(f"{problem.where}: field entry: assertions are judged, there is nothing to vote on.")
    return Entry(problem)


def _choose(source: Source, there: list[str], where: str) -> list[str]:
    if source.layout is None:
        return there
    found: dict[str, None] = {}
    for names, needed in source.layout.wanted():
        inside = [name for name in names if name in there]
        if needed and not inside:
            told = " or ".join(map(repr, names))
            raise InputError(f"{where}: there is no column {told}; there are {', '.join(there)}")
        found |= dict.fromkeys(inside)
    return list(found)


def _count(path: Path) -> int:
    if is_parquet(path):
        import pyarrow.parquet as pq

        return int(pq.read_metadata(path).num_rows)
    return count_problems(path)
