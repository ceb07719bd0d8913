"""Rows of tests that a viewer shows and a trainer carries about: what is too large of them stays behind.

A row of the Hub's viewer should have about 2 MB, and trainers copy the tests of a row for every answer that
they grade. So the tests of one row get so many bytes: they are taken in their order, which is that of what
they add, and one that does not fit any more is passed over. The row says how many those were. A row keeps one
test in any case, the smallest.
"""

import json

from synthsmith.builders.evidence import Row

# Columns with one entry per test.
_PER_TEST = ("case_weights", "case_kinds", "case_kills", "case_names", "case_evidence")


def capped(row: Row, test_bytes: int | None) -> Row:
    """The row with no more bytes of tests than these (None: with all), and how many were left out so far."""
    before = row.get("tests_left_out", 0)
    assert isinstance(before, int)
    reward = row["reward_model"]
    assert isinstance(reward, dict)
    text = reward["ground_truth"]
    if test_bytes is None or len(text) * 4 <= test_bytes or _bytes(text) <= test_bytes:
        return {**row, "tests_left_out": before}
    tests = json.loads(text)
    lists = {name: values for name, values in tests.items() if isinstance(values, list)}
    empty = {**tests, **{name: [] for name in lists}}
    sizes = [sum(_bytes(_dumped(part)) + 2 for part in parts) for parts in zip(*lists.values(), strict=True)]
    places = _fitting(sizes, test_bytes - _bytes(_dumped(empty)))
    kept = {name: [values[place] for place in places] for name, values in lists.items()}
    columns = {name: row[name] for name in _PER_TEST if row.get(name) is not None}
    return {
        **row,
        **{
            name: [values[place] for place in places]
            for name, values in columns.items()
            if isinstance(values, list)
        },
        "reward_model": {**reward, "ground_truth": _dumped({**tests, **kept})},
        "tests_left_out": before + len(sizes) - len(places),
    }


def _fitting(sizes: list[int], room: int) -> list[int]:
    """The places of what fits, taken in order; of the smallest where nothing does."""
    places = []
    for place, size in enumerate(sizes):
        if size <= room:
            places.append(place)
            room -= size
    return places or [sizes.index(min(sizes))]


def _dumped(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _bytes(text: str) -> int:
    return len(text.encode(errors="surrogatepass"))  # what is no text is refused where rows are written
