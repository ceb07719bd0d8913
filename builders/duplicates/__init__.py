"""Near-duplicates and contamination: what is too much like an earlier row, or like a benchmark's."""

from synthsmith.builders.duplicates.items import Item
from synthsmith.builders.duplicates.removals import Evidence, Removal, Searched
from synthsmith.builders.duplicates.search import Search
from synthsmith.builders.duplicates.wanted import Benchmark, Release, release_digest, with_commits

__all__ = [
    "Benchmark",
    "Evidence",
    "Item",
    "Release",
    "Removal",
    "Search",
    "Searched",
    "release_digest",
    "with_commits",
]
