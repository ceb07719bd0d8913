"""`synthsmith export`: a data set in the form of a trainer."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer


class To(StrEnum):
    """The words of `builders.export.TARGETS`, here again so that `--help` need not import them."""

    VERL = "verl"
    VERL_SFT = "verl-sft"
    TRL = "trl"
    TRL_GRPO = "trl-grpo"
    MS_SWIFT = "ms-swift"
    MS_SWIFT_GRPO = "ms-swift-grpo"
    LLAMA_FACTORY = "llama-factory"
    MEGATRON = "megatron"
    MEGATRON_SFT = "megatron-sft"
    OPEN_R1 = "open-r1"


def export(
    given: Annotated[
        str,
        typer.Argument(help="A build's folder, a data set's, or its id on the Hub.", metavar="DIR|ORG/NAME"),
    ],
    to: Annotated[To, typer.Option(help="The trainer, and where it needs another form the stage.")],
    out: Annotated[
        Path,
        typer.Option(help="The file (.parquet or .jsonl as the trainer reads), or a folder for train.*."),
    ],
    config: Annotated[
        str | None, typer.Option(help="The config to take; sft_verified, or for RL rl, if not given.")
    ] = None,
    revision: Annotated[str | None, typer.Option(help="On the Hub: a branch, tag or commit.")] = None,
    limit: Annotated[int | None, typer.Option(help="Take only the first so many rows.", min=1)] = None,
) -> None:
    """Write a config's rows as a trainer reads them; the tests, checkers and limits of RL rows go along."""
    from synthsmith.builders.export import TARGETS
    from synthsmith.builders.export import export as write
    from synthsmith.builders.export.source import source_at

    done = write(source_at(given, revision), TARGETS[to], out, config=config, limit=limit)
    print(f"{done.rows} rows of {done.config} for {to}: {done.file}")
    for why, count in done.left_out:
        print(f"  {count} left out: {why}")
