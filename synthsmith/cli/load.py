"""`synthsmith load`: a published version onto this machine, checked."""

from pathlib import Path
from typing import Annotated

import typer

from synthsmith.cli.options import RETRY_WAIT, TRIES, Repository, RetryWait, Tries
from synthsmith.cli.push import checked, patience, quiet_bars


def load(
    repository: Repository,
    out: Annotated[
        Path,
        typer.Option(help="A file, *.jsonl or *.parquet, for one config's rows; or a folder for its files."),
    ],
    config: Annotated[
        str | None, typer.Argument(help="A config; for a folder, the whole repository if not given.")
    ] = None,
    version: Annotated[str | None, typer.Option(help="Such as 1.2.0; the newest if not given.")] = None,
    tries: Tries = TRIES,
    retry_wait: RetryWait = RETRY_WAIT,
) -> None:
    """Download a version, at its tag's commit; every file is held against the manifest."""
    from huggingface_hub import HfApi

    from synthsmith.cards.release import Remote
    from synthsmith.cards.release.fetching import fetch
    from synthsmith.cards.release.loading import resolve

    remote, trying = Remote(HfApi(), checked(repository)), patience(tries, retry_wait)
    with quiet_bars():
        release = resolve(remote, version, trying)
        count = fetch(remote, release, config, out, trying)
    what = "rows" if out.suffix in (".jsonl", ".parquet") else "files"
    print(f"{repository} {release.version} (commit {release.sha}): {count} {what} in {out}")
