"""The table of tasks: a few words on each, as columns that the page unpacks, searches and sorts."""

import json
from collections.abc import Iterable
from dataclasses import dataclass

from synthsmith.cards.report.markdown import title_of
from synthsmith.cards.report.reading import TaskRow, certificate_of
from synthsmith.cards.report.texts import cut, visible

LONGEST_FEATURE = 200


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the table. `name` is what its link ends in: its id, or its draw where that is taken."""

    name: str
    draw: str
    title: str
    verdict: str
    reason: str
    style: str
    pass_rate: float | None
    ease: float | None
    golden_probability: float | None
    kill_rate: float | None
    is_suite_weak: bool
    candidates: int
    features: tuple[str, ...]


def line_of(task: TaskRow, name: str) -> Line:
    """The line of a task that is called so."""
    certificate = certificate_of(task)
    golden = certificate.golden_probabilities.get(task.golden_candidate or "") if certificate else None
    return Line(
        name=name,
        draw=visible(task.draw),
        title=visible(title_of(task.statement)),
        verdict=task.verdict,
        reason=task.reason or "",
        style=task.style,
        pass_rate=_short(task.pass_rate),
        ease=_short(task.ease) if task.verified else None,
        golden_probability=_short(golden),
        kill_rate=_short(task.kill_rate),
        is_suite_weak=bool(task.is_suite_weak),
        candidates=task.candidate_count,
        features=tuple(cut(feature, LONGEST_FEATURE).text for feature in task.features),
    )


def listing_json(lines: Iterable[Line]) -> str:
    """The lines as JSON: one array a column, features as numbers into a list of their names."""
    given = tuple(lines)
    names = sorted({feature for line in given for feature in line.features})
    numbers = {name: number for number, name in enumerate(names)}
    columns = {
        column: [getattr(line, column) for line in given]
        for column in Line.__slots__  # the fields, in their order
        if column != "features"
    }
    used = [[numbers[feature] for feature in line.features] for line in given]
    told = {**columns, "features": used, "featureNames": names}
    return json.dumps(told, ensure_ascii=False, separators=(",", ":"))


def _short(rate: float | None) -> float | None:
    return None if rate is None else round(rate, 4)
