"""OpenAI's chat completions as a server sees them: what a body asks for, and the answer whole or as a stream.

Understood of a request: `model`, `messages` (contents are texts, or lists of text parts), `n`, `stream` and
`stream_options.include_usage`. Everything else is let pass and changes nothing. Tokens are counted as words
and single punctuation marks (`count_tokens`), for no tokenizer is known to fit: about a tokenizer's number in
English prose, fewer than its number in code.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import chain, zip_longest

from synthsmith.builders.model import Message, Reply
from synthsmith.builders.tasks import count_tokens
from synthsmith.prompts.replies import CLOSE, OPEN
from synthsmith.verification.serve.fields import Fields, fields, shown

MOST_REPLIES = 128  # OpenAI's own bound of `n`
PIECE = 64  # characters in one delta of a stream

Json = dict[str, object]


@dataclass(frozen=True, slots=True)
class Asked:
    """So many `replies` to one prompt, in a `stream` or not, and whether a stream ends with the usage."""

    model: str
    messages: tuple[Message, ...]
    replies: int = 1
    stream: bool = False
    usage: bool = False


@dataclass(frozen=True, slots=True)
class Choice:
    """One reply on the wire. `reasoning` is None where it stands in the content, or there is none."""

    content: str
    finish_reason: str
    tokens: int
    reasoning: str | None = None
    reasoning_tokens: int = 0


@dataclass(frozen=True, slots=True)
class Answer:
    """What a request comes to; `created` is in Unix seconds."""

    id: str
    created: int
    model: str
    prompt_tokens: int
    choices: tuple[Choice, ...]


def read_request(value: object) -> Asked:
    """What the body's JSON asks for; MalformedError with the place of what is wrong."""
    body = fields(value)
    options = body.values.get("stream_options")
    wants_usage = options is not None and _flag(fields(options, ("stream_options",)), "include_usage")
    turns = body.values.get("messages")
    if not isinstance(turns, list) or not turns:
        raise body.wrong("messages", f"must be a list of messages, not {shown(turns)}")
    messages = tuple(_message(fields(turn, ("messages", index))) for index, turn in enumerate(turns))
    return Asked(body.text("model"), messages, _count(body), _flag(body, "stream"), wants_usage)


def choice_of(reply: Reply, *, apart: bool = False) -> Choice:
    """The reply as a choice; with `apart`, the reasoning gets a field of its own.

    It does where the two fields give back the reply to the letter. Others, such as one whose reasoning is not
    finished, are left whole in the content.
    """
    before, _, after = reply.text.partition(CLOSE)
    thought, content = before.removeprefix(OPEN).strip(), after.strip()
    thinking = count_tokens(thought) if before.startswith(OPEN) else 0
    whole = Choice(reply.text, reply.finish_reason, count_tokens(reply.text), None, thinking)
    if apart and reply.text == f"{OPEN}\n{thought}\n{CLOSE}\n\n{content}":
        return replace(whole, content=content, reasoning=thought)
    return whole


def count_prompt(messages: tuple[Message, ...]) -> int:
    """The tokens of a prompt: those of its messages' contents."""
    return sum(count_tokens(message.content) for message in messages)


def completion(answer: Answer) -> Json:
    """The answer as one JSON object."""
    choices = [
        {
            "index": index,
            "message": {"role": "assistant", **_spoken(choice), "refusal": None},
            "logprobs": None,
            "finish_reason": choice.finish_reason,
        }
        for index, choice in enumerate(answer.choices)
    ]
    return {**_head(answer, "chat.completion"), "choices": choices, "usage": _usage(answer)}


def chunks(answer: Answer, *, usage: bool) -> Iterator[Json]:
    """The answer as the chunks of a stream, the choices by turns; `usage` adds a last one with the counts."""
    head = _head(answer, "chat.completion.chunk")
    told = {"usage": None} if usage else {}
    turns = zip_longest(*(_deltas(index, choice) for index, choice in enumerate(answer.choices)))
    for delta in chain.from_iterable(turns):
        if delta is not None:
            yield {**head, "choices": [delta], **told}
    if usage:
        yield {**head, "choices": [], "usage": _usage(answer)}


def _deltas(index: int, choice: Choice) -> Iterator[Json]:
    def one(finish: str | None = None, **delta: str) -> Json:
        return {"index": index, "delta": delta, "logprobs": None, "finish_reason": finish}

    yield one(role="assistant", content="")
    for name, text in _spoken(choice).items():
        for start in range(0, len(text), PIECE):
            yield one(**{name: text[start : start + PIECE]})
    yield one(choice.finish_reason)


def _spoken(choice: Choice) -> dict[str, str]:
    """The fields in which the reply is told, in the order in which it was thought."""
    thought = {} if choice.reasoning is None else {"reasoning_content": choice.reasoning}
    return {**thought, "content": choice.content}


def _head(answer: Answer, kind: str) -> Json:
    return {"id": answer.id, "object": kind, "created": answer.created, "model": answer.model}


def _usage(answer: Answer) -> Json:
    completion = sum(choice.tokens for choice in answer.choices)
    reasoning = sum(choice.reasoning_tokens for choice in answer.choices)
    return {
        "prompt_tokens": answer.prompt_tokens,
        "completion_tokens": completion,
        "total_tokens": answer.prompt_tokens + completion,
        "completion_tokens_details": {"reasoning_tokens": reasoning},
    }


def _message(turn: Fields) -> Message:
    content = turn.values.get("content")
    if isinstance(content, list):
        place = (*turn.place, "content")
        parts = [fields(part, (*place, index)) for index, part in enumerate(content)]
        return Message(turn.text("role"), "".join(part.text("text") for part in parts))
    return Message(turn.text("role"), turn.text("content"))


def _count(body: Fields) -> int:
    value = body.values.get("n")
    if value is None:
        return 1
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= MOST_REPLIES:
        raise body.wrong("n", f"must be a whole number from 1 to {MOST_REPLIES}, not {shown(value)}")
    return value


def _flag(body: Fields, name: str) -> bool:
    value = body.values.get(name)
    if value is not None and not isinstance(value, bool):
        raise body.wrong(name, f"must be true or false, not {shown(value)}")
    return bool(value)
