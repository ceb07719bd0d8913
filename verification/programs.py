"""When two programs are the same one: copies run once and have one vote."""

import ast
import hashlib
import re
import threading
import warnings
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from synthsmith.verification.types import Language, Solution

_WITH_DOCSTRING = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
LONGEST_PARSED = 1 << 18  # characters; a syntax tree takes a hundred times the memory of its source
_HALVES = re.compile("[\ud800-\udfff]")
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
    tree = _normalised(code) if language is Language.PYTHON else None
    text = f"{language}:{_lines(code) if tree is None else tree}"
    return Identity(hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest(), len(text))


def number_programs(solutions: Iterable[Solution]) -> tuple[int, ...]:
    """For each solution the number of its class of equal programs, counted from 0 as they first appear."""
    numbers: dict[str, int] = {}
    digests = (identify(solution.code, solution.language).digest for solution in solutions)
    return tuple(numbers.setdefault(digest, len(numbers)) for digest in digests)


def without_halves(code: str) -> str:
    """The code, with NUL for each half of a surrogate pair, which JSON can write and no file can hold.

    CPython compiles a program with the one as little as with the other; this one is a text that can be kept.
    """
    return _HALVES.sub("\0", code)


def parse(code: str) -> ast.Module:
    """The syntax tree of a Python program, without a warning being shown; safe in several threads.

    What does not parse raises what `ast.parse` raises (SyntaxError, ValueError, RecursionError, MemoryError);
    a program of more than LONGEST_PARSED characters is a ValueError.
    """
    if len(code) > LONGEST_PARSED:
        raise ValueError(f"it is longer than {LONGEST_PARSED} characters")
    with _warnings_lock, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # such as an invalid escape: the author's, not ours to show
        return ast.parse(code)


def _normalised(code: str) -> str | None:
    """The program as a text of its syntax tree alone; None where there is no tree."""
    try:
        tree = parse(code)
        return tree_text(tree if "__doc__" in code else without_docstrings(tree))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def tree_text(value: object) -> str:
    """A part of a syntax tree, as `ast.dump` would write it but for all that is absent or empty.

    What Python versions differ in is that: 3.12 and 3.13 gave old nodes new fields, and 3.13 lets `ast.dump`
    leave out empty ones. The choice of the golden solution must not differ with them.
    """
    if isinstance(value, ast.AST):
        fields = ((name, getattr(value, name, None)) for name in value._fields)
        shown = [f"{name}={tree_text(part)}" for name, part in fields if part is not None and part != []]
        return f"{type(value).__name__}({','.join(shown)})"
    if isinstance(value, list):
        return f"[{','.join(map(tree_text, value))}]"
    return repr(value)


def without_docstrings(tree: ast.Module) -> ast.Module:
    """The same tree, changed in place."""
    for node in ast.walk(tree):
        if isinstance(node, _WITH_DOCSTRING) and _is_docstring(node.body):
            node.body = node.body[1:] or [ast.Pass()]
    return tree


def _is_docstring(body: list[ast.stmt]) -> bool:
    return (
        bool(body)
        and isinstance(body[0], ast.Expr)
        and isinstance(body[0].value, ast.Constant)
        and isinstance(body[0].value.value, str)
    )


def _lines(code: str) -> str:
    return "\n".join(line.rstrip() for line in code.strip().splitlines())
