"""The features stage: extract from every pair, merge, evolve every category, and the tree is grown."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import asdict, dataclass
from functools import partial
from typing import TypeAlias, TypeVar

from synthsmith.builders import extract
from synthsmith.builders.features import FeatureError, Tree, from_json, merge, to_json
from synthsmith.builders.model import CapReached, Reply, Request, TransientError, Unread
from synthsmith.builders.settings import Models
from synthsmith.prompts import ReplyError
from synthsmith.verification.errors import InputError

Ask: TypeAlias = Callable[[Request], Awaitable[Reply]]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Growth:
    """The tree before and after evolution, and the replies that gave nothing."""

    extracted: Tree
    tree: Tree
    unread: tuple[Unread, ...] = ()


async def grow(pairs: tuple[extract.Pair, ...], models: Models, ask: Ask) -> Growth:
    """The feature tree of the pairs; InputError where none of them gives a feature.

    TransientError where an endpoint gave no reply to some request, once all the others are answered.
    """

    def of_pair(pair: extract.Pair) -> Awaitable[Tree | Unread]:
        request = models.extract.request("extract", pair.id, *extract.extraction(pair))
        return _tree(request, ask, extract.read_extraction)

    found = await all_of(map(of_pair, pairs))
    trees, unread = _parted(found)
    extracted = merge(trees)
    categories = tuple(extract.evolvable(extracted))
    if not categories:
        first = unread[0].detail if unread else "there are none"
        raise InputError(f"No features came of the {len(pairs)} code-instruction pairs: {first}.")

    def of_category(name: str) -> Awaitable[Tree | Unread]:
        request = models.evolve.request("evolve", name, *extract.evolution(extracted, name))
        return _tree(request, ask, partial(extract.read_evolution, tree=extracted, category=name))

    additions, useless = _parted(await all_of(map(of_category, categories)))
    return Growth(extracted, extract.grow(extracted, additions), unread + useless)


async def all_of(asked: Iterable[Awaitable[T]]) -> tuple[T, ...]:
    """The results of all, asked for at the same time, in the order given.

    Where an endpoint failed (TransientError) or nothing more may be spent (CapReached) the others are waited
    for before it is raised: their replies are paid for, and once they are recorded the next run has them. Any
    other error is raised at once.
    """

    async def settle(one: Awaitable[T]) -> T | TransientError | CapReached:
        try:
            return await one
        except (TransientError, CapReached) as error:
            return error

    results: list[T] = []
    for result in await asyncio.gather(*map(settle, asked)):
        if isinstance(result, TransientError | CapReached):
            raise result
        results.append(result)
    return tuple(results)


def to_text(growth: Growth, settings: str) -> str:
    """The growth as JSON, with the digest of the settings it was made with; `from_text` reads both back."""
    shown = {
        "settings": settings,
        "extracted": to_json(growth.extracted),
        "tree": to_json(growth.tree),
        "unread": [asdict(one) for one in growth.unread],
    }
    return json.dumps(shown, ensure_ascii=False, indent=1) + "\n"


def from_text(text: str) -> tuple[Growth, str]:
    """The growth that `to_text` wrote, and the settings' digest; ValueError where it is none."""
    try:
        shown = json.loads(text)
        unread = tuple(Unread(**one) for one in shown["unread"])
        growth = Growth(from_json(shown["extracted"]), from_json(shown["tree"]), unread)
        return growth, str(shown["settings"])
    except (KeyError, TypeError, FeatureError, RecursionError) as error:
        raise ValueError(f"not a grown tree of features: {error}") from None


async def _tree(request: Request, ask: Ask, read: Callable[[str], Tree]) -> Tree | Unread:
    """The tree that the reply gives; the reply itself is let go of at once, for there may be many."""
    reply = await ask(request)
    try:
        if reply.error:
            raise ReplyError(reply.error)
        return read(reply.text)
    except ReplyError as error:
        detail = f"{request.subject}: {error}"
        return Unread(request.stage, request.sample, detail, reply.text, reply.model)


def _parted(found: Iterable[Tree | Unread]) -> tuple[tuple[Tree, ...], tuple[Unread, ...]]:
    trees: list[Tree] = []
    unread: list[Unread] = []
    for one in found:
        if isinstance(one, Tree):
            trees.append(one)
        else:
            unread.append(one)
    return tuple(trees), tuple(unread)
