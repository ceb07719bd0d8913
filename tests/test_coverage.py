"""Which features a build has drawn and used, and how its tree's story is told."""

import json
import shutil
from pathlib import Path

import pytest
from command import sentence, synthsmith
from synthsmith.builders import coverage, features
from synthsmith.builders.coverage import CategoryCoverage, Use
from synthsmith.builders.sampling import Sampler, Sampling

TREE = features.from_nested(
    {
        "programming language": {"python": {}},
        "algorithm": {"a": {"x": {"deep": {}}, "y": {}}, "b": {}},
        "data structures": {"x": {}},
    }
)
SAMPLER = Sampler(TREE, Sampling(shape=(2, 9, 9), required=()))  # all that is there, three levels
DRAWN = ("x", "y", "b")


def test_features_are_counted_where_they_lie_and_above() -> None:
    uses = (
        Use("0:0", DRAWN, ("Y",), True),
        Use("0:1", DRAWN, ("y", "b"), False),
        Use("0:2", DRAWN, (), False),
    )
    tally = coverage.cover(SAMPLER, uses)
    text = coverage.to_json(SAMPLER, tally)
    assert json.loads(text)["features"] == {
        "algorithm": [
            3,
            2,
            1,
            {"a": [3, 2, 1, {"x": [3, 0, 0, {"deep": [0, 0, 0]}], "y": [3, 2, 1]}], "b": [3, 1, 0]},
        ],
        "data structures": [3, 0, 0, {"x": [3, 0, 0]}],
    }
    assert coverage.categories(SAMPLER, tally) == (
        CategoryCoverage("algorithm", nodes=5, in_reach=4, drawn=4, selected=3, verified=2),
        CategoryCoverage("data structures", nodes=1, in_reach=1, drawn=1, selected=0, verified=0),
    )


def test_nothing_drawn_is_told_as_never() -> None:
    told = json.loads(coverage.to_json(SAMPLER, coverage.cover(SAMPLER, ())))
    assert told["features"]["data structures"] == [0, 0, 0, {"x": [0, 0, 0]}]
    assert [one["drawn_share"] for one in told["categories"]] == [0.0, 0.0]


def test_an_attempt_of_another_tree_is_refused() -> None:
    with pytest.raises(ValueError, match="the attempt of draw 0:0 was not made with the feature tree"):
        coverage.cover(SAMPLER, (Use("0:0", ("x", "z"), (), False),))


# Over a whole build


def test_a_build_tells_its_coverage_in_a_file_the_summary_and_the_card(one: Path) -> None:
    told = json.loads((one / "coverage.json").read_bytes())
    summary = json.loads((one / "summary.json").read_bytes())["feature_tree"]
    names = ("category", "nodes", "in_reach", "drawn", "selected", "verified")
    shares = [{name: share[name] for name in names} for share in told["categories"]]
    assert summary["coverage"] == shares
    assert summary["pairs"] == 12
    by_name = {each["category"]: each for each in shares}
    drawn, selected = set(), set()
    for file in sorted(one.glob("attempts/*/*.json")):
        attempt = json.loads(file.read_bytes())
        drawn |= set(attempt["drawn"])
        selected |= set(attempt["task"]["features"] if attempt["task"] else ())
    counted = dict(leaves(told["features"]))
    assert {name for name, counts in counted.items() if counts[0]} == drawn
    assert {name for name, counts in counted.items() if counts[1]} == selected
    algorithm = by_name["algorithm"]
    share = f"{100 * algorithm['drawn'] / algorithm['nodes']:.1f} %"
    card = (one / "dataset" / "README.md").read_text(encoding="utf-8")
    assert f"| algorithm | 54 | 54 | 178 | 3 | {algorithm['drawn']} ({share}) | " in card


def leaves(features: dict[str, list[object]]) -> list[tuple[str, list[object]]]:
    found = []
    for name, counts in features.items():
        below = counts[3] if len(counts) == 4 else None
        found += leaves(below) if isinstance(below, dict) else [(name, counts)]
    return found


def test_stats_shows_every_stage_the_folds_and_the_use(one: Path) -> None:
    shown = synthsmith("features", "stats", one).stdout
    assert synthsmith("features", "stats", one / "features.json").stdout == shown
    for line in ("extracted", "folded", "round 1", "used by tasks", "12 pairs read, 0 replies gave nothing"):
        assert line in shown.splitlines()
    assert ["algorithm", "178", "104", "3", "191"] in [line.split() for line in shown.splitlines()]
    told = json.loads(synthsmith("features", "stats", one, "--json").stdout)
    assert [stage["name"] for stage in told["stages"]] == ["extracted", "folded", "round 1"]
    assert told["rounds"][0]["added"] == 434
    assert len(told["coverage"]) == 6


@pytest.mark.parametrize("text", ["{", "[]", "{}"])
def test_stats_beside_a_damaged_coverage_are_refused_in_a_sentence(
    one: Path, tmp_path: Path, text: str
) -> None:
    shutil.copy(one / "features.json", tmp_path)
    (tmp_path / "coverage.json").write_text(text)
    assert "is not the coverage.json of a build" in sentence(synthsmith("features", "stats", tmp_path))


def test_stats_of_what_is_no_tree_are_refused_in_a_sentence(tmp_path: Path) -> None:
    assert "features.json cannot be read: No such file" in sentence(synthsmith("features", "stats", tmp_path))
    (tmp_path / "features.json").write_text("{}")
    assert "is not the features.json of a build" in sentence(synthsmith("features", "stats", tmp_path))
