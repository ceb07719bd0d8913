"""`synthsmith ledger`: what a journal of requests and replies holds, and putting it in order."""

from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from synthsmith.cli.progress import Progress

if TYPE_CHECKING:
    from synthsmith.builders.ledger.stats import Reasons, Stats

MOST_REASONS = 10

app = typer.Typer(help="The journal of requests and replies.")
File = Annotated[Path, typer.Argument(help="A ledger, or the folder of a build.", metavar="FILE")]


@app.command("stats")
def show(file: File) -> None:
    """Count requests, tokens, failures and what is in flight, by model and stage."""
    from synthsmith.builders.ledger.file import find, opened
    from synthsmith.builders.ledger.stats import stats

    path = find(file)
    with opened(path) as connection:
        found = stats(connection, path)
    _print_table(_table(found))
    _print_reasons("replies without an answer", found.useless)
    _print_reasons("failed requests", found.failures)
    if found.void:
        print(f"{found.void} claims of processes that have ended")
    free = f", {_size(found.free_bytes)} of it free" if found.free_bytes else ""
    print(f"{path}: {_size(found.file_bytes)}{free}, {found.prompts:,} prompts")


@app.command()
def export(
    file: File,
    out: Annotated[
        Path,
        typer.Option(help="The file for the requests, gzipped if named *.gz.", metavar="X.jsonl[.gz]"),
    ],
    stage: Annotated[str | None, typer.Option(help="Those of one stage alone, such as solution.")] = None,
    failed: Annotated[bool, typer.Option("--failed", help="Those alone that have no reply.")] = False,
) -> None:
    """Write requests and replies, one JSON object a line."""
    from synthsmith.builders.ledger import account
    from synthsmith.builders.ledger.file import find, opened
    from synthsmith.builders.ledger.records import records, to_line
    from synthsmith.verification.errors import InputError
    from synthsmith.verification.results import fresh_files

    path = find(file)
    with opened(path) as connection:
        rows = account(connection)
        if stage is not None and stage not in {row.stage for row in rows}:
            stages = ", ".join(sorted({row.stage for row in rows})) or "none"
            raise InputError(f"--stage {stage}: {path} holds no request of it; its stages are: {stages}")
        total = sum(row.failed if failed else row.requests for row in rows if stage in (None, row.stage))
        with fresh_files(path, out) as (target,), Progress("requests", total) as progress:
            count = 0
            for count, record in enumerate(records(connection, stage=stage, failed=failed), 1):
                target.write(to_line(record))
                progress(count)
    print(f"{count} requests; see {out}")


@app.command("retry-failed")
def retry_failed(
    file: File,
    config: Annotated[
        Path | None,
        typer.Option(
            help="A YAML file of settings that says where the models are; those of the build if not given."
        ),
    ] = None,
) -> None:
    """Ask again for what got no reply, and for nothing else; exit status 1 if some of it failed again."""
    import asyncio

    from synthsmith.builders.ledger.file import find
    from synthsmith.builders.retrying import retry
    from synthsmith.builders.settings import Settings
    from synthsmith.builders.switchboard import Switchboard
    from synthsmith.config import load_build, load_settings

    path = find(file)
    given = load_build(path.parent) if config is None else load_settings(config)
    settings = given or Settings()
    board, at_once = Switchboard(settings, out=path.parent), settings.requests_at_once
    with Progress("requests") as progress:
        done = asyncio.run(retry(path, board, given, at_once, progress))
    print(f"{done.answered} failed requests now have replies, {done.failed} failed again")
    if done.left:
        print(f"  {done.left} were not asked: too many had failed in a row")
    if done.why:
        print(f"  the last: {done.why}")
    raise typer.Exit(1 if done.failed or done.left else 0)


@app.command()
def gc(
    file: File,
    stale: Annotated[
        bool,
        typer.Option("--stale", help="Drop replies, paid as they are, to templates that have changed."),
    ] = False,
) -> None:
    """Drop what nothing refers to and give the room back; no reply is dropped unless asked by --stale."""
    from synthsmith.builders.folder import hold
    from synthsmith.builders.ledger.file import find, opened
    from synthsmith.builders.ledger.gc import collect
    from synthsmith.prompts import template_digest, templates

    path = find(file)
    held = hold(path.parent) if (path.parent / "build.json").is_file() else nullcontext()
    current = {name: template_digest(name) for name in templates()} if stale else None
    with held, opened(path) as connection:
        freed = collect(connection, path, current)
    if stale:
        print(f"{freed.replies} replies and {freed.failed} failed requests of changed templates dropped")
    print(f"{freed.prompts} prompts and {freed.claims} claims of ended processes dropped")
    print(f"{path} is {_size(freed.file_bytes)} shorter")


def _table(found: "Stats") -> list[list[str]]:
    """Return the account as cells, with the requests in flight and a line of sums."""
    head = ["model", "stage", "requests", "failed", "in flight"]
    head += ["prompt", "cached", "completion", "not counted"]
    flying = {(model, stage): count for model, stage, count in found.in_flight}
    rows: list[tuple[str, str, tuple[int | None, ...]]] = []
    for line in found.accounts:
        asked = flying.pop((line.model, line.stage), 0) if not line.batched else 0
        tokens = (line.prompt_tokens, line.cached_tokens, line.completion_tokens)
        stage = f"{line.stage} (batch)" if line.batched else line.stage
        rows.append((line.model, stage, (line.requests, line.failed, asked, *tokens, line.unmetered)))
    rows += [(*who, (0, 0, count, None, None, None, 0)) for who, count in sorted(flying.items())]
    sums = [_total(column) for column in zip(*(numbers for *_, numbers in rows), strict=True)]
    cells = [[model, stage, *map(_number, numbers)] for model, stage, numbers in rows]
    return [head, *cells, *([["all", "", *map(_number, sums)]] if len(rows) > 1 else [])]


def _total(column: tuple[int | None, ...]) -> int | None:
    told = [number for number in column if number is not None]
    return sum(told) if told else None


def _number(number: int | None) -> str:
    return "-" if number is None else f"{number:,}"


def _print_table(table: list[list[str]]) -> None:
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    for row in table:
        names = [cell.ljust(width) for cell, width in zip(row[:2], widths[:2], strict=True)]
        numbers = [cell.rjust(width) for cell, width in zip(row[2:], widths[2:], strict=True)]
        print("  ".join([*names, *numbers]))


def _print_reasons(what: str, reasons: "Reasons") -> None:
    if reasons:
        print(f"{what}:")
    for reason, count in reasons[:MOST_REASONS]:
        print(f"  {count:,}  {reason}")
    if len(reasons) > MOST_REASONS:
        print(f"  {sum(count for _, count in reasons[MOST_REASONS:]):,}  for other reasons")


def _size(number: int) -> str:
    """Return bytes as people read them, in decimal units."""
    return f"{number / 1e9:,.2f} GB" if number >= 10**9 else f"{number / 1e6:,.1f} MB"
