"""What is known of a grown tree: the words for it, and `OUT/features.json`, written whole and read back."""

import json
from dataclasses import dataclass

from pydantic import TypeAdapter
from synthsmith.builders.evolution import LeftOut
from synthsmith.builders.features import CategorySize, Tree, from_json, to_json
from synthsmith.builders.folding import Fold
from synthsmith.builders.model import Unread


@dataclass(frozen=True, slots=True)
class Stage:
    """The sizes of all categories after a step: `extracted`, `folded`, `round 1`, ..."""

    name: str
    sizes: tuple[CategorySize, ...]


@dataclass(frozen=True, slots=True)
class Round:
    """What one round of evolution came to, summed over its requests.

    `added` features are new in the tree; `repeated` are what replies named again, `folds` what they named
    otherwise, `left_out` what was not taken. `widened`, `lone` and `refined` are as in Additions.
    """

    asked: int
    unread: int
    added: int
    repeated: int
    widened: int
    lone: int
    refined: int
    folds: tuple[Fold, ...] = ()
    left_out: tuple[LeftOut, ...] = ()


@dataclass(frozen=True, slots=True)
class History:
    """How a tree came about.

    `pairs` were read; `skipped` are rows that were no pairs: reason, how many, the first. `folds` are the
    synonyms merged in what was extracted.
    """

    pairs: int = 0
    skipped: tuple[tuple[str, int, str], ...] = ()
    folds: tuple[Fold, ...] = ()
    rounds: tuple[Round, ...] = ()
    stages: tuple[Stage, ...] = ()


@dataclass(frozen=True, slots=True)
class Growth:
    """The tree that the pairs gave, synonyms and all; the tree it became; the replies that gave nothing."""

    extracted: Tree
    tree: Tree
    unread: tuple[Unread, ...] = ()
    history: History = History()


def to_text(growth: Growth, settings: str) -> str:
    """The growth as JSON, with the digest of the settings it was made with; `from_text` reads both back."""
    shown = {
        "settings": settings,
        "extracted": to_json(growth.extracted),
        "tree": to_json(growth.tree),
        "unread": TypeAdapter(tuple[Unread, ...]).dump_python(growth.unread, mode="json"),
        "history": TypeAdapter(History).dump_python(growth.history, mode="json"),
    }
    return json.dumps(shown, ensure_ascii=False, indent=1) + "\n"


def from_text(text: str) -> tuple[Growth, str]:
    """The growth that `to_text` wrote, and the settings' digest; ValueError where it is none."""
    try:
        shown = json.loads(text)
        unread = TypeAdapter(tuple[Unread, ...]).validate_python(shown["unread"])
        history = TypeAdapter(History).validate_python(shown["history"])
        growth = Growth(from_json(shown["extracted"]), from_json(shown["tree"]), unread, history)
        return growth, str(shown["settings"])
    except (KeyError, TypeError, ValueError, RecursionError) as error:
        raise ValueError(f"not a grown tree of features: {error}") from None
