"""What the rows say, counted: nothing here is typed by hand and nothing is asked of anything but the files.

Counting streams over `attempts` (`marks.py`), the texts' columns (`lengths.py`) and the files' footers, so
its memory does not grow with the data set.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pyarrow.parquet as pq
from synthsmith.builders.duplicates import SEARCHED, Searched, searched_in
from synthsmith.builders.schemas import PUBLISHED, REAL
from synthsmith.cards.histogram import FINE_BINS, Spread, spread
from synthsmith.cards.lengths import Lengths, lengths
from synthsmith.cards.marks import BRUTE, SAMPLE, Tally, tally_attempts
from synthsmith.cards.rl_facts import BandSize, LeftOut, OriginSize, band_sizes, left_out, origins
from synthsmith.cards.tree import TreeFacts
from synthsmith.verification.decision import Reason
from synthsmith.verification.errors import InputError
from synthsmith.verification.types import Kind

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
    it and those that were failed; `kill_rates` are of those tasks that have wrong candidates, `mutant_rates`
    of those that have mutants. `bands` are those of `rl`, `left_out` tells the tests that its rows are
    without, `left_out_real` those of `rl_real`, whose rows are from `origins`. `searched` tells which
    near-duplicates and which contamination were looked for, None where rows lie without that account. `tree`
    is None where the attempts lie without the feature tree that they were drawn from.

    Of verified tasks: `solved_rates`, the share of the candidates that pass everything; `proxies`, the pass
    rates of each; `labels` and `golden`, the probabilities of being right that were given (none by the
    paper's vote). `anchors` counts, over all tasks whose candidates were run, the labels of which the
    statement's samples or a brute-force program have a word, and those with which they agree. `lengths` are
    of the queries and responses of one config, the default one where it has rows.
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
    solved_rates: Spread
    proxies: tuple[tuple[str, Spread], ...]
    labels: Spread
    golden: Spread
    anchors: tuple[Share, ...]
    lengths: tuple[Lengths, ...]
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
    searched: Searched | None
    kill_rates: Spread
    mutant_rates: Spread
    tree: TreeFacts | None = None


def count(dataset: Path) -> Facts:
    """The facts of `dataset/<config>/*.parquet`; InputError where `attempts` is not there."""
    sizes = tuple(_size(dataset, config) for config in PUBLISHED)
    if not any(size.rows for size in sizes if size.name == "attempts"):
        raise InputError(
            f"{dataset / 'attempts'} holds no rows; assemble the data set from its attempts first."
        )
    tally = tally_attempts(dataset / "attempts")
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
        pass_rates=spread(tally, "pass_rate").bins,
        solved_rates=spread(tally, "solved_rate"),
        proxies=tuple(
            (name, spread(tally, f"proxy {name}"))
            for name in sorted(n for kind, n in tally if kind == "proxy")
        ),
        labels=spread(tally, "label", FINE_BINS),
        golden=spread(tally, "golden", FINE_BINS),
        anchors=tuple(share for share in _shares(tally, "anchor") if share.name in (SAMPLE, BRUTE)),
        lengths=_lengths(dataset, sizes),
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
        kill_rates=spread(tally, "kill rate"),
        mutant_rates=spread(tally, "mutant rate"),
    )


def _searched(path: Path) -> Searched | None:
    try:
        return searched_in(path.read_bytes(), str(path))
    except FileNotFoundError:
        return None


def _size(dataset: Path, config: str) -> ConfigSize:
    files = sorted((dataset / config).glob("*.parquet"))
    footers = [pq.read_metadata(file) for file in files]
    memory = sum(
        footer.row_group(i).total_byte_size for footer in footers for i in range(footer.num_row_groups)
    )
    on_disk = sum(file.stat().st_size for file in files)
    return ConfigSize(config, sum(footer.num_rows for footer in footers), len(files), memory, on_disk)


def _lengths(dataset: Path, sizes: tuple[ConfigSize, ...]) -> tuple[Lengths, ...]:
    """Those of the first of the configs for supervised training that has rows."""
    config = next((size.name for size in sizes if size.rows and size.name.startswith("sft_")), None)
    if config is None:
        return ()
    found = (lengths(dataset / config, name, name) for name in ("query", "response"))
    return tuple(each for each in found if each is not None)


def _shares(tally: Tally, what: str) -> tuple[Share, ...]:
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
