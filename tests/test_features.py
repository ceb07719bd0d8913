"""The feature tree: merging, evolving and drawing, and the way from the embedded pairs to draws."""

import ast
import asyncio
import hashlib
import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from synthsmith.builders import extract, features, sampling
from synthsmith.builders.features import FeatureError, Nested, Tree
from synthsmith.builders.growth import grown as grown_from
from synthsmith.builders.history import Growth
from synthsmith.builders.pairs import Pair
from synthsmith.builders.reading import Reading
from synthsmith.builders.recorded_model import RecordedModel
from synthsmith.builders.sampling import Sampling
from synthsmith.builders.settings import Settings
from synthsmith.prompts import ReplyError, render

# Changes with the pairs, their recorded replies and the sampler: then all recordings of tasks are void.
DRAWS = "7e27eeb6dcd376672d2ef03e5a821f3cebf2dde6a23620c4693d7baab8ec180a"

words = st.sampled_from(["graph", "Graph", " graph ", "heap", "O(n)", "o(n)", "two  pointers", "ß", "SS"])
nested: st.SearchStrategy[Nested] = st.recursive(
    st.just({}), lambda below: st.dictionaries(words, below, max_size=4), max_leaves=12
)
trees = nested.map(features.from_nested)


@pytest.fixture(scope="module")
def pairs() -> tuple[Pair, ...]:
    return tuple(Reading(Settings().source))


@pytest.fixture(scope="module")
def growth() -> Growth:
    return asyncio.run(grown_from(Settings(), RecordedModel().complete))


@pytest.fixture(scope="module")
def extracted(growth: Growth) -> Tree:
    return growth.extracted


@pytest.fixture(scope="module")
def grown(growth: Growth) -> Tree:
    return growth.tree


def reply(features: object) -> str:
    return f"<think>\nhm\n</think>\n\n{json.dumps({'features': features})}\n"


# Merging


@given(st.lists(trees, max_size=5), st.randoms())
def test_merging_gives_the_same_tree_in_every_order(parts: list[Tree], random: object) -> None:
    shuffled = parts.copy()
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert features.to_json(features.merge(parts)) == features.to_json(features.merge(shuffled))


@given(trees, trees, trees)
def test_merging_in_steps_gives_the_same_tree(a: Tree, b: Tree, c: Tree) -> None:
    assert features.merge((features.merge((a, b)), c)) == features.merge((a, features.merge((b, c))))


@given(trees)
def test_a_tree_written_as_json_is_read_back_unchanged(tree: Tree) -> None:
    assert features.from_json(features.to_json(tree)) == tree


def test_names_that_differ_in_case_or_spacing_are_one_feature() -> None:
    one = features.from_nested({"algorithm": {"Two  pointers": {}}})
    other = features.from_nested({" ALGORITHM": {"two pointers": {"sliding window": {}}}})
    merged = features.merge((one, other))
    assert features.names(merged) == {"ALGORITHM": {"Two pointers": {"sliding window": {}}}}
    assert merged.children["algorithm"].children["two pointers"].count == 2


def test_a_feature_named_twice_by_one_source_counts_once() -> None:
    tree = features.from_nested({"greedy": {"a": {}}, "Greedy": {"b": {}}})
    assert features.names(tree) == {"Greedy": {"a": {}, "b": {}}}
    assert tree.children["greedy"].count == 1


def test_statistics_count_features_and_leaves_below_each_category() -> None:
    tree = features.from_nested({"algorithm": {"a": {"b": {}, "c": {}}, "d": {}}, "problem type": {}})
    assert features.statistics(tree) == (
        features.CategorySize("algorithm", 4, 3, 2, 4.0),
        features.CategorySize("problem type", 0, 0, 0, 0.0),
    )


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (["a"], "features is list"),
        ({"a": None}, "features > a is NoneType"),
        ({"a": {"b": "c"}}, "features > a > b is str"),
        ({"": {}}, "no short line of text"),
        ({"a\x00b": {}}, "no short line of text"),
        ({"x" * 121: {}}, "no short line of text"),
    ],
)
def test_what_is_no_tree_is_refused_with_its_place(value: object, said: str) -> None:
    with pytest.raises(FeatureError, match=said):
        features.from_nested(value)


def test_a_tree_nested_too_deeply_is_refused() -> None:
    value: Nested = {}
    for _ in range(20):
        value = {"a": value}
    with pytest.raises(FeatureError, match="nested more than 12 deep"):
        features.from_nested(value)


@pytest.mark.parametrize(
    "text",
    ["", "[]", "true", "-1", "NaN", '"a"', "[1]", "[1, {}, 2]", "[1, []]", '[1, {"a": "b"}]', "[" * 9999],
)
def test_json_that_is_no_tree_is_refused(text: str) -> None:
    with pytest.raises(FeatureError, match="not a feature tree"):
        features.from_json(text)


