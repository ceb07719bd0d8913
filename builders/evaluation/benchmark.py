"""A benchmark: where its rows are, how they are laid out, and which of them are asked.

The layout is told by the columns of the first row where none is given.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from synthsmith.builders.evaluation.questions import RL_COLUMNS, USUAL, Question, of_layout, of_problem, of_rl
from synthsmith.builders.foreign.layout import LAYOUTS, Layout, layout_in, layout_named
from synthsmith.builders.foreign.source import table_at
from synthsmith.builders.tables import Bad, Table, rows, told
from synthsmith.verification.errors import InputError

ROWS, RL = "problems", "rl"
_IN_FOLDER = ("rl", "rl_real")
# By which columns rows are known, in this order.
_KNOWN = {
    ROWS: {"id", "tests"},
    RL: {"prompt", "reward_model"},
    "livecodebench": {"question_id", "question_content", "public_test_cases"},
    "humaneval": {"task_id", "prompt", "test", "entry_point"},
    "mbpp": {"task_id", "test_list"},
}


@dataclass(frozen=True, slots=True)
class Selection:
    """Which questions are asked: those of contests `since` to `until`, both included, the first `limit`."""

    since: date | None = None
    until: date | None = None
    limit: int | None = None

    def has(self, question: Question) -> bool:
        """Whether the question is in the time; InputError where its date is not told."""
        if self.since is None and self.until is None:
            return True
        try:
            day = date.fromisoformat(question.date[:10])
        except ValueError:
            raise InputError(
                f"{question.problem.where}: --from and --to need a date, not {question.date!r}."
            ) from None
        return (self.since or day) <= day <= (self.until or day)


@dataclass(frozen=True, slots=True)
class Benchmark:
    """`kind` is a layout's name, `problems` or `rl` for rows of ours. `seconds` replaces all time limits."""

    shown: str
    table: Table
    kind: str
    layout: Layout | None = None
    selection: Selection = Selection()
    seconds: float | None = None

    @property
    def published(self) -> str:
        """What results call it: `shown`, but of a path only what published texts tell of one."""
        return self.shown if self.table.path is None else told(self.shown)

    @property
    def time_limit(self) -> float | None:
        """The CPU seconds that any test may take; None where questions state their own."""
        usual = USUAL.get(self.kind)
        return self.seconds or (usual.cpu_seconds if usual else None)


def benchmark_at(
    given: str,
    layout: str | None = None,
    mapping: Path | None = None,
    config: str | None = None,
    split: str | None = None,
    revision: str | None = None,
) -> Benchmark:
    """The benchmark that is meant; InputError where it cannot be found or told what it is."""
    if layout is not None and mapping is not None:
        raise InputError("give --layout or --mapping, not both.")
    table = _table(given, config, split, revision)
    if mapping is not None:
        return Benchmark(given, table, mapping.name, _questions_only(layout_in(mapping)))
    kind = layout or _detected(table, given)
    if kind in (ROWS, RL):
        return Benchmark(given, table, kind)
    return Benchmark(given, table, kind, _questions_only(layout_named(kind)))


def questions(benchmark: Benchmark) -> Iterator[tuple[Question, bool]]:
    """Every question in order, and whether it is chosen; InputError for a row that is none."""
    taken = 0
    for where, called, row in rows(benchmark.table, lambda there, _: _columns(benchmark, there)):
        if isinstance(row, Bad):
            raise InputError(f"{where}: {row.detail}")
        question = _question(benchmark, row, where, called)
        limit = benchmark.selection.limit
        chosen = (limit is None or taken < limit) and benchmark.selection.has(question)
        taken += chosen
        yield question, chosen


def _question(benchmark: Benchmark, row: Mapping[str, object], where: str, called: str) -> Question:
    if benchmark.layout is not None:
        found = of_layout(row, benchmark.layout, benchmark.kind, where, called)
    elif benchmark.kind == RL:
        found = of_rl(row, where, called)
    else:
        found = of_problem(row, where)
    if benchmark.seconds is None:
        return found
    limits = replace(found.problem.limits, cpu_seconds=benchmark.seconds, wall_seconds=None)
    return replace(found, problem=replace(found.problem, limits=limits))


def _questions_only(layout: Layout) -> Layout:
    """The layout without programs: what others answered is not asked for."""
    return replace(layout, programs=())


def _table(given: str, config: str | None, split: str | None, revision: str | None) -> Table:
    folder = Path(given)
    if folder.is_dir() and config is None:
        for inside in (folder / "dataset", folder):
            for name in _IN_FOLDER:
                if any(inside.glob(f"{name}/*.parquet")):
                    return table_at(f"{inside}/{name}/*.parquet", config, split, revision)
    table = table_at(given, config, split, revision)
    return table if table.hub is None else _on_hub(table)


def _on_hub(table: Table) -> Table:
    """The table with the config `rl` where there is one, and the split `test` where there is one."""
    from datasets import get_dataset_config_names, get_dataset_split_names

    hub, commit = str(table.hub), table.commit
    try:
        names = [] if table.name else get_dataset_config_names(hub, revision=commit)
        name = next((one for one in _IN_FOLDER if one in names), table.name)
        splits = [] if table.split else get_dataset_split_names(hub, name, revision=commit)
    except (OSError, ValueError, RuntimeError) as error:
        raise InputError(f"{hub}: its configs and splits cannot be read ({error}).") from None
    return replace(table, name=name, split=table.split or ("test" if "test" in splits else None))


def _detected(table: Table, given: str) -> str:
    found = next(rows(table, lambda there, _: there), None)
    if found is None:
        raise InputError(f"{given} has no rows.")
    where, _, row = found
    if isinstance(row, Bad):
        raise InputError(f"{where}: {row.detail}")
    kind = next((kind for kind, names in _KNOWN.items() if names <= row.keys()), None)
    if kind is None:
        raise InputError(
            f"{where}: of no layout that is known by its columns ({_listed(row)}); give --layout (one of "
            f"{', '.join(LAYOUTS)}) or --mapping FILE."
        )
    return kind


def _columns(benchmark: Benchmark, there: list[str]) -> list[str]:
    if benchmark.layout is not None:
        wanted = {name for names, _ in benchmark.layout.wanted() for name in names}
    elif benchmark.kind == RL:
        wanted = set(RL_COLUMNS)
    else:
        return there
    return [name for name in there if name in wanted]


def _listed(names: Iterable[str]) -> str:
    text = ", ".join(names)
    return text if len(text) <= 120 else text[:117] + "..."
