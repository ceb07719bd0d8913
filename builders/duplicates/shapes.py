"""Where in a row its statement and programs are: of benchmarks, and of data sets looked at by themselves.

The layouts of `builders/foreign` serve as they are, without their tests. Beside them are HumanEval's and
MBPP's columns, rows of ours (`rows`, as `synthsmith verify` reads them) and those of the published configs.
Which one a table has is told from its columns: of several whose marks are there the first.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from synthsmith.builders.duplicates.items import Program
from synthsmith.builders.foreign.columns import Columns, UnmappedError
from synthsmith.builders.foreign.layout import LAYOUTS, Names, Programs, Value, layout_named
from synthsmith.builders.foreign.mapped import programs_in
from synthsmith.verification.types import Language

_TOLD: dict[str, frozenset[str]] = {  # by which columns a layout is known
    "attempts": frozenset({"statement", "programs", "verdict"}),
    "rl": frozenset({"prompt", "reward_model", "golden_program"}),
    "sft": frozenset({"query", "response"}),
    "rows": frozenset({"statement"}),
    "humaneval": frozenset({"prompt", "canonical_solution"}),
    "mbpp": frozenset({"code", "test_list"}),
    "livecodebench": frozenset({"question_content", "public_test_cases"}),
    "codecontests": frozenset({"description", "public_tests", "solutions"}),
    "apps": frozenset({"question", "input_output", "problem_id"}),
    "taco": frozenset({"question", "input_output"}),
    "kodcode": frozenset({"question", "solution"}),
}
SHAPES = (*_TOLD, *(name for name in LAYOUTS if name not in _TOLD))


@dataclass(frozen=True, slots=True)
class Shape:
    """The columns of a row. `joined` are those whose texts make one program, end to end.

    With `only` a row counts only where this column has this value.
    """

    statement: Value
    id: Names = ()
    programs: tuple[Programs, ...] = ()
    joined: tuple[str, ...] = ()
    only: tuple[str, str] | None = None

    def columns(self) -> Iterable[str]:
        """All that are read."""
        yield from (*self.id, *self.statement.column, *self.joined)
        for part in self.programs:
            yield from part.column
        if self.only:
            yield self.only[0]

    def needs(self) -> tuple[Names, ...]:
        """Of each of these one must be there."""
        return (
            self.statement.column,
            *((name,) for name in self.joined),
            *(part.column for part in self.programs if not part.optional),
        )

    def read(self, row: Mapping[str, object]) -> tuple[str, str, tuple[Program, ...]] | None:
        """Id (empty where there is none), statement and programs; None where the row does not count.

        Programs in languages that are not compared are left out. UnmappedError where it is not of this shape.
        """
        if self.only and row.get(self.only[0]) != self.only[1]:
            return None
        for names in self.needs():
            if not any(name in row for name in names):
                raise UnmappedError(f"there is no column {' or '.join(names)}.")
        there = Columns(row)
        _, name = there.first(self.id) if self.id else ("", None)
        programs: list[Program] = []
        for part in self.programs:
            programs += programs_in(there, replace(part, optional=True), Counter())  # a row may have none
        if self.joined:
            programs.append((Language.PYTHON, "".join(str(row[name]) for name in self.joined)))
        return "" if name is None else str(name), there.text(self.statement), tuple(programs)


def shape_of(names: Iterable[str]) -> str | None:
    """Which layout rows with these columns have; None for none of them."""
    there = frozenset(names)
    return next((name for name, marks in _TOLD.items() if marks <= there), None)


def shape_named(name: str) -> Shape:
    """The columns of a layout."""
    if name in _OWN:
        return _OWN[name]
    layout = layout_named(name)
    assert layout.statement is not None
    return Shape(layout.statement, layout.id.column if layout.id else (), layout.programs)


def shape_with(statement: str, programs: str | None, name: str | None) -> Shape:
    """The columns with these names."""
    code = (Programs((programs,), optional=True),) if programs else ()
    return Shape(Value((statement,)), (name,) if name else (), code)


def _written(column: str, code: str, language: str, *, optional: bool = False) -> Programs:
    """Programs that say in which language they are."""
    return Programs((column,), code=code, language=language, optional=optional)


_OWN = {
    "attempts": Shape(
        Value(("statement",)),
        ("draw",),
        (_written("programs", "program", "program_language"),),
        only=("verdict", "verified"),
    ),
    "rl": Shape(Value(("prompt",), ("chat",)), ("task_id",), (Programs(("golden_program",), optional=True),)),
    "sft": Shape(Value(("query",)), ("task_id",), (Programs(("response",), ("code",)),)),
    "rows": Shape(
        Value(("statement",)), ("id",), (_written("submissions", "code", "language", optional=True),)
    ),
    "humaneval": Shape(Value(("prompt",)), ("task_id",), joined=("prompt", "canonical_solution")),
    "mbpp": Shape(Value(("text", "prompt")), ("task_id",), (Programs(("code",)),)),
}
