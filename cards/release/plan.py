"""What the repository is to hold for a version: a function of the rows and the version before alone.

There is no clock in it, so whoever pushes the same rows as the same version plans the same files: that is how
a push that was broken off is recognised, and how one that has nothing to do is.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from synthsmith.builders.export import llama_factory
from synthsmith.cards.card import Edition
from synthsmith.cards.release import changelog, manifest
from synthsmith.cards.release.changes import Changes, comparable, config_changes
from synthsmith.cards.release.contents import CARD, CHANGELOG, MANIFEST, SUFFIX, TASKS, Contents
from synthsmith.cards.release.manifest import Manifest, is_same
from synthsmith.cards.release.page import Page, check_page
from synthsmith.cards.release.pieces import Piece, of_file, of_text
from synthsmith.cards.release.reading import Large, check_text, compare_by
from synthsmith.cards.release.remote import Release, Remote, Tree
from synthsmith.cards.release.secrets import Watch
from synthsmith.cards.release.tasks import TaskList, differences, read_lines
from synthsmith.cards.release.versions import Version


@dataclass(frozen=True, slots=True)
class Local:
    """What is here and was checked: nothing in it depends on the Hub.

    `tasks` is the file of the list of tasks, `work` the folder it is in, `unfinished` how many tasks of the
    build have not come to an end.
    """

    contents: Contents
    tasks: Path
    work: Path
    page: Page
    edition: Edition
    watch: Watch
    generator: str
    large: tuple[Large, ...] = ()
    unfinished: int = 0


@dataclass(frozen=True, slots=True)
class Plan:
    """The files of a version and what differs from the one before (None: there is none)."""

    version: Version
    changes: Changes | None
    pieces: Mapping[str, Piece]

    def is_at(self, tree: Tree) -> bool:
        """Whether a commit is this release: all its files, and no further rows."""
        there = {path for path in tree if path.endswith(SUFFIX)}
        return there <= self.pieces.keys() and all(
            path in tree and is_same(tree[path], piece) for path, piece in self.pieces.items()
        )

    def differing(self, tree: Tree) -> tuple[str, ...]:
        """The paths of files that a commit lacks, or has otherwise."""
        return tuple(
            path for path, piece in self.pieces.items() if path not in tree or not is_same(tree[path], piece)
        )

    def stale(self, tree: Tree, before: Sequence[Manifest | None]) -> tuple[str, ...]:
        """The paths of files to be deleted: rows, and what an earlier release brought, that are no more."""
        ours = {path for each in before if each for path in each.files}
        return tuple(
            path
            for path in sorted(tree)
            if path not in self.pieces and (path.endswith(SUFFIX) or path in ours)
        )


def make_plan(local: Local, version: Version, previous: Release | None, remote: Remote) -> Plan:
    """The plan of a version that comes after `previous`, of which the list of tasks is fetched."""
    changes = None if previous is None else _changes(local, previous, remote)
    older = "" if previous is None else remote.changelog(previous.sha)
    edition = replace(
        local.edition,
        version=str(version),
        repository=remote.repository,
        changes=changelog.told(changes).rstrip("\n"),
    )
    card = local.page(edition)
    check_page(card, local.contents, edition)
    made = (
        of_text(CARD, card),
        of_text(CHANGELOG, changelog.with_entry(version, changes, older)),
        of_text(llama_factory.INFO, _for_llama_factory(local.contents, remote.repository)),
        of_file(TASKS, local.tasks),
    )
    check_text(local.watch, card, CARD)
    pieces = (*local.contents.pieces, *made)
    before = None if previous is None else str(previous.version)
    told = manifest.make(str(version), before, local.generator, local.contents.configs, pieces)
    whole = (*pieces, of_text(MANIFEST, manifest.to_text(told)))
    return Plan(version, changes, {piece.path: piece for piece in sorted(whole, key=lambda each: each.path)})


def _for_llama_factory(contents: Contents, repository: str) -> str:
    """The build's own names folders on its disk; the published one names the repository."""
    return llama_factory.dataset_info((config.name for config in contents.configs), repository)


def _changes(local: Local, previous: Release, remote: Remote) -> Changes:
    before = previous.manifest
    if before is None:
        return Changes(str(previous.version), known=False)
    new = {config.name: config for config in local.contents.configs}
    by = {old.name: comparable(old, new[old.name]) for old in before.configs if old.name in new}
    fewer = {
        name: columns for name, columns in by.items() if columns and len(columns) < len(new[name].columns)
    }
    tasks = _by_fewer(local, fewer) if fewer else local.tasks
    found = differences(read_lines(remote.tasks(previous.sha)), read_lines(tasks))
    return Changes(str(previous.version), True, config_changes(before.configs, local.contents.configs, found))


def _by_fewer(local: Local, columns: Mapping[str, Sequence[str]]) -> Path:
    """The list of tasks by the columns of the version before: a new column alone changes no row."""
    path = local.work / "by-older-columns.parquet"
    with TaskList() as tasks:
        compare_by(local.contents, tasks, columns)
        tasks.write(path)
    return path
