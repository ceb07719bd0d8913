"""Programs with their syntax marked by a handful of classes: what a reader sees, in little space."""

from collections.abc import Iterator
from functools import cache
from itertools import groupby

from markupsafe import Markup, escape
from pygments.lexers import CppLexer, PythonLexer
from pygments.token import Comment, Keyword, Name, Number, Operator, String, _TokenType

_LEXERS = {
    "python": PythonLexer(ensurenl=False, stripnl=False),
    "cpp": CppLexer(ensurenl=False, stripnl=False),
}
_CLASSES = (
    (Keyword, "k"),
    (Operator.Word, "k"),
    (String, "s"),
    (Number, "m"),
    (Comment, "c"),
    (Name.Builtin, "b"),
    (Name.Function, "f"),
    (Name.Class, "f"),
    (Name.Decorator, "f"),
)


def highlighted(code: str, language: str) -> Markup:
    """The code as HTML for a `pre`; plain where the language is not known."""
    if language not in _LEXERS:
        return escape(code)
    return Markup("").join(
        Markup('<i class="{}">{}</i>').format(name, text) if name else escape(text)
        for name, text in _pieces(code, language)
    )


def _pieces(code: str, language: str) -> Iterator[tuple[str, str]]:
    """The code in pieces of one class each."""
    tokens = _LEXERS[language].get_tokens(code)
    named = ((_class_of(kind), text) for kind, text in tokens)
    for name, group in groupby(named, key=lambda each: each[0]):
        yield name, "".join(text for _, text in group)


@cache
def _class_of(kind: _TokenType) -> str:
    return next((name for parent, name in _CLASSES if kind in parent), "")
