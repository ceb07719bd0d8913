"""Evolution in rounds, what of a reply is new, and a growth that does not depend on the order of replies."""

import asyncio
import json
import random
from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from synthsmith.builders import extract, features
from synthsmith.builders.evolution import Additions, Check, Evolution, LeftOut, chosen, pieces
from synthsmith.builders.features import Nested, Tree
from synthsmith.builders.folding import Fold, rules_for
from synthsmith.builders.growth import grow
from synthsmith.builders.history import Growth, from_text, to_text
from synthsmith.builders.model import CapReached, Reply, Request, TransientError
from synthsmith.builders.naming import Folding
from synthsmith.builders.pairs import Pair
from synthsmith.builders.settings import Settings
from synthsmith.prompts import ReplyError

words = st.sampled_from(["graph", "Graph", "heaps", "heap", "min heap", "DP", "two  pointers", "a", "b", "c"])
nested: st.SearchStrategy[Nested] = st.recursive(
    st.just({}), lambda below: st.dictionaries(words, below, max_size=4), max_leaves=12
)
trees = nested.map(lambda value: features.from_nested({"algorithm": value}))
PAIRS = [Pair(f"p{i}", f"question {i}", "code") for i in range(40)]


def check(tree: Tree, **wanted: int) -> Check:
    return Check(tree, rules_for(Folding(), tree), Evolution(**wanted))


def tree_of(value: Nested, count: float = 1.0) -> Tree:
    return features.from_nested({"algorithm": value}, count)


def added(tree: Tree, found: Nested, **wanted: int) -> Additions:
    return check(tree, **wanted).additions(tree_of(found))


def reply(value: object) -> str:
    return f"<think>\nhm\n</think>\n\n{json.dumps({'features': value})}\n"


# What of a reply is new


def test_a_new_feature_counts_as_much_as_its_siblings_on_average() -> None:
    tree = features.merge((tree_of({"a": {}, "b": {}}, 3), tree_of({"a": {}}, 2)))
    new = added(tree, {"a": {"deep": {"deeper": {}}}, "c": {}}).new
    grown = features.merge((tree, new)).children["algorithm"]
    assert grown.children["c"].count == 4.0  # a: 5, b: 3
    assert grown.children["a"].count == 5
    assert grown.children["a"].children["deep"].count == 4.0  # no siblings: its parent's level
    assert grown.children["a"].children["deep"].children["deeper"].count == 4.0


@given(trees, trees)
def test_evolution_keeps_what_was_there_and_its_counts(tree: Tree, found: Tree) -> None:
    def kept(before: Tree, after: Tree) -> None:
        assert after.count == before.count
        for key, child in before.children.items():
            kept(child, after.children[key])

    kept(tree, features.merge((tree, check(tree).additions(found).new)))


@given(trees)
def test_a_tree_adds_nothing_to_itself(tree: Tree) -> None:
    found = check(tree).additions(tree)
    assert (found.added, found.folds, found.left_out) == (0, (), ())


@given(trees, st.lists(trees, min_size=1, max_size=4), st.randoms())
def test_what_replies_add_together_does_not_depend_on_their_order(
    tree: Tree, replies: list[Tree], order: random.Random
) -> None:
    def together(replies: list[Tree]) -> Tree:
        held = check(tree)
        return held.together([held.additions(found).new for found in replies]).new

    shuffled = replies.copy()
    order.shuffle(shuffled)
    assert features.to_json(together(replies)) == features.to_json(together(shuffled))


def test_what_several_replies_name_is_new_once() -> None:
    tree = tree_of({"greedy": {}}, 6)
    held = check(tree)
    parts = [held.additions(tree_of({name: {}})).new for name in ("DP", "dynamic programming")]
    together = held.together(parts)
    assert features.names(together.new) == {"algorithm": {"dynamic programming": {}}}
    assert together.new.children["algorithm"].children["dynamic programming"].count == 6
    assert (together.added, together.folds) == (1, (Fold("algorithm", "DP", "dynamic programming"),))


def test_what_the_tree_has_under_another_name_is_no_new_feature_and_leads_on_to_those_below() -> None:
    tree = tree_of({"dynamic programming": {"prefix sums": {}}})
    found = added(tree, {"DP": {"Prefix Sum": {}, "knapsack": {}, "prefix sums": {}}})
    assert features.names(found.new) == {"algorithm": {"dynamic programming": {"knapsack": {}}}}
    assert found.added == 1
    assert found.repeated == 1
    assert found.folds == (
        Fold("algorithm", "DP", "dynamic programming"),
        Fold("algorithm > dynamic programming", "Prefix Sum", "prefix sums"),
    )


