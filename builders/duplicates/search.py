"""The search: all items go in, in any order, then those come out that are too much like another one.

A row that overlaps with a benchmark's is contaminated. Of the others, a row goes if it is like one before
it: whether that one stands itself does not matter, so a lower threshold never lets a row stand that a higher
one removed, and rows that are added later never change what becomes of those before them (but for what is
common in all of them and so no overlap with a benchmark). What a removed row names is the one that stands at
the end of the chain, and the link to it. A row that is like a contaminated one before it is contaminated
through it.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from types import TracebackType
from typing import TypeAlias

from synthsmith.builders.duplicates.contamination import Benchmarks
from synthsmith.builders.duplicates.items import Item
from synthsmith.builders.duplicates.removals import Evidence, Removal, Searched
from synthsmith.builders.duplicates.shingles import (
    FEWEST_PROGRAM,
    FEWEST_STATEMENT,
    Shingles,
    jaccard,
    program_shingles,
    statement_shingles,
)
from synthsmith.builders.duplicates.signatures import keys
from synthsmith.builders.duplicates.store import Store
from synthsmith.builders.duplicates.wanted import Release
from synthsmith.verification.decision import Reason

# By what rows are compared with each other, in this order; the number keeps their keys apart.
_KINDS = {Evidence.STATEMENT: 0, Evidence.PROGRAM: 1}
_FEWEST = {Evidence.STATEMENT: FEWEST_STATEMENT, Evidence.PROGRAM: FEWEST_PROGRAM}
Skip: TypeAlias = Callable[[int], bool]


def nothing(place: int) -> bool:
    """Skip nothing."""
    return False


class Search:
    """One search; nothing of it is left on the disk at its end. InputError for an unreadable benchmark."""

    def __init__(self, release: Release) -> None:
        self._release = release
        self._thresholds = {
            Evidence.STATEMENT: release.near_statements,
            Evidence.PROGRAM: release.near_programs,
        }
        self._benchmarks = Benchmarks(release)  # first: where one cannot be read, no file is made
        self._store = Store()

    def __enter__(self) -> "Search":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._store.close()

    def add(self, item: Item) -> None:
        """Take an item in; its place must be its own."""
        wanted = self._release.near_programs is not None
        programs = [program_shingles(each) for each in dict.fromkeys(item.programs)] if wanted else []
        statement = statement_shingles(item.statement)
        self._store.put(item.place, item.name, statement, programs)
        for kind, shingles in self._comparable(statement, programs):
            self._store.index(item.place, self._keys(kind, shingles))

    def removals(self, skip: Skip = nothing) -> list[Removal]:
        """What has to go, in the order of the places; those to be skipped (copies) take no part."""
        if self._release.benchmarks:
            ours = (self._store.statement(place) for place in self._store.places() if not skip(place))
            self._benchmarks.leave_out_common(ours)
        found: dict[int, Removal] = {}
        for place in self._store.places():
            if not skip(place):
                removal = self._contaminated(place) or self._repeated(place, found, skip)
                if removal is not None:
                    found[place] = removal
        return list(found.values())

    def searched(self, removals: Iterable[Removal], skip: Skip = nothing) -> Searched:
        """The account of it; `removals` may hold more than were found here."""
        removals = tuple(removals)
        why = Counter((each.reason, each.evidence) for each in removals)
        return Searched(
            tasks=sum(not skip(place) for place in self._store.places()),
            near_statements=self._release.near_statements,
            near_programs=self._release.near_programs,
            overlap=self._release.overlap,
            benchmarks=self._benchmarks.searched(Counter(each.benchmark or "" for each in removals)),
            removed=tuple((reason, evidence, number) for (reason, evidence), number in sorted(why.items())),
        )

    def _contaminated(self, place: int) -> Removal | None:
        if not self._release.benchmarks:
            return None
        like = self._benchmarks.most_like(self._store.statement(place), self._store.programs(place))
        if like is None:
            return None
        evidence, shared = like
        row, benchmark = self._benchmarks.called(shared.row)
        name = self._store.name(place)
        return Removal(place, name, Reason.CONTAMINATED, evidence, shared.score, row, benchmark)

    def _repeated(self, place: int, found: Mapping[int, Removal], skip: Skip) -> Removal | None:
        for kind, shingles in self._sets(place):
            threshold = self._thresholds[kind]
            assert threshold is not None
            for earlier in self._store.earlier(self._keys(kind, shingles), place):
                others = [] if skip(earlier) else [each for what, each in self._sets(earlier) if what is kind]
                score = max((jaccard(shingles, each) for each in others), default=0.0)
                if score >= threshold:
                    return self._after(place, kind, score, earlier, found.get(earlier))
        return None

    def _after(
        self, place: int, kind: Evidence, score: float, earlier: int, before: Removal | None
    ) -> Removal:
        """The removal of a row for being like an earlier one, and what became of that one."""
        name, twin = self._store.name(place), self._store.name(earlier)
        if before is None:
            return Removal(place, name, Reason.DUPLICATE, kind, score, twin)
        return replace(before, place=place, name=name, evidence=kind, score=score, through=twin)

    def _sets(self, place: int) -> list[tuple[Evidence, Shingles]]:
        return self._comparable(self._store.statement(place), self._store.programs(place))

    def _comparable(self, statement: Shingles, programs: list[Shingles]) -> list[tuple[Evidence, Shingles]]:
        """What rows are compared by with each other: sets that are large enough, where it is asked for."""
        sets = {Evidence.STATEMENT: [statement], Evidence.PROGRAM: programs[:1]}
        return [
            (kind, each)
            for kind in _KINDS
            for each in sets[kind]
            if self._thresholds[kind] is not None and len(each) >= _FEWEST[kind]
        ]

    def _keys(self, kind: Evidence, shingles: Shingles) -> list[int]:
        threshold = self._thresholds[kind]
        assert threshold is not None
        return keys(shingles, threshold, _KINDS[kind])
