"""Files of results: JSON lines that are complete on disk problem by problem."""

import gzip
import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TextIO

from synthsmith.verification.errors import InputError
from synthsmith.verification.fields import Extra
from synthsmith.verification.problems import require_readable


@contextmanager
def fresh_files(source: Path, *targets: Path) -> Iterator[tuple[TextIO, ...]]:
    """The target files, new and empty, in folders made where they are missing; gzipped if named *.gz.

    Nothing is emptied where the source cannot be read or is itself a target: InputError then.
    """
    require_readable(source)
    with fresh_beside((source,), *targets) as files:
        yield files


@contextmanager
def fresh_beside(sources: Sequence[Path], *targets: Path) -> Iterator[tuple[TextIO, ...]]:
    """The same for several sources, or none that is a file; whether they can be read is not tried."""
    with ExitStack() as stack:
        try:
            for target in targets:
                if target.exists() and any(source.exists() and target.samefile(source) for source in sources):
                    raise InputError(f"{target} is the input itself; name another file for the result.")
                target.parent.mkdir(parents=True, exist_ok=True)
            files = [stack.enter_context(_open(target)) for target in targets]
        except OSError as error:
            raise InputError(f"{error.filename} cannot be written: {error.strerror}.") from error
        yield tuple(files)


def _open(target: Path) -> TextIO:
    if target.suffix == ".gz":
        return gzip.open(target, "wt", encoding="utf-8")
    return target.open("w", encoding="utf-8")


def write_lines(file: TextIO, lines: Iterable[Extra]) -> None:
    """Writes the lines, down to the operating system."""
    file.writelines(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
    file.flush()


def carry(line: Extra, *extras: Extra) -> Extra:
    """The line of a result with the unknown keys of its row carried along behind; ours win."""
    carried = {name: value for extra in extras for name, value in extra.items() if name not in line}
    return {**line, **carried}
