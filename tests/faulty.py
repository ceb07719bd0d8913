"""An endpoint that misbehaves: a proxy before a good one, with a log of every request and every reply.

What goes wrong is in trouble.py; here it is done to connections. Each request gets a connection of its own,
which is closed after the answer, so that an answer was taken whole where the client closes in order after it.
"""

import asyncio
import json
import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import count

import httpx
from starlette.types import ASGIApp
from synthsmith.builders.model import Message, prompt_digest
from trouble import Answer, Delivery, End, Fault, Trouble, delivered, disturbed, shortened, texts

Asked = tuple[str, int]  # digest of the prompt, sample
PATH = "/v1/chat/completions"


@dataclass(slots=True)
class Exchange:
    """One request for replies; `texts` are those that the endpoint gave, none where it gave an error.

    `sent`: the answer was written whole; `taken`: the client also closed the connection in order.
    """

    number: int
    asked: tuple[Asked, ...]
    fault: Fault | None
    short: bool = False
    status: int = 0
    texts: tuple[str, ...] = ()
    sent: bool = False
    taken: bool = False

    @property
    def answered(self) -> bool:
        """Whether replies went out whole."""
        return self.sent and self.fault is None and bool(self.texts)


class Faulty:
    """The proxy; `url` is what `--base-url` takes, `log` holds the requests in the order of their numbers."""

    def __init__(self, upstream: str | ASGIApp, trouble: Trouble) -> None:
        self.trouble = trouble
        self.log: list[Exchange] = []
        self.url = ""
        self._upstream = upstream
        self._numbers = count()
        self._end: asyncio.Event
        self._loop: asyncio.AbstractEventLoop

    def run(self, ready: threading.Event) -> None:
        """Serve until `stop` is called."""
        asyncio.run(self._run(ready))

    def stop(self) -> None:
        """End it, from another thread."""
        self._loop.call_soon_threadsafe(self._end.set)

    async def _run(self, ready: threading.Event) -> None:
        self._loop, self._end = asyncio.get_running_loop(), asyncio.Event()
        app, base = (None, self._upstream) if isinstance(self._upstream, str) else (self._upstream, "")
        transport = httpx.ASGITransport(app) if app else httpx.AsyncHTTPTransport()
        url = (base or "http://standin/v1").removesuffix("/v1")
        async with httpx.AsyncClient(transport=transport, base_url=url, timeout=60) as self._client:
            server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
            self.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
            ready.set()
            await self._end.wait()
            server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await self._exchange(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass  # the client was killed, or the test is over
        finally:
            writer.transport.abort()

    async def _exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        first, *lines = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        method, path, _ = first.split(" ")
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines if line)}
        body = await reader.readexactly(int(headers.get("content-length", "0")))
        exchange = self._noted(body, headers) if (method, path) == ("POST", PATH) else None
        kept = {name: headers[name] for name in ("content-type", "x-sample") if name in headers}
        said = await self._client.request(method, path, content=body, headers=kept)
        answer = Answer(said.status_code, said.headers.get("content-type", ""), said.content)
        if exchange is None:
            await _send(writer, delivered(answer))
        else:
            await self._deliver(exchange, answer, reader, writer)

    def _noted(self, body: bytes, headers: dict[str, str]) -> Exchange:
        value = json.loads(body)
        prompt = prompt_digest(tuple(Message(turn["role"], turn["content"]) for turn in value["messages"]))
        start = int(headers.get("x-sample", "0"))
        asked = tuple((prompt, start + place) for place in range(value.get("n") or 1))
        number = next(self._numbers)
        short = self.trouble.cuts_short(*asked[0])
        self.log.append(Exchange(number, asked, self.trouble.fault(number), short))
        return self.log[-1]

    async def _deliver(
        self,
        exchange: Exchange,
        answer: Answer,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        random = self.trouble.random(exchange.number + 1_000_000_000)  # apart from what chose the fault
        await asyncio.sleep(random.uniform(0, self.trouble.delay_seconds))
        if exchange.short and answer.status == 200:
            answer = shortened(answer)
        fault = exchange.fault
        delivery = delivered(answer) if fault is None else disturbed(answer, fault, random)
        exchange.status, exchange.texts = answer.status, texts(answer)
        await _send(writer, delivery)
        exchange.sent = delivery.whole
        if delivery.end is End.HANG:
            with suppress(TimeoutError):
                await asyncio.wait_for(reader.read(), self.trouble.hang_seconds)
        elif delivery.end is End.RESET:
            at_once = struct.pack("ii", 1, 0)  # closed so, a connection is reset
            writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, at_once)
        else:
            writer.write_eof()
            exchange.taken = await reader.read() == b"" and delivery.whole


async def _send(writer: asyncio.StreamWriter, delivery: Delivery) -> None:
    writer.write(delivery.head)
    for part in delivery.parts:
        writer.write(part)
        await writer.drain()
    while writer.transport.get_write_buffer_size():
        await asyncio.sleep(0.001)  # a connection that is cut loses what was not yet written


@contextmanager
def faulty(upstream: str | ASGIApp, trouble: Trouble) -> Iterator[Faulty]:
    """A proxy before an endpoint, by its base URL, or before an application in this process."""
    proxy, ready = Faulty(upstream, trouble), threading.Event()
    thread = threading.Thread(target=proxy.run, args=(ready,))
    thread.start()
    try:
        assert ready.wait(60)
        yield proxy
    finally:
        proxy.stop()
        thread.join()
