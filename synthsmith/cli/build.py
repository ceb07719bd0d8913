"""`synthsmith build`: from settings to a finished data set."""

import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from synthsmith.cli.decontaminate import with_benchmarks
from synthsmith.cli.forecast import show
from synthsmith.cli.options import BaseUrl, Benchmarks, MaxTokens, MaxUsd, Unsafe
from synthsmith.cli.progress import Progress

if TYPE_CHECKING:
    from synthsmith.builders.pipeline import Summary
    from synthsmith.builders.settings import Settings
    from synthsmith.cards.facts import Facts


def build(
    out: Annotated[Path, typer.Option(help="The build's folder; a build that stopped there goes on.")],
    config: Annotated[
        Path | None, typer.Argument(help="A YAML file of settings; the defaults if not given.")
    ] = None,
    tasks: Annotated[
        int | None, typer.Option(help="How many tasks to attempt.", min=1, max=100_000_000)
    ] = None,
    seed: Annotated[int | None, typer.Option(help="From which all draws come.", min=0)] = None,
    model: Annotated[str | None, typer.Option(help="`recorded`, or a model's name at the endpoint.")] = None,
    base_url: BaseUrl = None,
    real: Annotated[
        list[str] | None,
        typer.Option(
            help="A folder that synthsmith verify has filled, for the config rl_real; may be repeated."
        ),
    ] = None,
    benchmark: Benchmarks = None,
    max_usd: MaxUsd = None,
    max_tokens: MaxTokens = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show prompts and a forecast of the cost; nothing is asked.")
    ] = False,
    unsafe: Unsafe = False,
) -> None:
    """Build a verified data set: OUT/dataset is exactly a Hub repository."""
    from synthsmith.builders.duplicates import check_readable
    from synthsmith.builders.folder import pinned
    from synthsmith.builders.forecast import forecast
    from synthsmith.builders.pipeline import build as run
    from synthsmith.builders.purse import Caps
    from synthsmith.builders.real.merged import real_files
    from synthsmith.builders.switchboard import Switchboard
    from synthsmith.verification.sandbox import Sandbox

    settings = _settings(config, tasks, seed, model, base_url, real)
    settings = replace(settings, release=with_benchmarks(settings.release, benchmark))
    settings = pinned(settings, out)
    real_files(settings.dataset.real)  # whether they can be used, before anything is made
    check_readable(settings.release)
    if dry_run:
        show(forecast(settings, out))
        return
    with Sandbox(unsafe=unsafe) as sandbox, Progress("tasks") as progress:
        board, caps = Switchboard(settings, out=out), Caps(max_usd, max_tokens)
        summary = run(settings, out, board, sandbox, progress, caps)
    if summary.finished:
        _tell(_publish(settings, summary, out), summary, out)
    if summary.unfinished:
        print(f"  {summary.tasks - summary.finished} not finished: {summary.unfinished[0]}")
        print("Run the same command again to finish them (after a cap was reached, with a higher one).")
        raise typer.Exit(1)


def _publish(settings: "Settings", summary: "Summary", out: Path) -> "Facts":
    """Make the data set, its card and the summary of the attempts that are there; return what it holds."""
    from synthsmith import __version__
    from synthsmith.cards.card import Edition, Provenance
    from synthsmith.cards.repository import make_dataset
    from synthsmith.cards.summary import summarise, write_summary

    provenance = Provenance(settings, summary.account, __version__)
    edition = Edition()
    facts = make_dataset(out, provenance, edition)
    write_summary(out, summarise(facts, provenance, edition))
    return facts


def _settings(
    config: Path | None,
    tasks: int | None,
    seed: int | None,
    model: str | None,
    base_url: str | None,
    real: list[str] | None,
) -> "Settings":
    """Return the file's settings with the command line's in their place."""
    from synthsmith.builders.settings import with_model
    from synthsmith.config import load_settings
    from synthsmith.verification.errors import InputError

    settings = load_settings(config)
    settings = settings if tasks is None else replace(settings, tasks=tasks)
    settings = settings if seed is None else replace(settings, seed=seed)
    if real:
        settings = replace(settings, dataset=replace(settings.dataset, real=tuple(real)))
    if base_url is not None and model is None:
        raise InputError("--base-url needs the name of the endpoint's model: give --model NAME")
    if model is not None:
        settings = with_model(settings, model, base_url)
    return settings


def _tell(facts: "Facts", summary: "Summary", out: Path) -> None:
    from synthsmith.cards.card import default_config

    reused = f" ({summary.reused} were there before)" if summary.reused else ""
    print(f"{facts.verified} of {facts.attempted} tasks verified{reused}")
    for reason, count in facts.reasons:
        print(f"  {count} rejected: {reason}")
    config = "rl" if "rl" not in facts.empty else default_config(facts)
    if facts.unisolated:
        print(
            f"the programs of {facts.unisolated} of {facts.ran} tasks ran without full isolation (--unsafe): "
            "they could have tampered with their results; the card says so",
            file=sys.stderr,
        )
    print(f"""The data set is in {out}/dataset; to load it:

    from datasets import load_dataset
    load_dataset("{out}/dataset", "{config}", split="train")
""")
