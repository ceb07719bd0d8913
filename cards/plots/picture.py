"""What a figure of a card is: its bytes, and its gist in words for those who do not see it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from synthsmith.cards.plots import charts
from synthsmith.cards.plots.canvas import drawn

if TYPE_CHECKING:
    from matplotlib.axes import Axes

FOLDER = "figures"
ROW = 2.3  # inches, of one row of panels
LONGEST_NAME = 32


@dataclass(frozen=True, slots=True)
class Picture:
    """`png` gives the bytes of `figures/NAME.png`; `alt` says the gist of its numbers, safe in Markdown."""

    name: str
    alt: str
    png: Callable[[], bytes]

    @property
    def path(self) -> str:
        return f"{FOLDER}/{self.name}.png"

    @property
    def markdown(self) -> str:
        return f"![{self.alt}]({self.path})"


@dataclass(frozen=True, slots=True)
class Panel:
    """A histogram among others."""

    title: str
    across: str
    edges: Sequence[float]
    bins: Sequence[int]
    color: str


def save(pictures: dict[str, Picture], folder: Path) -> None:
    """Write the figures below a data set's folder."""
    (folder / FOLDER).mkdir()
    for picture in pictures.values():
        (folder / picture.path).write_bytes(picture.png())


def histograms(panels: Sequence[Panel], up: str, *, doubling: bool = False) -> Callable[[], bytes]:
    """What draws the panels, all of one kind of things."""

    def draw(*axes: "Axes") -> None:
        for place, panel in zip(axes, panels, strict=True):
            charts.histogram(
                place,
                panel.edges,
                panel.bins,
                title=panel.title,
                across=panel.across,
                up=up,
                color=panel.color,
                doubling=doubling,
            )

    return lambda: drawn(len(panels), ROW, draw)


def short(name: str) -> str:
    """A name that leaves room for what it names."""
    plain = " ".join(name.split())
    return plain if len(plain) <= LONGEST_NAME else f"{plain[: LONGEST_NAME - 1]}…"


def gist(bins: tuple[int, ...], edges: tuple[float, ...] | list[float]) -> str:
    """Where most of a histogram lies."""
    most = max(range(len(bins)), key=lambda index: (bins[index], index))
    return f"most ({bins[most]:,}) between {edges[most]:g} and {edges[most + 1]:g}"
