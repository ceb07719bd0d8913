"""When two programs are the same one: copies run once and have one vote."""

import ast
import hashlib
import threading
import warnings
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from synthsmith.verification.types import Language, Solution

# What the sandbox can run today; submissions in another language are named and left out.
RUNNABLE = frozenset({Language.PYTHON})

_WITH_DOCSTRING = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
_LONGEST_PARSED = 1 << 18  # characters; a syntax tree takes a hundred times the memory of its source
_warnings_lock = threading.Lock()  # warnings.catch_warnings changes the state of the whole process


@dataclass(frozen=True, slots=True)
class Identity:
    """What equal programs share: a digest, and the size of the normalised program in characters."""

    digest: str
    size: int


@lru_cache(maxsize=1024)
def identify(code: str, language: Language = Language.PYTHON) -> Identity:
    """The identity of a program: comments, layout and docstrings do not enter it; names do.

    For Python it is that of the syntax tree. A program that cannot be parsed or is very long, and any in
    another language, is compared by its lines without the blanks at their ends.
    """
    tree = _dump(code) if language is Language.PYTHON else None
    text = f"{language}:{_lines(code) if tree is None else tree}"
    return Identity(hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest(), len(text))


def number_programs(solutions: Iterable[Solution]) -> tuple[int, ...]:
    """For each solution the number of its class of equal programs, counted from 0 as they first appear."""
    numbers: dict[str, int] = {}
    digests = (identify(solution.code, solution.language).digest for solution in solutions)
    return tuple(numbers.setdefault(digest, len(numbers)) for digest in digests)


def _dump(code: str) -> str | None:
    if len(code) > _LONGEST_PARSED:
        return None
    try:
        with _warnings_lock, warnings.catch_warnings():
            warnings.simplefilter("ignore")  # such as an invalid escape: the author's, not ours to show
            tree = ast.parse(code)
        if "__doc__" not in code:
            _drop_docstrings(tree)
        return ast.dump(tree, annotate_fields=False)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _drop_docstrings(tree: ast.Module) -> None:
    for node in ast.walk(tree):
        if isinstance(node, _WITH_DOCSTRING) and _is_docstring(node.body):
            node.body = node.body[1:] or [ast.Pass()]


def _is_docstring(body: list[ast.stmt]) -> bool:
    return (
        bool(body)
        and isinstance(body[0], ast.Expr)
        and isinstance(body[0].value, ast.Constant)
        and isinstance(body[0].value.value, str)
    )


def _lines(code: str) -> str:
    return "\n".join(line.rstrip() for line in code.strip().splitlines())