# Drawing


@given(trees, st.text(max_size=5))
def test_a_sample_is_part_of_the_tree_and_no_wider_than_asked(tree: Tree, seed: str) -> None:
    wanted = Sampling(shape=(2, 1, 3), required=())

    def check(drawn: Nested, tree: Tree, depth: int) -> None:
        assert len(drawn) <= (wanted.shape[depth] if depth < 3 else 0)
        for name, below in drawn.items():
            check(below, tree.children[features.fold(name)], depth + 1)

    check(sampling.sample(tree, seed, wanted), tree, 0)


def test_a_sample_takes_as_many_children_as_the_shape_says() -> None:
    tree = features.from_nested({"algorithm": {f"a{i}": {f"b{j}": {} for j in range(5)} for i in range(5)}})
    drawn = sampling.sample(tree, "0:0", Sampling(shape=(3, 2, 4)))
    assert [len(below) for below in drawn["algorithm"].values()] == [4, 4]


def test_a_free_shape_is_drawn_anew_for_each_draw_between_the_two_given() -> None:
    tree = features.from_nested(
        {"algorithm": {f"a{i}": {f"b{j}": {"c": {}} for j in range(5)} for i in range(5)}}
    )
    wanted = Sampling(shape=(3, 1, 0, 1), widest=(3, 4, 2, 1))
    shapes = set()
    for i in range(400):
        groups = sampling.sample(tree, f"0:{i}", wanted)["algorithm"]
        widths = {len(below) for below in groups.values()}
        assert len(widths) == 1  # the shape is the draw's, not the node's
        shapes.add((len(groups), widths.pop()))
    assert shapes == {(a, b) for a in (1, 2, 3, 4) for b in (0, 1, 2)}
    assert sampling.sample(tree, "0:7", wanted) == sampling.sample(tree, "0:7", wanted)


def test_a_free_shape_without_freedom_draws_as_the_fixed_one() -> None:
    tree = features.from_nested({"algorithm": {f"a{i}": {f"b{j}": {} for j in range(5)} for i in range(5)}})
    fixed, free = Sampling(shape=(3, 2, 4)), Sampling(shape=(3, 2, 4), widest=(3, 2, 4))
    for i in range(20):
        assert sampling.sample(tree, f"0:{i}", fixed) == sampling.sample(tree, f"0:{i}", free)


def test_one_sampler_gives_what_one_for_each_draw_gives(grown: Tree) -> None:
    sampler = sampling.Sampler(grown, Sampling(shape=(5, 3, 3, 2)))
    for i in range(40):
        assert sampler.draw(f"0:{i}") == sampling.draw(grown, f"0:{i}", sampler.sampling)


def test_the_language_of_the_sources_is_never_sampled() -> None:
    tree = features.from_nested({"programming language": {"python": {}}, "algorithm": {"greedy": {}}})
    assert sampling.sample(tree, "0:0") == {"algorithm": {"greedy": {}}}


def shares(temperature: float) -> Counter[str]:
    """How often each of two features, found 81 times and once, is drawn first in 2,000 draws."""
    tree = features.merge(
        (
            features.from_nested({"algorithm": {"often": {}}}, 81),
            features.from_nested({"algorithm": {"rare": {}}}),
        )
    )
    wanted = Sampling(shape=(3, 1), temperature=temperature)
    return Counter(next(iter(sampling.sample(tree, f"0:{i}", wanted)["algorithm"])) for i in range(2000))


def test_temperature_one_keeps_the_frequencies() -> None:
    assert 1 <= shares(1.0)["rare"] <= 60  # expected 2000 / 82 = 24


def test_a_higher_temperature_levels_the_frequencies() -> None:
    assert 420 <= shares(4.0)["rare"] <= 580  # 81 ** (1 / 4) = 3, expected 2000 / 4


@pytest.mark.parametrize("seed", range(5))
def test_every_block_of_twenty_draws_holds_the_styles_in_their_ratio(seed: int) -> None:
    for block in range(5):
        styles = Counter(sampling.style(f"{seed}:{i}") for i in range(20 * block, 20 * block + 20))
        assert styles == {"codeforces": 14, "atcoder": 3, "leetcode": 3}


def test_the_order_of_the_styles_depends_on_the_seed() -> None:
    orders = {tuple(sampling.style(f"{seed}:{i}") for i in range(20)) for seed in range(5)}
    assert len(orders) == 5


