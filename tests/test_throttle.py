"""What an endpoint is given at a time: less when it has too much to do, more again when it has not."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace

from synthsmith.builders.endpoints import Endpoint
from synthsmith.builders.openai_model import OpenAIModel, Patience
from synthsmith.builders.throttle import Gate
from test_model import QUICK, Answer, completion, request, serving

QUICK_AND_LONG = Patience(tries=30, first_wait_seconds=0.001, most_wait_seconds=0.002)


def test_no_more_than_the_limit_are_under_way_and_all_have_their_turn() -> None:
    gate, most = Gate(3), 0

    async def one(number: int) -> int:
        nonlocal most
        async with gate.admitted(0):
            most = max(most, gate.inside)
            await asyncio.sleep(0.001)
        return number

    async def run() -> list[int]:
        return await asyncio.gather(*map(one, range(20)))

    assert asyncio.run(run()) == list(range(20))
    assert most == 3
    assert gate.inside == 0


def test_an_overload_halves_the_number_once_for_all_that_were_under_way() -> None:
    gate = Gate(16)

    async def run() -> None:
        tickets = []

        async def one() -> None:
            async with gate.admitted(0) as ticket:
                tickets.append(ticket)
                await asyncio.sleep(0.01)
                gate.overloaded(ticket, None)

        await asyncio.gather(*(one() for _ in range(16)))
        assert gate.limit == 8
        await one()
        assert gate.limit == 4

    asyncio.run(run())


def test_good_answers_open_it_again_up_to_what_was_allowed() -> None:
    gate = Gate(8)

    async def run() -> None:
        async with gate.admitted(0) as ticket:
            gate.overloaded(ticket, None)
        assert gate.limit == 4

        async def one() -> None:
            async with gate.admitted(0):
                await asyncio.sleep(0)
                gate.answered()

        await asyncio.gather(*(one() for _ in range(200)))

    asyncio.run(run())
    assert gate.limit == 8


def test_one_that_is_given_up_while_it_waits_takes_no_place() -> None:
    gate = Gate(1)

    async def use() -> None:
        async with gate.admitted(0):
            pass

    async def run() -> None:
        async with gate.admitted(0):
            waiting = [asyncio.create_task(use()) for _ in range(3)]
            await asyncio.sleep(0)
            waiting[0].cancel()
        waiting[1].cancel()  # its place was given to it a moment ago
        await asyncio.gather(*waiting, return_exceptions=True)
        await asyncio.wait_for(use(), 1)

    asyncio.run(run())
    assert gate.inside == 0


def timed(work: Callable[[], Awaitable[object]]) -> float:
    begun = time.monotonic()

    async def run() -> None:
        await work()

    asyncio.run(run())
    return time.monotonic() - begun


def test_requests_and_tokens_a_minute_are_kept() -> None:
    async def ask(gate: Gate) -> None:
        async def one() -> None:
            async with gate.admitted(10) as ticket:
                ticket.tokens = 20

        await asyncio.gather(*(one() for _ in range(5)))

    assert timed(lambda: ask(Gate(5, requests_per_minute=1200))) >= 0.2
    assert timed(lambda: ask(Gate(5, tokens_per_minute=12_000))) >= 0.2
    assert timed(lambda: ask(Gate(1, tokens_per_minute=12_000))) >= 0.4  # put right by what was used


def test_a_retry_after_holds_back_all_requests_to_the_endpoint() -> None:
    """Eight requests meet one 429 between them and not one each."""
    busy = Answer({"error": {"message": "slow down"}}, 429, {"Retry-After": "0.3"})
    with serving(Answer(completion("first")), busy, Answer(completion("hi"))) as server:

        async def run() -> float:
            model = OpenAIModel((Endpoint(server.url, concurrency=2),), patience=QUICK)
            await model.complete(request(server.url))
            begun = time.monotonic()
            await asyncio.gather(*(model.complete(request(server.url, n)) for n in range(1, 9)))
            await model.close()
            return time.monotonic() - begun

        seconds = asyncio.run(run())
    assert seconds >= 0.3
    assert len(server.seen) == 10


def test_a_model_at_two_endpoints_uses_both_and_survives_the_end_of_one() -> None:
    one, other = serving(Answer(completion("a"))), serving(Answer(completion("b")))
    with other as second, one as first:

        async def run() -> None:
            model = OpenAIModel(concurrency=2, patience=QUICK_AND_LONG)
            both = replace(request(None), endpoints=(first.url, second.url))
            asked = [replace(both, sample=sample) for sample in range(20)]
            replies = await asyncio.gather(*map(model.complete, asked))
            assert {reply.text for reply in replies} == {"a", "b"}
            first.http.shutdown()
            first.http.server_close()
            asked = [replace(both, sample=sample) for sample in range(20, 30)]
            replies = await asyncio.gather(*map(model.complete, asked))
            assert {reply.text for reply in replies} == {"b"}
            await model.close()

        asyncio.run(run())
