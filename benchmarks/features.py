"""A feature tree as large as the paper's: the time to load, merge, fold and draw from it, and the memory.

    python benchmarks/features.py [FEATURES] [FOLDER]

Makes a tree of FEATURES features (600,000), the same on every machine: the categories have the shares of the
paper's table 8 after evolution, groups have few or many features as a power law has it, counts are Zipf's,
and one name in thirty is another spelling of its neighbour's (plural, hyphen, abbreviation). Each step runs
in a process of its own over the file that was written, so that its peak of memory is its own and the tree's.
Seconds are those of CPU.
"""

import argparse
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from synthsmith.builders import coverage, features, sampling
from synthsmith.builders.coverage import Use
from synthsmith.builders.evolution import Check, Evolution, pieces
from synthsmith.builders.features import Tree
from synthsmith.builders.folding import folded, rules_for
from synthsmith.builders.history import Growth, from_text, to_text
from synthsmith.builders.naming import Folding
from synthsmith.builders.sampling import Sampler

SHARES = {
    "algorithm": 176_914,
    "data structures": 65_104,
    "problem type": 130_293,
    "implementation logic": 106_157,
    "complexity analysis": 90_016,
    "optimization techniques": 14_124,
}
FIRST = ("binary", "range", "prefix", "interval", "lazy", "monotonic", "sparse", "weighted", "greedy")
SECOND = ("search", "query", "sum", "tree", "heap", "graph", "path", "window", "matching", "partition")
THIRD = ("counting", "merging", "update", "traversal", "compression", "pruning", "hashing", "lookup")
OTHER_SPELLINGS: tuple[Callable[[str], str], ...] = (
    lambda name: name + "s",
    lambda name: name.replace(" ", "-", 1),
    lambda name: name.title(),
    lambda name: name.replace("greatest common divisor", "gcd").replace(" ", "", 1),
)


def made(number: int) -> Tree:
    """A tree of about so many features."""
    rng = random.Random(7)
    whole = sum(SHARES.values())
    children = []
    for category, share in SHARES.items():
        names = _names(rng)
        below = _level(rng, names, int(number * share / whole), 4)
        children.append(Tree(category, 10_000.0, below))
    return Tree("", 10_000.0, features.children_of(children))


def _names(rng: random.Random) -> Iterator[str]:
    number = 0
    while True:
        number += 1
        name = f"{rng.choice(FIRST)} {rng.choice(SECOND)} {rng.choice(THIRD)} {_syllables(number)}"
        yield name
        if rng.random() < 1 / 30:
            yield rng.choice(OTHER_SPELLINGS)(name)


def _syllables(number: int) -> str:
    """A word for a number, so that names are as different as in a real tree."""
    word = ""
    while number:
        number, digit = divmod(number, 20)
        word += ("ba", "co", "di", "fu", "ge", "ha", "ki", "lo", "mu", "ne")[digit % 10] + ("r", "n")[
            digit // 10
        ]
    return word


def _level(rng: random.Random, names: Iterator[str], number: int, depth: int) -> dict[str, Tree]:
    """So many features, in groups of very different sizes, at most `depth` levels deep."""
    found: dict[str, Tree] = {}
    while number > 0:
        name = next(names)
        size = 0 if depth == 1 else min(number - 1, int(rng.paretovariate(0.9 if depth > 2 else 1.2)) - 1)
        size = min(size, 4_000)
        count = float(int(rng.paretovariate(1.1)))
        found[features.fold(name)] = Tree(name, count, _level(rng, names, size, depth - 1))
        number -= 1 + size
    return dict(sorted(found.items()))


def load(folder: Path) -> Tree:
    growth, _ = from_text((folder / "features.json").read_text(encoding="utf-8"))
    return growth.tree


def do_load(_: Tree, __: random.Random) -> str:
    return "features.json read, both trees in it"


def do_merge(tree: Tree, rng: random.Random) -> str:
    halves = [_part(tree, rng), _part(tree, rng)]
    start = time.process_time()
    both = features.merge(halves)
    seconds = time.process_time() - start
    sizes = [sum(1 for _ in features.walk(one)) for one in (*halves, both)]
    return f"{sizes[0]:,} and {sizes[1]:,} features into {sizes[2]:,}: {seconds:.2f} s"


def do_union(tree: Tree, rng: random.Random) -> str:
    sampler = Sampler(tree, sampling.Sampling(shape=(6, 3, 3, 2)))
    parts = [features.from_nested(sampler.sample(f"{i}")) for i in range(10_000)]
    start = time.process_time()
    union = features.Union()
    for part in parts:
        union.add(part)
    found = sum(1 for _ in features.walk(union.tree()))
    return f"10,000 replies into {found:,} features: {time.process_time() - start:.2f} s"


