"""The readers of replies: one final answer, one code block, one JSON object, or a sentence that says why."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from synthsmith.prompts import ReplyError, code_block, code_blocks, final_answer, json_object, reasoning

THOUGHT = "<think>\nA draft:\n```python\nprint(1)\n```\nNo.\n</think>\n\n"

letters = st.characters(exclude_categories=("Cs",))
texts = st.text(letters, max_size=60)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | texts,
    lambda below: st.lists(below, max_size=3) | st.dictionaries(texts, below, max_size=3),
    max_leaves=10,
)
objects = st.dictionaries(texts, json_values, max_size=4)


# Reasoning and final answer


def test_the_final_answer_is_what_follows_the_reasoning() -> None:
    assert final_answer("<think>\nhm\n</think>\n\n42\n") == "42"
    assert reasoning("<think>\nhm\n</think>\n\n42\n") == "hm"


def test_reasoning_may_begin_in_the_prompt() -> None:
    assert final_answer("hm\n</think>\n42") == "42"
    assert reasoning("hm\n</think>\n42") == "hm"


def test_a_reply_without_reasoning_is_all_answer() -> None:
    assert final_answer("42\n") == "42"
    assert reasoning("42\n") == ""


@pytest.mark.parametrize("reply", ["42", "<think>\n\n</think>\n42"])
def test_reasoning_that_is_asked_for_must_be_there(reply: str) -> None:
    with pytest.raises(ReplyError, match="has no reasoning"):
        final_answer(reply, reasoned=True)


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        ("<think>\nso far", "not finished"),
        ("<think>\nhm\n</think>\n", "no final answer"),
        ("", "no final answer"),
        (" \n", "no final answer"),
        ("<think>a</think>b</think>c", "closes its reasoning twice"),
        ("<think>a<think>b</think>c", "opens or closes its reasoning twice"),
        ("Well. <think>a</think>b", "does not begin with its reasoning"),
        ("a</think>b<think>c", "does not begin with its reasoning"),
        ("42 \ud800", "half of a surrogate pair"),
    ],
)
def test_a_reply_without_one_clear_end_of_reasoning_is_refused(reply: str, said: str) -> None:
    with pytest.raises(ReplyError, match=said):
        final_answer(reply)


# Code blocks


def test_drafts_in_the_reasoning_do_not_count() -> None:
    assert code_block(final_answer(THOUGHT + "So:\n```python\nprint(2)\n```\n")) == "print(2)\n"


@pytest.mark.parametrize(
    "block",
    [
        "```python\nprint(1)\n```",
        "~~~python\nprint(1)\n~~~",
        "````python\nprint(1)\n````",
        "```python\nprint(1)\n``````  ",
        "``` Python title=x\nprint(1)\n```",
        "   ```python\n   print(1)\n ```",
        "```python\r\nprint(1)\r\n```",
    ],
)
def test_every_form_of_fence_is_read(block: str) -> None:
    assert code_block(f"Here:\n{block}\nDone.") == "print(1)\n"


def test_a_longer_fence_may_hold_shorter_ones() -> None:
    assert code_block("````python\ns = '''\n```\n'''\n````") == "s = '''\n```\n'''\n"


def test_a_fence_of_the_other_character_is_text() -> None:
    assert code_block("```python\ns = '''\n~~~\n'''\n```") == "s = '''\n~~~\n'''\n"


def test_a_fence_with_words_behind_it_closes_nothing() -> None:
    assert code_block('```python\ns = """\n```python\n"""\n```') == 's = """\n```python\n"""\n'


def test_an_indented_block_loses_only_the_indent_of_its_fence() -> None:
    assert code_block("  ```python\n  if x:\n      y\n z\n  ```") == "if x:\n    y\nz\n"


def test_code_indented_by_four_spaces_is_no_fence() -> None:
    assert code_blocks("    ```python\n    print(1)\n    ```") == ()


def test_backticks_within_a_line_are_no_fence() -> None:
    assert code_block("```not a fence```\n```python\nprint(1)\n```") == "print(1)\n"


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ("print(1)", "has no code blocks"),
        ("```python\na\n```\n```python\nb\n```", "has 2 code blocks"),
        ("```python\na\n```\n```\n3\n```", "has 2 code blocks"),
        ("```python\nprint(1)", "never closed"),
        ("```python\nprint(1)\n``", "never closed"),
        ("````python\nprint(1)\n```", "never closed"),
        ("```cpp\nint x;\n```", "marked 'cpp', expected 'python'"),
        ("```\nprint(1)\n```", "marked '', expected 'python'"),
        ("```python\n\n```", "is empty"),
    ],
)
def test_an_answer_without_one_code_block_says_why(answer: str, said: str) -> None:
    with pytest.raises(ReplyError, match=said):
        code_block(answer)


