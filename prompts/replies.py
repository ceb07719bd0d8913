"""Readers of replies: the final answer, its one code block, its one JSON object, or a ReplyError.

Nothing is guessed: a reply is either as it was asked for, or the error's sentence says what is wrong with it.
JSON is repaired only where it can be meant in one way. Drafts inside the reasoning never count.
"""

import json
import re
from dataclasses import dataclass

OPEN, CLOSE = "<think>", "</think>"
# a string that is never closed goes to the end: else its end would be looked for from each quote in it
_STRING_OR_COMMA = re.compile(r'(?P<string>"(?:[^"\\]|\\.)*+"?)|,(?=\s*[}\]])', re.DOTALL)
_FENCE = re.compile(r"( {0,3})(`{3,}|~{3,})(.*)")


class ReplyError(ValueError):
    """A reply that is not as it was asked for; the message is one sentence that says what is wrong."""


@dataclass(frozen=True, slots=True)
class CodeBlock:
    """A fenced block: the first word after its fence in lower case, and its text."""

    language: str
    text: str


def reasoning(reply: str) -> str:
    """The text of the reasoning, or the empty text where the reply has none."""
    return _split(reply)[0]


def final_answer(reply: str, *, reasoned: bool = False) -> str:
    """What follows the reasoning; with `reasoned` a reply without any reasoning is an error too."""
    thought, answer = _split(reply)
    if reasoned and not thought:
        raise ReplyError("the reply has no reasoning")
    if not answer:
        raise ReplyError("the reply has no final answer")
    return answer


def _split(reply: str) -> tuple[str, str]:
    """Reasoning and answer. A reply may begin inside the reasoning, without `<think>`: some chat templates
    put that into the prompt. Each tag may be there once, or nobody could say where the reasoning ends.
    """
    text = reply.strip()
    if any("\ud800" <= character <= "\udfff" for character in text):
        raise ReplyError("the reply has half of a surrogate pair in it")
    if text.count(OPEN) > 1 or text.count(CLOSE) > 1:
        raise ReplyError("the reply opens or closes its reasoning twice")
    thought, close, answer = text.partition(CLOSE)
    if OPEN in answer or (not text.startswith(OPEN) and OPEN in text):
        raise ReplyError("the reply does not begin with its reasoning")
    if close:
        return thought.removeprefix(OPEN).strip(), answer.strip()
    if text.startswith(OPEN):
        raise ReplyError("the reasoning is not finished: <think> is never closed")
    return "", text


def code_blocks(answer: str) -> tuple[CodeBlock, ...]:
    """The fenced blocks of the answer."""
    return tuple(piece for piece in outline(answer) if isinstance(piece, CodeBlock))


def outline(text: str) -> tuple[str | CodeBlock, ...]:
    """The lines and fenced blocks of a text by the rules of CommonMark 0.31, section 4.5 (top level only).

    A fence is three or more backticks or tildes, indented by at most three spaces; it is closed by a fence of
    the same character, at least as long, with nothing behind it. Fences inside a block are its text. Unlike
    there, a block that is never closed is an error: the reply was cut off. Line ends become `\\n`.
    """
    found: list[str | CodeBlock] = []
    lines = iter(text.replace("\r\n", "\n").split("\n"))
    for line in lines:
        opened = _fence(line)
        if opened is None:
            found.append(line)
            continue
        indent, fence, info = opened
        body: list[str] = []
        for inner in lines:
            closing = _fence(inner)
            if closing and not closing[2] and closing[1][0] == fence[0] and len(closing[1]) >= len(fence):
                break
            body.append(_dedent(inner, indent))
        else:
            raise ReplyError("a code block is opened and never closed")
        found.append(CodeBlock(info.split()[0].lower() if info else "", "".join(f"{b}\n" for b in body)))
    return tuple(found)


def _fence(line: str) -> tuple[int, str, str] | None:
    match = _FENCE.fullmatch(line)
    if match is None:
        return None
    indent, fence, info = match.groups()
    if fence[0] == "`" and "`" in info:
        return None  # ```like this``` is a code span
    return len(indent), fence, info.strip(" \t")


def _dedent(line: str, indent: int) -> str:
    """The line without as many leading spaces as its fence had, where it has them."""
    return line[min(indent, len(line) - len(line.lstrip(" "))) :]


def code_block(answer: str, language: str = "python") -> str:
    """The text of the answer's one fenced block, which must be marked with the language."""
    blocks = code_blocks(answer)
    if len(blocks) != 1:
        raise ReplyError(f"the final answer has {len(blocks) or 'no'} code blocks, expected exactly one")
    block = blocks[0]
    if block.language != language:
        raise ReplyError(f"the code block is marked {block.language!r}, expected {language!r}")
    if not block.text.strip():
        raise ReplyError("the code block is empty")
    return block.text


def json_object(answer: str) -> dict[str, object]:
    """The answer's one JSON object: the whole answer, or its one fenced block, marked json or not at all."""
    text = answer.strip()
    if not text.startswith("{"):
        blocks = code_blocks(text)
        if len(blocks) != 1 or blocks[0].language not in ("json", ""):
            raise ReplyError("the final answer is neither a JSON object nor has one block that holds it")
        text = blocks[0].text.strip()
    value = _loads(text)
    if not isinstance(value, dict):
        raise ReplyError(f"the JSON is {type(value).__name__}, expected an object")
    return value


def _loads(text: str) -> object:
    """The value; the text is repaired once where nothing has to be guessed: see `_repaired`."""
    try:
        try:
            value = _decoded(text)
        except json.JSONDecodeError as broken:
            try:
                value = _decoded(_repaired(text), strict=False)
            except json.JSONDecodeError:
                raise broken from None
        json.dumps(value, ensure_ascii=False, allow_nan=False).encode()
    except ReplyError:
        raise
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise ReplyError(f"the JSON is broken in {where}: {error.msg}") from None
    except UnicodeEncodeError:
        raise ReplyError("the JSON has half of a surrogate pair in it") from None
    except ValueError as error:
        raise ReplyError(f"the JSON has a number that is out of range: {error}") from None
    except RecursionError:
        raise ReplyError("the JSON is nested too deeply") from None
    return value


def _decoded(text: str, *, strict: bool = True) -> object:
    value: object = json.loads(text, object_pairs_hook=_object, parse_constant=_constant, strict=strict)
    return value


def _repaired(text: str) -> str:
    """The text without commas before a closing bracket; `strict=False` lets line ends in strings stand, too.

    Both say the same as they would if they were written right.
    """
    return _STRING_OR_COMMA.sub(lambda found: found["string"] or "", text)


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    value = dict(pairs)
    if len(value) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ReplyError(f"the JSON has the field {twice[:80]!r} twice")
    return value


def _constant(name: str) -> object:
    raise ReplyError(f"the JSON has {name} in it, which is not a JSON number")
