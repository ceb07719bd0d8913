"""What a certificate says of how its task was made and checked, and that each of its words is explained."""

import asyncio
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from synthsmith.builders.model import Decoding, Reply, Request
from synthsmith.builders.provenance import Asked, Provenance, sampling_digest, version
from synthsmith.builders.roles import ModelSettings
from synthsmith.cards.certificate import BALLOTS, CERTIFICATE
from synthsmith.prompts import template_digest
from synthsmith.verification.sandbox import Sandbox


def told_in(build: Path, config: str, column: str) -> list[dict[str, Any]]:
    """What the JSON of a column says, in the rows that have some."""
    table = pq.read_table(build / "dataset" / config, columns=[column])
    return [json.loads(text) for text in table[column].to_pylist() if text]


def certificates(build: Path, config: str) -> list[dict[str, Any]]:
    return told_in(build, config, "certificate")


def keys(value: object, words: Mapping[str, str], path: str = "") -> set[str]:
    """The paths of all keys, as deep as the words for them go."""
    if isinstance(value, list):
        return {path}.union(*(keys(part, words, path) for part in value)) if path.endswith("[]") else {path}
    inside = [name for name in words if name.startswith(f"{path}.")] if path else [*words]
    if not isinstance(value, dict) or not inside:
        return {path}
    named = {f"{path}.{name}".lstrip("."): part for name, part in value.items()}
    listed = {
        next((each for each in (name + "[][]", name + "[]") if each in words), name): part
        for name, part in named.items()
    }
    return {path}.union(*(keys(part, words, name) for name, part in listed.items())) - {""}


@pytest.mark.parametrize(
    ("config", "column", "words"),
    [
        ("rl", "certificate", CERTIFICATE),
        ("attempts", "certificate", CERTIFICATE),
        ("attempts", "ballots", BALLOTS),
    ],
)
def test_the_card_has_a_word_for_every_key_and_for_no_other(
    small: Path, config: str, column: str, words: Mapping[str, str]
) -> None:
    found = set[str]().union(*(keys(each, words) for each in told_in(small, config, column)))
    assert found == set(words)


def test_a_row_names_the_sandbox_the_prompts_and_the_models_of_its_task(small: Path) -> None:
    with Sandbox(1) as sandbox:
        walls = {"version": sandbox.version, "layers": list(sandbox.layers)}
    sampled = sampling_digest(ModelSettings().decoding())
    for proof in certificates(small, "rl"):
        assert proof["sandbox"] == walls
        made = proof["provenance"]
        assert isinstance(made, dict)
        assert made["synthsmith"] == version()
        names = {"roles", "solution", "inputs", "generator", "validator", "brute"}
        [statement] = set(made["templates"]) - names
        assert statement.startswith("statement_")
        assert made["templates"] == {name: template_digest(name) for name in {*names, statement}}
        [model] = made["models"]
        assert (model["model"], model["sampling"]) == ("recorded", sampled)
        assert set(model["stages"]) == {*names, "statement"}


def told(requests: list[Request], error: str = "") -> Provenance:
    async def ask(request: Request) -> Reply:
        return Reply("text", model=request.model, error=error)

    async def ask_all() -> Provenance:
        asked = Asked(ask)
        for request in requests:
            await asked(request)
        return asked.provenance()

    return asyncio.run(ask_all())


requests = st.builds(
    Request,
    st.sampled_from(["solution", "roles"]),
    st.just("0:0"),
    st.sampled_from(["a", "b"]),
    st.just("f" * 64),
    st.just(()),
    st.integers(0, 3),
    st.sampled_from(["one", "two"]),
    st.builds(Decoding, st.sampled_from([None, 0.5])),
)


@given(st.lists(requests, max_size=6).flatmap(lambda some: st.tuples(st.just(some), st.permutations(some))))
def test_neither_order_nor_number_of_the_answers_changes_what_is_told(
    both: tuple[list[Request], list[Request]],
) -> None:
    some, others = both
    assert told(some) == told(others) == told(some + others)


@given(st.lists(requests, max_size=6))
def test_what_was_never_answered_is_not_told(some: list[Request]) -> None:
    assert told(some, error="refused") == Provenance(version(), {}, ())


def test_sampling_is_told_apart_and_names_are_not_part_of_it() -> None:
    usual = sampling_digest(ModelSettings().decoding())
    assert usual == sampling_digest(ModelSettings(name="other", base_url="http://a/v1").decoding())
    assert usual != sampling_digest(ModelSettings(temperature=0.7).decoding())
