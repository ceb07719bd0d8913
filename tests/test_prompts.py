"""The prompts: rendered strictly and always the same; the programs shown in them are run.

The golden texts lie in tests/golden. After a wanted change of a template write them anew with
`python tests/test_prompts.py` and read the difference.
"""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import UndefinedError
from synthsmith.prompts import (
    REQUIRED_SECTIONS,
    code_blocks,
    json_object,
    missing_sections,
    render,
    template_digest,
    templates,
)
from synthsmith.prompts.rendering import environment

GOLDEN = Path(__file__).parent / "golden"
STATEMENT = (
    "# Sum\n\nAdd up the **numbers**: {{ 7 * 7 }} {% raw %} <b> & 'x' \"y\" ünï.\n\n"
    "## Input\n\nn, then n numbers."
)
STARTER = "class Solution:\n    def total(self, nums: List[int], k: int) -> int:\n        pass"
SUBTREE = {"algorithm": {"sorting": {"sort by two keys": {}}}, "data structures": {"heaps": {}}}
SELECTED = {
    "selected_features": [
        {"feature": "sort by two keys", "potential_use": "orders the guests"},
        {"feature": "heaps", "potential_use": "holds who waits"},
    ],
    "integration_strategy": "Guests come in waves.\nWho waits longest is served first.",
}
PROGRAM = {"statement": STATEMENT, "starter_code": ""}
FUNCTION = {"statement": STATEMENT, "starter_code": STARTER}
CASES: dict[str, tuple[str, dict[str, object]]] = {
    "extract": (
        "extract",
        {"categories": ("algorithm", "data structures"), "instruction": STATEMENT, "code": "print(1)\n"},
    ),
    "evolve": ("evolve", {"category": "algorithm", "features": {"algorithm": {"größe": {}, "a": {}}}}),
    "roles": ("roles", {"features": SUBTREE, "style": "leetcode"}),
    "statement_codeforces": ("statement_codeforces", dict(SELECTED)),
    "statement_atcoder": ("statement_atcoder", dict(SELECTED)),
    "statement_leetcode": ("statement_leetcode", dict(SELECTED)),
    "solution": ("solution", {**PROGRAM, "style": "codeforces"}),
    "solution_function": ("solution", {**FUNCTION, "style": "leetcode"}),
    "inputs": ("inputs", {**PROGRAM, "count": 15}),
    "inputs_function": ("inputs", {**FUNCTION, "count": 3}),
    "more_inputs": (
        "more_inputs",
        {
            **PROGRAM,
            "reference": "print(sum(map(int, input().split()[1:])))",
            "changes": ("line 1, bound: 1 -> 2", "line 1, choice: sum -> max"),
            "programs": ["print({{ 6 * 7 }})", "print(2)"],
            "count": 5,
        },
    ),
    "more_inputs_function": (
        "more_inputs",
        {**FUNCTION, "reference": STARTER, "changes": (), "programs": ["pass"], "count": 1},
    ),
    "generator": ("generator", dict(PROGRAM)),
    "generator_function": ("generator", dict(FUNCTION)),
    "validator": ("validator", dict(PROGRAM)),
    "brute": ("brute", dict(PROGRAM)),
    "brute_function": ("brute", dict(FUNCTION)),
    "again": ("again", {"why": "the JSON is broken in line 3, column 7: Expecting ',' delimiter"}),
    "validator_function": ("validator", dict(FUNCTION)),
}


def prompt(name: str) -> str:
    template, values = CASES[name]
    return render(template, **values)


# Rendering


@pytest.mark.parametrize("name", CASES)
def test_the_prompt_is_the_golden_text(name: str) -> None:
    assert prompt(name) == (GOLDEN / f"{name}.txt").read_text(encoding="utf-8")


def test_every_template_has_a_golden_text() -> None:
    assert {template for template, _ in CASES.values()} == set(templates())
    assert {path.stem for path in GOLDEN.glob("*.txt")} == set(CASES)


@pytest.mark.parametrize("name", CASES)
def test_a_value_that_is_missing_is_an_error(name: str) -> None:
    template, values = CASES[name]
    for key in values:
        with pytest.raises(TypeError, match=f"missing .*'{key}'"):
            render(template, **{k: v for k, v in values.items() if k != key})


def test_a_value_that_is_not_used_is_an_error() -> None:
    with pytest.raises(TypeError, match=r"not used \['colour'\]"):
        render("validator", **PROGRAM, colour="red")


def test_a_part_of_a_value_that_is_missing_is_an_error() -> None:
    with pytest.raises(UndefinedError, match="potential_use"):
        render("statement_atcoder", selected_features=[{"feature": "heaps"}], integration_strategy="none")


def test_what_looks_like_a_template_in_a_value_is_shown_as_it_is() -> None:
    for name in ("extract", "solution", "inputs", "generator", "validator"):
        assert STATEMENT in prompt(name)


