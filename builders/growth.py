"""The features stage: extract from every pair, merge, evolve every category, and the tree is grown."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import asdict, dataclass
from functools import partial
from typing import TypeAlias

from synthsmith.builders import extract
from synthsmith.builders.features import FeatureError, Tree, from_json, merge, to_json
from synthsmith.builders.model import Reply, Request, Unread
from synthsmith.builders.settings import Models
from synthsmith.prompts import ReplyError
from synthsmith.verification.errors import InputError

Ask: TypeAlias = Callable[[Request], Awaitable[Reply]]


@dataclass(frozen=True, slots=True)
class Growth:
    """The tree before and after evolution, and the replies that gave nothing."""

    extracted: Tree
    tree: Tree
    unread: tuple[Unread, ...] = ()


async def grow(pairs: tuple[extract.Pair, ...], models: Models, ask: Ask) -> Growth:
    """The feature tree of the pairs; InputError where none of them gives a feature."""
    unread: list[Unread] = []
    requests = [models.extract.request("extract", pair.id, *extract.extraction(pair)) for pair in pairs]
    replies = await asyncio.gather(*map(ask, requests))
    trees = [
        _read(request, reply, extract.read_extraction, unread) for request, reply in _pairs(requests, replies)
    ]
    extracted = merge(tree for tree in trees if tree is not None)
    categories = tuple(extract.evolvable(extracted))
    if not categories:
        raise InputError(f"No features came of the {len(pairs)} code-instruction pairs: {_first(unread)}.")
    requests = [
        models.evolve.request("evolve", name, *extract.evolution(extracted, name)) for name in categories
    ]
    replies = await asyncio.gather(*map(ask, requests))
    additions = [
        _read(
            request,
            reply,
            partial(extract.read_evolution, tree=extracted, category=request.subject),
            unread,
        )
        for request, reply in _pairs(requests, replies)
    ]
    new = tuple(tree for tree in additions if tree is not None)
    return Growth(extracted, extract.grow(extracted, new), tuple(unread))


def to_text(growth: Growth) -> str:
    """The growth as JSON; `from_text` gives back an equal one."""
    unread = [asdict(one) for one in growth.unread]
    shown = {"extracted": to_json(growth.extracted), "tree": to_json(growth.tree), "unread": unread}
    return json.dumps(shown, ensure_ascii=False, indent=1) + "\n"


def from_text(text: str) -> Growth:
    """The growth that `to_text` wrote; ValueError where it is none."""
    try:
        shown = json.loads(text)
        unread = tuple(Unread(**one) for one in shown["unread"])
        return Growth(from_json(shown["extracted"]), from_json(shown["tree"]), unread)
    except (KeyError, TypeError, FeatureError) as error:
        raise ValueError(f"not a grown tree of features: {error}") from None


def _read(request: Request, reply: Reply, read: Callable[[str], Tree], unread: list[Unread]) -> Tree | None:
    try:
        if reply.error:
            raise ReplyError(reply.error)
        return read(reply.text)
    except ReplyError as error:
        detail = f"{request.subject}: {error}"
        unread.append(Unread(request.stage, request.sample, detail, reply.text, reply.model))
        return None


def _pairs(requests: list[Request], replies: list[Reply]) -> Iterable[tuple[Request, Reply]]:
    return zip(requests, replies, strict=True)


def _first(unread: list[Unread]) -> str:
    return unread[0].detail if unread else "there are none"
