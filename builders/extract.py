"""From code to features: the requests that extraction and evolution make, and the readers of their replies.

Everything here is pure; who asks the model is the pipeline. A request is a template's name and the values
that it is rendered with. A reply that cannot be read raises ReplyError with one sentence, and nothing is made
up in its place.
"""

from collections.abc import Iterator

from synthsmith.builders.evolution import Additions, Check
from synthsmith.builders.features import CATEGORIES, UNSAMPLED, FeatureError, Tree, fold, from_nested, names
from synthsmith.builders.pairs import Pair
from synthsmith.prompts.replies import ReplyError, final_answer, json_object


def extraction(pair: Pair) -> tuple[str, dict[str, object]]:
    """The template and its values that ask for the features of one pair."""
    return "extract", {"categories": CATEGORIES, "instruction": pair.instruction, "code": pair.code}


def read_extraction(reply: str) -> Tree:
    """The features of one pair, each counted once; ReplyError unless they lie in known categories."""
    tree = _features(reply)
    if not tree.children:
        raise ReplyError("the reply names no features")
    return tree


def evolution(piece: Tree) -> tuple[str, dict[str, object]]:
    """The template and its values that ask for what is missing in a category, or a piece of it."""
    return "evolve", {"category": piece.name, "features": {piece.name: names(piece)}}


def evolvable(tree: Tree) -> Iterator[Tree]:
    """The categories of the tree that are worth evolving, in order."""
    return (child for key, child in tree.children.items() if key != UNSAMPLED)


def read_evolution(reply: str, check: Check, category: str) -> Additions:
    """What the reply adds to a category of the tree that it is held against.

    ReplyError where the reply speaks of another category or brings nothing new.
    """
    found = _features(reply)
    strange = [child.name for key, child in found.children.items() if key != fold(category)]
    if strange:
        raise ReplyError(f"the reply speaks of {strange[0]!r}, but {category!r} was asked for")
    additions = check.additions(found)
    if not additions.added:
        raise ReplyError(f"the reply brings no feature that {category!r} lacks")
    return additions


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
