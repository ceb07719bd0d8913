"""The figures of the overview as SVG, drawn by code: geometry here, ink in templates/figures.html.jinja.

Every figure says its numbers in text too, and tells parts apart by a pattern as well as by colour.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from synthsmith.cards.facts import Share
from synthsmith.cards.report.tally import Bin
from synthsmith.cards.report.texts import cut

WIDTH = 420
HEIGHT = 150
_LEFT, _RIGHT, _TOP, _BOTTOM = 8, 8, 18, 22
_ROW = 24
_LONGEST_NAME = 80
_NAME_WIDTH, _NUMBER_WIDTH = 150, 84


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a histogram: where it stands, how high it is, what it says."""

    x: float
    width: float
    y: float
    height: float
    good_y: float
    good_height: float
    label: str
    count: int
    tip: str


@dataclass(frozen=True, slots=True)
class Histogram:
    """`parts` names the good part and the rest, `end` is written where the last bin ends."""

    title: str
    note: str
    columns: tuple[Column, ...]
    parts: tuple[str, str] | None = None
    end: str = ""
    width: int = WIDTH
    height: int = HEIGHT
    base: float = HEIGHT - _BOTTOM


@dataclass(frozen=True, slots=True)
class Bar:
    """A line of a bar chart; `good` is the width of the better part."""

    y: float
    width: float
    good: float
    name: str
    number: str
    tip: str


@dataclass(frozen=True, slots=True)
class Bars:
    title: str
    note: str
    bars: tuple[Bar, ...]
    height: int
    parts: tuple[str, str] | None = None
    width: int = WIDTH
    left: int = _NAME_WIDTH


def histogram(
    title: str, note: str, bins: Sequence[Bin], *, share: bool, parts: tuple[str, str] | None = None
) -> Histogram | None:
    """The histogram of these bins; None where there is nothing in them."""
    most = max((each.count for each in bins), default=0)
    if most == 0:
        return None
    step = (WIDTH - _LEFT - _RIGHT) / len(bins)
    room = HEIGHT - _TOP - _BOTTOM
    columns = []
    for index, each in enumerate(bins):
        high, good = room * each.count / most, room * each.good / most
        low = f"{each.low:.1f}" if share else _thousands(each.low)
        upper = "1" if index == len(bins) - 1 else f"{bins[index + 1].low:.1f}" if share else ""
        reach = f"{low} to {upper}" if share else f"from {low}"
        told = f"{reach}: {each.count:,}" + (f", {each.good:,} {parts[0]}" if parts else "")
        columns.append(
            Column(
                x=round(_LEFT + step * index + 1, 2),
                width=round(step - 2, 2),
                y=round(HEIGHT - _BOTTOM - high, 2),
                height=round(high, 2),
                good_y=round(HEIGHT - _BOTTOM - good, 2),
                good_height=round(good, 2),
                label=low,
                count=each.count,
                tip=told,
            )
        )
    return Histogram(title, note, tuple(columns), parts, "1" if share else "")


def bars(title: str, note: str, shares: Sequence[Share], parts: tuple[str, str] | None = None) -> Bars | None:
    """A bar for each share, with its good part where `parts` names one; None where there is none."""
    most = max((share.total for share in shares), default=0)
    if most == 0:
        return None
    room = WIDTH - _NAME_WIDTH - _NUMBER_WIDTH
    drawn = []
    for index, share in enumerate(shares):
        name = cut(share.name, _LONGEST_NAME).text
        number = f"{share.good:,} of {share.total:,}" if parts else f"{share.total:,}"
        told = f"{name}: {number}" + (f" {parts[0]}" if parts else "")
        drawn.append(
            Bar(
                y=_ROW * index + 4,
                width=round(room * share.total / most, 2),
                good=round(room * share.good / most, 2),
                name=name,
                number=number,
                tip=told,
            )
        )
    return Bars(title, note, tuple(drawn), _ROW * len(drawn) + 4, parts)


def _thousands(number: float) -> str:
    return f"{number / 1000:g}k" if number >= 10_000 else f"{number:g}"
