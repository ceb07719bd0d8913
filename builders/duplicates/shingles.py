"""A statement or a program as a set: numbers that stand for four words, or four tokens, in a row.

Of a statement only the words count: no case, markup, LaTeX commands, punctuation or numbers. Of a program its
tokens as `verification.tokens` takes them: no comments, layout or docstrings, and one sign for all names.

Why so, and why these thresholds (`Release`): `python benchmarks/duplicates.py IN.jsonl` over 3,290 statements
(most of LeetCode's, 157 files of Kattis contests, 24 recorded ones) and 1,326 accepted programs by people.
Each of 250 statements was changed in ten ways. For ways to read statements: how alike a changed one is to
what it was (median of Jaccard), and how many pairs of different rows, of 5.4 million, are as alike as 0.5 and
more.

    numbers, words     all      names    a tenth   sentences  a quarter | pairs from
    in a row           numbers           of words  shuffled   cut off   | 0.5   0.6   0.7
    kept, 4             .39      .92      .71       .58        .79      | 105   101    89
    one sign, 4        1.00      .90      .68       .58        .83      | 126   109    98
    left out, 3        1.00      .91      .72       .65        .85      | 135   114   100
    left out, 4        1.00      .90      .65       .56        .84      | 122   108    98
    left out, 5        1.00      .90      .59       .48        .83      | 115   102    93
    left out, 8        1.00      .89      .45       .30        .82      | 105    95    87
    left out, 13       1.00      .88      .30       .13        .81      |  97    88    85

The search with its defaults finds, of 250 each: all with other markup, numbers, or one sentence; 244 with
other names, 239 of which a quarter is cut off, 182 with a tenth of the words replaced; but 89 where a quarter
is another story, 64 with shuffled sentences, 10 with a fifth of the words replaced. It also removes 96 of the
rows themselves. Looked at one by one, they are one task published twice, its easy and its hard version, or
(6) two short questions of one mould: nth and second salary, powers of three and four, pre- and postorder of
two kinds of trees. Below the threshold there are more of the latter.

For contamination, the share of the smaller set that is in both, without what is common (`overlap.py`): the
median again, of those changed and of those put into the middle of another statement.

    words in a row      all      names    a tenth   a fifth   sentences  put into | pairs from
                        numbers           of words  of words  shuffled   another  | 0.3   0.5   0.7
    4                   1.00      .95      .81       .64       .73       1.00     | 358   191   126
    5                   1.00      .95      .76       .57       .66       1.00     | 305   178   118
    8                   1.00      .94      .64       .38       .47       1.00     | 232   146   106
    13, as often used   1.00      .94      .47       .19       .25       1.00     | 184   121    98

Beside all rows as a benchmark, 203 (another story), 212 (put into another), 233 (a fifth of the words
replaced) and from 244 up of the other kinds are found for what they were. Beside the one half of the rows 108
of the other half are found: all but about ten are versions of one task, those ten share a table or the
picture of a tree.

Programs of different tasks: of 591 in Python, short ones included, 20 pairs are alike by 0.4, 11 by 0.5 and 5
by 0.7; of 305 from 80 shingles 5, 5 and 4, and 3 by 0.9, those from 0.5 up all an easy and a hard version of
one task: short ones are alike by chance. Of 704 in C++ 56 pairs are alike by 0.7, 8 by 0.8 and none by 0.9:
long ones begin with the author's own library. Of 301 Python programs with all variables renamed 287 are alike
by 0.9. What these figures do not show is a task told in other words, or solved in another way: it is not
found.
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
from synthsmith.verification.tokens import tokens

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
