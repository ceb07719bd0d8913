"""`synthsmith features`: what a build's feature tree is like, and how it grew."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from synthsmith.builders.folding import Fold
    from synthsmith.builders.history import Growth, Round, Stage

app = typer.Typer(help="The feature tree that tasks are drawn from.")


@app.callback()
def features() -> None:
    """The feature tree that tasks are drawn from."""


@app.command()
def stats(
    path: Annotated[Path, typer.Argument(help="A build's folder, or its features.json.", metavar="PATH")],
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Show the categories' sizes after extraction, folding and each round, and what the tasks have used."""
    file = path / "features.json" if path.is_dir() else path
    growth = _read(file)
    shares = _shares(file.with_name("coverage.json"))
    if as_json:
        print(json.dumps(_told(growth, shares), ensure_ascii=False))
        return
    for stage in growth.history.stages:
        _table(stage.name, ("category", "features", "leaves", "levels", "found"), _sizes(stage))
    _story(growth)
    if shares:
        columns = ("category", "nodes", "in_reach", "drawn", "selected", "verified")
        rows = [tuple(share[name] for name in columns) for share in shares]
        _table("used by tasks", ("category", "features", "in reach", "drawn", "chosen", "verified"), rows)


def _shares(covered: Path) -> list[dict[str, object]]:
    """Return what tasks have used of each category; nothing where no build came so far."""
    from synthsmith.verification.errors import InputError

    try:
        shares: list[dict[str, object]] = json.loads(covered.read_bytes())["categories"]
    except FileNotFoundError:
        return []
    except (ValueError, TypeError, KeyError) as error:
        raise InputError(f"{covered} is not the coverage.json of a build ({error}): build again.") from None
    return shares


def _sizes(stage: "Stage") -> list[tuple[object, ...]]:
    """Return a row for each category and one for all."""
    sizes = stage.sizes
    rows: list[tuple[object, ...]] = [(s.category, s.nodes, s.leaves, s.depth, round(s.count)) for s in sizes]
    nodes, leaves = sum(s.nodes for s in sizes), sum(s.leaves for s in sizes)
    rows.append(("all", nodes, leaves, max(s.depth for s in sizes), round(sum(s.count for s in sizes))))
    return rows


def _read(file: Path) -> "Growth":
    from synthsmith.builders.history import from_text
    from synthsmith.verification.errors import InputError

    try:
        growth, _ = from_text(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"{file} cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise InputError(f"{file} is not the features.json of a build: {error}") from error
    return growth


def _told(growth: "Growth", shares: object) -> dict[str, object]:
    from dataclasses import asdict

    return {**asdict(growth.history), "unread": len(growth.unread), "coverage": shares}


def _table(title: str, head: tuple[str, ...], rows: list[tuple[object, ...]]) -> None:
    """Print a table of numbers, aligned."""
    shown = [head, *(tuple(f"{v:,}" if isinstance(v, int) else str(v) for v in row) for row in rows)]
    widths = [max(len(row[i]) for row in shown) for i in range(len(head))]
    print(title)
    for row in shown:
        cells = (row[0].ljust(widths[0]), *(row[i].rjust(widths[i]) for i in range(1, len(head))))
        print("  " + "  ".join(cells))


def _story(growth: "Growth") -> None:
    known = growth.history
    print(f"{known.pairs:,} pairs read, {len(growth.unread):,} replies gave nothing")
    for reason, rows, first in known.skipped:
        print(f"  {rows:,} rows left out: {reason} ({first})")
    print(f"{len(known.folds):,} names folded into others{_example(known.folds)}")
    for number, done in enumerate(known.rounds, 1):
        print(f"round {number}: {_of_round(done)}")


def _example(folds: "tuple[Fold, ...]") -> str:
    return f" (such as {folds[0].name!r} into {folds[0].into!r})" if folds else ""


def _of_round(done: "Round") -> str:
    return (
        f"{done.added:,} new features from {done.asked - done.unread:,} of {done.asked:,} replies; "
        f"{done.widened:,} groups got two or more, {done.lone:,} got one, {done.refined:,} leaves some; "
        f"{done.repeated:,} repeated, {len(done.folds):,} known by another name, "
        f"{len(done.left_out):,} left out"
    )
