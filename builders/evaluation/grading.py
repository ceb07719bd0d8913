"""From sheets to verdicts, kept in `samples.jsonl` question by question, so that a killed run goes on.

The file is in the order of the benchmark. Lines that are there already and still hold are taken as they are;
from the first on that does not, or was only half written, the file is cut and written anew. A sample that
could not be judged by our fault (JE) is judged once more, and again by a later run.
"""

import json
from collections import deque
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path
from types import TracebackType
from typing import Self

from synthsmith.builders.evaluation.sheets import Line, Sheet
from synthsmith.verification.judge import Entry, Judged, judge_all
from synthsmith.verification.results import write_lines
from synthsmith.verification.sandbox import Sandbox
from synthsmith.verification.types import Verdict

AHEAD = 1 << 11  # runs made while one that takes long is awaited
MOST_SHEETS, MOST_CHARACTERS = 1 << 10, 1 << 26  # read in one stretch; tests may have megabytes


class SampleFile:
    """The file of verdicts: read as far as it holds, written from there on."""

    def __init__(self, path: Path) -> None:
        path.touch()
        self._read = path.open("rb")
        self._write = path.open("r+", encoding="utf-8", newline="\n")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._read.close()
        self._write.close()

    def kept(self, sheet: Sheet) -> list[Line] | None:
        """The sheet's lines if they come next and hold; otherwise None, and the reading stays before them."""
        start = self._read.tell()
        lines = [_parsed(self._read.readline()) for _ in sheet.slots]
        whole = [line for line in lines if line is not None]
        if len(whole) == len(lines) and sheet.fits(whole):
            return whole
        self._read.seek(start)
        return None

    def cut(self) -> None:
        """Leave away all that was not read; what is written comes there."""
        at = self._read.tell()
        self._write.seek(at)
        self._write.truncate(at)

    def write(self, lines: Iterable[Line]) -> None:
        """Write the lines, down to the operating system."""
        write_lines(self._write, lines)


def graded(sheets: Iterable[Sheet], file: SampleFile, sandbox: Sandbox) -> Iterator[tuple[Sheet, list[Line]]]:
    """Each sheet with its lines, in order, as soon as they are known and written."""
    left = iter(sheets)
    for sheet in left:
        lines = file.kept(sheet)
        if lines is None:
            file.cut()
            left = chain([sheet], left)
            break
        yield sheet, lines
    else:
        file.cut()
        return
    for sheet, verdicts in _judged(left, sandbox):
        lines = sheet.lines(verdicts)
        file.write(lines)
        yield sheet, lines


def _judged(sheets: Iterable[Sheet], sandbox: Sandbox) -> Iterator[tuple[Sheet, list[Judged]]]:
    """Each sheet with the verdicts on its entries, in stretches of as many as may wait for their verdicts."""
    left = iter(sheets)
    for sheet in left:
        yield from _stretch(chain([sheet], left), sandbox)


def _stretch(sheets: Iterator[Sheet], sandbox: Sandbox) -> Iterator[tuple[Sheet, list[Judged]]]:
    """The same for the next sheets; they are read as the workers need them, and no more than have room."""
    waiting: deque[Sheet] = deque()

    def entries() -> Iterator[Entry]:
        room = MOST_CHARACTERS
        while room > 0 and len(waiting) < MOST_SHEETS and (sheet := next(sheets, None)) is not None:
            room -= sheet.characters
            waiting.append(sheet)
            yield from sheet.entries

    verdicts: list[Judged] = []
    for judged in judge_all(entries(), sandbox, ahead=AHEAD):
        while not waiting[0].entries:
            yield waiting.popleft(), []
        entry = waiting[0].entries[len(verdicts)]
        verdicts.append(_once_more(entry, sandbox) if _is_ours(judged) else judged)
        if len(verdicts) == len(waiting[0].entries):
            yield waiting.popleft(), verdicts
            verdicts = []
    while waiting:
        yield waiting.popleft(), []


def _is_ours(judged: Judged) -> bool:
    """Whether we failed while it ran; what cannot be run here at all fails again."""
    return judged.verdict is Verdict.JE and bool(judged.cases)


def _once_more(entry: Entry, sandbox: Sandbox) -> Judged:
    return next(judge_all([entry], sandbox))


def _parsed(line: bytes) -> Line | None:
    """The object of a whole line; None for any other."""
    if not line.endswith(b"\n"):
        return None
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None
