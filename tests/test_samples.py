"""Samples that a statement shows: read as they stand, or refused in a sentence."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from synthsmith.builders.samples import read_samples
from synthsmith.prompts import ReplyError, sample_texts
from synthsmith.verification.types import Parameter, Signature

BLOCK = "```\n{}\n```\n"
PAIR = "Input\n" + BLOCK.format("1 2") + "Output\n" + BLOCK.format("3")
CODEFORCES = f"## Input\n\nTwo numbers.\n\n## Output\n\nTheir sum.\n\n## Examples\n\n{PAIR}"
ATCODER = (
    f"## Input\n\n{BLOCK.format('A B')}\n## Output\n\nA + B\n\n"
    f"## Sample Input 1\n\n{BLOCK.format('1 2')}\n## Sample Output 1\n\n"
    f"{BLOCK.format('3')}\nSince 1 + 2 = 3.\n"
)
SIGNATURE = Signature("f", (Parameter("s", "str"), Parameter("k", "Optional[int]")), "List[float]")


def example(text: str) -> str:
    return f"Do it.\n\n**Example 1:**\n\n{text}\n\n**Constraints:**\n\nInput: none\n"


def test_the_pairs_of_a_codeforces_statement_stand_below_its_examples() -> None:
    more = PAIR.replace("1 2", "5\n\n6").replace("3", "11")
    text = f"{CODEFORCES}\n**Input**\n{more[6:]}\n## Note\n\nInput\n\nNone.\n"
    assert sample_texts(text, "codeforces") == (("1 2\n", "3\n"), ("5\n\n6\n", "11\n"))


def test_the_pairs_of_an_atcoder_statement_are_named_and_words_may_follow_them() -> None:
    second = ATCODER[ATCODER.index("## Sample Input 1") :].replace(" 1\n", " 2\n", 2)
    assert sample_texts(ATCODER + second, "atcoder") == (("1 2\n", "3\n"), ("1 2\n", "3\n"))


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("Output\n```\n3", "Output\n\n3 is it\n```\n3", "no fenced block"),
        ("Output\n```\n3\n```\n", "", "not complete"),
        ("Input\n```\n1 2\n```\n", "", "counterpart"),
        (PAIR, "1 2 gives 3.\n", "no sample"),
        ("3\n```", "3\n", "never closed"),
    ],
)
def test_a_sample_that_is_not_in_its_form_is_refused(old: str, new: str, why: str) -> None:
    with pytest.raises(ReplyError, match=why):
        sample_texts(CODEFORCES.replace(old, new), "codeforces")


@pytest.mark.parametrize(
    "text",
    [
        '```\nInput: s = "a, k = 2", k = null\nOutput: [1, 2.50]\nExplanation: Output: 3\n```',
        '**Input:** s = "a, k = 2", k = null\n**Output:** [1, 2.50]\n**Explanation:** so.',
        '```\nInput: s = "a, k = 2",\n  k = null\nOutput:\n[1,\n 2.50]\n```\n',
        '> **Input**: `s = "a, k = 2", k = null`\n> **Output**: `[1, 2.50]`',
    ],
)
def test_an_example_of_leetcode_becomes_arguments_and_a_value(text: str) -> None:
    [case] = read_samples(example(text), "leetcode", SIGNATURE)
    assert (case.id, case.input, case.stated) == ("sample1", '"a, k = 2"\nnull\n', "[1, 2.5]\n")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ('Input: s = "a"\nOutput: []', "'k' in its place"),
        ('Input: k = 1, s = "a"\nOutput: []', "'s' in its place"),
        ('Input: s = "a", k = 1, m = 2\nOutput: []', "more than its arguments"),
        ("Input: s = 'a', k = 1\nOutput: []", "not as JSON"),
        ('Input: s = "a", k = 1.5\nOutput: []', "as no Optional"),
        ('Input: s = "a", k = 1\nOutput: 7', "the output as no List"),
        ('Input: s = "a", k = 1\nOutput: [NaN]', "the output not as JSON"),
        ('Input: s = "a", k = 1\nOutput: [1] or [2]', "more than one value"),
        ('Input: s = "a", k = 1', "after it a line 'Output"),
        ('Input: s = "a", k = 1\nInput: s = "b", k = 1\nOutput: []', "two lines 'Input'"),
        ("None.", "a line 'Input"),
    ],
)
def test_an_example_that_is_no_call_is_refused(text: str, why: str) -> None:
    with pytest.raises(ReplyError, match=why):
        read_samples(example(text), "leetcode", SIGNATURE)


@given(st.text(), st.sampled_from(["codeforces", "atcoder", "leetcode"]))
def test_no_text_breaks_the_reader_of_samples(text: str, style: str) -> None:
    for statement in (text, f"{CODEFORCES}{text}", example(text)):
        with suppress(ReplyError):
            read_samples(statement, style, SIGNATURE if style == "leetcode" else None)
