"""The figures of a card: what each shows, and the same in words for those who do not see it.

A picture is there where its numbers are; nothing is drawn of nothing.
"""

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

from synthsmith.cards.facts import Facts
from synthsmith.cards.histogram import Spread
from synthsmith.cards.lengths import Lengths
from synthsmith.cards.plots import charts
from synthsmith.cards.plots.canvas import BLUE, GREEN, ORANGE, PURPLE, QUIET, drawn
from synthsmith.cards.plots.picture import ROW, Panel, Picture, gist, histograms, short
from synthsmith.cards.tree import TreeFacts
from synthsmith.cards.words import STAGE_WORDS, cell, percent, plural, share
from synthsmith.verification.measured import Measured, ReliabilityBin

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MOST_PROXIES, MOST_CATEGORIES = 3, 24
BAR, HEAD = 0.36, 0.5  # inches


def pictures(facts: Facts, known: Measured) -> dict[str, Picture]:
    """The figures that these facts have the numbers for, by name."""
    return {picture.name: picture for picture in _pictures(facts, known)}


def _pictures(facts: Facts, known: Measured) -> Iterator[Picture]:
    yield funnel(facts)
    if facts.verified:
        yield difficulty(facts.pass_rates, facts.solved_rates, facts.proxies)
    if facts.kill_rates.count or facts.mutant_rates.count:
        yield tests(facts.kill_rates, facts.mutant_rates)
    if facts.labels.count:
        yield confidence(facts.labels, known)
    if facts.tree and any(use.nodes for use in facts.tree.coverage):
        yield coverage(facts.tree)
    if facts.lengths:
        yield text_lengths(facts.lengths)


def funnel(facts: Facts) -> Picture:
    """How many tasks were left after each stage."""
    names = [STAGE_WORDS[stage] for stage, _ in facts.funnel]
    left = [number for _, number in facts.funnel]
    labels = [f"{number:,} ({percent(number, facts.attempted)})" for number in left]
    colors = [BLUE] * (len(left) - 1) + [GREEN]
    told = ", ".join(f"{name} {number:,}" for name, number in zip(names, left, strict=True))
    return Picture(
        "funnel",
        f"Tasks left after each stage: {told}.",
        lambda: drawn(
            1, HEAD + BAR * len(names), lambda axes: charts.bars(axes, names, left, labels, colors)
        ),
    )


def difficulty(
    pass_rates: tuple[int, ...], solved: Spread, proxies: tuple[tuple[str, Spread], ...] = ()
) -> Picture:
    """How hard tasks are for the programs that they were verified with, and for solvers without a part."""
    shown = proxies[:MOST_PROXIES]
    edges = tuple(index / len(pass_rates) for index in range(len(pass_rates) + 1))
    panels = [
        Panel("all programs of a task", "share of cases passed, on average", edges, pass_rates, BLUE),
        Panel("all programs of a task", "share of them that passes all", solved.edges, solved.bins, GREEN),
    ]
    panels += [
        Panel(short(name), "share of cases passed", found.edges, found.bins, ORANGE) for name, found in shown
    ]
    alt = [
        f"pass rates of {plural(sum(pass_rates), 'task')}, {gist(pass_rates, edges)}",
        f"on average {share(solved.mean)} of a task's programs pass all cases",
        *(f"{cell(name)} passes {share(found.mean)} of the cases" for name, found in shown),
    ]
    return Picture("difficulty", f"Difficulty: {'; '.join(alt)}.", histograms(panels, "tasks"))


def tests(wrong: Spread, mutants: Spread) -> Picture:
    """How many of the wrong programs the tests of a task find out."""
    kinds = (("wrong candidates", wrong, ORANGE), ("mutants of the golden program", mutants, PURPLE))
    there = [(name, found, color) for name, found, color in kinds if found.count]
    panels = [
        Panel(name, "share that the tests fail", found.edges, found.bins, color)
        for name, found, color in there
    ]
    alt = [f"{share(found.mean)} of the {name} on average ({_tasks(found)})" for name, found, _ in there]
    return Picture("tests", f"The tests of a task fail {', '.join(alt)}.", histograms(panels, "tasks"))


