"""Slips of the pen among the names of a tree, told by how rare they are."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator

from synthsmith.builders.words import singular, split

RARE, FREQUENT, LONG = 1, 20, 8  # in one name only; of a word in twenty names; of eight letters


def misspelt(names: Iterable[str], different: frozenset[frozenset[str]] = frozenset()) -> dict[str, str]:
    """Words with one wrong letter, and the right words: near-linear in the names.

    A slip is a word of at least 8 letters in one name alone that is one letter off (put in, left out,
    exchanged, or two neighbours swapped) a word in at least 20 names. First and last letters must agree, so
    that neither "batching" and "matching" nor "scheduled" and "scheduler" meet; real words that are so alike
    are told apart by `different`. Two candidates are none.
    """
    found = Counter(word for name in names for word in set(map(singular, split(name))) if len(word) >= LONG)
    near: defaultdict[str, set[str]] = defaultdict(set)
    for word, number in found.items():
        if number >= FREQUENT and word.isalpha():
            for part in _shortened(word):
                near[part].add(word)
    slips = {}
    for word, number in found.items():
        if number <= RARE and word.isalpha():
            right = {one for part in _shortened(word) for one in near.get(part, ()) if _is_slip(word, one)}
            right = {one for one in right if frozenset({word, one}) not in different}
            if len(right) == 1:
                slips[word] = right.pop()
    return slips


def _shortened(word: str) -> Iterator[str]:
    """The word, and it without any one of its inner letters: words one edit apart share one of these."""
    yield word
    for i in range(1, len(word) - 1):
        yield word[:i] + word[i + 1 :]


def _is_slip(one: str, other: str) -> bool:
    if one[0] != other[0] or one[-1] != other[-1] or abs(len(one) - len(other)) > 1:
        return False
    start = next(
        (i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other))
    )
    a, b = one[start:], other[start:]
    return a[1:] == b[1:] or a[1:] == b or a == b[1:] or (a[:2] == b[1::-1] and a[2:] == b[2:])
