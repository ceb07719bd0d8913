"""How far near-duplicates and contamination can be told from chance: the tables of `builders/duplicates`.

    python benchmarks/duplicates.py IN.jsonl ... [--planted 250] [--seed 0] [--synthetic 20000]

The files are rows as `synthsmith verify` reads them, with a statement or submissions or both (tests are not
looked at), in which no two rows of different ids are the same problem, as far as anybody knows: pairs of rows
that are alike are printed, to be looked at. Of the statements some are planted again, changed in one of ten
ways; a good measure is high for all of these and high for few pairs of different rows.

    statements   for ways to read them: the median (and the lowest tenth) of how alike a planted one is to
                 what it was, by kind of change, and how many pairs of different rows are as alike: by
                 Jaccard, and by the share of the smaller set that is in both, without what is common
    found        of the planted ones, how many are found with the defaults, and which others are (precision
                 needs looking at them): as near-duplicates, and beside all rows as a benchmark
    programs     by the fewest shingles a program must have: how many pairs of programs of different rows are
                 as alike; and of accepted programs with all names changed, how many are found
    synthetic    seconds and megabytes for so many invented statements, one in twenty a near-copy
"""

import argparse
import json
import random
import re
import resource
import tempfile
import time
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Sequence
from itertools import combinations
from pathlib import Path
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
from planted import Planted, Row, plant, read, renamed, stated
from synthsmith.builders.duplicates import Benchmark, Item, Release, Removal, Search
from synthsmith.builders.duplicates.overlap import Numbers, Postings, is_common
from synthsmith.builders.duplicates.shingles import (
    FEWEST_PROGRAM,
    IN_A_ROW,
    Shingles,
    jaccard,
    program_shingles,
    shingles,
    words,
)
from synthsmith.verification.types import Language

