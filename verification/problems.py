"""Reading tasks, solutions and tests made elsewhere: one JSON object a line, gzipped or not.

    {id, statement?, entry?, time_limit_s?, memory_mb?, checker?,
     tests: [{name?, input, output?}], submissions: [{name, language, code}]}

Rows are read one at a time. What is wrong with one is said in a sentence that names file, row (counted from
1) and field. Keys that are not ours are carried along, as `extra`. Entry "assertions": inputs are test code.
"""

import gzip
import json
import math
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, cast

from synthsmith.verification.assertion_forms import read_test
from synthsmith.verification.compare import TOKENS, Checker, checker_for, parse_checker
from synthsmith.verification.errors import InputError
from synthsmith.verification.fields import Extra, Fields, shown
from synthsmith.verification.signatures import parse_signature
from synthsmith.verification.types import Case, Language, Limits, Signature, Solution

_ROW_KEYS = {"id", "statement", "entry", "time_limit_s", "memory_mb", "checker", "tests", "submissions"}
_TEST_KEYS = {"name", "input", "output"}
_SUBMISSION_KEYS = {"name", "language", "code"}
_GZIP_MAGIC = b"\x1f\x8b"


@dataclass(frozen=True, slots=True)
class Problem:
    """One row. `tests[i]` is what names case i in results: its name, or its index where it has none.

    `checker` is already the one for the values of functions where there is a signature. `where` names file
    and row for messages.
    """

    id: str | int
    where: str
    statement: str
    signature: Signature | None
    checker: Checker
    limits: Limits
    cases: tuple[Case, ...]
    tests: tuple[str | int, ...]
    submissions: tuple[Solution, ...]
    extra: Extra = field(default_factory=dict)
    test_extra: tuple[Extra, ...] = ()
    submission_extra: tuple[Extra, ...] = ()
    assertions: bool = False


def read_problems(path: Path, *, assertions: bool = True) -> Iterator[Problem]:
    """The rows of the file, in order, each when it is asked for. Blank lines are skipped.

    InputError for test code, too, where it is not wanted.
    """
    for _, problem in read_rows(path):
        if problem.assertions and not assertions:
            raise InputError(
                f"{problem.where}: field entry: assertions are judged, there is nothing to vote on."
            )
        yield problem


def read_rows(path: Path) -> Iterator[tuple[bytes, Problem]]:
    """The same, each with the line that it was read from."""
    for number, line in _lines(path):
        yield line, parse_problem(line, f"{path} row {number}")


def count_problems(path: Path) -> int:
    """How many rows the file has, without reading into them."""
    return sum(1 for _ in _lines(path))


def require_readable(path: Path) -> None:
    """Raises InputError where the file cannot be opened."""
    next(_lines(path), None)


def require_no_pipe(path: Path) -> None:
    """Raises InputError for a pipe: files are opened several times, and it would be empty after the first."""
    if path.is_fifo():
        raise InputError(f"{path} is a pipe, which can be read only once; write it to a file and give that.")


def parse_problem(line: bytes, where: str) -> Problem:
    """The row that one line of JSON holds; InputError, beginning with `where`, if it is not one."""
    return problem_of(_parse(line, where), where)


def problem_of(values: Mapping[str, object], where: str) -> Problem:
    """The same from the row's values, wherever they were read."""
    row = Fields(values, where)
    row = Fields(row.values, f"{where} (id {json.dumps(row.name('id'))})")
    tests = [row.at(f"tests[{i}]", test) for i, test in enumerate(row.items("tests"))]
    assertions = _has_assertions(row, tests)
    signature = None if assertions else _signature(row)
    submissions = [row.at(f"submissions[{i}]", each) for i, each in enumerate(row.items("submissions"))]
    names = tuple(test.name("name", default=i) for i, test in enumerate(tests))
    _require_distinct(row, "tests", names)
    solutions = tuple(_solution(each) for each in submissions)
    _require_distinct(row, "submissions", tuple(each.id for each in solutions))
    return Problem(
        id=row.name("id"),
        where=row.where,
        statement=row.text("statement", default=""),
        signature=signature,
        checker=checker_for(_checker(row), signature),
        limits=_limits(row),
        cases=tuple(_case(test, str(name)) for test, name in zip(tests, names, strict=True)),
        tests=names,
        submissions=solutions,
        extra=row.others(_ROW_KEYS),
        test_extra=tuple(test.others(_TEST_KEYS) for test in tests),
        submission_extra=tuple(each.others(_SUBMISSION_KEYS) for each in submissions),
        assertions=assertions,
    )


