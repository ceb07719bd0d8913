"""`synthsmith verify`: dual verification of many problems -> labels, golden submissions, a summary, findings.

    labels.jsonl  golden.jsonl  summary.json     what the vote says, to which given outputs are never shown
    findings.jsonl  report.md                    what is wrong with what is given, with the evidence

The given outputs are taken off before anything is run or voted on, and brought back at the end: for findings,
and with `score` to say how right labels and golden submissions are. Where nobody had to vote, nothing is run
again for that. One problem is in memory at a time.
"""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from synthsmith.verification.problems import read_problems, require_readable
from synthsmith.verification.report import Report
from synthsmith.verification.results import fresh_beside, write_lines
from synthsmith.verification.review import Review, review
from synthsmith.verification.rules import USUAL, Rules
from synthsmith.verification.sandbox import Sandbox
from synthsmith.verification.stated import BadRow, Entry
from synthsmith.verification.suites import SuiteTerms
from synthsmith.verification.verify_lines import (
    ProblemEnd,
    end_of,
    findings_of,
    golden_of,
    labels_of,
    score_of,
)
from synthsmith.verification.verify_summary import Tally, VerifySummary

NAMES = ("labels.jsonl", "golden.jsonl", "findings.jsonl", "report.md", "summary.json")


def verify_file(
    source: Path,
    folder: Path,
    sandbox: Sandbox,
    *,
    score: bool = False,
    rules: Rules = USUAL,
    suite: SuiteTerms | None = None,
    may_share: bool = False,
    progress: Callable[[ProblemEnd], None] = lambda end: None,
) -> VerifySummary:
    """The summary of a file of rows; see `verify_entries`. Test code is refused, as it cannot be voted on."""
    require_readable(source)
    entries = (Entry(problem) for problem in read_problems(source, assertions=False))
    return verify_entries(
        entries,
        folder,
        sandbox,
        (source,),
        title=source.name,
        score=score,
        rules=rules,
        suite=suite,
        may_share=may_share,
        progress=progress,
    )


def verify_entries(
    entries: Iterable[Entry | BadRow],
    folder: Path,
    sandbox: Sandbox,
    sources: Sequence[Path] = (),
    *,
    title: str,
    score: bool = False,
    rules: Rules = USUAL,
    suite: SuiteTerms | None = None,
    may_share: bool = False,
    progress: Callable[[ProblemEnd], None] = lambda end: None,
    keep: Callable[[Review], None] = lambda reviewed: None,
) -> VerifySummary:
    """The summary; `folder` gets it too, with all other files, problem by problem.

    `sources` are files that must not be written over, `title` is what the report calls the data; `keep` is
    told each review. With `suite` it is also measured what the kept tests find out, by runs of its own.
    `may_share` as in `verify.tabulate`. On an InputError the files (`results.py` says
    which) hold all problems before the bad row.
    """
    with fresh_beside(sources, *(folder / name for name in NAMES)) as files:
        labels, golden, findings, page, summary = files
        tally = Tally(score=score, rules=rules, suite=suite)
        report = Report(title)
        complete = False
        try:
            for entry in entries:
                if isinstance(entry, BadRow):
                    write_lines(findings, findings_of(entry))
                    report.add(entry)
                    tally.skip()
                    continue
                reviewed = review(entry, sandbox, rules, suite=suite, may_share=may_share)
                write_lines(labels, labels_of(reviewed, measured=suite is not None))
                write_lines(golden, [golden_of(reviewed)])
                write_lines(findings, findings_of(reviewed))
                end = end_of(reviewed, score_of(reviewed, sandbox) if score else None)
                tally.add(end)
                report.add(reviewed)
                keep(reviewed)
                progress(end)
            complete = True
        finally:
            told = tally.write(summary, sandbox, complete=complete)
            page.write(report.text(complete=complete))
    return told
