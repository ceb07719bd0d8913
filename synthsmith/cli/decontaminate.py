"""`synthsmith decontaminate`: near-duplicates in a data set, and its overlap with benchmarks."""

import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from synthsmith.cli.options import Benchmarks, Config, Revision, TrainSplit
from synthsmith.cli.progress import Progress

if TYPE_CHECKING:
    from synthsmith.builders.duplicates import Release, Removal, Searched

FOUND = 1  # the exit status that says so


def decontaminate(
    given: Annotated[
        str,
        typer.Argument(
            help="A build's folder, a data set's, files of rows (JSON lines, Parquet), or a Hub id.",
            metavar="DATASET",
        ),
    ],
    benchmark: Benchmarks = None,
    out: Annotated[
        Path | None, typer.Option(help="The file for the list, one JSON object a row; printed if not given.")
    ] = None,
    near_statements: Annotated[
        float, typer.Option(help="Statements that are so much alike are near-duplicates.", min=0.5, max=1)
    ] = 0.6,
    near_programs: Annotated[
        float, typer.Option(help="The same of programs, also beside a benchmark's.", min=0.5, max=1)
    ] = 0.9,
    overlap: Annotated[
        float, typer.Option(help="This share of a benchmark's statement is contamination.", min=0.01, max=1)
    ] = 0.5,
    statement: Annotated[
        str | None, typer.Option(help="The column with DATASET's statements, where it cannot be told.")
    ] = None,
    programs: Annotated[str | None, typer.Option(help="The column with its Python programs.")] = None,
    config: Config = None,
    split: TrainSplit = None,
    revision: Revision = None,
) -> None:
    """List rows that are nearly the same as an earlier one, or overlap with a benchmark.

    Nothing is changed. Exit status 1 says that something was found.
    """
    from synthsmith.builders.attempts import write_whole
    from synthsmith.builders.duplicates import Release, check_source

    release = with_benchmarks(Release(near_statements, near_programs, overlap), benchmark)
    with Progress("rows") as progress:
        found, searched = check_source(
            given,
            release,
            config=config,
            split=split,
            revision=revision,
            statement=statement,
            programs=programs,
            progress=progress,
        )
    text = "".join(each.line({}) for each in found)
    if out is not None:
        write_whole(out, text)
    else:
        print(text, end="")
    _tell(found, searched, out)
    if found:
        raise typer.Exit(FOUND)


def with_benchmarks(release: "Release", given: list[str] | None) -> "Release":
    """Return the release with further benchmarks, none of which is named twice."""
    from synthsmith.builders.duplicates import benchmark_at
    from synthsmith.verification.errors import InputError

    try:
        return replace(release, benchmarks=(*release.benchmarks, *map(benchmark_at, given or ())))
    except ValueError as error:
        raise InputError(f"--benchmark: {error}.") from None


def _tell(found: "list[Removal]", searched: "Searched", out: Path | None) -> None:
    told = [f"{number} {reason} by {evidence}" for reason, evidence, number in searched.removed]
    where = f"; see {out}" if out is not None and found else ""
    print(f"{searched.tasks} tasks: {', '.join(told) or 'nothing found'}{where}", file=sys.stderr)
    for each in searched.benchmarks:
        print(
            f"  {each.name}: {each.rows} rows, of which {each.statements} statements and {each.programs} "
            "programs are long enough to compare with",
            file=sys.stderr,
        )
    if not searched.benchmarks:
        print("  no --benchmark was given: overlap was not looked for", file=sys.stderr)
