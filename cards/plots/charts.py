"""The forms that the card's figures have: bars with their numbers, histograms, a curve of reliability.

Each draws numbers into one pair of axes and knows nothing of data sets.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from synthsmith.cards.plots.canvas import BLUE, QUIET

if TYPE_CHECKING:
    from matplotlib.axes import Axes

GAP = 0.03  # of a bin, on both sides
SMALLEST, LARGEST = 8, 60  # points of a reliability curve, in square points of type


def bars(
    axes: "Axes", names: Sequence[str], numbers: Sequence[int], labels: Sequence[str], colors: Sequence[str]
) -> None:
    """Horizontal bars, the first on top, each with its label at its end."""
    places = range(len(names))
    axes.barh(places, numbers, color=list(colors), height=0.68)
    for place, number, label in zip(places, numbers, labels, strict=True):
        axes.annotate(label, (number, place), (5, 0), textcoords="offset points", va="center")
    axes.set_yticks(places, names)
    axes.set_xlim(0, 1.25 * max(1, *numbers))
    axes.set_ylim(len(names) - 0.45, -0.55)
    axes.xaxis.set_visible(False)
    axes.tick_params(left=False)
    axes.spines[["left", "bottom"]].set_visible(False)


def stacked(
    axes: "Axes",
    names: Sequence[str],
    series: Sequence[tuple[str, Sequence[float], str]],
    labels: Sequence[str],
) -> None:
    """Shares that add up to one, several of each name, one after the other."""
    places = range(len(names))
    starts = [0.0] * len(names)
    for name, shares, color in series:
        axes.barh(places, shares, left=starts, color=color, height=0.68, label=name)
        starts = [start + share for start, share in zip(starts, shares, strict=True)]
    for place, label in zip(places, labels, strict=True):
        axes.annotate(label, (1, place), (6, 0), textcoords="offset points", va="center")
    axes.set_yticks(places, names)
    axes.set_xlim(0, 1)
    axes.set_ylim(len(names) - 0.45, -0.55)
    axes.xaxis.set_major_formatter(lambda share, _: f"{share:.0%}")
    axes.tick_params(left=False)
    axes.spines[["left"]].set_visible(False)
    _legend(axes, columns=len(series))


def histogram(
    axes: "Axes",
    edges: Sequence[float],
    numbers: Sequence[int],
    *,
    title: str = "",
    across: str,
    up: str,
    color: str = BLUE,
    doubling: bool = False,
) -> None:
    """Bars side by side between their edges; `doubling` gives each doubling the same width."""
    lefts = [_within(left, right, GAP, doubling) for left, right in pairwise(edges)]
    rights = [_within(left, right, 1 - GAP, doubling) for left, right in pairwise(edges)]
    widths = [right - left for left, right in zip(lefts, rights, strict=True)]
    axes.bar(lefts, numbers, widths, align="edge", color=color)
    if doubling:
        axes.set_xscale("log", base=2)
        axes.xaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
    axes.set_xlim(edges[0], edges[-1])
    axes.set_ylim(0, 1.08 * max(1, *numbers))
    axes.locator_params(axis="y", integer=True, nbins=5)
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
    axes.grid(axis="y")
    axes.set(title=title, xlabel=across, ylabel=up)


def reliability(
    axes: "Axes", curves: Sequence[tuple[str, Sequence[tuple[float, float, float]], str]], *, title: str
) -> None:
    """Of things that were given a probability: how many were right, beside how many should be.

    A point is the probability, the share right, and the share of all that it stands for, which is its size.
    """
    axes.plot([0, 1], [0, 1], color=QUIET, linewidth=1, linestyle="--")
    for name, points, color in curves:
        across, up, weights = zip(*points, strict=True)
        axes.plot(across, up, color=color, linewidth=1, alpha=0.6)
        sizes = [LARGEST * weight / max(weights) + SMALLEST for weight in weights]
        axes.scatter(across, up, sizes, color=color, label=name, clip_on=False, zorder=3)
    axes.set(title=title, xlim=(0, 1), ylim=(0, 1.02), xlabel="probability given", ylabel="share right")
    axes.grid()
    _legend(axes, columns=1)


def _legend(axes: "Axes", columns: int) -> None:
    """Below all axes."""
    handles, names = axes.get_legend_handles_labels()
    figure = axes.get_figure(root=True)
    assert figure is not None
    figure.legend(handles, names, loc="outside lower center", ncols=columns, handlelength=1)


def _within(left: float, right: float, share: float, doubling: bool) -> float:
    """The place so far into a bin, as it is seen."""
    return left * (right / left) ** share if doubling else left + (right - left) * share
