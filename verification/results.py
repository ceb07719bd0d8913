"""Files of results: JSON lines that are complete on disk problem by problem.

A file that is not there yet grows in its place. Where one of the targets holds results of an earlier run,
all of them stay as they are until the new ones are whole: those grow in `.NAME.partial` beside them and take
their places in the end. If the work ends early they are left there, and the error has a note that says so.

Pipes and devices are written as they are; so is what standard output or standard error goes to, behind what
is there already.
"""

import gzip
import io
import json
import os
import stat
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, TextIO, cast

from synthsmith.verification.errors import InputError
from synthsmith.verification.fields import Extra, encodable
from synthsmith.verification.locks import lock
from synthsmith.verification.problems import require_readable


@dataclass(frozen=True, slots=True)
class _Place:
    """A target that is held open; `is_file` says that it is a regular file, and ours alone."""

    target: Path
    raw: BinaryIO
    was_there: bool
    is_file: bool

    @property
    def has_results(self) -> bool:
        return self.is_file and os.fstat(self.raw.fileno()).st_size > 0

    @property
    def real(self) -> Path:
        """The file itself, where the target is a link to it."""
        return self.target.resolve()


@contextmanager
def fresh_files(source: Path, *targets: Path) -> Iterator[tuple[TextIO, ...]]:
    """The target files, new and empty, in folders made where they are missing; gzipped if named *.gz.

    Nothing is touched where the source cannot be read or is itself a target, or where another process is
    writing a target: InputError then. Results of an earlier run stay until the end (see above).
    """
    require_readable(source)
    with fresh_beside((source,), *targets) as files:
        yield files


@contextmanager
def fresh_beside(sources: Sequence[Path], *targets: Path) -> Iterator[tuple[TextIO, ...]]:
    """The same for several sources, or none that is a file; whether they can be read is not tried."""
    with ExitStack() as held, ExitStack() as files:
        try:
            for target in targets:
                if target.exists() and any(source.exists() and target.samefile(source) for source in sources):
                    raise InputError(f"{target} is the input itself; name another file for the result.")
                target.parent.mkdir(parents=True, exist_ok=True)
            places = [_hold(target, held) for target in targets]
            anew = not any(place.has_results for place in places)
            aside = [] if anew else [place for place in places if place.is_file]
            opened = tuple(_open(place, files, aside=place in aside) for place in places)
        except OSError as error:
            raise InputError(f"{error.filename} cannot be written: {error.strerror}.") from error
        try:
            yield opened
            files.close()
            for place in aside:
                _publish(place)
        except BaseException as error:
            _note(error, places, aside)
            raise


def partial_of(path: Path) -> Path:
    """Where what will be the file's contents grows."""
    return path.with_name(f".{path.name}.partial")


def _hold(target: Path, held: ExitStack) -> _Place:
    """The target, which no other process of ours writes until the stack is closed."""
    stream = _stream(target)
    was_there = target.exists()
    raw = held.enter_context(target.open("ab") if stream is None else os.fdopen(os.dup(stream), "wb"))
    is_file = stream is None and stat.S_ISREG(os.fstat(raw.fileno()).st_mode)  # /dev/null is everybody's
    if is_file:
        _lock(raw, target)
    return _Place(target, raw, was_there, is_file)


def _lock(raw: BinaryIO, target: Path) -> None:
    lock(raw.fileno(), f"another process is writing {target}: wait for it, or name another file.")


def _stream(target: Path) -> int | None:
    """Which of standard output and standard error goes to the target: their own place in it is to be kept."""
    for descriptor in (1, 2):
        with suppress(OSError):  # not there, or closed
            if os.path.samestat(target.stat(), os.fstat(descriptor)):
                return descriptor
    return None


def _open(place: _Place, files: ExitStack, *, aside: bool) -> TextIO:
    """The place, or a new file aside of it, for text; the stack closes it."""
    raw = place.raw
    if aside:
        raw = files.enter_context(partial_of(place.real).open("ab"))
        _lock(raw, place.target)
        raw.truncate(0)
        os.fchmod(raw.fileno(), stat.S_IMODE(os.fstat(place.raw.fileno()).st_mode))
    file = gzip.GzipFile(fileobj=raw, mode="wb") if place.target.suffix == ".gz" else raw
    return files.enter_context(io.TextIOWrapper(cast(BinaryIO, file), encoding="utf-8"))


def _publish(place: _Place) -> None:
    """The new file, whole and on the disk, in the place of the earlier one."""
    partial = partial_of(place.real)
    with partial.open("rb") as file:
        os.fsync(file.fileno())
    partial.replace(place.real)


def _note(error: BaseException, places: Sequence[_Place], aside: Sequence[_Place]) -> None:
    """Tell where results are; without them, what was made to hold a place is gone."""
    for place in aside:
        if not place.was_there:
            place.real.unlink(missing_ok=True)
    if aside:
        where = partial_of(aside[0].real)
        shown = where if len(aside) == 1 else where.with_name(".*.partial")
        error.add_note(f"earlier results stay as they were, what this run made is in {shown}")
    elif isinstance(error, KeyboardInterrupt):
        shown = places[0].target if len(places) == 1 else places[0].target.parent
        error.add_note(f"what was made before is in {shown}")


def write_lines(file: TextIO, lines: Iterable[Extra]) -> None:
    """Writes the lines, down to the operating system."""
    file.writelines(as_json(line) + "\n" for line in lines)
    file.flush()


def as_json(line: Extra) -> str:
    """The line as JSON that has a UTF-8 form: escaped where a key that is carried along has none."""
    text = json.dumps(line, ensure_ascii=False)
    return text if encodable(text) else json.dumps(line)


def carry(line: Extra, *extras: Extra) -> Extra:
    """The line of a result with the unknown keys of its row carried along behind; ours win."""
    carried = {name: value for extra in extras for name, value in extra.items() if name not in line}
    return {**line, **carried}
