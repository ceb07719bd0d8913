"""The cleaned data set: problems made elsewhere with the tests that held, as rows of `rl` and their origin.

A row goes through the same code as a build's (`rows`, `shards.py`). What only a build knows of a task
(draw, features, style) is null. The rows wait in a file that SQLite removes, so that they can be written
easiest first, as in `rl`, in flat memory.
"""

import json
import sqlite3
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from synthsmith.builders import bands, evidence, rows, shards
from synthsmith.builders.assembly import TEST_BYTES
from synthsmith.builders.attempts import Attempt
from synthsmith.builders.capped import capped
from synthsmith.builders.model import digest
from synthsmith.builders.provenance import made_elsewhere
from synthsmith.builders.real.origin import Origin
from synthsmith.builders.schemas import REAL, RL_REAL
from synthsmith.builders.tasks import Task
from synthsmith.prompts import render
from synthsmith.verification.certificate import Certificate
from synthsmith.verification.choice import weighted
from synthsmith.verification.compare import Checker, Equality
from synthsmith.verification.decision import Rejected, Verified
from synthsmith.verification.held import runnable
from synthsmith.verification.problems import Problem
from synthsmith.verification.programs import number_programs
from synthsmith.verification.review import Review
from synthsmith.verification.signatures import declaration

ASSERTIONS = "assertions"


@dataclass(frozen=True, slots=True)
class RealFacts:
    """What was written, counted.

    `tests` are those in the rows, `left_out` those that were too large for them (`capped.py`). `evidence`
    counts tests by what speaks for them (`review.Basis`); `unstated` are problems with tests to
    keep that have no row, for they have no statement.
    """

    written: shards.Written
    tests: int
    left_out: int
    golden: int
    unstated: int
    evidence: tuple[tuple[str, int], ...]
    licences: tuple[tuple[str, int], ...]


class RealRows:
    """The rows as they come, with so many bytes of tests. Close it; nothing of it is left then."""

    def __init__(self, origin: Origin, test_bytes: int | None = TEST_BYTES) -> None:
        self._origin, self._test_bytes = origin, test_bytes
        self._counts: Counter[str] = Counter()
        self._evidence: Counter[str] = Counter()
        self._licences: Counter[str] = Counter()
        self._base = sqlite3.connect("", isolation_level=None)
        self._base.executescript(
            "PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; BEGIN;"
            "CREATE TABLE waiting (number INTEGER PRIMARY KEY, rate REAL, task TEXT, line TEXT)"
        )

    def add(self, reviewed: Review) -> None:
        """The problem's row, where a test of it was kept and there is a statement."""
        number = self._counts["seen"]
        self._counts["seen"] += 1
        if not reviewed.kept:
            return
        if not reviewed.problem.statement.strip():
            self._counts["unstated"] += 1
            return
        row = real_row(reviewed, number, self._origin, self._test_bytes)
        tests, left_out = row["case_evidence"], row["tests_left_out"]
        assert isinstance(tests, list)
        assert isinstance(left_out, int)
        self._evidence.update(tests)
        self._counts["tests"] += len(tests)
        self._counts["left_out"] += left_out
        self._counts["golden"] += reviewed.golden is not None
        if row["origin_licence"]:
            self._licences[str(row["origin_licence"])] += 1
        values = (number, row["pass_rate"], row["task_id"], json.dumps(row, ensure_ascii=False))
        self._base.execute("INSERT INTO waiting VALUES (?, ?, ?, ?)", values)

    def write(self, folder: Path) -> RealFacts:
        """What became of all rows: `folder/rl_real/train-*.parquet`, easiest first (`bands.py`)."""
        written = bands.write(REAL, self._ordered(), RL_REAL, folder / REAL)
        return RealFacts(
            written,
            self._counts["tests"],
            self._counts["left_out"],
            self._counts["golden"],
            self._counts["unstated"],
            tuple(sorted(self._evidence.items())),
            tuple(sorted(self._licences.items())),
        )

    def close(self) -> None:
        """Let go of the file."""
        self._base.close()

    def _ordered(self) -> Iterator[tuple[str, evidence.Row]]:
        numbers = self._base.execute("SELECT number FROM waiting ORDER BY rate DESC, task, number")
        for (number,) in numbers:  # sorted without the rows themselves, which would all be copied for that
            [(line,)] = self._base.execute("SELECT line FROM waiting WHERE number = ?", (number,))
            yield str(number), json.loads(line)