def test_what_lies_too_deep_is_left_out_and_told() -> None:
    found = added(tree_of({"a": {}}), {"a": {"b": {"c": {"d": {}}}}}, max_depth=3)
    assert features.names(found.new) == {"algorithm": {"a": {"b": {"c": {}}}}}
    why = "more than 3 levels below the category"
    assert found.left_out == (LeftOut("algorithm > a > b > c", "d", why),)


def test_growth_in_breadth_and_depth_is_counted_by_groups() -> None:
    tree = tree_of({"a": {"x": {}}, "b": {"y": {}}})
    found = added(tree, {"a": {"p": {}, "q": {}}, "b": {"r": {}, "y": {"z": {}}}})
    assert (found.added, found.widened, found.lone, found.refined) == (4, 1, 1, 1)


def test_with_two_siblings_asked_for_a_lone_one_is_left_out_but_not_a_refinement() -> None:
    tree = tree_of({"a": {"x": {}}, "b": {"y": {}}})
    found = added(tree, {"a": {"p": {}, "q": {}}, "b": {"r": {}, "y": {"z": {}}}}, min_siblings=2)
    assert features.names(found.new) == {"algorithm": {"a": {"p": {}, "q": {}}, "b": {"y": {"z": {}}}}}
    assert found.left_out == (LeftOut("algorithm > b", "r", "one of fewer than 2 new siblings"),)


def test_an_evolution_of_another_category_is_refused() -> None:
    tree = features.from_nested({"algorithm": {"greedy": {}}, "problem type": {}})
    with pytest.raises(ReplyError, match="speaks of 'problem type', but 'algorithm' was asked for"):
        extract.read_evolution(reply({"problem type": {"counting": {}}}), check(tree), "algorithm")


def test_an_evolution_without_anything_new_is_refused() -> None:
    tree = tree_of({"prefix sums": {}})
    with pytest.raises(ReplyError, match="brings no feature that 'algorithm' lacks"):
        extract.read_evolution(reply({"Algorithm": {"Prefix-Sum": {}}}), check(tree), "algorithm")


# Pieces


@given(trees, st.integers(1, 6))
def test_pieces_show_every_feature_once_and_no_more_than_a_prompt_may(tree: Tree, shown: int) -> None:
    category = tree.children["algorithm"]
    parts = list(pieces(category, shown))
    assert features.merge(parts).children.keys() == category.children.keys()
    shown_leaves = [path for part in parts for path in leaf_paths(part)]
    assert sorted(shown_leaves) == sorted(leaf_paths(category))
    for part in parts:
        assert sum(1 for _ in features.walk(part)) <= shown + 12  # the ancestors


