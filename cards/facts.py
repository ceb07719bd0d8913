"""What the rows say, counted: nothing here is typed by hand and nothing is asked of anything but the files.

Counting streams over `attempts` and the files' footers and reads only the columns it needs, so its memory
does not grow with the data set.
"""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import pyarrow.parquet as pq
from synthsmith.builders.duplicates import SEARCHED, Searched, searched_in
from synthsmith.builders.schemas import PUBLISHED, REAL
from synthsmith.cards.rl_facts import BandSize, LeftOut, OriginSize, band_sizes, left_out, origins
from synthsmith.cards.tree import TreeFacts
from synthsmith.verification.errors import InputError
from synthsmith.verification.types import Kind, Purpose, Reason

Row: TypeAlias = dict[str, Any]  # a Parquet row, read and counted inside this file only

BINS = 10
BATCH_ROWS = 256

# The stage at which a reason turns a task down, in the order of the pipeline.
STAGES: dict[str, tuple[Reason, ...]] = {
    "statement": (
        Reason.DESIGN_UNREADABLE,
        Reason.FOREIGN_FEATURES,
        Reason.STATEMENT_UNREADABLE,
        Reason.STATEMENT_INCOMPLETE,
        Reason.STATEMENT_TOO_SHORT,
        Reason.STATEMENT_LEAKS,
        Reason.SAMPLES_UNREADABLE,
        Reason.NO_SIGNATURE,
        Reason.DUPLICATE,
        Reason.CONTAMINATED,
    ),
    "solutions": (Reason.TOO_FEW_SOLUTIONS,),
    "cases": (Reason.NO_CASES,),
    "verification": (
        Reason.TOO_FEW_PROGRAMS,
        Reason.TOO_FEW_DECIDED,
        Reason.SAMPLE_DIFFERS,
        Reason.HOLD_OUT,
        Reason.UNSURE,
        Reason.UNSOLVED,
        Reason.JUDGE_ERROR,
    ),
}


@dataclass(frozen=True, slots=True)
class ConfigSize:
    """One config as it lies in the repository; `memory_bytes` is the uncompressed size in its footers."""

    name: str
    rows: int
    files: int
    memory_bytes: int
    file_bytes: int


@dataclass(frozen=True, slots=True)
class Share:
    """So many of a kind, and so many of them in a better state (verified, decided, passing)."""

    name: str
    total: int
    good: int


@dataclass(frozen=True, slots=True)
class Facts:
    """Counts over a data set. `funnel` says how many tasks were still in after each stage.

    `styles` counts attempts and verified ones, `kinds` cases and decided ones, `models` readable candidates
    and those that pass every decided case of a verified task, `features` how often a feature was chosen for a
    statement and for a verified one. `flawless` counts verified tasks whose golden program passes every
    decided case, `pass_rates` is the histogram of verified tasks over ten equal bins. `ran` counts the tasks
    whose candidates were run, `unisolated` those of them whose certificate says that the sandbox fell short
    of its minimum, `unrecorded` those whose certificate does not say. `measured` counts the verified tasks
    whose suites were measured, `weak` those of them that are weak, `mutants` the programs that were made for
    it and those that were failed. `bands` are those of `rl`, `left_out` tells the tests that its
    rows are without, `left_out_real` those of `rl_real`, whose rows are from `origins`. `searched` tells
    which near-duplicates and which contamination were looked for. `tree` is None where the attempts lie
    without the feature tree that they were drawn from.
    """

    configs: tuple[ConfigSize, ...]
    empty: tuple[str, ...]
    attempted: int
    verified: int
    flawless: int
    funnel: tuple[tuple[str, int], ...]
    reasons: tuple[tuple[str, int], ...]
    styles: tuple[Share, ...]
    kinds: tuple[Share, ...]
    models: tuple[Share, ...]
    features: tuple[Share, ...]
    pass_rates: tuple[int, ...]
    unread_replies: int
    dropped_inputs: int
    ran: int
    unisolated: int
    unrecorded: int
    measured: int
    weak: int
    mutants: Share
    bands: tuple[BandSize, ...]
    left_out: LeftOut
    left_out_real: LeftOut
    origins: tuple[OriginSize, ...]
    searched: Searched
    tree: TreeFacts | None = None


