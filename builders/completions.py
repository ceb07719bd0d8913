"""Readers of what an endpoint sends: the body of a chat completion, or the events of a streamed one.

Reasoning comes in a field (`reasoning_content` or `reasoning`) or inline; either way the text of the reply is
`<think>...</think>` and the answer. What is no chat completion (a proxy's page, half a JSON, a stream that
stops before its end) raises `Again`: it says nothing about the prompt, and asking again may help.

Streams are read here and not by the SDK, which makes a validated object of every few characters: at 256
replies at once that alone would take more than a core.
"""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import cast

import httpx2
from synthsmith.builders.model import Reply
from synthsmith.prompts.replies import CLOSE, OPEN

DATA, DONE = b"data:", b"[DONE]"
SHOWN_BYTES = 200
THOUGHT_FIELDS = ("reasoning_content", "reasoning")


class Again(Exception):
    """Worth another try; `after` is how many seconds the server asked to be left alone.

    `overload`: the endpoint has more to do than it can, so fewer requests should be under way.
    """

    def __init__(self, detail: str, after: float | None = None, *, overload: bool = False) -> None:
        super().__init__(detail)
        self.after = after
        self.overload = overload


@dataclass(slots=True)
class _Answer:
    """What is known of an answer so far."""

    content: list[str] = field(default_factory=list)
    thought: list[str] = field(default_factory=list)
    refusal: list[str] = field(default_factory=list)
    finish: str = ""
    model: str = ""
    usage: dict[str, object] = field(default_factory=dict)
    begun: bool = False  # a choice was there

    def add(self, value: object, part: str) -> None:
        """Take in a body or an event; `part` is what a choice holds: `message` or `delta`.

        KeyError, IndexError, TypeError or AttributeError where it is of another shape.
        """
        whole = cast("dict[str, object]", value)
        self.model = self.model or _word(whole.get("model"))
        self.usage = cast("dict[str, object]", whole.get("usage") or self.usage)
        self.usage.get("prompt_tokens")
        choices = cast("list[dict[str, object]]", whole["choices"])
        if part == "delta" and not choices:
            return  # the last event of a stream tells the usage alone
        choice = choices[0]
        message = cast("dict[str, object]", choice[part] if part == "message" else choice.get(part) or {})
        self.begun = True
        self.finish = _word(choice.get("finish_reason")) or self.finish
        for pieces, name in ((self.content, "content"), (self.refusal, "refusal")):
            pieces.append(_word(message.get(name)))
        self.thought.append(next((text for name in THOUGHT_FIELDS if (text := _word(message.get(name)))), ""))

    def reply(self, asked: str) -> Reply:
        """The reply when everything is there."""
        finish = self.finish or "stop"
        text = _whole(_text("".join(self.content), "".join(self.thought), finish))
        details = self.usage.get("prompt_tokens_details")
        cached = details.get("cached_tokens") if isinstance(details, dict) else None
        return Reply(
            text,
            _whole(finish),
            _whole(self.model or asked),
            _tokens(self.usage.get("prompt_tokens")),
            _tokens(self.usage.get("completion_tokens")),
            error=_whole(_error(text, finish, "".join(self.refusal))),
            cached_tokens=_tokens(cached),
        )


def read_completion(body: bytes, asked: str) -> Reply:
    """The reply in the body of a chat completion; Again where it is none."""
    return to_reply(_parsed(body), asked)


def to_reply(body: object, asked: str) -> Reply:
    """The reply in a chat completion's JSON value; Again where it is none."""
    answer = _Answer()
    _add(answer, body, "message")
    return answer.reply(asked)


async def read_stream(chunks: AsyncIterator[bytes], asked: str) -> Reply:
    """The reply in a stream of server-sent events (chat completion chunks); Again where it is cut.

    It is whole once the choice gave its `finish_reason`: that the usage and `[DONE]` are still to come is no
    reason to pay for it again. httpx2.HTTPError where the connection breaks before.
    """
    answer = _Answer()
    rest = b""
    try:
        async for chunk in chunks:
            *lines, rest = (rest + chunk).split(b"\n")  # not at U+2028 and its like, which JSON may hold
            for line in lines:
                if line.startswith(DATA) and (data := line[len(DATA) :].strip()) != DONE:
                    _add(answer, _parsed(data), "delta")
    except httpx2.HTTPError:
        if not answer.finish:
            raise
    if not answer.begun or not answer.finish:
        raise Again("the stream was cut before its end")
    return answer.reply(asked)


def _parsed(data: bytes) -> object:
    try:
        return cast("object", json.loads(data))
    except (ValueError, RecursionError) as error:
        raise Again(f"what came is no chat completion: {data[:SHOWN_BYTES]!r}") from error


def _add(answer: _Answer, value: object, part: str) -> None:
    try:
        answer.add(value, part)
    except (KeyError, IndexError, TypeError, AttributeError) as error:
        raise Again(f"what came is no chat completion: {json.dumps(value)[:SHOWN_BYTES]}") from error


def _word(value: object) -> str:
    """A text, the empty one for None; TypeError for anything else."""
    if value is None:
        return ""
    if not isinstance(value, str):
        raise TypeError
    return value


def _tokens(value: object) -> int | None:
    """A server's count of tokens; None where it is no count."""
    return value if type(value) is int and 0 <= value < 1 << 62 else None


def _whole(text: str) -> str:
    """The text with question marks for halves of surrogate pairs, which no file could hold."""
    return text.encode("utf-8", "replace").decode()


def _text(content: str, thought: str, finish: str) -> str:
    """One form for all: reasoning in think tags, then the answer."""
    if thought.strip() and OPEN not in content:
        closed = "" if finish == "length" and not content.strip() else f"\n{CLOSE}\n\n{content.strip()}"
        return f"{OPEN}\n{thought.strip()}{closed}"
    if CLOSE in content and not content.lstrip().startswith(OPEN):
        return f"{OPEN}\n{content.lstrip()}"  # the chat template had put the opening tag into the prompt
    return content


def _error(text: str, finish: str, refusal: str) -> str:
    if refusal:
        return f"the model refused: {refusal[:500]}"
    if finish == "content_filter":
        return "the server's content filter held the answer back"
    if finish == "length":
        return "the answer was cut short at the limit of tokens"
    return "" if text.strip() else "the answer is empty"
