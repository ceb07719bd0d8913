"""`BUILD/summary.json`: the build in numbers, for programs; the same build gives the same bytes."""

import json
from dataclasses import asdict
from pathlib import Path

from synthsmith.builders import settings as build_settings
from synthsmith.builders.attempts import write_if_other
from synthsmith.builders.costs import Bill, bill
from synthsmith.cards.card import Edition, Provenance, default_config
from synthsmith.cards.facts import Facts


def summarise(facts: Facts, provenance: Provenance, edition: Edition) -> dict[str, object]:
    """The summary of a build whose data set has these facts. No clock, no paths."""
    return {
        "generator": provenance.generator,
        "version": edition.version,
        "settings_digest": build_settings.digest(provenance.settings),
        "seed": provenance.settings.seed,
        "default_config": default_config(facts),
        **_numbers(facts),
        **_costs(bill(provenance.account, provenance.settings.prices)),
    }


def write_summary(build: Path, summary: dict[str, object]) -> Path:
    """Where the summary is written; nothing is touched where it says the same already."""
    path = build / "summary.json"
    text = json.dumps(summary, indent=2, ensure_ascii=False) + "\n"
    write_if_other(path, text)
    return path


def _costs(found: Bill) -> dict[str, object]:
    return {
        "account": [{**asdict(cost.line), "usd": _cents(cost.usd)} for cost in found.costs],
        "usd": _cents(found.usd),
        "usd_is_all": found.whole,
        "usd_per_million_tokens": {model: asdict(price) for model, price in found.prices.items()},
    }


def _cents(usd: float | None) -> float | None:
    """Dollars to a ten-thousandth of a cent: sums of floats end in noise."""
    return None if usd is None else round(usd, 6)


def _numbers(facts: Facts) -> dict[str, object]:
    shares = {"styles": facts.styles, "models": facts.models, "case_kinds": facts.kinds}
    return {
        "attempted": facts.attempted,
        "verified": facts.verified,
        "flawless_golden": facts.flawless,
        "rejected": facts.attempted - facts.verified,
        "reasons": dict(facts.reasons),
        "funnel": dict(facts.funnel),
        "configs": {config.name: config.rows for config in facts.configs},
        "empty_configs": list(facts.empty),
        "pass_rates": list(facts.pass_rates),
        **{
            name: {share.name: [share.total, share.good] for share in found} for name, found in shares.items()
        },
        "unread_replies": facts.unread_replies,
        "dropped_inputs": facts.dropped_inputs,
        "suites": {
            "measured": facts.measured,
            "weak": facts.weak,
            "mutants_made": facts.mutants.total,
            "mutants_killed": facts.mutants.good,
        },
        "rl": {
            "bands": {band.pattern: band.rows for band in facts.bands},
            "tests_left_out": asdict(facts.left_out),
        },
        "rl_real": {
            "origins": [asdict(origin) for origin in facts.origins],
            "tests_left_out": asdict(facts.left_out_real),
        },
        "feature_tree": asdict(facts.tree) if facts.tree else None,
        "isolation": {
            "ran": facts.ran,
            "not_isolated": facts.unisolated,
            "not_recorded": facts.unrecorded,
        },
    }
