"""Where problems made elsewhere are from, as a published row tells it: never by a folder of this machine."""

import os
from dataclasses import dataclass, field
from pathlib import Path

from synthsmith.builders.foreign.source import Source, files
from synthsmith.builders.tables import told


@dataclass(frozen=True, slots=True)
class Origin:
    """`shown` is an id on the Hub, read at the commit `revision`, or what files are called (None then).

    `folder` is where the files lie here, with its last slash: what places of rows begin with, unpublished.
    """

    shown: str
    revision: str | None
    layout: str | None
    folder: str = field(default="", compare=False)

    def place(self, where: str) -> str:
        """The file and row of a problem, as it is published."""
        return where.removeprefix(self.folder)


def origin_of(source: Source) -> Origin:
    """The origin of rows that are read from there."""
    table, layout = source.table, source.layout_name or None
    if table.path is None:
        return Origin(str(table.hub), table.commit, layout)
    path = Path(table.path)
    folder = path if path.is_dir() else Path(os.path.commonpath([file.parent for file in files(source)]))
    return Origin(told(table.path), None, layout, str(folder / "_")[:-1])
