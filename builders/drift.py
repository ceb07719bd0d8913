"""A published data set verified again: whether the same programs still say the same on the same inputs.

Labels, verdict and golden solution are come to anew from the programs and inputs that the rows hold, and
compared with what the rows say. They differ where the machine, the sandbox, the interpreter or the method
changed, or where the rows did.

label_changed, label_lost, label_gained     another output was voted; none any more; one where there was none
golden_fails                                the golden program passes fewer of the published cases than it did
verdict_changed, golden_changed             verified or not, and why; which program was chosen
judge_error                                 it could not be run here
"""

import json
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from synthsmith.builders.published import Published, published
from synthsmith.verification.assertions import ASSERTIONS, under_test
from synthsmith.verification.certificate import Vote
from synthsmith.verification.decision import Reason, Rejected, Verified
from synthsmith.verification.findings import cut
from synthsmith.verification.judge import Entry, Judged, judge_all
from synthsmith.verification.results import fresh_beside, write_lines
from synthsmith.verification.sandbox import Sandbox
from synthsmith.verification.types import Case, Purpose, Solution
from synthsmith.verification.verify import verify

_LATER = (Reason.DUPLICATE, Reason.JUDGE_ERROR)  # what no new vote can come to, or says nothing
NAMES = ("drift.jsonl", "drift.json", "drift.md")
_SHOWN = 200  # differences on the page


@dataclass(frozen=True, slots=True)
class Drift:
    """One difference between what was published and what came of it now."""

    task: str
    code: str
    detail: str
    case: str | None = None
    before: str | None = None
    now: str | None = None
    where: str = ""


@dataclass(frozen=True, slots=True)
class DriftSummary:
    """What came of it all. `not_run` are rows of which nothing was run before."""

    complete: bool
    rows: int
    verified_again: int
    not_run: int
    cases: int
    drifted: int
    codes: dict[str, int]
    speed: float
    isolated: bool


def verify_published(
    given: str,
    folder: Path,
    sandbox: Sandbox,
    *,
    split: str | None = None,
    revision: str | None = None,
    min_decided: int | None = None,
    limit: int | None = None,
    progress: Callable[[int], None] = lambda done: None,
) -> DriftSummary:
    """The summary, which `folder` gets too, with every difference; see the module for what they are."""
    table, found = published(given, split, revision)
    counts: Counter[str] = Counter()
    codes: Counter[str] = Counter()
    worst: list[str] = []
    with fresh_beside((), *(folder / name for name in NAMES)) as (lines, told, page):
        complete = False
        try:
            for row in found:
                if counts["rows"] == limit:
                    break
                changes = list(drifts(_with(row, min_decided), sandbox)) if row.ran else []
                write_lines(lines, map(asdict, changes))
                codes.update(change.code for change in changes)
                counts += Counter(
                    rows=1, again=int(row.ran), cases=len(row.cases) * row.ran, drifted=int(bool(changes))
                )
                worst += [_line(change) for change in changes[: max(0, _SHOWN - len(worst))]]
                progress(counts["rows"])
            complete = True
        finally:
            summary = DriftSummary(
                complete,
                counts["rows"],
                counts["again"],
                counts["rows"] - counts["again"],
                counts["cases"],
                counts["drifted"],
                dict(sorted(codes.items())),
                round(sandbox.speed, 4),
                sandbox.isolated,
            )
            told.write(json.dumps(asdict(summary), indent=2) + "\n")
            page.write(_page(given, table.commit, summary, worst))
    return summary


def drifts(row: Published, sandbox: Sandbox) -> Iterator[Drift]:
    """What differs now from what the row says."""
    if row.verdict:
        yield from _voted_again(row, sandbox)
    yield from _golden_again(row, sandbox)


def _with(row: Published, min_decided: int | None) -> Published:
    return row if min_decided is None else replace(row, rules=replace(row.rules, min_decided=min_decided))


