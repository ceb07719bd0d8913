"""A program as a sequence of tokens, with one sign for every name of its own: what likeness is told from.

Of Python it is the syntax tree, written from above to below: each node's type, then its parts. So comments,
layout and the use of brackets do not show, docstrings are left out, and the sequence is the same whatever
Python reads the program: nothing is written back by `ast.unparse`, whose f-strings differ with versions, the
names that are kept are listed here and not asked of the interpreter, and texts are shown in ASCII.
"""

import ast
import keyword
import re
from collections.abc import Iterator
from functools import lru_cache

from synthsmith.verification.programs import parse, without_docstrings
from synthsmith.verification.types import Language

CACHED = 64  # programs: those of a task, which are looked at more than once
NAME = "n"
_TOKEN = re.compile(r"[^\W\d]\w*|\d[\w.]*|'[^'\n]*'|\"[^\"\n]*\"|\S")
# nothing is looked for from many places to the end: a comment that is never closed, the end of empty lines
_CPP_NOISE = re.compile(
    r"//[^\n]*|/\*.*?(?:\*/|\Z)|^[^\S\n]*#[^\S\n]*include[^\n]*", re.DOTALL | re.MULTILINE
)
_CPP_WORDS = (
    "alignas auto bool break case catch char class const constexpr continue default delete do double"
    " else enum explicit extern false float for friend goto if inline int int64_t long map namespace new"
    " nullptr operator pair priority_queue private public queue return set short signed size_t sizeof"
    " stack static std string struct switch template this throw true try typedef typename uint64_t"
    " unordered_map unordered_set unsigned using vector virtual void volatile while"
)
_PYTHON_WORDS = (
    "ArithmeticError AssertionError AttributeError BaseException EOFError Ellipsis Exception ImportError"
    " IndexError KeyError KeyboardInterrupt LookupError MemoryError NameError NotImplemented"
    " NotImplementedError OSError OverflowError RecursionError RuntimeError StopIteration SystemExit"
    " TypeError ValueError ZeroDivisionError abs all any ascii bin bool bytearray bytes callable chr"
    " classmethod compile complex delattr dict dir divmod enumerate eval exec exit filter float format"
    " frozenset getattr globals hasattr hash hex id input int isinstance issubclass iter len list locals"
    " map max memoryview min next object oct open ord pow print property quit range repr reversed round"
    " set setattr slice sorted staticmethod str sum super tuple type vars zip"
)
_KEPT = {
    Language.PYTHON: frozenset(keyword.kwlist) | frozenset(_PYTHON_WORDS.split()),
    Language.CPP: frozenset(_CPP_WORDS.split()),
}
_SAYS_NOTHING = ("kind", "type_comment")  # of what was written, not of what it does


@lru_cache(maxsize=CACHED)
def tokens(code: str, language: Language) -> tuple[str, ...]:
    """The tokens of a program; of Python that cannot be read, as of other languages, those of its text."""
    if language is Language.PYTHON:
        try:
            return tuple(_parts(without_docstrings(parse(code))))
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            pass
    plain = _CPP_NOISE.sub(" ", code) if language is Language.CPP else code
    words = _TOKEN.findall(plain)
    return tuple(_named(word, language) if word.isidentifier() else word for word in words)


def _named(word: str, language: Language = Language.PYTHON) -> str:
    return word if word in _KEPT[language] else NAME


def _parts(value: object) -> Iterator[str]:
    """The tokens of a part of a syntax tree; a field that is absent or empty has none."""
    if isinstance(value, list):
        for part in value:
            yield from _parts(part)
    elif isinstance(value, ast.Name):
        yield _named(value.id)
    elif isinstance(value, ast.Constant):
        yield ascii(value.value)
    elif isinstance(value, ast.JoinedStr):
        yield type(value).__name__
        yield from _pieces(value)
    elif isinstance(value, ast.AST):
        yield type(value).__name__
        for name in value._fields:
            part = getattr(value, name, None)
            if part is not None and name not in _SAYS_NOTHING and not isinstance(part, ast.expr_context):
                yield from _parts(part)
    else:
        yield _named(value) if isinstance(value, str) else ascii(value)


def _pieces(joined: ast.JoinedStr) -> Iterator[str]:
    """An f-string's texts and values; how the texts between two values are cut differs with versions."""
    text = ""
    for piece in joined.values:
        if isinstance(piece, ast.Constant):
            text += str(piece.value)
            continue
        if text:
            yield ascii(text)
        text = ""
        yield from _parts(piece)
    if text:
        yield ascii(text)
