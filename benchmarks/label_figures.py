"""What is told of labels and golden programs: shares with intervals, errors of calibration, the surest."""

import random
import statistics
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

RESAMPLED = 200
COVERAGES = (0.25, 0.5, 0.75, 0.9, 1.0)
BINS, SURE = 10, 0.95


@dataclass(frozen=True, slots=True)
class Result:
    """What a way made of a draw: for each label, and the golden program, how sure it is and whether right."""

    task: int
    labels: tuple[tuple[float, bool], ...]
    golden: tuple[float, bool]


def wrong_of_surest(labels: Sequence[tuple[float, bool]]) -> list[int]:
    draw = random.Random(0)
    ordered = sorted(labels, key=lambda each: (-each[0], draw.random()))
    return [sum(not right for _, right in ordered[: round(part * len(ordered))]) for part in COVERAGES]


def calibration_error(labels: Sequence[tuple[float, bool]]) -> float:
    bins: dict[int, list[tuple[float, bool]]] = {}
    for probability, right in labels:
        bins.setdefault(min(int(probability * BINS), BINS - 1), []).append((probability, right))
    return sum(
        abs(sum(probability for probability, _ in each) - sum(right for _, right in each))
        for each in bins.values()
    ) / len(labels)


def interval(results: Sequence[Result], measure: Callable[[Sequence[Result]], float]) -> str:
    by_task: dict[int, list[Result]] = {}
    for each in results:
        by_task.setdefault(each.task, []).append(each)
    draw, tasks = random.Random(0), list(by_task)
    values = sorted(
        measure([one for task in draw.choices(tasks, k=len(tasks)) for one in by_task[task]])
        for _ in range(RESAMPLED)
    )
    low, high = values[round(0.025 * RESAMPLED)], values[round(0.975 * RESAMPLED) - 1]
    return f"{100 * measure(results):5.1f} ({100 * low:.1f}-{100 * high:.1f})".ljust(19)


def share(marks: Iterable[bool]) -> float:
    return statistics.fmean(marks)
