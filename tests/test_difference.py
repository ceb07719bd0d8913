"""Where the report marks that an answer first differs from the label."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from synthsmith.cards.report.difference import first_difference

TEXTS = st.text("12 \n", max_size=12)


@given(TEXTS, TEXTS, st.booleans())
def test_what_comes_before_the_mark_is_the_same(head: str, expected: str, whole: bool) -> None:
    found = first_difference(head, expected, whole=whole)
    if found is None:
        assert not whole
        assert " ".join(expected.split()).startswith(" ".join(head.split()))
        return
    start, end = found
    assert 0 <= start <= end <= len(head)
    assert " ".join(expected.split()).startswith(" ".join(head[:start].split()))


@given(TEXTS, TEXTS)
def test_other_tokens_are_found_however_they_are_laid_out(head: str, expected: str) -> None:
    found = first_difference(head, expected, whole=True)
    assert found is not None
    laid_out = first_difference("\n".join(head.split()), "  ".join(expected.split()), whole=True)
    assert laid_out is not None
    if head.split() != expected.split():
        assert head[slice(*found)] == "\n".join(head.split())[slice(*laid_out)]


@pytest.mark.parametrize(
    ("head", "expected", "whole", "marked"),
    [
        ("1 2 34\n5", "1 2\n35", True, "4"),
        ("1 2", "1 2 3", True, ""),
        ("1 2 3", "1 2", True, "3"),
        ("12 1", "12 13", True, "1"),
        ("12 1", "12 13", False, None),
        ("1  2", "1 2", True, " "),
        ("[1,2,4]", "[1,2,3]", False, "4]"),
        ("", "1", True, ""),
    ],
)
def test_the_first_token_that_differs_is_marked(
    head: str, expected: str, whole: bool, marked: str | None
) -> None:
    found = first_difference(head, expected, whole=whole)
    assert (None if found is None else head[slice(*found)]) == marked