def do_fold(tree: Tree, _: random.Random) -> str:
    start = time.process_time()
    rules = rules_for(Folding(), tree)
    middle = time.process_time()
    found, folds = folded(tree, rules)
    end = time.process_time()
    left = sum(1 for _ in features.walk(found))
    told = f"slips {middle - start:.2f} s, keys and mergers {end - middle:.2f} s"
    return f"{len(folds):,} names folded, {left:,} features left: {told}"


def do_sample(tree: Tree, _: random.Random) -> str:
    sampler = Sampler(tree)
    start = time.process_time()
    drawn = [features.leaves(sampler.sample(f"0:{i}")) for i in range(1000)]
    seconds = time.process_time() - start
    return f"1,000 draws, {len({leaf for leaves in drawn for leaf in leaves}):,} features: {seconds:.2f} s"


def do_evolve(tree: Tree, _: random.Random) -> str:
    start = time.process_time()
    parts = [part for child in tree.children.values() for part in pieces(child, 300)]
    middle = time.process_time()
    check = Check(tree, rules_for(Folding(), tree), Evolution())
    replies = [_reply(part) for part in parts[:200]]
    begun = time.process_time()
    added = sum(check.additions(reply).added for reply in replies)
    end = time.process_time()
    told = f"{len(parts):,} prompts cut: {middle - start:.2f} s"
    return f"{told}; 200 replies checked, {added:,} new features: {end - begun:.2f} s"


def do_cover(tree: Tree, _: random.Random) -> str:
    sampler = Sampler(tree)
    uses = []
    for i in range(10_000):
        leaves = features.leaves(sampler.sample(f"0:{i}"))
        uses.append(Use(f"0:{i}", leaves, leaves[:4], True))
    start = time.process_time()
    tally = coverage.cover(sampler, uses)
    text = coverage.to_json(sampler, tally)
    return f"10,000 attempts, {len(text) / 1e6:.0f} MB of JSON: {time.process_time() - start:.2f} s"


def _part(tree: Tree, rng: random.Random) -> Tree:
    """About three quarters of a tree."""
    kept = {key: _part(child, rng) for key, child in tree.children.items() if rng.random() < 0.87}
    return Tree(tree.name, tree.count, kept)


def _reply(piece: Tree) -> Tree:
    """A piece with something new in every group."""
    children = {key: _reply(child) for key, child in piece.children.items()}
    if children:
        children |= {name: Tree(name, 1.0) for name in ("entirely new thing", "another new thing")}
    return (
        Tree(piece.name, 1.0, dict(sorted(children.items()))) if piece.name in SHARES or children else piece
    )


STEPS = {
    "load": do_load,
    "merge": do_merge,
    "union": do_union,
    "fold": do_fold,
    "sample": do_sample,
    "evolve": do_evolve,
    "cover": do_cover,
}


def step(name: str, folder: Path) -> None:
    """Run one step and print its line."""
    start = time.process_time()
    tree = load(folder)
    loaded = time.process_time() - start
    told = STEPS[name](tree, random.Random(1))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{name:7} loaded in {loaded:.2f} s; peak {peak:.0f} MiB; {told}", flush=True)


def main(number: int, folder: Path) -> None:
    """Make the tree, write it, and run every step over it."""
    tree = made(number)
    for size in features.statistics(tree):
        print(f"{size.category:24} {size.nodes:>8,} features, {size.leaves:>8,} leaves, {size.depth} levels")
    widest = max(len(child.children) for child in features.walk(tree))
    print(f"all: {sum(size.nodes for size in features.statistics(tree)):,} features, widest group {widest:,}")
    (folder / "features.json").write_text(to_text(Growth(Tree(), tree), ""), encoding="utf-8")
    print(f"features.json: {(folder / 'features.json').stat().st_size / 1e6:.0f} MB", flush=True)
    for name in STEPS:
        subprocess.run([sys.executable, __file__, "--step", name, folder], check=True)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--step"]:
        step(sys.argv[2], Path(sys.argv[3]))
    else:
        parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
        parser.add_argument("features", type=int, nargs="?", default=600_000)
        parser.add_argument("folder", type=Path, nargs="?")
        options = parser.parse_args()
        with tempfile.TemporaryDirectory() as made_here:
            main(options.features, options.folder or Path(made_here))
