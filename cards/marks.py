"""What each row of `attempts` counts for, as marks that are added up: rows pass by, and numbers are kept.

Only the columns that are needed are read, some hundred rows at a time, so that memory does not grow with the
data set, but for one number for each different feature, model and reason.
"""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, TypeAlias

import pyarrow.parquet as pq
from synthsmith.cards.histogram import FINE_BINS, mark
from synthsmith.verification.rules import Method
from synthsmith.verification.types import Purpose

Row: TypeAlias = dict[str, Any]  # a Parquet row, read and counted inside this file only
Tally: TypeAlias = Counter[tuple[str, str]]

BATCH_ROWS = 256
SAMPLE, BRUTE = "sample", "brute"
# fmt: off
_COLUMNS = [
    "verdict", "reason", "style", "features", "pass_rate", "solved_rate", "golden_candidate",
    "programs.list.element.candidate", "programs.list.element.model_name",
    "programs.list.element.pass_rate", "programs.list.element.purpose", "cases.list.element.kind",
    "cases.list.element.weight", "unread_replies.list.element.stage", "dropped_inputs.list.element.case",
    "certificate", "kill_rate", "mutants_made", "mutants_killed", "is_suite_weak",
    "proxies.list.element.model_name", "proxies.list.element.pass_rate",
]
# fmt: on
_RL_COLUMNS = ["pass_rate", "solved_rate"]


def tally_attempts(folder: Path) -> Tally:
    """The marks of all attempts in the files of a folder; `good` marks follow the plain ones."""
    tally: Tally = Counter()
    for row in _rows(folder, _COLUMNS):
        for marks in _marks(row):
            tally.update(marks)
    return tally


def tally_rates(folder: Path) -> Tally:
    """The marks of the rates of rows of `rl`, which are those of verified tasks."""
    tally: Tally = Counter()
    for row in _rows(folder, _RL_COLUMNS):
        for marks in _rates(row):
            tally.update(marks)
    return tally


def _rows(folder: Path, columns: list[str]) -> Iterator[Row]:
    for file in sorted(folder.glob("*.parquet")):
        with pq.ParquetFile(file) as source:
            for batch in source.iter_batches(BATCH_ROWS, columns=columns):
                yield from batch.to_pylist()


def _marks(row: Row) -> Iterator[Mapping[tuple[str, str], int]]:
    verified = row["verdict"] == "verified"
    yield {("attempted", ""): 1, ("unread", ""): len(row["unread_replies"])}
    yield {("dropped", ""): len(row["dropped_inputs"])}
    if verified:
        yield {("verified", ""): 1}
        yield from _rates(row)
    else:
        yield {("reason", row["reason"]): 1}
    yield _both("style", row["style"], verified)
    for feature in row["features"]:
        yield _both("feature", feature, verified)
    for program in row["programs"]:
        if program["purpose"] == Purpose.CANDIDATE:
            passes = verified and program["pass_rate"] == 1.0
            yield _both("model", program["model_name"], passes)
            if passes and program["candidate"] == row["golden_candidate"]:
                yield {("flawless", ""): 1}
    for case in row["cases"]:
        yield _both("case", case["kind"], case["weight"] is not None)
    if row["is_suite_weak"] is not None:
        yield {("suite", ""): 1, ("weak suite", ""): int(row["is_suite_weak"])}
        if row["kill_rate"] is not None:
            yield mark("kill rate", row["kill_rate"])
        if row["mutants_made"]:
            yield {("mutant", ""): row["mutants_made"], ("good mutant", ""): row["mutants_killed"]}
            yield mark("mutant rate", row["mutants_killed"] / row["mutants_made"])
    if row["certificate"] is not None:
        yield from _certified(json.loads(row["certificate"]), row, verified)


def _rates(row: Row) -> Iterator[Mapping[tuple[str, str], int]]:
    for name in ("pass_rate", "solved_rate"):
        if row[name] is not None:
            yield mark(name, row[name])
    for proxy in row.get("proxies", ()):
        if proxy["pass_rate"] is not None:
            yield {("proxy", proxy["model_name"]): 1}
            yield mark(f"proxy {proxy['model_name']}", proxy["pass_rate"])


def _certified(certificate: Row, row: Row, verified: bool) -> Iterator[Mapping[tuple[str, str], int]]:
    """What the certificate counts for. By the paper's vote it holds no probabilities."""
    yield {("isolated", str(certificate.get("isolated"))): 1}
    for anchor in certificate.get("anchors", ()):
        if anchor["agrees"] is not None:
            source = SAMPLE if anchor["source"] == SAMPLE else BRUTE
            yield _both("anchor", source, anchor["agrees"])
    rules = certificate.get("rules") or {}
    if not verified or rules.get("method") == Method.MAJORITY:
        return
    for vote in certificate["votes"]:
        if vote["decided"]:
            yield mark("label", vote["probability"], FINE_BINS)
    golden = certificate.get("golden_probabilities", {}).get(row["golden_candidate"])
    if golden is not None:
        yield mark("golden", golden, FINE_BINS)


def _both(what: str, name: str, good: bool) -> Mapping[tuple[str, str], int]:
    return {(what, name): 1, (f"good {what}", name): int(good)}
