"""Money: reckoned from tokens, never taken for nothing, and never more than was allowed."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest
from made_recordings import Made, attempts_in, prepared
from recordings_server import serving
from synthsmith.builders.costs import Price, prices_of, usd_of
from synthsmith.builders.ledger import Account
from synthsmith.builders.model import REFUSED, CapReached, Decoding, Reply, Request
from synthsmith.builders.pipeline import build
from synthsmith.builders.purse import Caps, Purse
from synthsmith.builders.recorded_model import RecordedModel
from synthsmith.builders.settings import with_model
from synthsmith.builders.switchboard import Switchboard
from synthsmith.verification.errors import InputError
from synthsmith.verification.sandbox import Sandbox
from test_model import request as to_ask

PRICE = Price(prompt=1.0, completion=10.0, cached=0.1)
LINE = Account("m", "solution", 3, 0, 2_000_000, 500_000, 0, cached_tokens=1_000_000)


def test_dollars_come_from_tokens_cached_ones_and_batches_at_their_price() -> None:
    assert usd_of(LINE, {"m": PRICE}) == pytest.approx(1.0 + 0.1 + 5.0)
    assert usd_of(replace(LINE, batched=True), {"m": PRICE}) == pytest.approx(6.1 / 2)
    assert usd_of(LINE, {"m": Price(1.0, 10.0)}) == pytest.approx(2.0 + 5.0)


def test_what_is_not_known_is_not_taken_for_nothing() -> None:
    assert usd_of(LINE, {}) is None
    assert usd_of(replace(LINE, unmetered=1), {"m": PRICE}) is None
    assert usd_of(replace(LINE, unmetered=1), {"m": Price(0, 0)}) == 0


def test_prices_come_from_the_configuration_first_and_the_recorded_model_is_free() -> None:
    assert prices_of(["m", "recorded", "nobody-knows-it"], {"m": PRICE}) == {
        "m": PRICE,
        "recorded": Price(0, 0),
    }


def test_prices_of_known_models_are_looked_up() -> None:
    pytest.importorskip("genai_prices", reason="the extra `prices` is not installed")
    price = prices_of(["gpt-4o"], {})["gpt-4o"]
    assert 0 < price.prompt < price.completion
    assert price.cached is not None
    assert price.cached < price.prompt


class Fixed:
    """A model that answers everything with one reply."""

    draws: int | None = None

    def __init__(self, reply: Reply, seconds: float = 0.0) -> None:
        self.reply, self.seconds, self.asked = reply, seconds, 0

    async def complete(self, request: Request) -> Reply:
        self.asked += 1
        await asyncio.sleep(self.seconds)
        return self.reply

    async def close(self) -> None:
        pass


LONG = replace(to_ask(None, 0, Decoding(max_tokens=1000)), model="m")  # 17 bytes of prompt
SHORT_REPLY = Reply("x", prompt_tokens=10, completion_tokens=90)


def ask_all(purse: Purse, number: int) -> list[Reply | BaseException]:
    async def run() -> list[Reply | BaseException]:
        asked = (purse.complete(replace(LONG, sample=sample)) for sample in range(number))
        return await asyncio.gather(*asked, return_exceptions=True)

    return asyncio.run(run())


@pytest.mark.parametrize("caps", [Caps(tokens=5000), Caps(usd=0.05), Caps(usd=0.05, tokens=10**9)])
def test_a_cap_is_never_passed_and_what_is_left_is_used(caps: Caps) -> None:
    """Requests that could be too much wait for those under way, most of which come out shorter."""
    model = Fixed(SHORT_REPLY, seconds=0.001)
    purse = Purse(model, caps, {"m": PRICE})
    replies = ask_all(purse, 100)
    refused = [reply for reply in replies if isinstance(reply, CapReached)]
    assert len(refused) == 100 - model.asked > 0
    assert "the cap of" in str(refused[0])
    assert "and one more request could take" in str(refused[0])
    assert purse.spent.tokens <= (caps.tokens or 10**9)
    assert purse.spent.usd <= (caps.usd or 10**9)
    assert model.asked >= 36  # 3,700 tokens and a whole request's most are within 5,000


def test_a_reply_that_tells_no_tokens_counts_as_its_most_where_there_is_a_cap() -> None:
    purse = Purse(Fixed(Reply("x")), Caps(tokens=3000), {})
    assert sum(isinstance(reply, Reply) for reply in ask_all(purse, 10)) == 2
    without = Purse(Fixed(Reply("x")), prices={"m": PRICE})
    ask_all(without, 2)
    assert str(without.spent) == "0 tokens, 2 replies without a price"


def test_a_prompt_that_is_not_taken_costs_nothing() -> None:
    purse = Purse(
        Fixed(Reply("", REFUSED, prompt_tokens=0, completion_tokens=0, error="too long")),
        Caps(tokens=3000),
        {},
    )
    assert all(isinstance(reply, Reply) for reply in ask_all(purse, 10))
    assert purse.spent.tokens == 0


def test_a_cap_that_cannot_be_kept_is_said_before_anything_is_asked() -> None:
    model = Fixed(SHORT_REPLY)
    with pytest.raises(InputError, match="price for m"):
        asyncio.run(Purse(model, Caps(usd=1.0)).complete(LONG))
    unlimited = replace(LONG, decoding=Decoding())
    with pytest.raises(InputError, match="max_tokens for m"):
        asyncio.run(Purse(model, Caps(tokens=10**6)).complete(unlimited))
    assert model.asked == 0


def test_what_was_spent_before_counts() -> None:
    model = Fixed(SHORT_REPLY)
    purse = Purse(model, Caps(tokens=2_500_500), {}, spent=[LINE])
    assert isinstance(ask_all(purse, 1)[0], CapReached)
    assert model.asked == 0


def test_a_build_that_meets_its_cap_is_carried_on_with_a_higher_one(tmp_path: Path) -> None:
    folder = tmp_path / "recorded"
    settings = prepared(folder, Made(), Made(), Made(), Made(), concurrency=1)
    recorded = RecordedModel(folder)
    with Sandbox(2) as sandbox, serving(recorded, completion_tokens=30_000) as url:
        build(settings, tmp_path / "embedded", recorded, sandbox)
        live = with_model(settings, "served", url)
        caps = Caps(tokens=900_000)
        first = build(live, tmp_path / "live", Switchboard(live), sandbox, caps=caps)
        asked = sum(line.requests for line in first.account)
        assert 900_000 - 45_000 < 30_002 * asked <= 900_000
        assert 0 < first.finished < 4
        assert first.unfinished
        assert "the cap of 900,000 tokens is reached" in first.unfinished[0]
        second = build(live, tmp_path / "live", Switchboard(live), sandbox)
        assert second.finished == 4
    assert attempts_in(tmp_path / "live") == attempts_in(tmp_path / "embedded")
    assert sum(line.requests for line in second.account) == 39


def test_what_was_spent_before_is_told_in_replies_as_what_is_spent_now() -> None:
    purse = Purse(
        Fixed(Reply("x", prompt_tokens=2, completion_tokens=3)), spent=[LINE, replace(LINE, failed=1)]
    )
    assert str(purse.spent) == "5,000,000 tokens, 5 replies without a price"
    asyncio.run(purse.complete(LONG))
    assert str(purse.spent) == "5,000,005 tokens, 6 replies without a price"