@given(st.text(max_size=100))
def test_any_text_is_shown_letter_by_letter(text: str) -> None:
    assert f"<problem>\n{text}\n</problem>" in render(
        "solution", statement=text, style="atcoder", starter_code=None
    )


def test_json_in_prompts_keeps_letters_and_order() -> None:
    assert prompt("evolve").index('"größe": {}') < prompt("evolve").index('"a": {}')


def test_the_environment_reaches_nothing_outside_of_the_values() -> None:
    with pytest.raises(Exception, match="unsafe"):
        environment().from_string("{{ ''.__class__.__mro__ }}").render()


# Digests


def test_templates_have_digests_of_their_own() -> None:
    assert len({template_digest(name) for name in templates()}) == len(templates())


def test_the_digest_of_a_template_covers_the_parts_it_includes(monkeypatch: pytest.MonkeyPatch) -> None:
    from synthsmith.prompts import rendering

    before = {name: template_digest(name) for name in templates()}
    source = rendering._source
    monkeypatch.setattr(rendering, "_source", lambda name: source(name) + "!" * (name == "_problem.jinja"))
    changed = {name for name in templates() if template_digest(name) != before[name]}
    assert changed == {"solution", "inputs", "more_inputs", "generator", "validator", "brute"}


# Sections


@pytest.mark.parametrize("style", REQUIRED_SECTIONS)
def test_the_prompt_for_a_statement_asks_for_the_required_sections(style: str) -> None:
    assert missing_sections(prompt(f"statement_{style}"), style) == ()


@pytest.mark.parametrize("style", REQUIRED_SECTIONS)
def test_the_example_of_a_reply_has_the_shape_that_is_asked_for(style: str) -> None:
    line = next(line for line in prompt(f"statement_{style}").splitlines() if line.startswith('{"question"'))
    fields = {"question", "starter_code"} if style == "leetcode" else {"question"}
    assert set(json_object(line)) == fields


@pytest.mark.parametrize(
    "heading", ["## Input", "**Input**", "Input:", "**Input:**", "INPUT", "  ### input  "]
)
def test_a_heading_counts_however_it_is_set_off(heading: str) -> None:
    assert missing_sections(f"Story.\n{heading}\nn\n## Output\nm\n## Examples\n...", "codeforces") == ()


@pytest.mark.parametrize(
    ("statement", "missing"),
    [
        ("Story. Input: n.", ("Input", "Output", "Examples")),
        ("## Input\n## Output", ("Examples",)),
        ("## Output\n## Examples\n## Input", ("Output", "Examples")),
        ("## Examples\n\nInput\n1\nOutput\n2", ("Examples",)),
    ],
)
def test_missing_sections_are_named(statement: str, missing: tuple[str, ...]) -> None:
    assert missing_sections(statement, "codeforces") == missing


# The programs that the prompts show


def example(name: str) -> str:
    return code_blocks(prompt(name))[-1].text


def run(code: str, *args: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", code, *args]
    return subprocess.run(command, input=stdin, capture_output=True, text=True, check=False)


def test_the_generator_shown_repeats_itself_by_seed_and_has_inputs_of_every_size() -> None:
    first, again, other = (run(example("generator"), "--seed", seed) for seed in ("7", "7", "8"))
    assert first.stdout == again.stdout != other.stdout
    sizes = ("small", "medium", "large", "stress")
    made = {size: run(example("generator"), "--size", size).stdout.splitlines() for size in sizes}
    rows = [json.loads(line) for lines in made.values() for line in lines]
    assert len({row["name"] for row in rows}) == len(rows)
    assert {row["kind"] for row in rows} == {"nominal", "complex", "boundary", "stress"}
    assert all(json.loads(line)["kind"] == "stress" for line in made["stress"])
    assert all(len(json.loads(line)["input"]) <= 400 for line in made["small"])
    for row in rows:
        count, numbers = row["input"].split("\n", 1)
        assert len(numbers.split()) == int(count)


@pytest.mark.parametrize(
    ("name", "stdin", "status"),
    [
        ("validator", "2\n1 2\n", 0),
        ("validator", "2\n2 2\n", 1),
        ("validator", "2\n1 2 3\n", 1),
        ("validator", "", 1),
        ("validator_function", "[1, 2]\n2\n", 0),
        ("validator_function", "[1, 2]\n3\n", 1),
        ("validator_function", "[1, 2.0]\n1\n", 1),
        ("validator_function", "[1,\n", 1),
    ],
)
def test_the_validators_shown_judge_by_exit_status(name: str, stdin: str, status: int) -> None:
    ended = run(example(name), stdin=stdin)
    assert ended.returncode == status
    assert bool(ended.stderr) == bool(status)
    assert "Traceback" not in ended.stderr


if __name__ == "__main__":
    for name in CASES:
        (GOLDEN / f"{name}.txt").write_text(prompt(name), encoding="utf-8")
