"""Where a text first differs from another, as people look for it: blanks alone make no difference."""

import re

_TOKEN = re.compile(r"\S+")


def first_difference(head: str, expected: str, *, whole: bool) -> tuple[int, int] | None:
    """Start and end of the first token in `head` that is not `expected`'s, without what both begin with.

    Both are the end of the head where only more was expected. Unless `head` is the `whole` text there may be
    none in it: None. Where the tokens are the same it is the first character of the blanks that differs.
    """
    wanted = _TOKEN.finditer(expected)
    for token in _TOKEN.finditer(head):
        right = next(wanted, None)
        if right is not None and token[0] == right[0]:
            continue
        common = _common(token[0], right[0]) if right else 0
        if common < len(token[0]):
            return token.start() + common, token.end()
        return token.span() if whole or token.end() < len(head) else None
    if not whole:
        return None
    if next(wanted, None) is not None:
        return len(head), len(head)
    start = _common(head, expected)
    return start, min(start + 1, len(head))


def _common(one: str, other: str) -> int:
    """With how many characters both begin."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((n for n, (a, b) in pairs if a != b), min(len(one), len(other)))
