"""Files of results: JSON lines that are complete on disk problem by problem."""

import gzip
import io
import json
import os
import stat
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import BinaryIO, TextIO, cast

from synthsmith.verification.errors import InputError
from synthsmith.verification.fields import Extra
from synthsmith.verification.locks import lock
from synthsmith.verification.problems import require_readable


@contextmanager
def fresh_files(source: Path, *targets: Path) -> Iterator[tuple[TextIO, ...]]:
    """The target files, new and empty, in folders made where they are missing; gzipped if named *.gz.

    Nothing is emptied where the source cannot be read or is itself a target, or where another process is
    writing a target: InputError then.
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
            files = [_open(target, stack) for target in targets]
        except OSError as error:
            raise InputError(f"{error.filename} cannot be written: {error.strerror}.") from error
        yield tuple(files)


def _open(target: Path, stack: ExitStack) -> TextIO:
    """The file, emptied once it is ours alone; the stack closes it."""
    raw = stack.enter_context(target.open("ab"))
    if stat.S_ISREG(os.fstat(raw.fileno()).st_mode):  # /dev/null and /dev/stdout are everybody's
        lock(raw.fileno(), f"another process is writing {target}: wait for it, or name another file.")
        raw.truncate(0)
    file = gzip.GzipFile(fileobj=raw, mode="wb") if target.suffix == ".gz" else raw
    return stack.enter_context(io.TextIOWrapper(cast(BinaryIO, file), encoding="utf-8"))


def write_lines(file: TextIO, lines: Iterable[Extra]) -> None:
    """Writes the lines, down to the operating system."""
    file.writelines(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
    file.flush()


def carry(line: Extra, *extras: Extra) -> Extra:
    """The line of a result with the unknown keys of its row carried along behind; ours win."""
    carried = {name: value for extra in extras for name, value in extra.items() if name not in line}
    return {**line, **carried}
