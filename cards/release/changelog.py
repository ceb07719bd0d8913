"""The changes of a version in Markdown: an entry of CHANGELOG.md, and the same facts on the card."""

from collections.abc import Iterator

from synthsmith.cards.release.changes import Changes, ConfigChange, Named
from synthsmith.cards.release.versions import Version

TITLE = "# Changelog\n\nMade by `synthsmith push` from the rows of every version, newest first.\n"


def entry(version: Version, changes: Changes | None) -> str:
    """The version's entry."""
    return f"## {version}\n\n{told(changes)}"


def told(changes: Changes | None) -> str:
    """The changes in sentences and lines; `changes` is None for a first version."""
    if changes is None:
        return "First version.\n"
    if not changes.known:
        return f"The version before, {changes.before}, has no manifest: what changed since cannot be told.\n"
    lines = [line for config in changes.configs for line in _lines(config)]
    counts = _table(changes) if changes.configs else ""
    if not lines:
        lines = ["The rows are those of that version; the card or other files changed."]
    return f"Since {changes.before}:\n\n{counts}\n" + "\n".join(lines) + "\n"


def with_entry(version: Version, changes: Changes | None, older: str) -> str:
    """CHANGELOG.md with a new entry before those that are there."""
    rest = older.removeprefix(TITLE).strip("\n")
    return f"{TITLE}\n{entry(version, changes)}" + (f"\n{rest}\n" if rest else "")


def _table(changes: Changes) -> str:
    head = f"| Config | Rows in {changes.before} | Rows now |\n|---|---:|---:|\n"
    return head + "".join(
        f"| `{each.name}` | {_number(each.before)} | {_number(each.after)} |\n" for each in changes.configs
    )


def _number(rows: int | None) -> str:
    return "–" if rows is None else f"{rows:,}"


def _lines(change: ConfigChange) -> Iterator[str]:
    name = f"`{change.name}`"
    if change.before is None:
        yield f"- {name}: new config."
    if change.after is None:
        yield f"- {name}: taken away."
        return
    for word, columns in (
        ("added", change.columns_added),
        ("removed", change.columns_removed),
        ("of another type", change.columns_changed),
    ):
        if columns:
            yield f"- {name}: columns {word}: {', '.join(f'`{column}`' for column in columns)}."
    if not change.compared:
        yield f"- {name}: rows that both versions have were not compared, as columns went or changed."
    for word, tasks in (("added", change.added), ("removed", change.removed), ("changed", change.changed)):
        if tasks.count:
            yield f"- {name}: {_tasks(tasks)} {word}{_names(tasks)}."


def _tasks(tasks: Named) -> str:
    return "1 task" if tasks.count == 1 else f"{tasks.count:,} tasks"


def _names(tasks: Named) -> str:
    named = ", ".join(f"`{task}`" for task in tasks.first)
    more = tasks.count - len(tasks.first)
    return f" ({named}{f' and {more:,} more' if more else ''})"