def _lines(path: Path) -> Iterator[tuple[int, bytes]]:
    try:
        require_no_pipe(path)
        with path.open("rb") as raw:
            packed = raw.peek(2)[:2] == _GZIP_MAGIC
            file = cast(BinaryIO, gzip.GzipFile(fileobj=raw)) if packed else raw
            for number, line in enumerate(file, start=1):
                if line.strip():
                    yield number, line
    except OSError as error:  # gzip.BadGzipFile is one
        raise InputError(f"{path} cannot be read: {error.strerror or error}.") from error
    except (EOFError, zlib.error) as error:
        raise InputError(f"{path} is a damaged gzip file: {error}.") from error


def _parse(line: bytes, where: str) -> dict[str, object]:
    try:
        value = json.loads(line.decode())
    except (ValueError, RecursionError) as error:  # UnicodeDecodeError and JSONDecodeError are ValueErrors
        raise InputError(f"{where} is not JSON: {error}.") from error
    if not isinstance(value, dict):
        raise InputError(f"{where} must be a JSON object, not {shown(value)}.")
    return value


def _signature(row: Fields) -> Signature | None:
    entry = row.text("entry", default="stdin")
    if entry.strip() in ("", "stdin"):
        return None
    try:
        return parse_signature(entry)
    except InputError as error:
        raise InputError(f"{row.where}: field entry: {error}") from error


def _has_assertions(row: Fields, tests: list[Fields]) -> bool:
    """Whether the inputs are test code; then it can be read, and nothing else says what is right."""
    if row.text("entry", default="").strip() != "assertions":
        return False
    given = {"checker": row.values.get("checker")}
    given |= {f"{test.prefix}output": test.values.get("output") for test in tests}
    for name in (name for name, value in given.items() if value is not None):
        raise InputError(f"{row.where}: field {name} has no meaning beside assertions.")
    for test in tests:
        code = test.text("input")
        try:
            read_test(code)
        except InputError as error:
            raise InputError(f"{row.where}: field {test.prefix}input: {error}") from error
    return True


def _checker(row: Fields) -> Checker:
    try:
        return parse_checker(row.values.get("checker", None)) if "checker" in row.values else TOKENS
    except InputError as error:
        raise InputError(f"{row.where}: field checker: {error}") from error


def _limits(row: Fields) -> Limits:
    default = Limits()
    memory_mb = row.number("memory_mb", default.memory_mb)
    seconds = row.number("time_limit_s", default.cpu_seconds)
    try:
        return Limits(seconds, memory_mb=math.ceil(memory_mb))
    except ValueError as error:
        raise InputError(f"{row.where}: fields time_limit_s and memory_mb: {error}.") from error


def _case(test: Fields, name: str) -> Case:
    expected = None if test.values.get("output") is None else test.text("output")
    return Case(name, test.text("input"), expected=expected)


def _solution(submission: Fields) -> Solution:
    language = submission.text("language")
    if language not in tuple(Language):
        raise submission.wrong("language", language, '"python" or "cpp"')
    return Solution(str(submission.name("name")), submission.program("code"), Language(language))


def _require_distinct(row: Fields, what: str, names: tuple[str | int, ...]) -> None:
    seen: set[str] = set()
    for index, name in enumerate(map(str, names)):
        if name in seen:
            raise InputError(f"{row.where}: field {what}[{index}].name: {name!r} is taken by another one.")
        seen.add(name)
