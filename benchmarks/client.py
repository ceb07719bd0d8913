"""What a reply through our client costs, ledger on, beside bare calls of the openai SDK.

    python benchmarks/client.py [requests per round, 4000] [rounds, 3] [requests for memory, 0]

A server in a process of its own answers at once; the client has 256 requests under way in one event loop.
Both ways ask the same prompts in every round, interleaved, once with streamed answers and once with whole
ones: bare is `client.chat.completions.create` (and reading the stream to its end), ours is `Ledger.complete`
over the purse and the live client, with a new ledger on the disk in every round. Medians over the rounds; CPU
is that of the client's process. With a third number so many more requests are made by our way, and its
resident memory is printed after every tenth.
"""

import argparse
import asyncio
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import httpx2
import openai
from synthsmith.builders.costs import Price
from synthsmith.builders.endpoints import Endpoint
from synthsmith.builders.ledger import Ledger
from synthsmith.builders.model import Decoding, Message, Request
from synthsmith.builders.openai_model import OpenAIModel
from synthsmith.builders.purse import Purse

CONCURRENCY, PIECES, WORDS = 256, 20, 300
PROMPT = "Write a program that answers task number {number}. " + "It has some statement. " * 40
Ask = Callable[[int], Awaitable[object]]


def bodies() -> tuple[bytes, bytes]:
    """The same answer as a whole and as a stream of events."""
    text = " ".join(f"word{i % 97}" for i in range(WORDS))
    usage = {"prompt_tokens": 300, "completion_tokens": WORDS, "total_tokens": 300 + WORDS}
    head = {"id": "chatcmpl-1", "created": 1, "model": "m"}
    message = {"role": "assistant", "content": text}
    choice = {"index": 0, "finish_reason": "stop", "message": message, "logprobs": None}
    whole = {**head, "object": "chat.completion", "choices": [choice], "usage": usage}
    size = -(-len(text) // PIECES)
    events: list[object] = []
    for start in range(0, len(text), size):
        delta = {"index": 0, "delta": {"content": text[start : start + size]}, "finish_reason": None}
        events.append({**head, "object": "chat.completion.chunk", "choices": [delta]})
    last = {"index": 0, "delta": {}, "finish_reason": "stop"}
    events.append({**head, "object": "chat.completion.chunk", "choices": [last]})
    events.append({**head, "object": "chat.completion.chunk", "choices": [], "usage": usage})
    stream = "".join(f"data: {json.dumps(event)}\n\n" for event in events) + "data: [DONE]\n\n"
    return json.dumps(whole).encode(), stream.encode()


async def serve() -> None:
    """Answer whatever is posted, at once, and print the port first."""
    answers = {}
    for streamed, body in zip((False, True), bodies(), strict=True):
        kind = "text/event-stream" if streamed else "application/json"
        head = f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n"
        answers[streamed] = head.encode() + body

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            try:
                head = (await reader.readuntil(b"\r\n\r\n")).lower()
            except (asyncio.IncompleteReadError, ConnectionError):
                writer.close()
                return
            length = int(head.partition(b"content-length:")[2].partition(b"\r\n")[0])
            body = await reader.readexactly(length)
            writer.write(answers[b'"stream":true' in body or b'"stream": true' in body])

    server = await asyncio.start_server(answer, "127.0.0.1", 0, backlog=1024)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


@asynccontextmanager
async def bare(url: str, streamed: bool) -> AsyncIterator[Ask]:
    limits = httpx2.Limits(max_connections=None, max_keepalive_connections=CONCURRENCY)
    http = openai.DefaultAsyncHttpxClient(limits=limits)
    async with openai.AsyncOpenAI(api_key="x", base_url=url, max_retries=0, http_client=http) as client:

        async def ask(number: int) -> object:
            messages = [{"role": "user", "content": PROMPT.format(number=number)}]
            create = client.chat.completions.create
            if not streamed:
                done = await create(model="m", messages=messages, max_tokens=1000)  # type: ignore[arg-type]
                return done.choices[0].message.content
            pieces = []
            options = {"include_usage": True}
            async for event in await create(  # type: ignore[call-overload]
                model="m", messages=messages, max_tokens=1000, stream=True, stream_options=options
            ):
                pieces.extend(choice.delta.content or "" for choice in event.choices)
            return "".join(pieces)

        yield ask


@asynccontextmanager
async def ours(url: str, streamed: bool) -> AsyncIterator[Ask]:
    model = Purse(OpenAIModel((Endpoint(url, concurrency=CONCURRENCY, stream=streamed),)), prices=PRICES)
    with tempfile.TemporaryDirectory() as folder, Ledger(Path(folder) / "ledger.sqlite") as ledger:

        async def ask(number: int) -> object:
            messages = (Message("user", PROMPT.format(number=number)),)
            asked = Request("solution", f"0:{number}", "solution", "d", messages, 0, "m", DECODING, (url,))
            return (await ledger.complete(asked, model)).text

        yield ask
        await model.close()


PRICES = {"m": Price(1.0, 2.0)}
DECODING = Decoding(max_tokens=1000)
WAYS = {"bare": bare, "ours": ours}


async def all_of(ask: Ask, requests: int) -> None:
    """Ask so many, `CONCURRENCY` at a time."""
    numbers = iter(range(requests))
    first = await ask(requests)

    async def worker() -> None:
        for number in numbers:
            assert await ask(number) == first

    await asyncio.gather(*(worker() for _ in range(CONCURRENCY)))


async def measure(way: str, url: str, streamed: bool, requests: int) -> tuple[float, float]:
    """Wall and CPU seconds a request."""
    async with WAYS[way](url, streamed) as ask:
        begun, used = time.monotonic(), time.process_time()
        await all_of(ask, requests)
        return (time.monotonic() - begun) / requests, (time.process_time() - used) / requests


async def remember(url: str, requests: int) -> None:
    """Print the resident memory after every tenth of so many requests by our way."""
    async with ours(url, streamed=True) as ask:
        for tenth in range(10):
            start = tenth * requests // 10
            await all_of(lambda number, start=start: ask(start + number), requests // 10)  # type: ignore[misc]
            pages = int(Path("/proc/self/statm").read_text().split()[1])
            print(
                f"{start + requests // 10:8d} requests {pages * resource.getpagesize() / 1e6:8.1f} MB",
                flush=True,
            )


def main(requests: int, rounds: int, more: int) -> None:
    server = subprocess.Popen([sys.executable, __file__, "serve"], stdout=subprocess.PIPE, text=True)
    try:
        assert server.stdout is not None
        url = f"http://127.0.0.1:{int(server.stdout.readline())}/v1"
        for streamed in (True, False):
            found: dict[str, list[tuple[float, float]]] = {way: [] for way in WAYS}
            for _ in range(rounds):
                for way in WAYS:
                    found[way].append(asyncio.run(measure(way, url, streamed, requests)))
            wall = {way: statistics.median(one[0] for one in each) for way, each in found.items()}
            cpu = {way: statistics.median(one[1] for one in each) for way, each in found.items()}
            for way in WAYS:
                print(
                    f"{'streamed' if streamed else 'whole':9s} {way:5s} {1 / wall[way]:7.0f} replies/s"
                    f" {1000 * cpu[way]:6.2f} ms CPU a reply  {wall['bare'] / wall[way]:5.2f} x bare",
                    flush=True,
                )
        if more:
            asyncio.run(remember(url, more))
    finally:
        server.kill()
        server.wait()


if __name__ == "__main__":
    if sys.argv[1:] == ["serve"]:
        asyncio.run(serve())
    else:
        parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
        parser.add_argument("requests", type=int, nargs="?", default=4000)
        parser.add_argument("rounds", type=int, nargs="?", default=3)
        parser.add_argument("more", type=int, nargs="?", default=0)
        options = parser.parse_args()
        main(options.requests, options.rounds, options.more)
