"""From a data set to a trainer's file: streamed, the same bytes for the same rows, whole or not at all."""

import json
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from synthsmith.builders import shards
from synthsmith.builders.attempts import write_whole
from synthsmith.builders.export import llama_factory
from synthsmith.builders.export.output import SUFFIXES, beside, put
from synthsmith.builders.export.source import Source, rows
from synthsmith.builders.export.target import LeftOutError, Row, Target
from synthsmith.verification.errors import InputError


@dataclass(frozen=True, slots=True)
class Exported:
    """`left_out` counts the rows that the trainer has no place for, by why."""

    file: Path
    config: str
    rows: int
    left_out: tuple[tuple[str, int], ...]


def export(
    source: Source, target: Target, out: Path, *, config: str | None = None, limit: int | None = None
) -> Exported:
    """What was written: `out` where its name ends as the target's files do, else `out/train.SUFFIX`.

    For LLaMA-Factory `out` is always a folder; its `dataset_info.json`, others' entries and all, is kept and
    gets an entry of the config's name. InputError where no row is left: trainers break on empty files.
    """
    chosen = config or str(target.stage)
    file = _file(out, target, chosen)
    counts: Counter[str] = Counter()
    made = _made(source, target, chosen, limit, counts)
    with beside(file) as folder:
        written = (
            _write_lines(made, folder) if target.features is None else _write_parquet(made, target, folder)
        )
        number = counts.pop("")
        if not number:
            why = "; ".join(counts) or "the config is empty"
            raise InputError(f"{source.where}: config {chosen} has no row to export: {why}.")
        put(written, file)
    if target is llama_factory.SFT:
        entry = llama_factory.local_entry(file.name)
        write_whole(out / llama_factory.INFO, llama_factory.with_entry(out, chosen, entry))
    return Exported(file, chosen, number, tuple(sorted(counts.items())))


def _file(out: Path, target: Target, config: str) -> Path:
    if target is llama_factory.SFT:
        if out.suffix in (".json", ".jsonl"):
            raise InputError(
                f"--out {out}: LLaMA-Factory reads a folder with a {llama_factory.INFO}; name one."
            )
        llama_factory.with_entry(out, config, {})  # what cannot be kept is told before anything is written
        return out / f"{config}{target.suffix}"
    if out.suffix in SUFFIXES - {target.suffix} and not out.is_dir():
        raise InputError(
            f"--out {out}: the file for this trainer is *{target.suffix}; name it so, or a folder."
        )
    return out if out.suffix == target.suffix else out / f"train{target.suffix}"


def _made(
    source: Source, target: Target, config: str, limit: int | None, counts: Counter[str]
) -> Iterator[tuple[str, Row]]:
    """The trainer's rows; they are counted under "", others under why they were left out."""
    counts[""] = 0
    for where, row in rows(source, config, target.columns, limit):
        try:
            made = target.make(row)
        except LeftOutError as error:
            counts[str(error)] += 1
            continue
        except (InputError, KeyError, TypeError) as error:
            raise InputError(f"{where}: {error}") from error
        counts[""] += 1
        yield where, made


def _write_lines(made: Iterator[tuple[str, Row]], folder: Path) -> Path:
    """JSON in ASCII alone: some readers take U+2028 and others for the end of a line."""
    path = folder / "lines"
    with path.open("w", encoding="ascii") as file:
        for _, row in made:
            file.write(json.dumps(row) + "\n")
    return path


def _write_parquet(made: Iterator[tuple[str, Row]], target: Target, folder: Path) -> Path:
    assert target.features is not None
    written = shards.write("export", made, target.features, folder, shard_bytes=sys.maxsize)
    return folder / written.files[0] if written.files else folder
