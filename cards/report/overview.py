"""What the page says of a whole data set: tiles, figures, and where it comes from."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from synthsmith.cards.facts import Facts, Share
from synthsmith.cards.report.figures import Bars, Histogram, bars, histogram
from synthsmith.cards.report.reading import Source
from synthsmith.cards.report.tally import Bin, Tally, lengths, reply_lengths, tenths
from synthsmith.verification.errors import InputError

Json: TypeAlias = dict[str, Any]  # a file of the build, read inside this file only

TOP_FEATURES = 15
_STAGES = {
    "attempted": "attempted",
    "statement": "sound statement",
    "solutions": "enough solutions",
    "cases": "valid inputs",
    "verification": "verified",
}


@dataclass(frozen=True, slots=True)
class Tile:
    """One number that matters, and what it is of."""

    number: str
    label: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Overview:
    tiles: tuple[Tile, ...]
    figures: tuple[Histogram | Bars, ...]
    warnings: tuple[str, ...]
    origin: tuple[tuple[str, str], ...]


def overview(source: Source, facts: Facts, tally: Tally) -> Overview:
    """The overview of a data set's facts and distributions."""
    return Overview(_tiles(facts), _figures(source, facts, tally), _warnings(facts), _origin(source))


def _tiles(facts: Facts) -> tuple[Tile, ...]:
    cases = sum(share.total for share in facts.kinds)
    labelled = sum(share.good for share in facts.kinds)
    candidates = sum(share.total for share in facts.models)
    tiles = [
        Tile(f"{facts.verified:,}", "tasks verified", f"of {facts.attempted:,} attempted"),
        Tile(_percent(facts.verified, facts.attempted), "yield", "verified of attempted"),
        Tile(f"{facts.flawless:,}", "flawless golden", "pass every labelled test"),
        Tile(f"{candidates:,}", "programs", "readable candidates"),
        Tile(f"{labelled:,}", "labelled tests", f"of {cases:,} inputs run"),
    ]
    if facts.mutants.total:
        killed = _percent(facts.mutants.good, facts.mutants.total)
        tiles.append(Tile(killed, "mutants killed", f"of {facts.mutants.total:,} made"))
    return tuple(tiles)


def _figures(source: Source, facts: Facts, tally: Tally) -> tuple[Histogram | Bars, ...]:
    stages = [Share(_STAGES.get(name, name), number, 0) for name, number in facts.funnel]
    pass_rates = [Bin(i / len(facts.pass_rates), n) for i, n in enumerate(facts.pass_rates)]
    reasons = [Share(name.replace("_", " "), number, 0) for name, number in facts.reasons]
    tasks, tests = ("verified", "not"), ("labelled", "undecided")
    drawn = (
        bars("Funnel", "Tasks left after each stage", stages),
        bars("Why tasks were rejected", "Tasks by reason", reasons),
        histogram("Pass rate", "Verified tasks by mean pass rate of candidates", pass_rates, share=True),
        histogram(
            "Solved rate",
            "Verified tasks by share of candidates that pass every test",
            tenths(tally.solved),
            share=True,
        ),
        histogram(
            "Ease",
            "Verified tasks by pass rate of the proxy solvers",
            tenths(tally.ease),
            share=True,
        ),
        histogram(
            "Label probability",
            "Inputs by how probably the leading answer is right",
            tenths(tally.labels, tally.decided),
            share=True,
            parts=tests,
        ),
        histogram(
            "Golden probability",
            "Verified tasks by how probably the golden program is right on all tests",
            tenths(tally.golden),
            share=True,
        ),
        histogram(
            "Kill rate",
            "Verified tasks by share of wrong candidates that the tests fail",
            tenths(tally.kills),
            share=True,
        ),
        bars("Tests by kind", "Inputs run and labelled", facts.kinds, tests),
        bars("Styles", "Tasks attempted and verified", facts.styles, tasks),
        bars("Models", "Candidates, and those that pass every test", facts.models, ("pass all", "not")),
        histogram("Statement length", "Statements by characters", lengths(tally.statements), share=False),
        histogram(
            "Response length",
            "Published responses by characters, reasoning included",
            lengths(reply_lengths(source)),
            share=False,
        ),
        bars(
            "Feature coverage",
            "Features of the tree by category, and those used",
            _coverage(source),
            ("used", "not yet"),
        ),
        bars("Most used features", "Statements, and verified ones", facts.features[:TOP_FEATURES], tasks),
    )
    return tuple(figure for figure in drawn if figure is not None)


def _warnings(facts: Facts) -> tuple[str, ...]:
    """What a reader must know before he trusts a number."""
    found = []
    if facts.unisolated:
        found.append(
            f"The programs of {facts.unisolated:,} tasks ran without full isolation (--unsafe): they could "
            "have tampered with their results."
        )
    if facts.weak:
        found.append(
            f"The tests of {facts.weak:,} of {facts.measured:,} measured tasks find out too few of the wrong "
            "programs (weak suites)."
        )
    return tuple(found)


def _coverage(source: Source) -> list[Share]:
    """How many features of each category were chosen for a statement; a build alone knows its tree."""
    found = _json_of(source, "coverage.json")
    try:
        return [
            Share(str(each["category"]), int(each["in_reach"]), int(each["selected"]))
            for each in found.get("categories", [])
        ]
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise InputError(f"{_beside(source, 'coverage.json')} is none of a build's ({error}).") from None


def _origin(source: Source) -> tuple[tuple[str, str], ...]:
    """What the build says of itself; nothing where there is no build."""
    told = _json_of(source, "summary.json")
    names = {
        "generator": "SynthSmith",
        "version": "data version",
        "seed": "seed",
        "settings_digest": "settings",
    }
    return tuple((label, str(told[name])) for name, label in names.items() if name in told)


def _beside(source: Source, name: str) -> Path:
    return source.dataset.parent / name


def _json_of(source: Source, name: str) -> Json:
    path = _beside(source, name)
    if source.replies is None or not path.is_file():
        return {}
    try:
        told = json.loads(path.read_bytes())
    except (OSError, ValueError) as error:
        raise InputError(f"{path} cannot be read ({error}).") from None
    if not isinstance(told, dict):
        raise InputError(f"{path} is no JSON object.")
    return told


def _percent(part: int, whole: int) -> str:
    return f"{100 * part / whole:.0f} %" if whole else "–"
