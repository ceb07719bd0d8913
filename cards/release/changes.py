"""What differs between a version and the one before it, as facts; changelog and card put it in words."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from synthsmith.cards.release.contents import Config
from synthsmith.cards.release.tasks import Difference
from synthsmith.cards.release.versions import Extent

MOST_NAMED = 10


@dataclass(slots=True)
class Named:
    """So many tasks, and the first of them by name."""

    count: int = 0
    first: list[str] = field(default_factory=list)

    def add(self, task: str) -> None:
        self.count += 1
        if len(self.first) < MOST_NAMED:
            self.first.append(task)


@dataclass(frozen=True, slots=True)
class ConfigChange:
    """What became of one config; `before` and `after` are numbers of rows, None where it is not there.

    `compared` is false where columns went away or changed their types: rows that both versions have cannot be
    told apart then.
    """

    name: str
    before: int | None
    after: int | None
    columns_added: tuple[str, ...]
    columns_removed: tuple[str, ...]
    columns_changed: tuple[str, ...]
    compared: bool = True
    added: Named = field(default_factory=Named)
    removed: Named = field(default_factory=Named)
    changed: Named = field(default_factory=Named)

    @property
    def extent(self) -> Extent:
        if self.after is None or self.columns_added or self.columns_removed or self.columns_changed:
            return Extent.SCHEMA
        touched = self.added.count + self.removed.count + self.changed.count
        return Extent.ROWS if self.before is None or touched else Extent.PAGE


@dataclass(frozen=True, slots=True)
class Changes:
    """From `before` (a version) to the present one; `known` is false where nothing tells what was in it."""

    before: str
    known: bool
    configs: tuple[ConfigChange, ...] = ()

    @property
    def extent(self) -> Extent | None:
        """The largest extent; None where it is not known."""
        if not self.known:
            return None
        found = {config.extent for config in self.configs}
        return next(extent for extent in Extent if extent in found or extent is Extent.PAGE)


def comparable(old: Config, new: Config) -> tuple[str, ...] | None:
    """The columns by which rows of both can be compared: all that the old one has; None where some went."""
    there = dict(new.columns)
    if any(there.get(name) != kind for name, kind in old.columns):
        return None
    return tuple(name for name, _ in old.columns)


def config_changes(
    before: Iterable[Config], after: Iterable[Config], found: Iterable[Difference]
) -> tuple[ConfigChange, ...]:
    """What became of every config of either version; `found` are the tasks that differ."""
    old = {config.name: config for config in before}
    new = {config.name: config for config in after}
    changes = {name: _columns(name, old.get(name), new.get(name)) for name in sorted(old | new)}
    for each in found:
        change = changes[each.config]
        if not each.before:
            change.added.add(each.task)
        elif not each.after:
            change.removed.add(each.task)
        elif change.compared:
            change.changed.add(each.task)
    return tuple(changes.values())


def _columns(name: str, old: Config | None, new: Config | None) -> ConfigChange:
    if old is None or new is None:
        rows = (None if old is None else old.rows, None if new is None else new.rows)
        return ConfigChange(name, *rows, (), (), ())
    was, now = dict(old.columns), dict(new.columns)
    return ConfigChange(
        name,
        old.rows,
        new.rows,
        tuple(column for column in now if column not in was),
        tuple(column for column in was if column not in now),
        tuple(column for column in now if column in was and was[column] != now[column]),
        comparable(old, new) is not None,
    )


def reason(changes: Changes) -> str:
    """Why a version of a certain extent is asked for, in words."""
    if not changes.known:
        return "it has no manifest, so what changed cannot be told"
    first: Mapping[Extent, ConfigChange] = {config.extent: config for config in reversed(changes.configs)}
    extent = changes.extent
    if extent is Extent.SCHEMA:
        change = first[Extent.SCHEMA]
        if change.after is None:
            return f"the config {change.name} was taken away"
        columns = (*change.columns_added, *change.columns_removed, *change.columns_changed)
        return f"the columns of {change.name} changed ({', '.join(columns)})"
    if extent is Extent.ROWS:
        change = first[Extent.ROWS]
        if change.before is None:
            return f"the config {change.name} is new"
        added, removed, other = change.added.count, change.removed.count, change.changed.count
        return f"rows of {change.name} changed (tasks: {added} added, {removed} removed, {other} changed)"
    return "only the page and files beside the rows can have changed"
