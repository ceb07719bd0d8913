"""Other people's data in our words: layouts, and rows to problems."""

from synthsmith.builders.foreign.layout import LAYOUTS, Layout, layout_in, layout_named
from synthsmith.builders.foreign.source import Source, count, entries, files, is_plain, table_at

__all__ = [
    "LAYOUTS",
    "Layout",
    "Source",
    "count",
    "entries",
    "files",
    "is_plain",
    "layout_in",
    "layout_named",
    "table_at",
]
