"""What is looked for before rows are published, as the configuration says it (`release`)."""

from dataclasses import asdict, dataclass, replace
from glob import has_magic
from pathlib import Path
from typing import Annotated, ClassVar

from annotated_types import Ge, Gt, Le, MinLen
from synthsmith.builders.duplicates.shapes import SHAPES
from synthsmith.builders.model import digest
from synthsmith.builders.pairs import ONLY_HUB, contents
from synthsmith.builders.tables import HUB_ID, SUFFIXES, Table, commit_of, files_of, require_place, told

_NOUN = "benchmark"
NOUN = f"{_NOUN} rows"  # what messages call them
SPLIT = "test"  # of a benchmark on the Hub, where none is named


@dataclass(frozen=True, slots=True)
class Benchmark:
    """Rows that nothing published may be like: files (`path`, which may hold * and ?) or the Hub's (`hub`).

    `layout` says how they are laid out (`shapes.py`); without it that is told from their columns. Others can
    be read by the names of their columns: `statement`, and where there are any `programs` (a text or a list
    of texts, in Python) and `id`. `name` is the Hub's word for a config, `revision` a branch, tag or commit;
    `commit` is what it was when the build began, filled in by the build.
    """

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    path: Annotated[str, MinLen(1)] | None = None
    hub: str | None = None
    layout: str | None = None
    statement: Annotated[str, MinLen(1)] | None = None
    programs: Annotated[str, MinLen(1)] | None = None
    id: Annotated[str, MinLen(1)] | None = None
    split: Annotated[str, MinLen(1)] | None = None
    name: Annotated[str, MinLen(1)] | None = None
    revision: Annotated[str, MinLen(1)] | None = None
    commit: str | None = None

    def __post_init__(self) -> None:
        require_place("a benchmark", self.path, self.hub, **{name: getattr(self, name) for name in ONLY_HUB})
        if self.layout is not None and self.layout not in SHAPES:
            raise ValueError(f"layout {self.layout!r} is not known; use one of {', '.join(SHAPES)}")
        if self.layout is not None and self.statement is not None:
            raise ValueError("give a layout or the name of the column statement, not both")
        if self.statement is None and (self.programs is not None or self.id is not None):
            raise ValueError("programs and id name columns beside the column statement: name that, too")

    @property
    def shown(self) -> str:
        """What messages and the card call it."""
        if self.hub is None:
            return told(str(self.path))
        more = ", ".join(each for each in (self.name, self.split) if each is not None)
        return f"{self.hub} ({more})" if more else self.hub

    @property
    def table(self) -> Table:
        """The rows that are read."""
        split = None if self.hub is None else self.split or SPLIT
        return Table(self.path, self.hub, split, self.name, self.commit, NOUN, batch=8)


@dataclass(frozen=True, slots=True)
class Release:
    """How like others a task may be and still be published. The measurements are in `shingles.py`.

    Statements of two tasks may be alike (Jaccard) by less than `near_statements`, golden programs by less
    than `near_programs`; None: that is not looked at. A statement may share less than `overlap` of the
    smaller one with a benchmark's, a program be alike by less than `near_programs` to a benchmark's.
    """

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    near_statements: Annotated[float, Ge(0.5), Le(1)] | None = 0.6
    near_programs: Annotated[float, Ge(0.5), Le(1)] | None = 0.9
    overlap: Annotated[float, Gt(0), Le(1)] = 0.5
    benchmarks: tuple[Benchmark, ...] = ()

    def __post_init__(self) -> None:
        names = [each.shown for each in self.benchmarks]
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice is not None:
            raise ValueError(f"two benchmarks are called {twice!r}: give each a name of its own, or name one")


USUAL = Release()


def with_commits(release: Release, before: Release) -> Release:
    """The same with the Hub's commits in it: those of `before` where it asks for the same, else today's.

    InputError where the Hub does not know a data set or cannot be reached.
    """
    known = {replace(each, commit=None): each for each in before.benchmarks}
    return replace(
        release, benchmarks=tuple(known.get(each) or with_commit(each) for each in release.benchmarks)
    )


def with_commit(benchmark: Benchmark) -> Benchmark:
    """The same with the Hub's commit of today in it, where it has none and is there."""
    if benchmark.hub is None or benchmark.commit is not None:
        return benchmark
    return replace(benchmark, commit=commit_of(benchmark.hub, benchmark.revision))


def release_digest(release: Release) -> str:
    """The SHA-256 of what is looked for: thresholds, and what the benchmarks hold."""
    return digest([asdict(release), [revision_of(each) for each in release.benchmarks]])


def revision_of(benchmark: Benchmark) -> str | None:
    """What tells exactly which rows are meant: the Hub's commit, or the SHA-256 of the file or files."""
    if benchmark.path is None:
        return benchmark.commit
    found = [contents(path, _NOUN) for path in files_of(benchmark.path, benchmark.table.noun)]
    return f"sha256:{found[0] if len(found) == 1 else digest(found)}"


def benchmark_at(given: str) -> Benchmark:
    """The benchmark that is meant by a path, a pattern, a folder or the id of a data set on the Hub."""
    is_path = Path(given).exists() or has_magic(given) or given.endswith(SUFFIXES)
    if is_path or not HUB_ID.fullmatch(given) or "/" not in given:
        return Benchmark(path=given)
    return Benchmark(hub=given)