def count(dataset: Path) -> Facts:
    """The facts of `dataset/<config>/*.parquet`; InputError where `attempts` is not there."""
    sizes = tuple(_size(dataset, config) for config in PUBLISHED)
    if not any(size.rows for size in sizes if size.name == "attempts"):
        raise InputError(
            f"{dataset / 'attempts'} holds no rows; assemble the data set from its attempts first."
        )
    tally = Counter(mark for row in _rows(dataset / "attempts") for mark in _marks(row))
    reasons = {reason: tally["reason", str(reason)] for reason in Reason}
    return Facts(
        configs=tuple(size for size in sizes if size.rows),
        empty=tuple(size.name for size in sizes if not size.rows and size.name != REAL),
        attempted=tally["attempted", ""],
        verified=tally["verified", ""],
        flawless=tally["flawless", ""],
        funnel=tuple(_funnel(tally["attempted", ""], reasons)),
        reasons=tuple((str(reason), number) for reason, number in reasons.items() if number),
        styles=_shares(tally, "style"),
        kinds=tuple(sorted(_shares(tally, "case"), key=lambda share: list(Kind).index(Kind(share.name)))),
        models=_shares(tally, "model"),
        features=_shares(tally, "feature"),
        pass_rates=tuple(tally["bin", str(index)] for index in range(BINS)),
        unread_replies=tally["unread", ""],
        dropped_inputs=tally["dropped", ""],
        ran=sum(tally["isolated", str(said)] for said in (True, False, None)),
        unisolated=tally["isolated", str(False)],
        unrecorded=tally["isolated", str(None)],
        measured=tally["suite", ""],
        weak=tally["weak suite", ""],
        mutants=Share("", tally["mutant", ""], tally["good mutant", ""]),
        bands=band_sizes(dataset),
        left_out=left_out(dataset, "rl"),
        left_out_real=left_out(dataset, REAL),
        origins=origins(dataset),
        searched=_searched(dataset / SEARCHED),
    )


def _searched(path: Path) -> Searched:
    try:
        return searched_in(path.read_bytes(), str(path))
    except OSError as error:
        raise InputError(
            f"{path} cannot be read ({error.strerror}); assemble the data set from its attempts again."
        ) from error


def _size(dataset: Path, config: str) -> ConfigSize:
    files = sorted((dataset / config).glob("*.parquet"))
    footers = [pq.read_metadata(file) for file in files]
    memory = sum(
        footer.row_group(i).total_byte_size for footer in footers for i in range(footer.num_row_groups)
    )
    on_disk = sum(file.stat().st_size for file in files)
    return ConfigSize(config, sum(footer.num_rows for footer in footers), len(files), memory, on_disk)


def _rows(folder: Path) -> Iterator[Row]:
    columns = (
        "verdict reason style features pass_rate golden_candidate programs.list.element.candidate "
        "programs.list.element.model_name programs.list.element.pass_rate programs.list.element.purpose "
        "cases.list.element.kind cases.list.element.weight unread_replies.list.element.stage "
        "dropped_inputs.list.element.case certificate mutants_made mutants_killed is_suite_weak"
    )
    for file in sorted(folder.glob("*.parquet")):
        with pq.ParquetFile(file) as source:
            for batch in source.iter_batches(BATCH_ROWS, columns=columns.split()):
                yield from batch.to_pylist()


def _marks(row: Row) -> Iterator[tuple[str, str]]:
    """Everything that one attempt counts for, as (what, name); `good` marks follow the plain ones."""
    verified = row["verdict"] == "verified"
    yield "attempted", ""
    if verified:
        yield "verified", ""
        yield "bin", str(min(int(row["pass_rate"] * BINS), BINS - 1))
    else:
        yield "reason", row["reason"]
    yield from _both("style", row["style"], verified)
    for feature in row["features"]:
        yield from _both("feature", feature, verified)
    for program in row["programs"]:
        if program["purpose"] != Purpose.CANDIDATE:
            continue
        passes = verified and program["pass_rate"] == 1.0
        yield from _both("model", program["model_name"], passes)
        if passes and program["candidate"] == row["golden_candidate"]:
            yield "flawless", ""
    for case in row["cases"]:
        yield from _both("case", case["kind"], case["weight"] is not None)
    yield from (("unread", "") for _ in row["unread_replies"])
    yield from (("dropped", "") for _ in row["dropped_inputs"])
    if row["is_suite_weak"] is not None:
        yield "suite", ""
        yield from (("weak suite", "") for _ in range(row["is_suite_weak"]))
        yield from (("mutant", "") for _ in range(row["mutants_made"]))
        yield from (("good mutant", "") for _ in range(row["mutants_killed"]))
    if row["certificate"] is not None:
        yield "isolated", str(json.loads(row["certificate"]).get("isolated"))


def _both(what: str, name: str, good: bool) -> Iterator[tuple[str, str]]:
    yield what, name
    if good:
        yield f"good {what}", name


def _shares(tally: Mapping[tuple[str, str], int], what: str) -> tuple[Share, ...]:
    """The most frequent first, equals by name."""
    found = [
        Share(name, total, tally[f"good {what}", name])
        for (kind, name), total in tally.items()
        if kind == what
    ]
    return tuple(sorted(found, key=lambda share: (-share.total, share.name)))


def _funnel(attempted: int, reasons: Mapping[Reason, int]) -> Iterator[tuple[str, int]]:
    """How many tasks were attempted, and how many were left after each stage."""
    yield "attempted", attempted
    for stage, causes in STAGES.items():
        attempted -= sum(reasons[reason] for reason in causes)
        yield stage, attempted
