"""`synthsmith verify`: problems made elsewhere, or a published data set again."""

import itertools
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from synthsmith.cli.check import opened, tell_isolation
from synthsmith.cli.options import (
    CPP_FLAGS,
    Config,
    CppFlags,
    LayoutFile,
    Revision,
    Share,
    Speed,
    TrainSplit,
    Unsafe,
    Workers,
    refuse_beside,
)
from synthsmith.cli.progress import Progress
from synthsmith.verification.errors import InputError
from synthsmith.verification.rules import USUAL, Method, Rules, Weights

if TYPE_CHECKING:
    from synthsmith.builders.drift import DriftSummary
    from synthsmith.builders.foreign import Source
    from synthsmith.builders.real.cleaned import RealFacts
    from synthsmith.verification.verify_summary import SuiteTotals, VerifySummary

DRIFTED = 1  # the exit status that says so


Out = Annotated[
    Path, typer.Option(help="The folder for labels, findings, the report and the cleaned data set.")
]
Given = Annotated[
    str | None,
    typer.Argument(
        help="Problems: JSON lines (may be gzipped), Parquet, a pattern or folder of these, or a Hub id.",
        metavar="[SOURCE]",
        show_default=False,
    ),
]
Against = Annotated[
    str | None,
    typer.Option(help="Verify a published data set again: its folder, a build's, or its id on the Hub."),
]
Layout = Annotated[
    str | None,
    typer.Option(help="How rows are laid out: taco, codecontests, apps, livecodebench, xcoder-rl, kodcode."),
]
Limit = Annotated[int | None, typer.Option(help="Read only so many rows.", min=1)]
SkipBad = Annotated[
    bool, typer.Option("--skip-bad", help="List rows that are no problems instead of ending there.")
]
Score = Annotated[
    bool, typer.Option("--score", help="Score labels and golden choices against given outputs.")
]
Mutants = Annotated[
    int,
    typer.Option(
        help="Measure what the kept tests find out, with so many mutants of the golden (a build has 16).",
        min=0,
        max=1024,
    ),
]
TestBytes = Annotated[
    int | None,
    typer.Option(help="How large the tests of one row of the cleaned data set may be; 2 MB.", min=1),
]

# The vote.
HowToVote = Annotated[
    Method, typer.Option(help="How labels and golden are found; majority is the paper's way.")
]
LabelPrecision = Annotated[
    float, typer.Option(help="How probably right a label has to be.", min=0, max=0.999999)
]
GoldenPrecision = Annotated[
    float, typer.Option(help="How probably right on all tests a golden has to be.", min=0, max=0.999999)
]
HowToWeigh = Annotated[Weights, typer.Option(help="What tests weigh by in the scores of Algorithm 1.")]
Seed = Annotated[int, typer.Option(help="From which the hold-out is drawn.", min=0)]
MinDecided = Annotated[
    int | None,
    typer.Option(help="Labelled tests that a golden choice needs; 4, or a build's own number.", min=2),
]


def verify(
    out: Out,
    given: Given = None,
    against: Against = None,
    layout: Layout = None,
    mapping: LayoutFile = None,
    config: Config = None,
    split: TrainSplit = None,
    revision: Revision = None,
    limit: Limit = None,
    skip_bad: SkipBad = False,
    score: Score = False,
    method: HowToVote = Method.AGREEMENT,
    label_precision: LabelPrecision = USUAL.label_precision,
    golden_precision: GoldenPrecision = USUAL.golden_precision,
    weights: HowToWeigh = Weights.SIZE,
    seed: Seed = 0,
    min_decided: MinDecided = None,
    mutants: Mutants = 0,
    test_bytes: TestBytes = None,
    share: Share = False,
    speed: Speed = "1.0",
    workers: Workers = None,
    cpp_flags: CppFlags = CPP_FLAGS,
    unsafe: Unsafe = False,
) -> None:
    """Label tests and choose golden submissions by agreement alone; say what is wrong with what is given.

    Given outputs stay hidden from the vote. With --against all runs are isolated, what was asked for is
    taken from the rows, and exit status 1 says that something drifted.
    """
    if (given is None) == (against is None):
        raise InputError("give either a SOURCE to verify, or --against a published data set.")
    if (out / "build.json").exists():
        raise InputError(f"{out} is the folder of a build; name another one for the results.")
    rules = Rules(method, label_precision, golden_precision, weights, min_decided or USUAL.min_decided, seed)
    if against is not None:
        from synthsmith.builders.drift import verify_published

        read = {"layout": layout, "mapping": mapping, "config": config, "score": score, "skip_bad": skip_bad}
        measured = {"mutants": mutants or None, "test_bytes": test_bytes, "share": share}
        refuse_beside("--against", **read, **_unusual(rules), **measured)
        again = partial(
            verify_published, split=split, revision=revision, min_decided=min_decided, limit=limit
        )
        with opened(workers, speed, cpp_flags, unsafe) as sandbox, Progress("rows", limit) as progress:
            drift = again(against, out, sandbox, progress=progress)
        _tell_drift(drift, out)
        return
    from synthsmith.builders.assembly import TEST_BYTES
    from synthsmith.builders.foreign import count
    from synthsmith.cards.cleaning import verify_source
    from synthsmith.verification.suites import SuiteTerms

    source = _source(str(given), layout, mapping, config, split, revision)
    total, suite = count(source, limit), SuiteTerms(mutants=mutants) if mutants else None
    clean = partial(verify_source, skip_bad=skip_bad, limit=limit, score=score, rules=rules, suite=suite)
    with opened(workers, speed, cpp_flags, unsafe) as sandbox, Progress("problems", total) as progress:
        done = itertools.count(1)
        summary, facts = clean(
            source,
            out,
            sandbox,
            may_share=share,
            test_bytes=test_bytes or TEST_BYTES,
            progress=lambda _: progress(next(done)),
        )
    _tell(summary, facts, out)


