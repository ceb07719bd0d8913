"""`synthsmith push` and `synthsmith diff`: a build onto the Hub as a version, and what versions differ in."""

import re
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from synthsmith.cli.options import RETRY_WAIT, TRIES, Allow, Private, Repository, RetryWait, Tries
from synthsmith.cli.progress import Progress
from synthsmith.verification.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from synthsmith.cards.release import Patience, Preview, Wording
    from synthsmith.cards.release.plan import Local

NO = 1  # the exit status for a dry run of what would be refused


def push(
    folder: Annotated[
        Path, typer.Argument(help="The folder of a build, or of what `verify` wrote.", metavar="DIR")
    ],
    repository: Repository,
    version: Annotated[str, typer.Option(help="The new version, such as 1.2.0; its tag is v1.2.0.")],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would change; nothing is, and no token need write.")
    ] = False,
    private: Private = False,
    pretty_name: Annotated[str | None, typer.Option(help="The data set's name on its card.")] = None,
    license: Annotated[str | None, typer.Option(help="Its licence, in the Hub's words.")] = None,
    language: Annotated[str | None, typer.Option(help="Its natural language, such as en.")] = None,
    allow: Allow = None,
    replace_unfinished: Annotated[
        bool,
        typer.Option(
            "--replace-unfinished",
            help="Replace a release that was committed by a push that never came to its tag.",
        ),
    ] = False,
    tries: Tries = TRIES,
    retry_wait: RetryWait = RETRY_WAIT,
) -> None:
    """Publish a version: one commit and an immutable tag, or nothing. The same again does nothing."""
    from huggingface_hub import HfApi

    from synthsmith import __version__
    from synthsmith.cards.release import Push, Remote, Version, Wording, preview

    asked = Version.parse(version)
    wording = Wording(pretty_name, license, language, tuple(allow or ()))
    remote = Remote(HfApi(), checked(repository))
    with quiet_bars(), _prepared(folder, __version__, wording) as local:
        _warn(local)
        started = Push(local, remote, asked, private, replace_unfinished)
        if dry_run:
            show(patience(tries, retry_wait).until(lambda: preview(started), repository), repository)
            return
        done = started.run(patience(tries, retry_wait))
    if not done.new:
        print(f"{repository} {done.version} is published already, with the same content: nothing to do")
    print(f"{repository} {done.version}: tag {done.version.tag} at commit {done.sha}")
    print(f"""
    import synthsmith
    synthsmith.load("{repository}", version="{done.version}")
""")


def diff(
    repository: Repository,
    before: Annotated[str, typer.Argument(help="A published version.")],
    after: Annotated[str, typer.Argument(help="A later one.")],
    tasks: Annotated[
        bool, typer.Option("--tasks", help="List every task that differs: config, what became of it, its id.")
    ] = False,
) -> None:
    """Tell in what two published versions differ."""
    from huggingface_hub import HfApi

    from synthsmith.cards.release import Remote
    from synthsmith.cards.release.changelog import told
    from synthsmith.cards.release.comparing import compare
    from synthsmith.cards.release.loading import resolve

    remote = Remote(HfApi(), checked(repository))
    with quiet_bars():
        changes, found = compare(remote, resolve(remote, before), resolve(remote, after))
    if not tasks:
        print(told(changes))
        return
    for each in found:
        what = "changed" if each.before and each.after else "removed" if each.before else "added"
        print(each.config, what, each.task, sep="\t")


def show(found: "Preview", repository: str) -> None:
    """Tell what a push would do; exit status 1 where it would be refused."""
    from synthsmith.cards.release.changelog import told

    plan = found.plan
    print(f"{repository} {plan.version}, a dry run: nothing was changed")
    if not found.exists:
        print("  the repository would be made")
    if found.finishes:
        print(
            f"  {found.finishes} was committed and not tagged by a push that was broken off; it gets its tag"
        )
    for word, files in (("added", found.added), ("changed", found.changed)):
        for path, size in files:
            print(f"  {word:8} {path} ({size:,} bytes)")
    for path in found.deleted:
        print(f"  {'deleted':8} {path}")
    print("\n" + told(plan.changes))
    if found.refusal:
        print(f"It would be refused: {found.refusal}")
        raise typer.Exit(NO)
    if found.published:
        print(
            f"It is published already, with the same content: nothing would be done (tag {plan.version.tag})."
        )
        return
    since = f"; the newest so far is {found.newest}" if found.newest else ""
    print(
        f"The version {plan.version} will do{since}. The tag would be {plan.version.tag}, at that one commit."
    )


def patience(tries: int, wait_seconds: float) -> "Patience":
    from synthsmith.cards.release import Patience

    return Patience(tries, wait_seconds)


def checked(repository: str) -> str:
    """The id of a repository; InputError where it is none."""
    if not re.fullmatch(r"[\w.-]+/[\w.-]+", repository, re.ASCII):
        raise InputError(f"{repository!r} is no id of a repository: it is like ORG/NAME.")
    return repository


@contextmanager
def quiet_bars() -> "Iterator[None]":
    """No bars of huggingface_hub's where nobody looks at a terminal."""
    from huggingface_hub.utils import disable_progress_bars  # type: ignore[attr-defined]

    if not sys.stderr.isatty():
        disable_progress_bars()
    yield


@contextmanager
def _prepared(folder: Path, generator: str, wording: "Wording") -> "Iterator[Local]":
    from synthsmith.cards.release import prepared

    with (
        Progress("bytes hashed") as progress,
        prepared(folder, generator, wording, lambda what, done: progress(done, what=what)) as local,
    ):
        yield local


def _warn(local: "Local") -> None:
    if local.unfinished:
        print(
            f"{local.unfinished} tasks of this build are not finished and not in this version; run the build "
            "again to finish them first",
            file=sys.stderr,
        )
    for large in local.large:
        print(
            f"{large.config}: {large.rows} rows are larger than the 2 MB that the Hub's viewer shows "
            f"(the largest has {large.most_bytes:,} bytes in memory); they load all the same",
            file=sys.stderr,
        )
