"""pass@k over k as an SVG, a curve a group, with intervals. White lies behind it, for pages that are dark."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

WIDTH, HEIGHT = 760, 420
LEFT, RIGHT, TOP, BOTTOM = 64, 520, 40, 360  # the frame; the legend is to its right
COLOURS = ("#000000", "#0072b2", "#e69f00", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#7f7f7f")
APART = 3  # between the bars of two curves at one k, so that none hides another
LONGEST_NAME = 34


@dataclass(frozen=True, slots=True)
class Point:
    """pass@k and its interval, as shares."""

    k: int
    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Curve:
    """One group's points, by k."""

    name: str
    points: tuple[Point, ...]


def plot(curves: Sequence[Curve], level: float) -> str:
    """The figure as text; at most as many curves as there are colours."""
    k = sorted({point.k for curve in curves for point in curve.points}) or [1]
    body = [*_axes(k, level)]
    for number, (curve, colour) in enumerate(zip(curves, COLOURS, strict=False)):
        body += _curve(curve, colour, k, (number - (len(curves) - 1) / 2) * APART)
        body += _legend(curve.name, colour, number)
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" '
        f'height="{HEIGHT}" font-family="sans-serif" font-size="13" fill="#222">'
    )
    return "\n".join([head, f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>', *body, "</svg>", ""])


def _axes(k: Sequence[int], level: float) -> Iterator[str]:
    middle = (LEFT + RIGHT) / 2
    title = f"pass@k with {100 * level:g} % intervals over questions"
    yield f'<text x="{LEFT}" y="22" font-size="15">{title}</text>'
    for share in (0, 0.25, 0.5, 0.75, 1):
        y = _y(share)
        yield f'<line x1="{LEFT}" y1="{y}" x2="{RIGHT}" y2="{y}" stroke="#ddd"/>'
        yield f'<text x="{LEFT - 8}" y="{y + 4}" text-anchor="end">{100 * share:g} %</text>'
    for one in k:
        x = _x(one, k)
        yield f'<line x1="{x}" y1="{BOTTOM}" x2="{x}" y2="{BOTTOM + 5}" stroke="#222"/>'
        yield f'<text x="{x}" y="{BOTTOM + 20}" text-anchor="middle">{one}</text>'
    yield f'<line x1="{LEFT}" y1="{BOTTOM}" x2="{RIGHT}" y2="{BOTTOM}" stroke="#222"/>'
    yield f'<text x="{middle:g}" y="{BOTTOM + 42}" text-anchor="middle">k</text>'


def _curve(curve: Curve, colour: str, k: Sequence[int], aside: float) -> Iterator[str]:
    places = [(round(_x(point.k, k) + aside, 1), point) for point in curve.points]
    line = " ".join(f"{x:g},{_y(point.value)}" for x, point in places)
    yield f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="2"/>'
    for x, point in places:
        bar = f'x1="{x:g}" y1="{_y(point.low)}" x2="{x:g}" y2="{_y(point.high)}"'
        told = escape(
            f"{curve.name}: pass@{point.k} {100 * point.value:.1f} % "
            f"({100 * point.low:.1f} to {100 * point.high:.1f})"
        )
        yield f'<line {bar} stroke="{colour}" stroke-width="1.5" opacity="0.6"/>'
        dot = f'cx="{x:g}" cy="{_y(point.value)}" r="3.5" fill="{colour}"'
        yield f"<circle {dot}><title>{told}</title></circle>"


def _legend(name: str, colour: str, number: int) -> Iterator[str]:
    y = TOP + 10 + 22 * number
    short = name if len(name) <= LONGEST_NAME else name[: LONGEST_NAME - 3] + "..."
    yield f'<rect x="{RIGHT + 20}" y="{y - 5}" width="14" height="4" fill="{colour}"/>'
    yield f'<text x="{RIGHT + 42}" y="{y + 2}">{escape(short)}</text>'


def _x(k: int, every: Sequence[int]) -> float:
    """Where k stands: powers of two are equally far apart; one alone is in the middle."""
    low, high = math.log2(every[0]), math.log2(every[-1])
    share = (math.log2(k) - low) / (high - low) if high > low else 0.5
    return round(LEFT + 30 + share * (RIGHT - LEFT - 60), 1)


def _y(share: float) -> float:
    return round(BOTTOM - share * (BOTTOM - TOP), 1)
