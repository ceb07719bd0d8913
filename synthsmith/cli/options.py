"""The options that several commands have, each declared once, and what to say where one has no meaning."""

from pathlib import Path
from typing import Annotated

import typer

from synthsmith.verification.errors import InputError

# Running programs.
Share = Annotated[
    bool,
    typer.Option(
        "--share/--isolated",
        help="Try small inputs of a program several in one process, and run again by itself what that could "
        "have changed; or give each run a process of its own.",
    ),
]
Speed = Annotated[
    str,
    typer.Option(
        help="What time limits are multiplied by: a number, or auto to measure how long this machine takes.",
        metavar="auto|NUMBER",
    ),
]
Workers = Annotated[
    int | None,
    typer.Option(help="How many programs run at once; one per core if not given.", min=1, max=1024),
]
CppFlags = Annotated[
    str,
    typer.Option(help="What programs in C++ are compiled with.", metavar="FLAGS"),
]
CPP_FLAGS = "-std=gnu++17 -O2"
Unsafe = Annotated[
    bool,
    typer.Option(
        "--unsafe", help="Go on although this machine cannot isolate programs: they may do it harm."
    ),
]

# Rows made elsewhere.
ProblemFile = Annotated[
    Path, typer.Argument(help="Problems, one JSON object a line; may be gzipped.", metavar="IN.jsonl")
]
LayoutFile = Annotated[Path | None, typer.Option(help="A layout of your own, as YAML (examples/foreign).")]
Config = Annotated[str | None, typer.Option(help="The config of a data set on the Hub.")]
TrainSplit = Annotated[str | None, typer.Option(help="Its split; train if not given.")]
Revision = Annotated[str | None, typer.Option(help="Its branch, tag or commit.")]
Benchmarks = Annotated[
    list[str] | None,
    typer.Option(
        "--benchmark",
        help="Rows that nothing may overlap with: JSON lines, Parquet, a pattern or folder of these, or a "
        "Hub id (its split test). May be given several times.",
        metavar="PATH|HUB_ID",
    ),
]

# Asking models, and spending.
BaseUrl = Annotated[
    str | None, typer.Option(help="An OpenAI-compatible endpoint, such as http://127.0.0.1:8000/v1.")
]
MaxUsd = Annotated[
    float | None, typer.Option(help="Stop before more than this is spent in this folder.", min=0)
]
MaxTokens = Annotated[
    int | None, typer.Option(help="Stop before prompts and replies have more tokens than this.", min=0)
]

# Repositories on the Hub.
Repository = Annotated[str, typer.Argument(help="The repository's id on the Hub.", metavar="ORG/NAME")]
Tries = Annotated[int, typer.Option(help="How often to try what may pass by itself.", min=1)]
RetryWait = Annotated[
    float,
    typer.Option(help="The longest first wait between tries, in seconds; it doubles. 0 for no waits.", min=0),
]
TRIES, RETRY_WAIT = 8, 2.0
Allow = Annotated[
    list[str] | None,
    typer.Option(help="A text that makes what looks like a secret none; may be given again.", metavar="TEXT"),
]
Private = Annotated[bool, typer.Option("--private", help="Make the repository private if it is new.")]


def refuse_beside(option: str, **given: object) -> None:
    """Nothing, or InputError where one was given (it is not None or False) that has no meaning there."""
    for name, value in given.items():
        if value is not None and value is not False:
            raise InputError(f"--{name.replace('_', '-')} has no meaning with {option}.")
