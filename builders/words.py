"""The words of a feature's name, each in one form."""

import re
import unicodedata
from functools import lru_cache

_NUMBERS = {
    name: str(number)
    for number, name in enumerate(
        ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
    )
}
_IRREGULAR = {
    "analyses": "analysis",
    "automata": "automaton",
    "axes": "axis",
    "children": "child",
    "halves": "half",
    "indices": "index",
    "leaves": "leaf",
    "matrices": "matrix",
    "parentheses": "parenthesis",
    "vertices": "vertex",
    "zeroes": "zero",
}
_NO_PLURAL = frozenset(
    {
        *("across", "alias", "always", "atlas", "bias", "canvas", "chaos", "has", "its"),
        *("lens", "series", "species", "this", "was"),
    }
)
_POWERS = str.maketrans({sign: f"^{i}" for i, sign in enumerate("⁰¹²³⁴⁵⁶⁷⁸⁹")} | {"ⁿ": "^n"})
_PLAIN = re.compile(r"[A-Za-z0-9 ]+")
_ACCENT = re.compile(r"(?<=[A-Za-z])[\u0300-\u036f]+")
_POSSESSIVE = re.compile(r"['’`]s\b")
_QUOTE = re.compile(r"[\"'’`“”]")
_BETWEEN_DIGITS = re.compile(r"(?<=\d)[-–/](?=\d)")
_MINUS = re.compile(r"(?<!\w)([^\W\d_]|\))\s*[-−]\s*(?=\d)")  # n-1, but not base-2
_SLASH = re.compile(r"(?<=[^\W\d]{2})/(?=[^\W\d])|(?<=[^\W\d])/(?=[^\W\d]{2})")
_BREAK = re.compile(r"[-‐‑–—_,;:?]|\.(?!\d)")


def split(name: str) -> list[str]:
    """The words of a name, with only those signs left that mean something."""
    if _PLAIN.fullmatch(name):
        return name.casefold().split()
    text = unicodedata.normalize("NFKD", name.translate(_POWERS))
    text = unicodedata.normalize("NFKC", _ACCENT.sub("", text)).casefold().replace("&", " and ")
    text = _QUOTE.sub("", _POSSESSIVE.sub("", text))
    text = _MINUS.sub(r"\1−", _BETWEEN_DIGITS.sub("/", text))
    return _BREAK.sub(" ", _SLASH.sub(" ", text)).split()


@lru_cache(maxsize=1 << 16)
def singular(word: str) -> str:
    """The word as it is counted: a digit for a number word, the singular for a plural."""
    word = _NUMBERS.get(word) or _IRREGULAR.get(word, word)
    if len(word) <= 3 or not word.isalpha() or word in _NO_PLURAL:
        return word
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith("s") and not word.endswith(("ss", "us", "is")):
        word = word[:-1]
    # "caches" and "branches": nobody knows whose "e" it is, so that "cache" loses its own, too
    return word[:-1] if word.endswith(("che", "she", "sse", "xe", "ze")) else word