def _unusual(rules: Rules) -> dict[str, bool]:
    """Which rules are not the usual ones, but for `min_decided`, which has a meaning with --against too."""
    names = ("method", "label_precision", "golden_precision", "weights", "seed")
    return {name: getattr(rules, name) != getattr(USUAL, name) for name in names}


def _source(
    given: str,
    layout: str | None,
    mapping: Path | None,
    config: str | None,
    split: str | None,
    revision: str | None,
) -> "Source":
    from synthsmith.builders.foreign import Source, layout_in, layout_named, table_at

    if layout is not None and mapping is not None:
        raise InputError("give --layout or --mapping, not both.")
    chosen = layout_named(layout) if layout else layout_in(mapping) if mapping else None
    name = layout or (mapping.name if mapping else "")
    return Source(given, table_at(given, config, split, revision), chosen, name)


def _tell(summary: "VerifySummary", facts: "RealFacts", out: Path) -> None:
    print(f"{summary.verified} of {summary.problems} problems verified,", end=" ")
    print(f"{summary.decided} of {summary.tests} tests labelled")
    for reason, count in summary.rejected.items():
        print(f"  {count} rejected: {reason}")
    if summary.bad_rows:
        print(f"  {summary.bad_rows} rows skipped: they are no problems (bad_row in findings.jsonl)")
    for language, count in summary.left_out.items():
        print(f"  {count} submissions in {language} left out: they cannot be run here")
    if summary.score is not None:
        for name, value in asdict(summary.score).items():
            print(f"  {name.replace('_', ' ')}: {f'{value:.4f}' if isinstance(value, float) else value}")
    if summary.suites is not None:
        print(_told(summary.suites))
    if facts.written.rows:
        print(f"{facts.tests} tests of {facts.written.rows} problems kept; see {out}/dataset")
    if facts.left_out:
        print(
            f"  {facts.left_out} further tests were too large for their rows (tests_left_out, --test-bytes)"
        )
    if facts.unstated:
        print(f"  {facts.unstated} problems with tests to keep have no statement, and so no row there")
    print(f"See {out}/report.md, findings.jsonl, labels.jsonl, golden.jsonl and summary.json.")
    tell_isolation(summary.isolated)


def _told(suites: "SuiteTotals") -> str:
    from synthsmith.verification.findings import killed

    wrong, mutants = (suites.wrong_killed, suites.wrong), (suites.mutants_killed, suites.mutants)
    told = killed(wrong, mutants, suites.without_mutants)
    return f"tests of {suites.measured} problems fail {told}; those of {suites.weak} are weak"


def _tell_drift(summary: "DriftSummary", out: Path) -> None:
    print(f"{summary.verified_again} of {summary.rows} rows run again, {summary.drifted} drifted")
    for code, count in summary.codes.items():
        print(f"  {count} {code}")
    print(f"See {out}/drift.md, drift.jsonl and drift.json.")
    tell_isolation(summary.isolated)
    if summary.drifted:
        raise typer.Exit(DRIFTED)
