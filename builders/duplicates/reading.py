"""The rows of a benchmark, or of a data set that is looked at by itself, as items: one at a time."""

from collections.abc import Iterator
from dataclasses import replace

from synthsmith.builders.duplicates.items import Item
from synthsmith.builders.duplicates.shapes import SHAPES, Shape, shape_named, shape_of, shape_with
from synthsmith.builders.duplicates.wanted import NOUN, Benchmark, Release
from synthsmith.builders.foreign.columns import UnmappedError
from synthsmith.builders.tables import Bad, rows
from synthsmith.verification.errors import InputError


class UnknownLayoutError(InputError):
    """Nothing says how rows are laid out. `seen` is that alone, for those who have no settings."""

    def __init__(self, seen: str) -> None:
        super().__init__(
            f"{seen}; name the column of the statements, or one of {', '.join(SHAPES)} in the settings "
            "(release.benchmarks)."
        )
        self.seen = seen


def items(source: Benchmark, noun: str = NOUN) -> Iterator[Item]:
    """The rows in order; InputError where one cannot be read, for a search that left some out is none.

    `noun` is what messages call them.
    """
    shape = _asked(source)

    def choose(there: list[str], where: str) -> list[str]:
        nonlocal shape
        shape = shape or _recognised(there, where)
        wanted = set(shape.columns())
        return [name for name in there if name in wanted]

    for number, (where, called, row) in enumerate(rows(replace(source.table, noun=noun), choose)):
        if isinstance(row, Bad):
            raise InputError(f"{where}: {row.detail}")
        shape = shape or _recognised(list(row), where)
        try:
            found = shape.read(row)
        except UnmappedError as error:
            raise InputError(f"{where}: {error}") from None
        if found is not None:
            name, statement, programs = found
            named = (name or called).encode(errors="replace").decode()  # JSON can write half a surrogate pair
            yield Item(number, named, statement, programs)


def check_readable(release: Release) -> None:
    """Nothing, or InputError where a benchmark is not there or its first row cannot be read."""
    for source in release.benchmarks:
        for _ in items(source):
            break
        else:
            raise InputError(f"{source.shown}: there is no row in it; a benchmark without rows is none.")


def _asked(source: Benchmark) -> Shape | None:
    if source.statement is not None:
        return shape_with(source.statement, source.programs, source.id)
    return None if source.layout is None else shape_named(source.layout)


def _recognised(there: list[str], where: str) -> Shape:
    name = shape_of(there)
    if name is None:
        raise UnknownLayoutError(f"{where}: the layout is not known by its columns ({', '.join(there)})")
    return shape_named(name)
