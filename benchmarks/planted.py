"""Rows of problems, and changed copies of them: what `duplicates.py` tries to find again."""

import ast
import gzip
import json
import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from synthsmith.builders.duplicates.shingles import FEWEST_STATEMENT, statement_shingles
from synthsmith.verification.programs import parse
from synthsmith.verification.types import Language

_WORD = re.compile(r"[a-z]{4,}")


@dataclass(frozen=True, slots=True)
class Row:
    """A problem; of its submissions those that are accepted or unlabelled."""

    id: str
    statement: str
    programs: tuple[tuple[Language, str], ...]


@dataclass(frozen=True, slots=True)
class Planted:
    """A changed statement, and the number of the row that it was."""

    row: int
    kind: str
    text: str


def read(paths: Sequence[Path]) -> Iterator[Row]:
    """All rows of the files."""
    for path in paths:
        with gzip.open(path, "rt") if path.suffix == ".gz" else path.open() as file:
            for line in file:
                told = json.loads(line)
                right = [each for each in told.get("submissions", []) if each.get("expected") in (None, "AC")]
                programs = tuple((Language(each["language"]), each["code"]) for each in right)
                yield Row(str(told["id"]), told.get("statement") or "", programs)


def stated(rows: Sequence[Row]) -> list[Row]:
    """Those whose statements are long enough to be compared."""
    return [row for row in rows if len(statement_shingles(row.statement)) >= FEWEST_STATEMENT]


def plant(rows: Sequence[Row], number: int, rng: random.Random) -> list[Planted]:
    """So many of the statements, changed in each of the ways."""
    vocabulary = sorted({word for row in rows[:400] for word in _WORD.findall(row.statement)})
    chosen = rng.sample(range(len(rows)), min(number, len(rows)))
    return [
        Planted(row, kind, text)
        for row in chosen
        for kind, text in changes(rows[row].statement, rng.choice(rows).statement, vocabulary, rng)
    ]


def changes(
    text: str, other: str, vocabulary: Sequence[str], rng: random.Random
) -> Iterator[tuple[str, str]]:
    """The statement changed in ten ways; `other` is one of another row."""
    told, foreign = _sentences(text), _sentences(other)
    inside = sorted(set(re.findall(r"(?<=[a-z,] )[A-Z][a-z]+", text)))
    names = {name: rng.choice(vocabulary).title() for name in inside}
    quarter = max(1, len(told) // 4)
    shuffled = rng.sample(told, len(told))
    yield "markup", re.sub(r"\w+", lambda m: f"**{m[0].upper()}**" if rng.random() < 0.2 else m[0], text)
    yield "numbers", re.sub(r"\d+", lambda m: str(rng.randrange(2, 10 ** len(m[0][:9]))), text)
    yield "names", re.sub(r"[A-Z][a-z]+", lambda m: names.get(m[0], m[0]), text)
    yield "sentence", "\n\n".join([foreign[0], *told[1:]])
    yield "story", "\n\n".join([*foreign[:quarter], *told[quarter:]])
    yield "shuffled", "\n\n".join(shuffled)
    yield "cut", "\n\n".join(told[: max(1, len(told) - quarter)])
    yield "within", f"{other[: len(other) // 2]}\n\n{text}\n\n{other[len(other) // 2 :]}"
    for share in (0.1, 0.2):
        yield f"words {share}", _replaced(text, share, vocabulary, rng)


def _sentences(text: str) -> list[str]:
    return [part for part in re.split(r"(?<=[.!?])\s+|\n\n+", text) if part.strip()] or [text]


def _replaced(text: str, share: float, vocabulary: Sequence[str], rng: random.Random) -> str:
    return _WORD.sub(lambda m: rng.choice(vocabulary) if rng.random() < share else m[0], text)


def renamed(code: str) -> str:
    """The program with other names for its variables and parameters; empty where it does not parse."""
    try:
        tree = parse(code)
    except (SyntaxError, ValueError):
        return ""
    stored = {
        node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    }
    given = {node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and node.id in stored | given:
            node.id += "_other"
        elif isinstance(node, ast.arg):
            node.arg += "_other"
    return ast.unparse(tree)
