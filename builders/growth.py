"""The features stage: extract from every pair, merge, fold, let every category grow, and the tree is there.

However many pairs there are, only as many requests as may be under way are held, and the union of what was
read. The tree does not depend on the order in which replies come.
"""

import asyncio
import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TypeVar

from synthsmith.builders import extract
from synthsmith.builders.asking import Ask, read_or_asked_again
from synthsmith.builders.attempts import write_whole
from synthsmith.builders.crowd import for_each
from synthsmith.builders.evolution import Additions, Check, chosen
from synthsmith.builders.features import Tree, Union, merge, statistics
from synthsmith.builders.folding import folded, rules_for
from synthsmith.builders.history import Growth, History, Round, Stage, from_text, to_text
from synthsmith.builders.model import Reply, Request, Unread
from synthsmith.builders.pairs import Pair
from synthsmith.builders.progress import Progress, silent
from synthsmith.builders.reading import Reading, examine
from synthsmith.builders.settings import Settings
from synthsmith.prompts import ReplyError
from synthsmith.verification.errors import InputError

T = TypeVar("T")
logger = logging.getLogger(__name__)

READING = "pairs read for features"
UNREAD_TEXTS = 1000  # replies kept in full beside the tree; those beyond are in the ledger alone


async def tree_of_build(
    path: Path, digest: str, settings: Settings, ask: Ask, heard: Progress = silent
) -> Tree:
    """The tree in a build's features.json, which is made where it is not there.

    InputError where the file cannot be read or was made with settings of another digest.
    """
    if path.is_file():
        try:
            growth, made_with = from_text(path.read_text(encoding="utf-8"))
        except ValueError as error:
            raise InputError(f"{path} cannot be read ({error}); remove it and it is made anew.") from None
        if made_with != digest:
            raise InputError(f"{path} is the tree of another build; remove it and it is made anew.")
        return growth.tree
    growth = await grown(settings, ask, heard)
    write_whole(path, to_text(growth, digest))
    if growth.unread:
        one = growth.unread[0]
        logger.warning(
            "%d replies gave no features, see %s; the first: %s of %s",
            *(len(growth.unread), path, one.stage, one.detail),
        )
    for reason, rows, example in growth.history.skipped:
        logger.warning("%d rows are no pairs (%s); the first: %s", rows, reason, example)
    return growth.tree


async def grown(settings: Settings, ask: Ask, heard: Progress = silent) -> Growth:
    """The feature tree of the pairs that the settings name; errors as `grow`, and where a row is no pair."""
    number = await asyncio.to_thread(examine, settings.source)
    reading = Reading(settings.source)
    growth = await grow(reading, settings, ask, heard, number)
    skipped = tuple((reason, number, first) for reason, (number, first) in reading.skipped.items())
    return replace(growth, history=replace(growth.history, skipped=skipped))


async def grow(
    pairs: Iterable[Pair], settings: Settings, ask: Ask, heard: Progress = silent, expected: int | None = None
) -> Growth:
    """The feature tree of the pairs; InputError where none of them gives a feature.

    `expected` is how many pairs there are, where that is known. TransientError where an endpoint gave no
    reply to some request, once all the others are answered.
    """
    told = partial(heard, total=expected, what=READING)
    extracted, unread, number = await _extracted(pairs, settings, ask, told)
    if not any(True for _ in extract.evolvable(extracted)):
        first = unread[0].detail if unread else "there are none"
        raise InputError(f"No features came of the {number} code-instruction pairs: {first}.")
    tree, folds = folded(extracted, rules_for(settings.folding, extracted))
    stages = [Stage("extracted", statistics(extracted)), Stage("folded", statistics(tree))]
    rounds = []
    for index in range(settings.evolution.rounds):
        tree, done, useless = await _round(tree, index, settings, ask, heard)
        unread += useless
        rounds.append(done)
        stages.append(Stage(f"round {index + 1}", statistics(tree)))
    kept = (*unread[:UNREAD_TEXTS], *(replace(one, text="") for one in unread[UNREAD_TEXTS:]))
    return Growth(extracted, tree, kept, History(number, (), folds, tuple(rounds), tuple(stages)))


