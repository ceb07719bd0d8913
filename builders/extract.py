"""From code to features: the requests that extraction and evolution make, and the readers of their replies.

Everything here is pure; who asks the model is the pipeline. A request is a template's name and the values
that it is rendered with. A reply that cannot be read raises ReplyError with one sentence, and nothing is made
up in its place.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from synthsmith.builders.features import (
    CATEGORIES,
    UNSAMPLED,
    FeatureError,
    Tree,
    evolved,
    fold,
    from_nested,
    merge,
    names,
)
from synthsmith.prompts.replies import ReplyError, final_answer, json_object
from synthsmith.verification.errors import InputError


@dataclass(frozen=True, slots=True)
class Pair:
    """A question and a program that answers it, from which features are extracted."""

    id: str
    instruction: str
    code: str


def load_pairs(path: Path) -> tuple[Pair, ...]:
    """The pairs of a JSONL file, in its order; InputError names the line and field that is wrong."""
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(
            f"{path}: cannot be read as UTF-8 text ({error}); give a readable JSONL file"
        ) from None
    pairs = tuple(_pair(line, f"{path}, line {i}") for i, line in enumerate(lines, 1) if line.strip())
    seen: set[str] = set()
    for pair in pairs:
        if pair.id in seen:
            raise InputError(f"{path}: the id {pair.id!r} is there twice; give each pair an id of its own")
        seen.add(pair.id)
    return pairs


def _pair(line: str, where: str) -> Pair:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError) as error:  # ValueError: also a number of 5000 digits
        raise InputError(f"{where}: not JSON ({error}); one object a line is expected") from None
    if not isinstance(row, dict):
        raise InputError(f"{where}: {type(row).__name__} instead of an object with id, instruction and code")
    for key in ("id", "instruction", "code"):
        if not isinstance(row.get(key), str) or not row[key].strip():
            raise InputError(f"{where}: the field {key!r} must be a text that is not empty")
        if any("\ud800" <= letter <= "\udfff" for letter in row[key]):
            raise InputError(
                f"{where}: the field {key!r} has half of a surrogate pair in it, which is no text"
            )
    return Pair(row["id"], row["instruction"], row["code"])


def extraction(pair: Pair) -> tuple[str, dict[str, object]]:
    """The template and its values that ask for the features of one pair."""
    return "extract", {"categories": CATEGORIES, "instruction": pair.instruction, "code": pair.code}


def read_extraction(reply: str) -> Tree:
    """The features of one pair, each counted once; ReplyError unless they lie in known categories."""
    tree = _features(reply)
    if not tree.children:
        raise ReplyError("the reply names no features")
    return tree


def evolution(tree: Tree, category: str) -> tuple[str, dict[str, object]]:
    """The template and its values that ask for what is missing in one category of the tree."""
    known = tree.children[fold(category)]
    return "evolve", {"category": known.name, "features": {known.name: names(known)}}


def evolvable(tree: Tree) -> Iterator[str]:
    """The categories of the tree that are worth evolving, in order."""
    return (child.name for key, child in tree.children.items() if key != UNSAMPLED)


def read_evolution(reply: str, tree: Tree, category: str) -> Tree:
    """The new features of a category with estimated counts, to be merged with the tree it was made for.

    What the tree has already is folded into it and adds nothing. ReplyError where the reply speaks of another
    category or brings nothing new.
    """
    found = _features(reply)
    strange = [child.name for key, child in found.children.items() if key != fold(category)]
    if strange:
        raise ReplyError(f"the reply speaks of {strange[0]!r}, but {category!r} was asked for")
    new = evolved(tree, found)
    if not new.children:
        raise ReplyError(f"the reply brings no feature that {category!r} lacks")
    return new


def grow(tree: Tree, additions: tuple[Tree, ...]) -> Tree:
    """The tree with what the evolution of its categories added."""
    return merge((tree, *additions))


def _features(reply: str) -> Tree:
    answer = json_object(final_answer(reply))
    if set(answer) != {"features"}:
        raise ReplyError(f"the object has the fields {sorted(answer)}, expected only 'features'")
    try:
        tree = from_nested(answer["features"])
    except FeatureError as error:
        raise ReplyError(f"not a tree of features: {error}") from None
    strange = [child.name for key, child in tree.children.items() if key not in CATEGORIES]
    if strange:
        raise ReplyError(f"{strange[0]!r} is no category; known are {', '.join(CATEGORIES)}")
    return Tree("", tree.count, {key: Tree(key, c.count, c.children) for key, c in tree.children.items()})
