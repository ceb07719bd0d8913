"""What was answered to a question, and the program in it.

Of a reply counts what follows its reasoning, and there the last block of code: the last that is marked as
Python or C++, or else the last that is not marked at all. A text from a file of generations that has no block
is the code itself where it is Python, alone or behind the code that the question begins with. A completion
continues that code.
"""

from dataclasses import dataclass
from enum import StrEnum

from synthsmith.builders.evaluation.questions import Question
from synthsmith.prompts import CodeBlock, ReplyError, code_blocks
from synthsmith.prompts.replies import CLOSE, OPEN
from synthsmith.verification.programs import parse
from synthsmith.verification.types import Language, Solution

_LANGUAGES = {
    **dict.fromkeys(("python", "python3", "py"), Language.PYTHON),
    **dict.fromkeys(("cpp", "c++", "cc"), Language.CPP),
}


class Form(StrEnum):
    """What a text is: a model's whole reply, that or bare code, code, or the rest of code that was begun."""

    REPLY = "reply"
    EITHER = "either"
    CODE = "code"
    COMPLETION = "completion"


@dataclass(frozen=True, slots=True)
class Answer:
    """One sample. `tokens` is how long the reply was, None where nobody told; a `cut` one met its limit."""

    sample: int
    text: str
    form: Form
    tokens: int | None = None
    cut: bool = False


class NoCode(ValueError):
    """There is no program in the answer; the message says why."""


def program_of(answer: Answer, question: Question) -> Solution:
    """The program in the answer, named by its sample; NoCode where there is none that could be run."""
    name = str(answer.sample)
    if answer.form is Form.COMPLETION:
        return Solution(name, question.begun + answer.text)
    if answer.form is Form.CODE:
        return Solution(name, _some(answer.text))
    code, language = _found(answer, question.begun)
    if language is Language.CPP and (question.problem.assertions or question.problem.signature):
        raise NoCode("the code is C++, where a Python function is asked for")
    return Solution(name, _whole(code, question.begun), language)


def _found(answer: Answer, begun: str) -> tuple[str, Language]:
    text = answer.text.replace("\r\n", "\n").rpartition(CLOSE)[2]
    if OPEN in text and CLOSE not in answer.text:
        raise NoCode("the reasoning does not end")
    try:
        blocks = code_blocks(text)
    except ReplyError as error:
        raise NoCode(str(error)) from None
    if not blocks and answer.form is Form.EITHER and (_is_python(text) or _is_python(begun + text)):
        return _some(text), Language.PYTHON
    block = _last(blocks)
    return _some(block.text), _LANGUAGES.get(block.language, Language.PYTHON)


def _last(blocks: tuple[CodeBlock, ...]) -> CodeBlock:
    marked = [block for block in blocks if block.language in _LANGUAGES]
    plain = [block for block in blocks if not block.language]
    if not marked and not plain:
        raise NoCode("there is no block of code" + (" in Python or C++" if blocks else ""))
    return (marked or plain)[-1]


def _some(code: str) -> str:
    if not code.strip():
        raise NoCode("the code is empty")
    if any("\ud800" <= character <= "\udfff" for character in code):
        raise NoCode("the code has half of a surrogate pair in it")
    return code


def _whole(code: str, begun: str) -> str:
    """The code and, for its helpers, the code begun: in one piece where the code cannot stand alone."""
    if not begun or not _is_python(code):
        return begun + code
    head = next((text for text in (begun, f"{begun.rstrip()}\n    pass\n") if _is_python(text)), "")
    return f"{head}\n\n{code}" if head else code


def _is_python(code: str) -> bool:
    try:
        return bool(parse(code).body)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
