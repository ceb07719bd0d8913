"""`synthsmith space`: the metric and pages as Spaces."""

from pathlib import Path
from typing import Annotated

import typer

from synthsmith.cli.options import RETRY_WAIT, TRIES, Allow, Private, Repository, RetryWait, Tries
from synthsmith.cli.push import checked, patience, quiet_bars

app = typer.Typer(help="Publish the metric, or a page, as a Space on the Hub.")


@app.command()
def metric(
    repository: Repository, private: Private = False, tries: Tries = TRIES, retry_wait: RetryWait = RETRY_WAIT
) -> None:
    """Publish pass@k as a Space, so that `evaluate.load("ORG/pass_at_k")` finds it."""
    from huggingface_hub import HfApi

    from synthsmith import __version__
    from synthsmith.cards.release import Remote
    from synthsmith.cards.release.spaces import metric_pieces, push_space

    pieces = metric_pieces(checked(repository), __version__)
    with quiet_bars():
        remote = Remote(HfApi(), repository, "space")
        done = push_space(remote, pieces, private, patience(tries, retry_wait), f"SynthSmith {__version__}")
    print(f"{repository}: {'published' if done.new else 'as it was'}, commit {done.sha}")
    print(f"""
    import evaluate
    evaluate.load("{repository}", revision="{done.sha}")
""")


@app.command()
def page(
    file: Annotated[
        Path, typer.Argument(help="A self-contained HTML file, as `synthsmith report` writes it.")
    ],
    repository: Repository,
    title: Annotated[str, typer.Option(help="The Space's title.")] = "A look at a SynthSmith data set",
    dataset: Annotated[
        str | None, typer.Option(help="The data set that it shows, on the Hub.", metavar="ORG/NAME")
    ] = None,
    allow: Allow = None,
    private: Private = False,
    tries: Tries = TRIES,
    retry_wait: RetryWait = RETRY_WAIT,
) -> None:
    """Publish a page as a static Space."""
    from huggingface_hub import HfApi

    from synthsmith.cards.release import Remote
    from synthsmith.cards.release.spaces import page_pieces, push_space

    pieces = page_pieces(file, title, checked(dataset) if dataset else None, tuple(allow or ()))
    with quiet_bars():
        remote = Remote(HfApi(), checked(repository), "space")
        done = push_space(remote, pieces, private, patience(tries, retry_wait), f"Show {title}")
    print(f"{repository}: {'published' if done.new else 'as it was'}, commit {done.sha}")