@pytest.mark.parametrize("name", ["7", ":1", "0:", "0:-1", "0:x", "0:²"])
def test_a_draw_must_be_named_by_seed_and_index(name: str) -> None:
    with pytest.raises(ValueError, match="SEED:INDEX"):
        sampling.style(name)


@pytest.mark.parametrize(
    "wrong",
    [
        {"shape": ()},
        {"shape": (3, 0)},
        {"temperature": 0.0},
        {"temperature": float("nan")},
        {"required": ("programming language",)},
        {"required": ("poetry",)},
        {"shape": (2, 1)},
        {"shape": (3, 2), "widest": (3, 1)},
        {"shape": (3, 2), "widest": (3, 2, 1)},
        {"shape": (3, 0, 1), "widest": (3, 1, 1)},
        {"styles": ()},
        {"styles": (("topcoder", 1),)},
        {"styles": (("atcoder", 0),)},
    ],
)
def test_a_sampling_that_cannot_be_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="must be"):
        Sampling(**wrong)  # type: ignore[arg-type]


# Readers


def test_an_extraction_that_names_an_unknown_category_is_refused() -> None:
    with pytest.raises(ReplyError, match="'poetry' is no category; known are programming language, "):
        extract.read_extraction(reply({"algorithm": {}, "poetry": {"sonnet": {}}}))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (reply({}), "names no features"),
        (reply([]), "not a tree of features: features is list"),
        ('{"features": {}, "more": 1}', r"fields \['features', 'more'\]"),
        ("{}", "expected only 'features'"),
        ("I would say greedy.", "neither a JSON object"),
        ("<think>so", "not finished"),
    ],
)
def test_an_extraction_that_cannot_be_read_says_why(text: str, said: str) -> None:
    with pytest.raises(ReplyError, match=said):
        extract.read_extraction(text)


def test_categories_are_shown_in_the_spelling_of_the_list() -> None:
    assert features.names(extract.read_extraction(reply({"ALGORITHM": {"Greedy": {}}}))) == {
        "algorithm": {"Greedy": {}}
    }


# The embedded pairs and recordings


def test_the_embedded_pairs_are_programs_that_parse(pairs: tuple[Pair, ...]) -> None:
    assert len(pairs) == 12
    for pair in pairs:
        ast.parse(pair.code)


def test_every_pair_and_every_category_makes_a_prompt(pairs: tuple[Pair, ...], extracted: Tree) -> None:
    requests = [extract.extraction(pair) for pair in pairs]
    requests += [extract.evolution(category) for category in extract.evolvable(extracted)]
    prompts = [render(template, **values) for template, values in requests]
    assert len(prompts) == len(set(prompts)) == 12 + 6


def test_evolution_makes_every_category_of_the_embedded_tree_grow(extracted: Tree, grown: Tree) -> None:
    before = {size.category: size.nodes for size in features.statistics(extracted)}
    after = {size.category: size.nodes for size in features.statistics(grown)}
    assert set(before) == set(after) == set(features.CATEGORIES)
    assert all(
        after[name] >= 2 * before[name] for name in set(features.CATEGORIES) - {"programming language"}
    )


def test_the_embedded_draws_are_varied_and_wide(grown: Tree) -> None:
    drawn = [sampling.sample(grown, f"0:{i}") for i in range(24)]
    for subtree in drawn:
        assert {"algorithm", "data structures", "problem type"} <= set(subtree)
        assert len(subtree) == 5
        assert 8 <= len(features.leaves(subtree)) <= 14
    assert len({leaf for subtree in drawn for leaf in features.leaves(subtree)}) >= 120


def test_the_embedded_draws_are_those_that_the_recordings_answer(grown: Tree) -> None:
    drawn = [sampling.draw(grown, f"0:{i}") for i in range(24)]
    text = json.dumps(drawn, ensure_ascii=True)
    assert hashlib.sha256(text.encode()).hexdigest() == DRAWS


def test_draws_do_not_depend_on_the_hash_seed(grown: Tree, tmp_path: Path) -> None:
    (tmp_path / "tree.json").write_text(features.to_json(grown), encoding="utf-8")
    program = (
        "import json, pathlib, sys\n"
        "from synthsmith.builders import features, sampling\n"
        "tree = features.from_json(pathlib.Path(sys.argv[1]).read_text(encoding='utf-8'))\n"
        "print(json.dumps([sampling.draw(tree, f'3:{i}') for i in range(24)]))\n"
    )
    command = [sys.executable, "-c", program, str(tmp_path / "tree.json")]
    runs = [subprocess.check_output(command, env={"PYTHONHASHSEED": seed}) for seed in ("1", "2")]
    assert runs[0] == runs[1]
    assert json.loads(runs[0]) == [list(sampling.draw(grown, f"3:{i}")) for i in range(24)]
