"""What the page shows of a data set, read from its `attempts` rows; replies come from the build, if any.

    DIR is a build       DIR/dataset/attempts/*.parquet, and the whole replies from DIR/attempts
    DIR is a data set    DIR/attempts/*.parquet; of replies that stand in no row nothing is known

The rows are the truth, not the build's own files: what was found when all tasks were there (duplicates)
stands in the rows alone.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import TypeAdapter, ValidationError
from synthsmith.builders.attempts import read
from synthsmith.verification.certificate import Ballots, Certificate
from synthsmith.verification.errors import InputError
from synthsmith.verification.types import Status

BATCH_ROWS = 16


@dataclass(frozen=True, slots=True)
class ProgramRow:
    candidate: str
    program: str
    program_language: str
    model_name: str = ""
    program_group: int = 0
    pass_rate: float | None = None
    purpose: str = "candidate"


@dataclass(frozen=True, slots=True)
class CaseRow:
    case: str
    kind: str
    input: str
    weight: int | None = None
    expected: str | None = None
    stated: str | None = None


@dataclass(frozen=True, slots=True)
class UnreadRow:
    stage: str
    sample_index: int
    model_name: str
    detail: str


@dataclass(frozen=True, slots=True)
class DroppedRow:
    case: str
    detail: str
    head: str


@dataclass(frozen=True, slots=True)
class ProxyRow:
    model_name: str
    sample_count: int
    pass_rate: float | None
    solved_rate: float | None


@dataclass(frozen=True, slots=True)
class TaskRow:
    """One attempted task; the fields are the columns of `attempts` (cards/fields.py says what each means).

    Of the certificate's votes it is known whether there is a label, not which: that stands with the cases.
    """

    draw: str
    verdict: str
    style: str
    task_id: str | None = None
    reason: str | None = None
    statement: str | None = None
    starter_code: str | None = None
    features: tuple[str, ...] = ()
    pass_rate: float | None = None
    solved_rate: float | None = None
    golden_candidate: str | None = None
    candidate_count: int = 0
    certificate: str | None = None
    kill_rate: float | None = None
    is_suite_weak: bool | None = None
    proxies: tuple[ProxyRow, ...] = ()
    detail: str | None = None
    drawn_features: tuple[str, ...] = ()
    programs: tuple[ProgramRow, ...] = ()
    cases: tuple[CaseRow, ...] = ()
    unread_replies: tuple[UnreadRow, ...] = ()
    dropped_inputs: tuple[DroppedRow, ...] = ()
    ballots: str | None = None

    @property
    def verified(self) -> bool:
        return self.verdict == "verified"

    @property
    def ease(self) -> float | None:
        """The mean of the proxies' pass rates; the candidates' where there are none."""
        rates = [proxy.pass_rate for proxy in self.proxies if proxy.pass_rate is not None]
        return sum(rates) / len(rates) if rates else self.pass_rate


ALL = tuple(field.name for field in fields(TaskRow))
LIGHT = ALL[: ALL.index("detail")]  # what the table and the figures need: no program, no test


@dataclass(frozen=True, slots=True)
class Source:
    """Where the rows are. `replies` is the folder of a build's attempts, None where there is no build."""

    dataset: Path
    files: tuple[Path, ...]
    rows: int
    replies: Path | None


def open_source(given: Path) -> Source:
    """The data set of a folder; InputError where it has none with attempts."""
    if not given.is_dir():
        raise InputError(f"{given}: there is no such folder; give a build's or a data set's.")
    for dataset in (given / "dataset", given):
        files = tuple(sorted((dataset / "attempts").glob("*.parquet")))
        if files:
            replies = given / "attempts" if dataset != given else None
            return Source(dataset, files, sum(_rows_in(file) for file in files), replies)
    if (given / "labels.jsonl").is_file():
        raise InputError(
            f"{given} holds results of synthsmith verify; report.md and findings.jsonl there show them. "
            "The page is made of a build or a data set with attempts."
        )
    raise InputError(f"{given} holds no data set with attempts; give a build's folder or a data set's.")


def read_tasks(source: Source, columns: tuple[str, ...] = ALL) -> Iterator[TaskRow]:
    """The tasks in the order of the rows, few at a time in memory; columns that are not there stay empty.

    Not buffered ahead, which would keep what was read of all row groups until the file is closed.
    """
    for file in source.files:
        try:
            with pq.ParquetFile(file, pre_buffer=False) as parquet:
                there = [name for name in columns if name in parquet.schema_arrow.names]
                number = 0
                for batch in parquet.iter_batches(BATCH_ROWS, columns=there):
                    for row in batch.to_pylist():
                        yield _task(row, f"{file}, row {number}")
                        number += 1
        except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
            raise InputError(f"{file} cannot be read ({error}).") from None


def certificate_of(task: TaskRow) -> Certificate | None:
    """The certificate; the output of a vote is empty where there is a label, None where there is none."""
    if task.certificate is None:
        return None
    try:
        told = json.loads(task.certificate)
        for vote in told["votes"]:
            vote["output"] = "" if vote.pop("decided") else None
        return _certificates().validate_python(told)
    except ValidationError as error:
        detail = _first(error)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        detail = f"{type(error).__name__} {error}"
    raise InputError(f"The attempt {task.draw} has a certificate that cannot be read ({detail}).")


def ballots_of(task: TaskRow, certificate: Certificate) -> Ballots | None:
    """The ballots behind a certificate's votes; None in what was made before they were kept."""
    if task.ballots is None:
        return None
    try:
        found = _ballots().validate_json(task.ballots)
    except ValidationError as error:
        raise InputError(
            f"The attempt {task.draw} has ballots that cannot be read ({_first(error)})."
        ) from None
    counts = [len(answers) for answers in found.answers]
    if len(counts) != len(certificate.votes) or not all(
        len(cast) == len(counts)
        and all(isinstance(it, Status) or 0 <= it < count for it, count in zip(cast, counts, strict=True))
        for cast in found.cast.values()
    ):
        raise InputError(f"The attempt {task.draw} has ballots that do not fit its votes.")
    return found


def replies_of(source: Source, task: TaskRow) -> dict[str, str]:
    """The whole reply of each candidate; empty where the build is not at hand or has gone on since."""
    index = task.draw.rpartition(":")[2]
    if source.replies is None or not (index.isascii() and index.isdigit()):
        return {}
    attempt = read(source.replies, int(index))
    if attempt is None or attempt.draw != task.draw:
        return {}
    return {solution.id: solution.reply for solution in attempt.solutions}


@cache
def _tasks() -> TypeAdapter[TaskRow]:
    return TypeAdapter(TaskRow)


@cache
def _ballots() -> TypeAdapter[Ballots]:
    return TypeAdapter(Ballots)


@cache
def _certificates() -> TypeAdapter[Certificate]:
    return TypeAdapter(Certificate)


def _task(row: dict[str, object], where: str) -> TaskRow:
    # A list that is null has no items; the default is to be taken for it.
    given = {name: value for name, value in row.items() if value is not None}
    try:
        return _tasks().validate_python(given)
    except ValidationError as error:
        raise InputError(f"{where}: is no row of attempts: {_first(error)}.") from None


def _first(error: ValidationError) -> str:
    told = error.errors()[0]
    return f"{'.'.join(map(str, told['loc']))}: {told['msg']}"


def _rows_in(file: Path) -> int:
    try:
        return int(pq.read_metadata(file).num_rows)
    except (pa.ArrowException, OSError) as error:
        raise InputError(f"{file} cannot be read ({error}).") from None
