"""`OUT/results.json`, `OUT/report.md` and `OUT/plot.svg`: equal evaluations give equal bytes."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

from synthsmith.builders.attempts import write_if_other
from synthsmith.builders.evaluation import Evaluation, Group
from synthsmith.builders.folder import hold
from synthsmith.cards.card import environment
from synthsmith.cards.evaluation.plot import Curve, Point, plot
from synthsmith.verification.estimates import Estimate

MOST_CURVES = 8


def publish(out: Path, evaluation: Evaluation, version: str) -> None:
    """Write all three; each is whole at any moment."""
    text = json.dumps(results(evaluation, version), ensure_ascii=False, indent=1)
    with hold(out, "evaluation"):
        write_if_other(out / "plot.svg", _plot(evaluation))
        write_if_other(out / "report.md", report(evaluation, version))
        write_if_other(out / "results.json", text + "\n")


def results(evaluation: Evaluation, version: str) -> dict[str, object]:
    """The evaluation as JSON values."""
    benchmark, outcome = evaluation.benchmark, evaluation.outcome
    chosen = benchmark.selection
    average = average_name(evaluation)
    return {
        "benchmark": {
            "name": benchmark.published,
            "layout": benchmark.kind,
            "revision": benchmark.table.commit,
            "from": chosen.since and chosen.since.isoformat(),
            "to": chosen.until and chosen.until.isoformat(),
            "limit": chosen.limit,
            "time_limit_s": benchmark.time_limit,
        },
        "answerer": dict(evaluation.answerer),
        "questions": evaluation.questions,
        "missing": evaluation.missing,
        "samples_per_question": evaluation.samples,
        "k": list(evaluation.k),
        "bootstrap": asdict(evaluation.judging.bootstrap),
        "overall": _group(outcome.overall, average),
        "by_difficulty": [{"name": group.name, **_group(group, average)} for group in outcome.groups],
        "excluded": [asdict(each) for each in outcome.excluded],
        "replies": {"mean_tokens": outcome.tokens, "told": outcome.told, "cut": outcome.cut},
        "usd": evaluation.usd,
        "isolated": evaluation.isolated,
        "synthsmith": version,
    }


def report(evaluation: Evaluation, version: str) -> str:
    """The evaluation as a page of Markdown."""
    return (
        environment()
        .get_template("evaluation.md.jinja")
        .render(
            evaluation=evaluation,
            benchmark=evaluation.benchmark,
            outcome=evaluation.outcome,
            groups=(evaluation.outcome.overall, *evaluation.outcome.groups),
            verdicts=tuple(evaluation.outcome.overall.verdicts),
            average=average_name(evaluation),
            shown=_shown,
            version=version,
        )
    )


def average_name(evaluation: Evaluation) -> str:
    """`avg@8`; `avg` where questions have different numbers of samples."""
    return "avg" if evaluation.samples is None else f"avg@{evaluation.samples}"


def _group(group: Group, average: str) -> dict[str, object]:
    found: Mapping[str, Estimate | None] = {
        average: group.scores.average,
        **{f"pass@{k}": estimate for k, estimate in group.scores.passes.items()},
    }
    return {
        "questions": group.questions,
        "samples": group.samples,
        "verdicts": dict(group.verdicts),
        "scores": {name: each and asdict(each) for name, each in found.items()},
    }


def _shown(estimate: Estimate | None) -> str:
    """A score with its interval, in percent."""
    if estimate is None:
        return "–"
    return f"{100 * estimate.value:.1f} ({100 * estimate.low:.1f} to {100 * estimate.high:.1f})"


def _plot(evaluation: Evaluation) -> str:
    outcome = evaluation.outcome
    groups = [outcome.overall, *(outcome.groups if len(outcome.groups) < MOST_CURVES else ())]
    curves = [
        Curve(
            f"{group.name} ({group.questions})",
            tuple(Point(k, each.value, each.low, each.high) for k, each in group.scores.passes.items()),
        )
        for group in groups
    ]
    return plot(curves, evaluation.judging.bootstrap.level)
