"""What a request is on the wire, by whatever way it goes."""

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, cast

from synthsmith.builders.model import Request

if TYPE_CHECKING:
    from openai.types.chat import ChatCompletionMessageParam


def messages(request: Request) -> "list[ChatCompletionMessageParam]":
    """The prompt."""
    turns = [{"role": message.role, "content": message.content} for message in request.messages]
    return cast("list[ChatCompletionMessageParam]", turns)


def parameters(request: Request) -> dict[str, object]:
    """What goes into the body beside model and messages; what is None is left out."""
    values = asdict(request.decoding)
    extra = json.loads(values.pop("extra_body"))
    return {name: value for name, value in {**values, **extra}.items() if value is not None}


def body(request: Request) -> dict[str, object]:
    """The whole body of a request for an answer in one piece."""
    return {"messages": messages(request), "model": request.model, **parameters(request)}
