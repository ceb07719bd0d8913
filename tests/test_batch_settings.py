"""Batch APIs in the settings of a build, and at the price that they ask."""

from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from synthsmith.builders.costs import Price
from synthsmith.builders.endpoints import Batching, Endpoint
from synthsmith.builders.model import CapReached, Reply
from synthsmith.builders.purse import Caps, Purse
from synthsmith.builders.settings import BATCH_REQUESTS, BATCH_TASKS, Settings, digest, with_model
from synthsmith.verification.errors import InputError
from test_costs import SHORT_REPLY, Fixed, ask_all

from synthsmith.config import load_settings

URL = "http://127.0.0.1:1/v1"
BATCHED = replace(SHORT_REPLY, batched=True)


def loaded(folder: Path, batch: object, **more: object) -> Settings:
    path = folder / "config.yaml"
    path.write_text(yaml.safe_dump({"endpoints": [{"base_url": URL, "batch": batch}], **more}))
    return load_settings(path)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        (True, Batching()),
        (False, None),
        (None, None),
        ({"poll_seconds": 5}, Batching(poll_seconds=5)),
    ],
)
def test_a_batch_api_is_switched_on_or_described(
    tmp_path: Path, written: object, meant: Batching | None
) -> None:
    assert loaded(tmp_path, written).endpoints == (Endpoint(URL, batch=meant),)


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ({"request": 5}, "endpoints.0.batch.request is not a setting; did you mean requests?"),
        ({"requests": 50_001}, "endpoints.0.batch.requests: Input should be less than or equal to 50000"),
    ],
)
def test_a_mistake_in_it_is_named(tmp_path: Path, written: object, words: str) -> None:
    with pytest.raises(InputError, match=words.replace("?", r"\?")):
        loaded(tmp_path, written)


def test_a_batch_api_is_no_one_of_several_addresses(tmp_path: Path) -> None:
    both = {"models": {"task": {"name": "m", "base_url": [URL, "http://127.0.0.1:2/v1"]}}}
    with pytest.raises(InputError, match="m has several addresses, one with a batch API: give that alone"):
        loaded(tmp_path, True, **both)
    loaded(tmp_path, False, **both)


def test_thousands_are_under_way_only_where_a_model_goes_by_a_batch_api(tmp_path: Path) -> None:
    settings = loaded(tmp_path, True)
    assert (settings.tasks_at_once, settings.requests_at_once) == (16, 16)
    batched = with_model(settings, "m", URL)
    assert (batched.tasks_at_once, batched.requests_at_once) == (BATCH_TASKS, BATCH_REQUESTS)
    more = replace(batched, concurrency=60_000)
    assert (more.tasks_at_once, more.requests_at_once) == (60_000, 60_000)
    openai = replace(with_model(settings, "m"), endpoints=(Endpoint(batch=Batching()),))
    assert openai.tasks_at_once == BATCH_TASKS


def test_a_build_may_be_carried_on_by_batches(tmp_path: Path) -> None:
    assert digest(loaded(tmp_path, True)) == digest(loaded(tmp_path, False))


@pytest.mark.parametrize("by_batch", [False, True])
def test_a_cap_is_kept_at_the_price_of_the_way_that_requests_go(by_batch: bool) -> None:
    """At half the price twice as many are let through at once, and what is left is used just so."""
    price = Price(prompt=0, completion=1000)  # at most 1 dollar a request, of 1,000 tokens
    replies: list[Reply | BaseException] = []
    model = Fixed(BATCHED if by_batch else SHORT_REPLY, seconds=0.01)
    purse = Purse(model, Caps(usd=4.0), {"m": price}, by_batch=lambda address: by_batch)
    replies = ask_all(purse, 100)
    assert any(isinstance(reply, CapReached) for reply in replies)
    assert purse.spent.usd <= 4.0
    each = 0.045 if by_batch else 0.09
    assert purse.spent.usd == pytest.approx(each * model.asked)
    assert purse.spent.usd > 4.0 - each - (0.5 if by_batch else 1.0)