@dataclass(slots=True)
class _Found:
    """What the replies of one step gave, by the place of their request."""

    union: Union = field(default_factory=Union)
    unread: dict[int, Unread] = field(default_factory=dict)
    additions: dict[int, Additions] = field(default_factory=dict)
    done: int = 0

    def useless(self) -> tuple[Unread, ...]:
        return tuple(self.unread[i] for i in sorted(self.unread))

    def growth(self) -> tuple[Additions, ...]:
        return tuple(self.additions[i] for i in sorted(self.additions))


async def _extracted(
    pairs: Iterable[Pair], settings: Settings, ask: Ask, heard: Callable[[int], None]
) -> tuple[Tree, tuple[Unread, ...], int]:
    found = _Found()

    again = settings.asks_again(settings.models.extract)

    async def one(index: int, pair: Pair) -> None:
        request = settings.models.extract.request("extract", pair.id, *extract.extraction(pair))
        made = await _read(request, ask, extract.read_extraction, again)
        if isinstance(made, Unread):
            found.unread[index] = made
        else:
            found.union.add(made)
        found.done += 1
        heard(found.done)

    await for_each(pairs, one, settings.requests_at_once)
    return found.union.tree(), found.useless(), found.done


async def _round(
    tree: Tree, number: int, settings: Settings, ask: Ask, heard: Progress
) -> tuple[Tree, Round, tuple[Unread, ...]]:
    """The tree after one round of evolution, what came of the round, and the replies of no use."""
    rules = rules_for(settings.folding, tree)
    check = Check(tree, rules, settings.evolution)
    found = _Found()
    asked = [
        part
        for category in extract.evolvable(tree)
        for part in chosen(category, settings.evolution, settings.seed, number)
    ]

    async def one(index: int, part: tuple[str, Tree]) -> None:
        label, piece = part
        request = settings.models.evolve.request("evolve", label, *extract.evolution(piece), sample=number)
        read = partial(extract.read_evolution, check=check, category=piece.name)
        made = await _read(request, ask, read, settings.asks_again(settings.models.evolve))
        if isinstance(made, Unread):
            found.unread[index] = made
        else:
            found.additions[index] = made
        found.done += 1
        heard(found.done, len(asked), f"parts of the feature tree, round {number + 1}")

    await for_each(asked, one, settings.requests_at_once)
    parts = found.growth()
    if not parts:
        return tree, _summed((), None, len(asked)), found.useless()
    together = check.together([part.new for part in parts])
    return merge((tree, together.new)), _summed(parts, together, len(asked)), found.useless()


def _summed(parts: tuple[Additions, ...], together: Additions | None, asked: int) -> Round:
    return Round(
        asked=asked,
        unread=asked - len(parts),
        added=together.added if together else 0,
        repeated=sum(part.repeated for part in parts),
        widened=together.widened if together else 0,
        lone=together.lone if together else 0,
        refined=together.refined if together else 0,
        folds=(*(fold for part in parts for fold in part.folds), *(together.folds if together else ())),
        left_out=tuple(one for part in parts for one in part.left_out),
    )


async def _read(request: Request, ask: Ask, read: Callable[[str], T], again: bool) -> T | Unread:
    """What the reply gives; the reply itself is let go of at once, for there may be many."""

    def made(reply: Reply) -> T | ReplyError:
        try:
            if reply.error:
                raise ReplyError(reply.error)
            return read(reply.text)
        except ReplyError as error:
            return error

    def wrong(found: T | ReplyError) -> str:
        return str(found) if isinstance(found, ReplyError) else ""

    found, reply = await read_or_asked_again(request, ask, made, wrong, again=again)
    if not isinstance(found, ReplyError):
        return found
    detail = f"{request.subject}: {found}"
    return Unread(request.stage, request.sample, detail, reply.text, reply.model)
