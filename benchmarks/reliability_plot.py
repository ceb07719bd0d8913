"""A reliability diagram: of what was given some probability, how much is right."""

import statistics
from collections.abc import Mapping, Sequence
from pathlib import Path

BINS, FEWEST = 10, 20


def plot(path: Path, given: Mapping[str, Mapping[str, Sequence[tuple[float, bool]]]]) -> None:
    """One panel a regime, one curve for each kind of thing; bins with few of them are left out."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(1, len(given), figsize=(10, 5), sharey=True)
    for axis, (regime, kinds) in zip(axes, given.items(), strict=True):
        for name, pairs in kinds.items():
            bins = [[p for p in pairs if min(int(p[0] * BINS), BINS - 1) == number] for number in range(BINS)]
            points = [
                (statistics.fmean(p for p, _ in each), statistics.fmean(r for _, r in each))
                for each in bins
                if len(each) >= FEWEST
            ]
            axis.plot(*zip(*points, strict=True), marker="o", label=f"{name} ({len(pairs)})")
        axis.plot([0, 1], [0, 1], color="grey", linewidth=1, linestyle="--")
        axis.set(title=f"{regime} regime", xlabel="probability given", ylabel="share right")
        axis.legend()
    figure.tight_layout()
    figure.savefig(path, dpi=120)