def confidence(labels: Spread, known: Measured) -> Picture:
    """The probabilities of this data's labels, and how such probabilities are meant, as measured."""
    first = next(index for index, number in enumerate(labels.bins) if number)
    first = min(first, len(labels.bins) - 5)
    edges, bins = labels.edges[first:], labels.bins[first:]
    curves = [
        (
            regime.data.name,
            [(each.probability, each.right, each.labels) for each in regime.reliability],
            color,
        )
        for regime, color in zip(known.regimes, (ORANGE, GREEN), strict=True)
    ]

    def draw(*axes: "Axes") -> None:
        here, there = axes
        charts.histogram(
            here, edges, bins, title="labels of this data", across="probability of being right", up="labels"
        )
        charts.reliability(there, curves, title="labels of known data")

    data = " and ".join(f"{_distance(each.reliability)} ({cell(each.data.name)})" for each in known.regimes)
    return Picture(
        "confidence",
        f"{plural(labels.count, 'label')} with a mean probability of {share(labels.mean)} of being right. On "
        f"known data the share that is right differs from the probability by {data} on average.",
        lambda: drawn(2, ROW + 2 * HEAD, draw),
    )


def coverage(tree: TreeFacts) -> Picture:
    """How much of each category of features was drawn, chosen for statements, and is in verified tasks."""
    all_uses = [use for use in tree.coverage if use.nodes]
    largest = sorted(all_uses, key=lambda use: -use.nodes)[:MOST_CATEGORIES]
    uses = [use for use in all_uses if use in largest]
    names = [short(use.category) for use in uses]
    labels = [f"{use.nodes:,}" for use in uses]
    series = [
        ("in verified tasks", [use.verified / use.nodes for use in uses], GREEN),
        ("in other statements", [(use.selected - use.verified) / use.nodes for use in uses], BLUE),
        ("only drawn", [(use.drawn - use.selected) / use.nodes for use in uses], PURPLE),
        ("never drawn", [1 - use.drawn / use.nodes for use in uses], QUIET),
    ]
    nodes = sum(use.nodes for use in uses)
    kinds = plural(len(all_uses), "category", "categories")
    if len(uses) < len(all_uses):
        kinds = f"the {len(uses)} largest of {kinds}"
    parts = [
        f"{percent(sum(number), nodes)} {word}"
        for word, number in (
            ("were drawn", [use.drawn for use in uses]),
            ("are in a statement", [use.selected for use in uses]),
            ("are in a verified task", [use.verified for use in uses]),
        )
    ]
    return Picture(
        "coverage",
        f"Use of {nodes:,} features in {kinds}: {', '.join(parts)}.",
        lambda: drawn(
            1, 2 * HEAD + BAR * len(names), lambda axes: charts.stacked(axes, names, series, labels)
        ),
    )


def text_lengths(found: tuple[Lengths, ...]) -> Picture:
    """How long texts are, in tokens."""
    panels = [Panel(each.column, "tokens", each.edges, each.bins, BLUE) for each in found]
    alt = [
        f"half of the {each.column} texts have up to {each.median:,}, 95 % up to {each.long:,}, "
        f"the longest {each.longest:,}"
        for each in found
    ]
    told = f"Tokens (words and single marks): {'; '.join(alt)}."
    return Picture("lengths", told, histograms(panels, "rows", doubling=True))


def _tasks(found: Spread) -> str:
    return plural(found.count, "task")


def _distance(bins: tuple[ReliabilityBin, ...]) -> str:
    """How far the share that is right is from the probability, over all labels, in percentage points."""
    labels = sum(each.labels for each in bins)
    apart = math.fsum(abs(each.probability - each.right) * each.labels for each in bins)
    return f"{100 * apart / labels:.1f} points"
