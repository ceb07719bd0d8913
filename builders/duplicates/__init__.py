"""Near-duplicates and contamination: what is too much like an earlier row, or like a benchmark's."""

from synthsmith.builders.duplicates.alone import check_source
from synthsmith.builders.duplicates.items import Item
from synthsmith.builders.duplicates.reading import check_readable
from synthsmith.builders.duplicates.removals import LISTED, SEARCHED, Evidence, Removal, Searched, searched_in
from synthsmith.builders.duplicates.search import Search
from synthsmith.builders.duplicates.wanted import (
    USUAL,
    Benchmark,
    Release,
    benchmark_at,
    release_digest,
    with_commits,
)

__all__ = [
    "LISTED",
    "SEARCHED",
    "USUAL",
    "Benchmark",
    "Evidence",
    "Item",
    "Release",
    "Removal",
    "Search",
    "Searched",
    "benchmark_at",
    "check_readable",
    "check_source",
    "release_digest",
    "searched_in",
    "with_commits",
]
