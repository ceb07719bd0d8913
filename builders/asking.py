"""Asking once more where a reply could not be used, with the sentence that says what is wrong with it.

A reply that was cut short, refused or empty is not asked for again: the same would come. What the model is
shown of its reply is the final answer; reasoning does not go back into a prompt.
"""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import TypeAlias, TypeVar

from synthsmith.builders.model import Message, Reply, Request
from synthsmith.prompts import ReplyError, final_answer, render, template_digest

Ask: TypeAlias = Callable[[Request], Awaitable[Reply]]
T = TypeVar("T")

TEMPLATE = "again"


async def read_or_asked_again(
    request: Request, ask: Ask, read: Callable[[Reply], T], wrong: Callable[[T], str], *, again: bool
) -> tuple[T, Reply]:
    """What `read` makes of the reply, and the reply; where something is `wrong` with it, of a second reply.

    `wrong` gives the sentence for the model, or the empty text. The first reply stands where the second holds
    no answer.
    """
    reply = await ask(request)
    made = read(reply)
    why = wrong(made)
    if not again or not why or reply.error:
        return made, reply
    second = await ask(once_more(request, reply, why))
    return (made, reply) if second.error else (read(second), second)


def once_more(request: Request, reply: Reply, why: str) -> Request:
    """The request that follows upon a reply of no use."""
    try:
        answer = final_answer(reply.text)
    except ReplyError:
        answer = reply.text
    turns = (Message("assistant", answer), Message("user", render(TEMPLATE, why=why.rstrip("."))))
    return replace(
        request,
        messages=request.messages + turns,
        template=TEMPLATE,
        template_digest=template_digest(TEMPLATE),
    )
