"""`summary.json` of a verification: the counts, and one item a problem, which are on disk while it grows."""

import json
from collections import Counter
from dataclasses import asdict, dataclass
from tempfile import TemporaryFile
from typing import IO, TextIO

from synthsmith.verification.rules import Rules
from synthsmith.verification.sandbox import Sandbox
from synthsmith.verification.scores import Score, Totals, total
from synthsmith.verification.suites import SuiteTerms
from synthsmith.verification.verify_lines import ProblemEnd

_SUMMED = ("wrong", "wrong_killed", "right", "right_failed", "mutants", "mutants_killed", "weak")


@dataclass(frozen=True, slots=True)
class SuiteTotals:
    """What was asked for, and over so many `measured` problems what their kept tests find out (`Suite`).

    `without_mutants` are those of which no mutants were made, as the golden submission is in C++.
    """

    mutants_asked: int
    weak_below: float
    measured: int
    wrong: int
    wrong_killed: int
    right: int
    right_failed: int
    mutants: int
    mutants_killed: int
    without_mutants: int
    weak: int


@dataclass(frozen=True, slots=True)
class VerifySummary:
    """What `summary.json` says before its items.

    `complete` is false where a bad row or an interrupt ended the work early. `isolated` is that of the
    sandbox (`Certificate`). `suites` is None where they were not to be measured. `bad_rows` are no problems:
    they were listed and passed over.
    """

    complete: bool
    problems: int
    verified: int
    rejected: dict[str, int]
    tests: int
    decided: int
    left_out: dict[str, int]
    rules: Rules
    speed: float
    isolated: bool
    score: Totals | None
    suites: SuiteTotals | None = None
    bad_rows: int = 0


class Tally:
    """The summary as it grows: a few words a problem are in memory, the items in a file without a name."""

    def __init__(self, *, score: bool, rules: Rules, suite: SuiteTerms | None = None) -> None:
        self._scored, self._rules, self._suite = score, rules, suite
        self._suites: Counter[str] = Counter()
        self._counts: Counter[str] = Counter()
        self._rejected: Counter[str] = Counter()
        self._left_out: Counter[str] = Counter()
        self._scores: list[Score] = []
        self._items: IO[str] = TemporaryFile("w+", encoding="utf-8")  # noqa: SIM115 - closed with the tally

    def skip(self) -> None:
        """Count one row that is no problem."""
        self._counts["bad_rows"] += 1

    def add(self, end: ProblemEnd) -> None:
        """Count one problem."""
        self._counts += Counter(
            problems=1, verified=int(end.golden is not None), tests=end.tests, decided=end.decided
        )
        if end.reason is not None:
            self._rejected[end.reason] += 1
        self._left_out.update(end.left_out)
        if end.score is not None:
            self._scores.append(end.score)
        if end.suite is not None:
            counted = {name: getattr(end.suite, name) or 0 for name in _SUMMED}
            self._suites += Counter(measured=1, without_mutants=int(end.suite.mutants is None), **counted)
        self._items.write(json.dumps(asdict(end), ensure_ascii=False) + "\n")

    def write(self, file: TextIO, sandbox: Sandbox, *, complete: bool) -> VerifySummary:
        """The summary, which is written to the file with its items."""
        told = VerifySummary(
            complete=complete,
            problems=self._counts["problems"],
            verified=self._counts["verified"],
            rejected=dict(self._rejected),
            tests=self._counts["tests"],
            decided=self._counts["decided"],
            left_out=dict(self._left_out),
            rules=self._rules,
            speed=round(sandbox.speed, 4),
            isolated=sandbox.isolated,
            score=total(self._scores) if self._scored else None,
            suites=SuiteTotals(
                self._suite.mutants,
                self._suite.weak_below,
                self._suites["measured"],
                without_mutants=self._suites["without_mutants"],
                **{name: self._suites[name] for name in _SUMMED},
            )
            if self._suite
            else None,
            bad_rows=self._counts["bad_rows"],
        )
        file.write(_indented(asdict(told)).removesuffix("\n}") + ',\n  "per_problem": [')
        self._items.seek(0)
        comma = ""
        for line in self._items:
            file.write(f"{comma}\n    " + _indented(json.loads(line)).replace("\n", "\n    "))
            comma = ","
        file.write("\n  ]\n}\n" if comma else "]\n}\n")
        self._items.close()
        return told


def _indented(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2)
