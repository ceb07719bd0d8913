"""One key for all the names of one feature: "DP" and "dynamic programming", "two pointers" and "two-pointer".

Two names are one feature where their keys are equal, so that it never matters in which order they come, and
no two names have to be compared: a key costs the same in a tree of any size. What a key does not tell apart:

- case, spacing and hyphens (hash map, hashmap), accents on Latin letters, possessives (Dijkstra's, Dijkstra);
- plural and singular (vertices, vertex), articles, number words and digits (two sum, 2sum);
- an abbreviation in brackets after what it is short for: depth-first search (DFS);
- "B of A" and "A B" (sum of subsets, subset sum): the order of what stands on either side is kept;
- "algorithm", "method", "technique", "approach", "strategy", and after two words "problem", where they only
  end a name in the singular: "graph algorithms" is a group of its own, not "graph";
- what `terms.json`, or the configuration, says is the same;
- one wrong letter in a long word that occurs once, if the word is frequent otherwise (`misspelt`).

All else stays apart, "binary search" and "binary search tree", "min heap" and "max heap", "2-SAT" and "3-SAT"
among it: their words differ, and a word is never dropped, exchanged or moved for being similar. Similarity of
strings was tried on names from public collections of algorithms and is not used: `benchmarks/naming.py` shows
that it takes "infix to postfix" for "postfix to infix" long before it finds what these rules miss.
"""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import ClassVar, TypeAlias

from synthsmith.builders.features import fold
from synthsmith.builders.spelling import misspelt
from synthsmith.builders.words import singular, split

TERMS = Path(__file__).with_name("terms.json")
Words: TypeAlias = tuple[str, ...]

LONGEST_TERM = 5  # words
_ARTICLES = frozenset({"a", "an", "the"})
_METHODS = frozenset({"algorithm", "approach", "method", "strategy", "technique"})
_ACRONYM = re.compile(r"(.+?)\s*\(\s*([A-Za-z]{2,6})\s*\)")


@dataclass(frozen=True, slots=True)
class Folding:
    """Which names are one feature. `terms` (as is also said: as is counted) adds to the table that ships.

    Names of `apart` are never folded with others. `enabled=False` leaves case and spacing.
    """

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    enabled: bool = True
    terms: dict[str, str] = field(default_factory=dict)
    apart: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for said, counted in self.terms.items():
            if not 1 <= len(split(said)) <= LONGEST_TERM or not split(counted):
                raise ValueError(f"terms must be of 1 to {LONGEST_TERM} words, not {said!r}: {counted!r}")


@dataclass(frozen=True, slots=True)
class Naming:
    """The rules at work on one tree: `slips` are its misspelt words and what they should be.

    `beginnings` are the first words of all terms.
    """

    enabled: bool
    terms: Mapping[Words, Words]
    beginnings: frozenset[str]
    apart: frozenset[str]
    slips: Mapping[str, str]

    def key(self, name: str) -> str:
        """The key that all names of one feature share."""
        plain = fold(name)
        if not self.enabled or plain in self.apart:
            return plain
        raw = [word for word in split(_without_acronym(name)) if word not in _ARTICLES]
        words = [self.slips.get(word, word) for word in map(singular, raw)]
        if not words:
            return plain
        words = self._counted(words)
        if len(words) > 1 and words[-1] == raw[-1] and _ends(words):
            words = self._counted(words[:-1])
        return _joined(_turned(words))

    def _counted(self, words: list[str]) -> list[str]:
        """The words with terms as they are counted, the longest first."""
        if self.beginnings.isdisjoint(words):
            return words
        found: list[str] = []
        start = 0
        while start < len(words):
            if words[start] not in self.beginnings:
                found.append(words[start])
                start += 1
                continue
            for length in range(min(LONGEST_TERM, len(words) - start), 0, -1):
                counted = self.terms.get(tuple(words[start : start + length]))
                if counted:
                    found += counted
                    start += length
                    break
            else:
                found.append(words[start])
                start += 1
        return found


def naming(folding: Folding, names: Iterable[str] = ()) -> Naming:
    """The rules for a tree with these names."""
    if not folding.enabled:
        return Naming(False, {}, frozenset(), frozenset(), {})
    table = _table()
    terms = {**_terms(table["terms"]), **_terms(folding.terms)}
    apart = frozenset(map(fold, (*table["apart"], *folding.apart)))
    different = frozenset(frozenset(pair) for pair in table["different"])
    beginnings = frozenset(words[0] for words in terms)
    return Naming(True, terms, beginnings, apart, misspelt(names, different))


def _without_acronym(name: str) -> str:
    """What is before an abbreviation in brackets, if it is made of its initials."""
    match = _ACRONYM.fullmatch(name) if name.endswith(")") else None
    if match:
        initials = "".join(word[0] for word in re.split(r"[\s\-–]+", match[1]) if word)
        if initials.casefold() == match[2].casefold():
            return match[1]
    return name


def _ends(words: list[str]) -> bool:
    """Whether the last word says nothing but what kind of thing it is."""
    return words[-1] in _METHODS or (words[-1] == "problem" and len(words) > 2)


def _turned(words: list[str]) -> list[str]:
    """The words with "B of A" as "A B"."""
    if "of" not in words:
        return words
    parts: list[list[str]] = [[]]
    for word in words:
        if word == "of":
            parts.append([])
        else:
            parts[-1].append(word)
    return [word for part in reversed(parts) for word in part] if all(parts) else words


def _joined(words: list[str]) -> str:
    """One word of all, numbers kept apart."""
    text = words[0]
    for word in words[1:]:
        text += f" {word}" if text[-1].isdigit() and word[0].isdigit() else word
    return text


def _terms(table: Mapping[str, str]) -> dict[Words, Words]:
    """What is said -> what is counted, which stands for itself: it may begin with what is said."""
    terms = {_words(said): _words(counted) for said, counted in table.items()}
    return {**{counted: counted for counted in terms.values()}, **terms}


def _words(name: str) -> Words:
    return tuple(map(singular, split(name)))


@cache
def _table() -> dict:  # type: ignore[type-arg]
    return json.loads(TERMS.read_text(encoding="utf-8"))  # type: ignore[no-any-return]
