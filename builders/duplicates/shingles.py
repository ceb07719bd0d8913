"""A statement or a program as a set: numbers that stand for four words, or four tokens, in a row.

Of a statement only the words count: no case, markup, LaTeX commands, punctuation or numbers. Of a program its
tokens as `verification.likeness` takes them: no comments, layout or docstrings, and one sign for all names.

Why so, and the thresholds (`Release`): `python benchmarks/duplicates.py IN.jsonl` over 3,275 real statements
(3,115 of LeetCode, 136 of Kattis contests, 24 recorded ones) and 1,326 programs by people, accepted ones of
the same contests and HumanEval's. Each of 250 statements was changed in ten ways; the figures are medians of
how alike it then is to what it was, and the number of pairs of different statements (of 5.4 million) at or
above the threshold. Looked at one by one, pairs from 0.6 up are one task published twice (88) or its easy and
its hard version (20); the first that are only of one kind, on trees or tables, come below it and have less
than 65 words.

    numbers, words in a row   numbers  names   a tenth    sentences  a quarter | pairs from
                              changed  changed of words   shuffled   cut off   | 0.5   0.6   0.7
    kept, 4                     .38     .92     .71        .58        .77      | 105   101    89
    one sign, 4                1.00     .91     .68        .57        .82      | 126   109    98
    left out, 3                1.00     .92     .72        .65        .84      | 135   114   100
    left out, 4                1.00     .91     .66        .55        .83      | 122   108    98
    left out, 5                1.00     .91     .60        .47        .83      | 115   102    93
    left out, 8                1.00     .90     .46        .30        .81      | 105    95    87

For contamination, the share of the smaller set that is in both, without what is common (`overlap.py`): in the
same order, then a statement put into another one, and a fifth of the words replaced.

    words in a row            numbers  names   a tenth    sentences  put into  a fifth  | pairs from
                              changed  changed of words   shuffled   another   of words | 0.3   0.5   0.7
    4                          1.00     .95     .81        .73       1.00       .66     | 335   185   123
    5                          1.00     .95     .77        .66       1.00       .58     | 290   176   116
    8                          1.00     .95     .65        .47       1.00       .40     | 228   144   106
    13, the literature's       1.00     .94     .48        .24       1.00       .22     | 183   121    98

Programs of different tasks (the task's easy and hard version count as one), by their number of shingles:
pairs at or above a likeness, which says why short ones are not compared. What is alike in long C++ is the
author's own library.

    from 30 shingles    Python, 530 programs:   4 at 0.7,  1 at 0.8, 0 at 0.9;   C++, 734:  56,  8, 0
    from 80 shingles    Python, 330 programs:   0 at 0.7,  0 at 0.8, 0 at 0.9;   C++, 704:  56,  8, 0
"""

import hashlib
import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
from synthsmith.builders.duplicates.items import Program
from synthsmith.verification.likeness import tokens

Shingles: TypeAlias = npt.NDArray[np.uint64]  # sorted, each once

IN_A_ROW = 4
FEWEST_STATEMENT, FEWEST_PROGRAM = 20, 80  # shingles; sets that are smaller are alike by chance
_FACTOR = np.uint64(0x9E3779B97F4A7C15)
_MARKUP = re.compile(r"\\[a-z]+\*?|</?(?:sub|sup|code|pre|b|i|em|strong|p|ul|ol|li|br|var|span|div)\b[^<>]*>")
_IDEOGRAPHS = "\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af"  # written without blanks: each is a word
_WORD = re.compile(rf"[{_IDEOGRAPHS}]|[^\W\d_{_IDEOGRAPHS}]+")


def words(text: str) -> list[str]:
    """The words of a statement, in order."""
    return _WORD.findall(_MARKUP.sub(" ", unicodedata.normalize("NFKC", text).casefold()))


def statement_shingles(text: str) -> Shingles:
    """What a statement is compared by; empty where it has no word."""
    return shingles(words(text), IN_A_ROW)


def program_shingles(program: Program) -> Shingles:
    """What a program is compared by; programs in two languages have nothing in common."""
    language, code = program
    return shingles([f"{language} {token}" for token in tokens(code, language)], IN_A_ROW)


def shingles(parts: Sequence[str], in_a_row: int) -> Shingles:
    """One number for each run of so many parts, and one for all of them where they are fewer."""
    hashes = np.fromiter(map(_hash, parts), np.uint64, len(parts))
    length = min(in_a_row, len(parts))
    runs = np.zeros(len(parts) - length + 1 if length else 0, np.uint64)
    for start in range(length):
        runs = runs * _FACTOR + hashes[start : start + len(runs)]
    return np.unique(runs)


def jaccard(one: Shingles, other: Shingles) -> float:
    """How alike two sets are, 0 to 1; two empty ones are not."""
    shared = len(np.intersect1d(one, other, assume_unique=True))
    return shared / (len(one) + len(other) - shared) if shared else 0.0


@lru_cache(maxsize=1 << 16)
def _hash(part: str) -> int:
    """The same on every machine and in every process, unlike Python's own."""
    return int.from_bytes(
        hashlib.blake2b(part.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "little"
    )