SHOWN = (0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
LENGTHS = (3, 4, 5, 8, 13)
Scores: TypeAlias = npt.NDArray[np.float64]
Measure: TypeAlias = Callable[[Numbers, int, Numbers], Scores]  # of what is shared, and both sizes


def statements(rows: Sequence[Row], planted: Sequence[Planted]) -> None:
    """Print both measures for ways to read a statement."""
    ways: dict[str, Callable[[str], list[str]]] = {
        "numbers kept": _with_numbers,
        "one sign": lambda text: re.sub(r"(?:\d+ )+", "# ", " ".join(_with_numbers(text)) + " ").split(),
        "left out": words,
    }
    for way, read_words in ways.items():
        told = [read_words(row.statement) for row in rows]
        changed = [read_words(each.text) for each in planted]
        for length in LENGTHS if way == "left out" else (IN_A_ROW,):
            sets = [shingles(each, length) for each in told]
            of_planted = [shingles(each, length) for each in changed]
            scores = [jaccard(one, sets[each.row]) for one, each in zip(of_planted, planted, strict=True)]
            _print(f"{way}, {length} in a row, Jaccard", planted, scores, _pairs(sets, _by_jaccard))
            postings = Postings(sets)
            common = postings.known[is_common(postings.counts, len(sets))]
            rare = [np.setdiff1d(each, common, assume_unique=True) for each in sets]
            scores = [
                _share(np.setdiff1d(one, common, assume_unique=True), rare[each.row])
                for one, each in zip(of_planted, planted, strict=True)
            ]
            _print(f"{way}, {length} in a row, share", planted, scores, _pairs(rare, _by_share))


def near_duplicates(rows: Sequence[Row], planted: Sequence[Planted]) -> None:
    """Print what the search finds as it is set."""
    found: dict[str, int] = defaultdict(int)
    with Search(Release()) as search:
        for place, row in enumerate(rows):
            search.add(Item(place, row.id, row.statement))
        for place, each in enumerate(planted, len(rows)):
            search.add(Item(place, str(each.row), each.text))
        removed = search.removals()
    known = {row.id: number for number, row in enumerate(rows)}
    twins = {each.place: each.twin for each in removed}
    for place, each in enumerate(planted, len(rows)):
        root = twins.get(each.row, rows[each.row].id)
        found[each.kind] += place in twins and twins[place] in (root, rows[each.row].id)
    print("\nfound as near-duplicates:", dict(found), "of", len(planted) // len(found), "each")
    own = [each for each in removed if each.place < len(rows)]
    print(f"{len(own)} of the rows themselves are near-duplicates:")
    for each in sorted(own, key=lambda each: each.score):
        print(f"   {each.score:.2f} {each.name} | {each.twin} ({known[each.twin]})")


def contamination(rows: Sequence[Row], planted: Sequence[Planted]) -> None:
    """Print what is found beside a benchmark, as it is set: planted ones, and rows beside all others."""
    found: dict[str, int] = defaultdict(int)
    ours = [Item(place, str(each.row), each.text) for place, each in enumerate(planted)]
    for each in _beside(rows, ours):
        found[planted[each.place].kind] += each.twin == rows[planted[each.place].row].id
    print("\nfound beside a benchmark:", dict(found), "of", len({each.row for each in planted}), "each")
    wrong = _beside(rows[::2], [Item(place, row.id, row.statement) for place, row in enumerate(rows[1::2])])
    print(f"{len(wrong)} of {len(rows) // 2} rows overlap with one of {len(rows[::2])} others:")
    for each in sorted(wrong, key=lambda each: each.score):
        print(f"   {each.score:.2f} {each.name} | {each.twin}")


def _beside(rows: Sequence[Row], ours: Sequence[Item]) -> list[Removal]:
    """What is contaminated, with these rows as the benchmark; near-duplicates are not looked for."""
    with tempfile.NamedTemporaryFile("w", suffix=".jsonl") as file:
        file.writelines(json.dumps({"id": row.id, "statement": row.statement}) + "\n" for row in rows)
        file.flush()
        with Search(Release(None, None, benchmarks=(Benchmark(path=file.name),))) as search:
            for item in ours:
                search.add(item)
            return search.removals()


def programs(rows: Sequence[Row]) -> None:
    """Print how alike programs of different rows are, and whether renamed ones are found."""
    for language in Language:
        kept = [
            (row.id, each, program_shingles(each))
            for row in rows
            for each in row.programs
            if each[0] is language
        ]
        for fewest in (0, 30, FEWEST_PROGRAM, 120):
            long = [(name, found) for name, _, found in kept if len(found) >= fewest]
            scores = [jaccard(a, b) for (one, a), (other, b) in combinations(long, 2) if one != other]
            counts = {shown: int(np.sum(np.array(scores) >= shown)) for shown in SHOWN}
            print(f"{language}, from {fewest} shingles, {len(long)} programs, pairs as alike: {counts}")
        if language is Language.PYTHON:
            again = [(found, renamed(code)) for _, (_, code), found in kept if len(found) >= FEWEST_PROGRAM]
            same = [jaccard(found, program_shingles((language, code))) for found, code in again if code]
            print(f"renamed: {sum(score >= 0.9 for score in same)} of {len(same)} are alike by 0.9")


def synthetic(number: int, seed: int) -> None:
    """Print time and memory for so many invented statements."""
    rng = random.Random(seed)
    vocabulary = ["".join(rng.choices("abcdefghij", k=6)) for _ in range(3000)]
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    last, start = "", time.process_time()
    with Search(Release()) as search:
        for place in range(number):
            told = rng.choices(vocabulary, k=300)
            if place % 20 == 19:
                told = [word if rng.random() > 0.03 else rng.choice(vocabulary) for word in last.split()]
            last = " ".join(told)
            search.add(Item(place, str(place), last))
        added = time.process_time() - start
        removed = search.removals()
    whole, after = time.process_time() - start, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(f"{number} invented statements: {added:.0f} s of CPU to take in, {whole - added:.0f} s to compare,")
    print(f"{(after - before) / 1024:.0f} MB more memory, {len(removed)} of {number // 20} near-copies found")


def _print(title: str, planted: Sequence[Planted], scores: Sequence[float], pairs: dict[float, int]) -> None:
    by_kind: dict[str, list[float]] = defaultdict(list)
    for each, score in zip(planted, scores, strict=True):
        by_kind[each.kind].append(score)
    shown = "  ".join(f"{k} {np.median(v):.2f} ({np.quantile(v, 0.1):.2f})" for k, v in by_kind.items())
    print(f"{title}:\n   planted {shown}\n   pairs   {pairs}", flush=True)


def _pairs(sets: Sequence[Shingles], measure: Measure) -> dict[float, int]:
    """How many pairs are as alike by the measure."""
    postings = Postings(sets)
    counts = dict.fromkeys(SHOWN, 0)
    for number, one in enumerate(sets):
        others, shared = postings.owners(postings.positions(one))
        later = others > number
        scores = measure(shared[later], len(one), postings.sizes[others[later]])
        for shown in SHOWN:
            counts[shown] += int(np.sum(scores >= shown))
    return counts


def _by_jaccard(shared: Numbers, size: int, sizes: Numbers) -> Scores:
    return np.asarray(shared / (sizes + size - shared), np.float64)


def _by_share(shared: Numbers, size: int, sizes: Numbers) -> Scores:
    smaller = np.minimum(sizes, size)
    return np.where(smaller >= 10, shared / np.maximum(smaller, 1), 0.0)


def _share(one: Shingles, other: Shingles) -> float:
    return len(np.intersect1d(one, other, assume_unique=True)) / max(1, min(len(one), len(other)))


def _with_numbers(text: str) -> list[str]:
    """As `words`, and the numbers."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    plain = re.sub(r"\\[a-z]+\*?|</?(?:sub|sup|code|pre|b|i|p|ul|li)>", " ", folded)
    return re.findall(r"[^\W\d_]+|\d+", plain)


def main() -> None:
    """Read, plant, print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--planted", type=int, default=250)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--synthetic", type=int, default=20_000)
    asked = parser.parse_args()
    rows, rng = list(read(asked.files)), random.Random(asked.seed)
    told = stated(rows)
    if told:
        planted = plant(told, asked.planted, rng)
        print(f"{len(told)} statements, {len(planted)} planted")
        statements(told, planted)
        near_duplicates(told, planted)
        contamination(told, planted)
    programs(rows)
    synthetic(asked.synthetic, asked.seed)


if __name__ == "__main__":
    main()
