"""Data made elsewhere, verified: labels, findings and report, and the cleaned data set with its page."""

import shutil
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path

from synthsmith.builders.assembly import TEST_BYTES
from synthsmith.builders.foreign import Source, entries, files, is_plain
from synthsmith.builders.real.cleaned import RealFacts, RealRows
from synthsmith.builders.real.origin import origin_of
from synthsmith.builders.tables import is_parquet
from synthsmith.cards.real import DATASET, make_real_dataset
from synthsmith.verification.errors import InputError
from synthsmith.verification.problems import read_problems
from synthsmith.verification.results import partial_of
from synthsmith.verification.rules import USUAL, Rules
from synthsmith.verification.sandbox import Sandbox
from synthsmith.verification.stated import BadRow, Entry
from synthsmith.verification.suites import SuiteTerms
from synthsmith.verification.verify_file import verify_entries
from synthsmith.verification.verify_lines import ProblemEnd
from synthsmith.verification.verify_summary import VerifySummary

PARTIAL = partial_of(Path(DATASET)).name


def verify_source(
    source: Source,
    folder: Path,
    sandbox: Sandbox,
    *,
    skip_bad: bool = False,
    limit: int | None = None,
    score: bool = False,
    rules: Rules = USUAL,
    suite: SuiteTerms | None = None,
    may_share: bool = False,
    test_bytes: int | None = TEST_BYTES,
    progress: Callable[[ProblemEnd], None] = lambda end: None,
) -> tuple[VerifySummary, RealFacts]:
    """What came of it; `folder` gets all of it. `suite` and `may_share` as in `verify_entries`,
    `test_bytes` as in `real_row`.

    Where the work ends early (a bad row, an interrupt), what came before is in every file and the data set;
    if the folder held results already, these stay, and it is in `.NAME.partial` beside each (`results.py`).
    """
    for path in files(source):
        is_parquet(path)  # whether it can be read, before anything is emptied
        if path.resolve().is_relative_to((folder / DATASET).resolve()):
            raise InputError(f"{path} is in the folder that the result replaces; name another one.")
    origin = origin_of(source)
    kept = RealRows(origin, test_bytes)
    name = PARTIAL if (folder / "summary.json").exists() else DATASET
    try:
        try:
            summary = verify_entries(
                _entries(source, skip_bad, limit),
                folder,
                sandbox,
                files(source),
                title=source.shown,
                score=score,
                rules=rules,
                suite=suite,
                may_share=may_share,
                progress=progress,
                keep=kept.add,
            )
            name = DATASET
            shutil.rmtree(folder / PARTIAL, ignore_errors=True)  # of an earlier run that ended early
        finally:
            if folder.is_dir():
                facts = make_real_dataset(folder, kept, origin, name)
    finally:
        kept.close()
    return summary, facts


def _entries(source: Source, skip_bad: bool, limit: int | None) -> Iterator[Entry | BadRow]:
    """The problems; one file of rows of ours is read by its own reader, which has its own words."""
    if skip_bad or not is_plain(source):
        return entries(source, skip_bad=skip_bad, limit=limit)
    problems = read_problems(files(source)[0], assertions=False)
    return (Entry(problem) for problem in islice(problems, limit))
