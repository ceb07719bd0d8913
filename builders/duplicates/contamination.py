"""The benchmarks that the user names, read once, and what of them a row of ours overlaps with."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from synthsmith.builders.duplicates.overlap import Programs, Shared, Statements
from synthsmith.builders.duplicates.reading import items
from synthsmith.builders.duplicates.removals import Evidence, SearchedBenchmark
from synthsmith.builders.duplicates.shingles import (
    FEWEST_PROGRAM,
    Shingles,
    program_shingles,
    statement_shingles,
)
from synthsmith.builders.duplicates.wanted import Release, revision_of

MOST_PROGRAMS = 4  # of a benchmark's row that are compared with; some rows have thousands


class Benchmarks:
    """All rows of all benchmarks; InputError where one cannot be read."""

    def __init__(self, release: Release) -> None:
        self._release = release
        self._names: list[tuple[int, str]] = []  # of every row: which benchmark, and what it is called
        statements: list[Shingles] = []
        programs: list[Shingles] = []
        owners: list[int] = []
        for number, source in enumerate(release.benchmarks):
            for item in items(source):
                statements.append(statement_shingles(item.statement))
                if release.near_programs is not None:
                    sets = [program_shingles(each) for each in item.programs[:MOST_PROGRAMS]]
                    long = [each for each in sets if len(each) >= FEWEST_PROGRAM]
                    programs += long
                    owners += [len(self._names)] * len(long)
                self._names.append((number, item.name))
        self._statements, self._programs = Statements(statements), Programs(programs, owners)
        self._owners = owners

    def leave_out_common(self, ours: Iterable[Shingles]) -> None:
        """Let what is common in our statements count for nothing."""
        counts = np.zeros(len(self._statements.postings.counts), np.int64)
        rows = 0
        for statement in ours:
            counts[self._statements.postings.positions(statement)] += 1
            rows += 1
        self._statements.leave_out(counts, rows)

    def most_like(self, statement: Shingles, programs: Sequence[Shingles]) -> tuple[Evidence, Shared] | None:
        """The row with which ours overlaps, by its statement if it does so, and else by a program."""
        shared = self._statements.most_like(statement, self._release.overlap)
        if shared is not None:
            return Evidence.STATEMENT, shared
        for program in programs:
            threshold = self._release.near_programs
            if threshold is not None and len(program) >= FEWEST_PROGRAM:
                shared = self._programs.most_like(program, threshold)
                if shared is not None:
                    return Evidence.PROGRAM, shared
        return None

    def called(self, row: int) -> tuple[str, str]:
        """What the row and its benchmark are called."""
        number, name = self._names[row]
        return name, self._release.benchmarks[number].shown

    def searched(self, removed: Mapping[str, int]) -> tuple[SearchedBenchmark, ...]:
        """What was read of each, and how many of ours were removed for it."""
        whose = [number for number, _ in self._names]
        rows = Counter(whose)
        statements = Counter(
            number for number, fit in zip(whose, self._statements.comparable.tolist(), strict=True) if fit
        )
        programs = Counter(whose[row] for row in self._owners)
        return tuple(
            SearchedBenchmark(
                each.shown,
                revision_of(each) or "",
                rows[at],
                statements[at],
                programs[at],
                removed.get(each.shown, 0),
            )
            for at, each in enumerate(self._release.benchmarks)
        )
