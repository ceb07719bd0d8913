"""The program in an answer, and the questions in rows of `rl`."""

import json

import pytest
from made_foreign import Row
from synthsmith.builders.evaluation.answers import Answer, Form, NoCode, program_of
from synthsmith.builders.evaluation.questions import Question, of_layout, of_problem, of_rl
from synthsmith.builders.foreign import layout_named
from synthsmith.verification.errors import InputError

TESTS = [{"input": "3\n", "output": "6\n"}]
STDIN = of_problem({"id": 1, "statement": "Double it.", "tests": TESTS}, "row 1")
CALLED = of_problem({"id": 1, "entry": "def f(n: int) -> int:\n    pass", "tests": TESTS}, "row 1")
BEGUN = Question(1, STDIN.problem, begun="def f(n):\n")
CODE = "print(1)\n"
PYTHON, PLAIN, TEXT = f"```python\n{CODE}```", f"```\n{CODE}```", "```text\n6\n```"


@pytest.mark.parametrize(
    ("reply", "code"),
    [
        (PYTHON, CODE),
        (f"```py\nx = 0\n```\nBetter:\n{PYTHON}\nIt prints:\n{TEXT}", CODE),
        (f"{PYTHON}\nOutput:\n```\n6\n```", CODE),
        (f"```\nx = 0\n```\n{PLAIN}", CODE),
        (f"<think>\n```python\nx = 0\n```\n</think>\n{PYTHON}", CODE),
        (f"no opening tag ```python\n</think>\r\n{PYTHON}".replace("\n", "\r\n"), CODE),
        (f"~~~python\n{CODE}~~~", CODE),
    ],
)
def test_the_last_block_of_code_after_the_reasoning_is_the_program(reply: str, code: str) -> None:
    assert program_of(Answer(0, reply, Form.REPLY), STDIN).code == code


@pytest.mark.parametrize(
    ("reply", "question", "why"),
    [
        ("", STDIN, "there is no block of code"),
        ("print(1)", STDIN, "there is no block of code"),
        (TEXT, STDIN, "no block of code in Python or C"),
        (f"<think>\n{PYTHON}", STDIN, "reasoning does not end"),
        (f"{PYTHON}\n```python\nprint(", STDIN, "never closed"),
        ("```python\n\n```", STDIN, "the code is empty"),
        ("```cpp\nint f(int n);\n```", CALLED, "a Python function is asked for"),
        ("```python\n'\ud800'\n```", STDIN, "surrogate"),
    ],
)
def test_a_reply_without_a_program_says_why(reply: str, question: Question, why: str) -> None:
    with pytest.raises(NoCode, match=why):
        program_of(Answer(0, reply, Form.REPLY), question)


@pytest.mark.parametrize(
    ("text", "form", "code"),
    [
        ("    return n\n", Form.COMPLETION, "def f(n):\n    return n\n"),
        ("    return n\n", Form.EITHER, "def f(n):\n    return n\n"),
        ("def f(n): return n\n", Form.CODE, "def f(n): return n\n"),
        ("def f(n): return n\n", Form.EITHER, "def f(n):\n    pass\n\n\ndef f(n): return n\n"),
        ("```python\n    return n\n```", Form.REPLY, "def f(n):\n    return n\n"),
    ],
)
def test_code_that_was_begun_is_continued_or_stands_before_a_whole_answer(
    text: str, form: Form, code: str
) -> None:
    assert program_of(Answer(0, text, form), BEGUN).code == code


def rl(**changes: object) -> Row:
    truth = json.dumps({"inputs": ["3\n"], "outputs": ["6\n"]})
    prompt = [{"role": "user", "content": "Double it."}]
    row = {
        "prompt": prompt,
        "reward_model": {"style": "rule", "ground_truth": truth},
        "task_id": "t",
        "checker": "lines",
    }
    return row | changes


@pytest.mark.parametrize(
    ("rate", "band"),
    [
        (1.0, "pass rate 1.00"),
        (0.99, "pass rate 0.90 to 1.00"),
        (0.75, "pass rate 0.75 to 0.90"),
        (0, "pass rate 0.00 to 0.50"),
        (None, ""),
    ],
)
def test_rows_of_rl_keep_their_prompt_and_are_as_hard_as_their_pass_rate(rate: object, band: str) -> None:
    question = of_rl(rl(pass_rate=rate, cpu_seconds_limit=3.0, memory_mb_limit=64), "row 1", "row 1")
    assert [(turn.role, turn.content) for turn in question.messages] == [("user", "Double it.")]
    assert (question.id, question.difficulty) == ("t", band)
    assert (question.problem.limits.cpu_seconds, question.problem.limits.memory_mb) == (3.0, 64)
    assert [(case.input, case.expected) for case in question.problem.cases] == [("3\n", "6\n")]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"reward_model": None}, "field reward_model.ground_truth must be a JSON object"),
        ({"reward_model": {"ground_truth": "{"}}, "field reward_model.ground_truth is not JSON"),
        ({"reward_model": {"ground_truth": '{"inputs": [], "outputs": [1]}'}}, "holds no inputs"),
        ({"reward_model": {"ground_truth": '{"inputs": [], "outputs": []}'}}, "tests is empty"),
        ({"reward_model": {"ground_truth": '{"inputs": [""], "outputs": [""], "fn_name": "f"}'}}, "fn_name"),
        ({"prompt": [{"role": "user"}]}, r"field prompt\[0\] must be a turn"),
        ({"prompt": []}, "field prompt must be a list of turns"),
        ({"checker": "{"}, "field checker is not JSON"),
    ],
)
def test_rows_of_rl_that_are_none_are_refused(changes: Row, message: str) -> None:
    with pytest.raises(InputError, match=f"^row 1.*{message}"):
        of_rl(rl(**changes), "row 1", "row 1")


def test_a_benchmark_with_a_test_that_cannot_be_read_is_refused_and_not_made_easier() -> None:
    row = {"task_id": 1, "text": "Double it.", "test_list": ["assert f(1) == 2", "assert f(1 =="]}
    with pytest.raises(InputError, match=r"^row 1: tests cannot be used: test code that cannot be read"):
        of_layout(row, layout_named("mbpp"), "mbpp", "row 1", "row 1")