def real_row(
    reviewed: Review, number: int, origin: Origin, test_bytes: int | None = TEST_BYTES
) -> evidence.Row:
    """The row of a problem of which tests were kept; `number` is its place among the problems.

    Tests beyond so many bytes are left out (`capped.py`).
    """
    problem = reviewed.problem
    [row] = rows.rl(_as_attempt(reviewed, number), None)
    golden = {name: None for name in ("golden_program", "golden_candidate", "program_language")}
    decided = isinstance(reviewed.decision, Verified)
    names = {case.id: str(name) for case, name in zip(problem.cases, problem.tests, strict=True)}
    bases = {case.id: str(basis) for case, basis in zip(reviewed.kept, reviewed.bases, strict=True)}
    starter = declaration(problem.signature) if problem.signature else ""
    asked = render(
        "_real", statement=problem.statement, starter_code=starter.rstrip(), judged=problem.assertions
    )
    full = {
        **row,
        "prompt": [{"role": "user", "content": asked}],
        "reward_model": {"style": "rule", "ground_truth": _ground_truth(reviewed, row)},
        "extra_info": _extra_info(row, problem),
        "style": None,
        "draw": None,
        "model_name": None,
        **_judged_by(problem, row),
        **(golden if reviewed.golden is None else {}),
        "golden_probability": row["golden_probability"] if decided and reviewed.golden else None,
        "origin": origin.shown,
        "origin_revision": origin.revision,
        "origin_layout": origin.layout,
        "origin_id": str(problem.id),
        "origin_row": origin.place(problem.where),
        "origin_licence": _licence(problem),
        "case_names": [names[case.id] for case in reviewed.tests],
        "case_evidence": [bases[case.id] for case in reviewed.tests],
    }
    return capped(full, test_bytes)


def _judged_by(problem: Problem, row: evidence.Row) -> evidence.Row:
    entry = ASSERTIONS if problem.assertions else row["entry"]
    return {"entry": entry, "checker": checker_text(problem.checker)}


def _extra_info(row: evidence.Row, problem: Problem) -> evidence.Row:
    told = row["extra_info"]
    assert isinstance(told, dict)
    return {**told, **_judged_by(problem, row)}


def checker_text(checker: Checker) -> str:
    """The checker as a row of ours has it: a kind, or JSON where it has options."""
    told: dict[str, object] = {"kind": str(checker.kind)}
    if not checker.case_sensitive:
        told["case_sensitive"] = False
    if checker.kind is Equality.FLOATS:
        told |= {"absolute": checker.absolute, "relative": checker.relative}
    if checker.kind is Equality.PROGRAM:
        told |= {"language": str(checker.language), "code": checker.code}
    return str(checker.kind) if len(told) == 1 else json.dumps(told, ensure_ascii=False)


def _as_attempt(reviewed: Review, number: int) -> Attempt:
    """The problem as a build would have attempted it, so that a build's view makes the row."""
    problem, decision = reviewed.problem, reviewed.decision
    solutions = tuple(runnable(problem))
    starter = declaration(problem.signature) if problem.signature else ""
    style = "leetcode" if starter else "codeforces"  # the view renders a build's prompt, which is replaced
    name = digest([problem.statement, starter, [case.input for case in reviewed.kept]])[:16]
    task = Task(name, style, problem.statement, (), problem.signature, starter)
    before = decision.certificate or Certificate(
        (), len(set(number_programs(solutions))), isolated=reviewed.isolated, sandbox=reviewed.sandbox
    )
    certificate = replace(
        before, pass_rates=dict(reviewed.rates), limits=problem.limits, suite=reviewed.suite
    )
    probability = 0.0 if isinstance(decision, Rejected) else decision.probability
    golden = reviewed.golden or solutions[0].id
    outcome = Verified(golden, probability, weighted(reviewed.kept), certificate)
    return Attempt(
        number, "", style, (), task, outcome, solutions, problem.cases, provenance=made_elsewhere()
    )


def _ground_truth(reviewed: Review, row: evidence.Row) -> str:
    """As a build's; test code goes under verl's `assert_case`, and exact outputs are not trimmed."""
    kept, problem = reviewed.tests, reviewed.problem
    if problem.assertions:
        nothing = [""] * len(kept)
        told = {"inputs": nothing, "outputs": nothing, "assert_case": [case.input for case in kept]}
        return json.dumps(told, ensure_ascii=False)
    if problem.checker.kind is Equality.EXACT and problem.signature is None:
        told = {"inputs": [case.input for case in kept], "outputs": [case.expected or "" for case in kept]}
        return json.dumps(told, ensure_ascii=False)
    reward = row["reward_model"]
    assert isinstance(reward, dict)
    return str(reward["ground_truth"])


def _licence(problem: Problem) -> str | None:
    value = problem.extra.get("licence")
    return value.encode(errors="replace").decode() if isinstance(value, str) and value else None