def leaf_paths(tree: Tree, path: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    if not tree.children:
        return [path] if path else []
    return [one for key, child in tree.children.items() for one in leaf_paths(child, (*path, key))]


def test_the_subtrees_of_a_round_are_drawn_by_the_seed() -> None:
    category = tree_of({f"group {i}": {f"way {i}{j}": {} for j in range(9)} for i in range(30)})
    wanted = Evolution(shown=10, subtrees=4)

    def drawn(seed: int, number: int) -> list[str]:
        return [name for name, _ in chosen(category.children["algorithm"], wanted, seed, number)]

    assert len(chosen(category.children["algorithm"], replace(wanted, subtrees=None), 0, 0)) == 30
    assert len(set(drawn(0, 0))) == 4
    assert drawn(0, 0) == drawn(0, 0)
    assert drawn(0, 0) != drawn(1, 0)
    assert drawn(0, 1)[0].startswith("algorithm 2.")


# Growth


class Model:
    """Answers extraction with features made of the pair's number, and evolution with new ones; slowly, in
    an order of its own where one is given."""

    def __init__(self, order: Callable[[], float] | None = None, broken: Sequence[str] = ()) -> None:
        self.order, self.broken = order, broken
        self.asked: list[Request] = []
        self.at_once = self.most_at_once = 0

    async def ask(self, request: Request) -> Reply:
        self.asked.append(request)
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        await asyncio.sleep(self.order() if self.order else 0)
        self.at_once -= 1
        if request.subject in self.broken:
            raise TransientError(f"{request.subject} failed")
        if request.stage == "extract":
            number = int(request.subject[1:])
            names = ("Prefix Sums", "prefix sum", "DP", "dynamic programming")
            groups = {names[number % 4]: {f"way {number % 7}": {}}, f"group {number % 5}": {}}
            return Reply(reply({"algorithm": groups}) if number % 10 else "no JSON")
        return Reply(
            reply({"algorithm": {f"new {request.subject}": {"below": {}}, "fresh": {}, "group 1": {}}})
        )


def grown(model: Model, settings: Settings, pairs: Sequence[Pair] = PAIRS) -> Growth:
    return asyncio.run(grow(iter(pairs), settings, model.ask))


SETTINGS = Settings(evolution=Evolution(rounds=2), concurrency=7)


def test_a_growth_is_the_same_whatever_the_order_of_pairs_and_replies() -> None:
    expected = to_text(grown(Model(), SETTINGS), "s")
    rng = random.Random(5)
    assert to_text(grown(Model(lambda: rng.random() / 500), SETTINGS), "s") == expected
    shuffled = rng.sample(PAIRS, len(PAIRS))
    other = grown(Model(), SETTINGS, shuffled)
    growth, _ = from_text(expected)
    assert (other.tree, other.history) == (growth.tree, growth.history)


def test_no_more_requests_are_under_way_than_may_be() -> None:
    model = Model(lambda: 0.001)
    grown(model, SETTINGS)
    assert model.most_at_once == 7


def test_the_pairs_are_read_as_they_are_needed() -> None:
    read = 0

    def counted() -> object:
        nonlocal read
        for pair in PAIRS * 5:
            read += 1
            yield pair

    model = Model()

    async def stop(request: Request) -> Reply:
        if len(model.asked) == 10:
            raise RuntimeError("enough")
        return await model.ask(request)

    with pytest.raises(RuntimeError, match="enough"):
        asyncio.run(grow(counted(), SETTINGS, stop))  # type: ignore[arg-type]
    assert read <= 64


def test_synonyms_are_folded_before_the_tree_grows_and_told() -> None:
    growth = grown(Model(), SETTINGS)
    names = {child.name for child in growth.tree.children["algorithm"].children.values()}
    assert {"prefix sum", "dynamic programming"} <= names  # each was named more often
    assert not {"Prefix Sums", "DP"} & names
    assert {(fold.name, fold.into) for fold in growth.history.folds} == {
        ("DP", "dynamic programming"),
        ("Prefix Sums", "prefix sum"),
    }


def test_every_round_asks_about_what_the_one_before_has_made_of_the_tree() -> None:
    model = Model()
    growth = grown(model, SETTINGS)
    evolve = [request for request in model.asked if request.stage == "evolve"]
    assert [(request.subject, request.sample) for request in evolve] == [("algorithm", 0), ("algorithm 2", 1)]
    assert "fresh" not in evolve[0].messages[0].content.partition("# The tree")[2]
    assert "fresh" in evolve[1].messages[0].content.partition("# The tree")[2]
    first, second = growth.history.rounds
    assert (first.asked, first.unread, first.added, first.repeated) == (1, 0, 3, 1)
    assert (second.added, second.repeated) == (2, 2)
    assert [stage.name for stage in growth.history.stages] == ["extracted", "folded", "round 1", "round 2"]
    nodes = [stage.sizes[0].nodes for stage in growth.history.stages]
    assert nodes[2] - nodes[1] == 3
    assert nodes[3] - nodes[2] == 2


def test_without_rounds_the_tree_is_the_folded_one() -> None:
    model = Model()
    growth = grown(model, replace(SETTINGS, evolution=Evolution(rounds=0)))
    assert {request.stage for request in model.asked} == {"extract"}
    assert [stage.name for stage in growth.history.stages] == ["extracted", "folded"]


def test_replies_that_give_nothing_are_kept_in_the_order_of_the_pairs() -> None:
    rng = random.Random(5)
    growth = grown(Model(lambda: rng.random() / 500), SETTINGS)
    assert [one.detail.partition(":")[0] for one in growth.unread] == ["p0", "p10", "p20", "p30"]
    assert growth.history.pairs == 40


def test_where_an_endpoint_fails_the_others_are_asked_before_the_first_failure_is_raised() -> None:
    model = Model(broken=["p7", "p3"])
    with pytest.raises(TransientError, match="p3 failed"):
        grown(model, SETTINGS)
    assert len(model.asked) == 40


def test_where_no_more_may_be_spent_no_more_is_asked() -> None:
    model = Model(lambda: 0.001)

    async def ask(request: Request) -> Reply:
        if len(model.asked) == 12:
            raise CapReached("the cap is reached")
        return await model.ask(request)

    with pytest.raises(CapReached, match="the cap is reached"):
        asyncio.run(grow(PAIRS, SETTINGS, ask))
    assert len(model.asked) == 12
    assert model.at_once == 0  # what was under way was waited for


def test_an_endpoint_that_is_gone_is_not_asked_for_all_pairs() -> None:
    model = Model(broken=[pair.id for pair in PAIRS])
    with pytest.raises(TransientError, match="p0 failed"):
        grown(model, SETTINGS)
    assert len(model.asked) <= 14
