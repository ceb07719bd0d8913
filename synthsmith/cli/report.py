"""`synthsmith report`: one page to look at a build, or at a data set made elsewhere with SynthSmith."""

from pathlib import Path
from typing import Annotated

import typer

from synthsmith.cli.progress import Progress


def report(
    folder: Annotated[
        Path,
        typer.Argument(help="A build's folder, or that of a data set with attempts.", metavar="DIR"),
    ],
    out: Annotated[Path, typer.Option(help="The page; an older one is replaced when it is done.")] = Path(
        "report.html"
    ),
    tasks: Annotated[
        int, typer.Option(help="Show at most so many tasks one by one, evenly spread.", min=1)
    ] = 2000,
    title: Annotated[str, typer.Option(help="What the page is called.")] = "SynthSmith report",
) -> None:
    """Write one self-contained HTML page: figures, a table of all tasks, and each task with its proof.

    It asks no network for anything, opens from the disk, and may be the index.html of a static Space.
    """
    from synthsmith.cards.report import write_report

    with Progress("tasks") as progress:
        made = write_report(folder, out, title=title, most_tasks=tasks, progress=progress)
    of = f" of {made.tasks:,}" if made.shown < made.tasks else ""
    print(
        f"{made.path} shows {made.shown:,}{of} tasks in {made.file_bytes / 1e6:.1f} MB; open it in a browser."
    )
