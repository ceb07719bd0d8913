"""What differs between two published versions, from their manifests and lists of tasks alone."""

from collections.abc import Iterator
from dataclasses import replace

from synthsmith.cards.release.changes import Changes, config_changes
from synthsmith.cards.release.remote import Release, Remote
from synthsmith.cards.release.tasks import Difference, differences, read_lines


def compare(remote: Remote, before: Release, after: Release) -> tuple[Changes, Iterator[Difference]]:
    """The facts, and every task that differs.

    Rows of a config whose columns are not the same are not compared: each list is by its version's columns.
    """
    assert before.manifest is not None
    assert after.manifest is not None
    old = {config.name: config.columns for config in before.manifest.configs}
    other = {each.name for each in after.manifest.configs if old.get(each.name, each.columns) != each.columns}
    lists = remote.tasks(before.sha), remote.tasks(after.sha)

    def found() -> Iterator[Difference]:
        for each in differences(read_lines(lists[0]), read_lines(lists[1])):
            if not (each.config in other and each.before and each.after):
                yield each

    configs = config_changes(before.manifest.configs, after.manifest.configs, found())
    told = tuple(replace(each, compared=each.name not in other) for each in configs)
    return Changes(str(before.version), True, told), found()