@given(st.text(letters.filter(lambda c: c not in "\r`~"), min_size=1).filter(str.strip), st.integers(3, 6))
def test_any_code_comes_back_as_it_was_written(code: str, length: int) -> None:
    fence = "`" * length
    assert code_block(f"So:\n\n{fence}python\n{code}\n{fence}\n\nDone.") == code + "\n"


@given(st.text(st.sampled_from("`~ \npython"), max_size=80))
def test_any_text_is_read_or_refused_with_a_sentence(text: str) -> None:
    try:
        blocks = code_blocks(text)
    except ReplyError:
        return
    lines = [line.strip() for line in text.split("\n")]
    assert all(line.strip() in lines for block in blocks for line in block.text.splitlines())


# JSON objects


@given(objects)
def test_any_object_is_read_back_bare_or_fenced(value: dict[str, object]) -> None:
    for indent in (None, 2):
        text = json.dumps(value, ensure_ascii=False, indent=indent)
        assert json_object(text) == value
        assert json_object(f"So:\n```json\n{text}\n```\n") == value


@given(objects, texts.filter(str.strip))
def test_an_object_with_anything_behind_it_is_refused(value: dict[str, object], more: str) -> None:
    with pytest.raises(ReplyError, match="broken in line"):
        json_object(json.dumps(value) + " x" + more)


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ("The server is overloaded. Please try again later.", "neither a JSON object nor"),
        ("", "neither a JSON object nor"),
        ("[1]", "neither a JSON object nor"),
        ("So: {}", "neither a JSON object nor"),
        ("```python\n{}\n```", "neither a JSON object nor"),
        ("```json\n{}\n```\n```json\n{}\n```", "neither a JSON object nor"),
        ("```json\n[1]\n```", "is list, expected an object"),
        ('{"a": 1,,}', "broken in line 1"),
        ('{"a": "b\nc}', "broken in line 1"),
        ("{'a': 1}", "broken in line 1, column 2"),
        ('{"a": 1', "broken in line 1"),
        ('{"a": 1}{"b": 2}', "broken in line 1, column 9: Extra data"),
        ('{"a": 1, "b": {"a": 1, "a": 2}}', "has the field 'a' twice"),
        ('{"a": NaN}', "has NaN in it"),
        ('{"a": -Infinity}', "has -Infinity in it"),
        ('{"a": 1e999}', "a number that is out of range"),
        ('{"a": ' + "1" * 5000 + "}", "a number that is out of range"),
        ('{"a": "\\ud800"}', "half of a surrogate pair"),
        ('{"\\udc00": 1}', "half of a surrogate pair"),
        ('{"a": ' * 100_000, "nested too deeply"),
    ],
)
def test_an_answer_without_one_json_object_says_why(answer: str, said: str) -> None:
    with pytest.raises(ReplyError, match=said):
        json_object(answer)


@pytest.mark.parametrize(
    ("answer", "value"),
    [
        ('{"a": "b\nc\td"}', {"a": "b\nc\td"}),
        ('{"a": [1, 2,\n], "b": {"c": "x,}", },}', {"a": [1, 2], "b": {"c": "x,}"}}),
        ('{"a": "\\",}", "b": ",]\n",}', {"a": '",}', "b": ",]\n"}),
    ],
)
def test_json_is_repaired_where_it_can_be_meant_in_one_way(answer: str, value: object) -> None:
    assert json_object(answer) == value


def test_a_string_without_an_end_is_read_once() -> None:
    with pytest.raises(ReplyError, match="the JSON is broken in line 1, column 7: Unterminated string"):
        json_object('{"a": "' + '\\"' * 200_000)  # looked through again from each quote it took minutes


def test_a_statement_with_fences_inside_a_json_string_is_read() -> None:
    value = {"question": "## Input\n\n```\n3\n```\n"}
    assert json_object(f"```json\n{json.dumps(value)}\n```") == value