def _voted_again(row: Published, sandbox: Sandbox) -> Iterator[Drift]:
    end = verify(
        row.solutions,
        [replace(case, expected=None) for case in row.cases],
        sandbox,
        checker=row.checker,
        limits=row.limits,
        signature=row.signature,
        rules=row.rules,
        brute_input_bytes=row.brute_input_bytes,
        may_share=False,  # a difference shall be that of the data, whoever doubts it
    )
    if isinstance(end, Rejected) and end.reason is Reason.JUDGE_ERROR:
        yield Drift(row.name, "judge_error", end.detail, where=row.where)
        return
    votes = end.certificate.votes if end.certificate else ()
    for case, vote in zip(row.cases, votes, strict=bool(votes)):
        yield from _label(row, case, vote)
    if row.reason in _LATER:
        return
    now = "verified" if isinstance(end, Verified) else f"rejected: {end.reason}"
    before = row.verdict if row.reason is None else f"{row.verdict}: {row.reason}"
    if before != now:
        yield Drift(row.name, "verdict_changed", f"{before}, now {now}", None, before, now, row.where)
    elif isinstance(end, Verified) and end.golden != row.golden:
        detail = f"{row.golden}, now {end.golden}"
        yield Drift(row.name, "golden_changed", detail, None, row.golden, end.golden, row.where)


def _label(row: Published, case: Case, vote: Vote) -> Iterator[Drift]:
    before, now = case.expected, vote.output
    if before is None and now is None:
        return
    if before is not None and now is not None:
        if row.checker.key(before.encode()) == row.checker.key(now.encode()):
            return
        code = "label_changed"
    else:
        code = "label_lost" if now is None else "label_gained"
    detail = f"{vote.support} of {vote.cast} programs are behind the first output now"
    yield Drift(row.name, code, detail, case.id, cut(before), cut(now), row.where)


def _golden_again(row: Published, sandbox: Sandbox) -> Iterator[Drift]:
    """Whether the golden program passes less of the published cases than it did."""
    golden = next((each for each in row.solutions if each.id == row.golden), None)
    cases = [case for case in row.cases if case.expected is not None or row.assertions]
    if golden is None or golden.purpose is Purpose.BRUTE or not cases:
        return
    judged = next(judge_all([_entry(row, golden, cases)], sandbox))
    if judged.detail and not judged.cases:
        yield Drift(row.name, "judge_error", judged.detail, where=row.where)
        return
    before = row.rates.get(golden.id, 1.0)
    if judged.passed / judged.total < before - 1e-9:
        share = f"{judged.passed} of {judged.total}"
        detail = f"{golden.id} passes {share} published cases, before {before:.4f} of them; {_first(judged)}"
        yield Drift(row.name, "golden_fails", detail, where=row.where)


def _entry(row: Published, golden: Solution, cases: list[Case]) -> Entry:
    if not row.assertions:
        return Entry(golden, tuple(cases), row.checker, row.limits, row.signature)
    pairs = [under_test(golden, case.input, case.id) for case in cases]
    return Entry(pairs[0][0], tuple(case for _, case in pairs), ASSERTIONS, row.limits)


def _first(judged: Judged) -> str:
    return next((f"{each.verdict} on {each.case}" for each in judged.cases if each.verdict != "AC"), "")


def _page(given: str, commit: str | None, summary: DriftSummary, worst: list[str]) -> str:
    at = f" at {commit}" if commit else ""
    lines = [f"# {given}{at}, verified again", ""]
    if not summary.complete:
        lines += ["**The work ended early. What follows is up to there.**", ""]
    lines += [
        f"{summary.verified_again} of {summary.rows} rows with {summary.cases} cases were run again, "
        f"{summary.drifted} of them drifted; of {summary.not_run} nothing had been run.",
        "",
    ]
    if summary.codes:
        lines += ["| Drift | Number |", "|---|---:|"]
        lines += [f"| `{code}` | {number} |" for code, number in summary.codes.items()]
        lines += ["", f"## The first {len(worst)} (all are in drift.jsonl)", "", *worst]
    return "\n".join(lines) + "\n"


def _line(change: Drift) -> str:
    case = f", case `{change.case}`" if change.case else ""
    told = f"- `{change.code}` {change.task}{case}: {change.detail}"
    if change.code.startswith("label"):
        told += f"; before {json.dumps(change.before)}, now {json.dumps(change.now)}"
    return " ".join(told.split())
