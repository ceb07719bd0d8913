"""A dry run: prompts as they will be sent, numbers that a build keeps to, and nothing asked or written."""

import asyncio
from dataclasses import replace
from pathlib import Path

from command import synthsmith
from made_recordings import Made, prepared
from recordings_server import serving
from synthsmith.builders.costs import Price
from synthsmith.builders.endpoints import Batching, Endpoint
from synthsmith.builders.forecast import forecast
from synthsmith.builders.ledger import Ledger
from synthsmith.builders.model import Reply
from synthsmith.builders.pipeline import build
from synthsmith.builders.recorded_model import RecordedModel
from synthsmith.builders.settings import Settings, with_model
from synthsmith.builders.switchboard import Switchboard
from synthsmith.verification.sandbox import Sandbox

NOWHERE = ("--model", "m", "--base-url", "http://127.0.0.1:9/v1")


def test_a_dry_run_asks_nothing_writes_nothing_and_tells_its_assumptions(tmp_path: Path) -> None:
    config = tmp_path / "c.yaml"
    config.write_text("tasks: 50\nprices: {m: {prompt: 1, completion: 10}}\n")
    done = synthsmith("build", config, *NOWHERE, "--out", tmp_path / "out", "--dry-run")
    assert (done.status, done.stderr) == (0, "")
    assert not (tmp_path / "out").exists()
    for stage in ("extract", "evolve", "roles", "statement", "solution", "brute", "generator", "validator"):
        assert f"=== {stage}: template" in done.stdout
    solution = next(line for line in done.stdout.splitlines() if line.startswith("solution "))
    _, model, requests, prompt, reply, usd = solution.split()
    assert (model, requests, reply) == ("m", "400", "17,742*")
    expected = 400 * (int(prompt.replace(",", "")) * 1 + 17_742 * 10) / 1e6
    assert abs(float(usd) - expected) < 0.01
    assert "Assumed: every task" in done.stdout


def test_what_goes_by_a_batch_api_is_forecast_at_its_price_whatever_was_answered_before(
    tmp_path: Path,
) -> None:
    address = "http://127.0.0.1:9/v1"
    prices = {"m": Price(prompt=1, completion=10, batch=0.25)}
    live = with_model(Settings(tasks=50, prices=prices), "m", address)
    batched = replace(live, endpoints=(Endpoint(address, batch=Batching()),))
    request = replace(forecast(live, tmp_path)[0].example, stage="solution", endpoints=(address,))

    async def answer() -> None:
        with Ledger(tmp_path / "ledger.sqlite") as ledger:
            await ledger.put(request, Reply("x", prompt_tokens=1, completion_tokens=100))
            other = Reply("x", prompt_tokens=1, completion_tokens=200, batched=True)
            await ledger.put(replace(request, sample=1), other)

    asyncio.run(answer())
    whole, quarter = forecast(live, tmp_path), forecast(batched, tmp_path)
    [solution] = [one for one in quarter if one.example.stage == "solution"]
    assert (solution.requests, solution.completion_tokens) == (398, 150)
    assert [one.usd for one in quarter] == [one.usd and one.usd / 4 for one in whole]


def test_what_has_no_price_is_not_known(tmp_path: Path) -> None:
    done = synthsmith("build", *NOWHERE, "--out", tmp_path / "out", "--dry-run")
    assert "not known" in done.stdout
    assert "and what the 9 lines without a sum cost" in done.stdout


def test_a_build_asks_as_often_as_forecast_and_a_later_forecast_goes_by_its_replies(tmp_path: Path) -> None:
    folder = tmp_path / "recorded"
    settings = prepared(folder, Made(), Made())
    recorded = RecordedModel(folder)
    out = tmp_path / "live"
    with Sandbox(1) as sandbox, serving(recorded) as url:
        live = with_model(settings, "served", url)
        before = {one.example.stage: one.requests for one in forecast(live, out)}
        summary = build(live, out, Switchboard(live), sandbox)
    asked = {line.stage: line.requests for line in summary.account}
    assert {stage: number for stage, number in before.items() if stage != "evolve"} == {
        stage: number for stage, number in asked.items() if stage != "evolve"
    }
    after = forecast(live, out)
    assert {(one.requests, one.completion_tokens, one.measured) for one in after} == {(0, 3, True)}
