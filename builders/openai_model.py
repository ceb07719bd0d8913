"""The live model: any endpoint that speaks OpenAI's chat completions, such as vLLM or DeepSeek.

The SDK's own retries are off; there is one retry layer, here. What happens to a request:

- no connection before the endpoint ever answered: InputError, the address is wrong or nothing runs there;
- no connection later, timeouts, 408, 409, 429, 5xx, bodies that are no chat completion, streams that are cut:
  asked again, after what Retry-After says or exponentially longer with jitter, and TransientError in the end;
- what the endpoint refuses for good: PermanentError, or a reply with an error (refusals.py).

While a request waits to be asked again it holds no place at the endpoint (throttle.py), and where a model is
served by several endpoints each try goes to the one with the least to do, among those that did not just fail
(connections.py). Answers are streamed, so that one of half an hour is not mistaken for a server that hangs.
The header `X-Sample` tells replicas of one prompt apart for whoever wants to replay them; servers ignore it.
"""

import asyncio
import logging
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import httpx2
import openai
from synthsmith.builders import wire
from synthsmith.builders.completions import Again, read_completion, read_stream
from synthsmith.builders.connections import Server, library_error, open_client, unreachable, was_refused
from synthsmith.builders.endpoints import Endpoint
from synthsmith.builders.model import SAMPLE_HEADER, Reply, Request, TransientError
from synthsmith.builders.refusals import refusal
from synthsmith.builders.throttle import Gate
from tenacity import AsyncRetrying, RetryCallState, retry_if_exception_type, stop_after_attempt
from tenacity.wait import wait_random_exponential

CONCURRENCY = 16

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a request is pursued: tries in all, and the waits between them."""

    tries: int = 12
    first_wait_seconds: float = 1.0
    most_wait_seconds: float = 120.0


class OpenAIModel:
    """A model behind one or several endpoints; each request names its own. Close it in the loop it ran in.

    Endpoints that are not among `endpoints` have all defaults, and take at most `concurrency` requests at a
    time.
    """

    draws: int | None = None

    def __init__(
        self,
        endpoints: Iterable[Endpoint] = (),
        concurrency: int = CONCURRENCY,
        patience: Patience = Patience(),
    ) -> None:
        self.patience = patience
        self.concurrency = concurrency
        self._known = {endpoint.base_url: endpoint for endpoint in endpoints}
        self._servers: dict[str | None, Server] = {}

    async def complete(self, request: Request) -> Reply:
        """The endpoint's reply; see the module's docstring for what is raised instead."""
        servers = [self._server(address) for address in request.endpoints or (None,)]
        retrying = AsyncRetrying(
            sleep=asyncio.sleep,
            stop=stop_after_attempt(self.patience.tries),
            wait=self._wait,
            retry=retry_if_exception_type(Again),
            reraise=True,
        )
        try:
            return await retrying(self._try, servers, request)
        except Again as error:
            where = " and ".join(server.address for server in servers)
            raise TransientError(
                f"{where} failed {self.patience.tries} times in a row for {request.stage} of "
                f"{request.subject}, last with: {error}"
            ) from error.__cause__

    async def close(self) -> None:
        """Close the connections."""
        for server in self._servers.values():
            await server.client.close()
        self._servers.clear()

    def _server(self, address: str | None) -> Server:
        if address not in self._servers:
            endpoint = self._known.get(address) or Endpoint(address)
            most = endpoint.concurrency or self.concurrency
            client = open_client(endpoint, most)
            gate = Gate(most, endpoint.requests_per_minute, endpoint.tokens_per_minute)
            self._servers[address] = Server(endpoint, str(client.base_url), client, gate)
        return self._servers[address]

    def _wait(self, state: RetryCallState) -> float:
        patience = self.patience
        error = state.outcome.exception() if state.outcome else None
        usual = wait_random_exponential(patience.first_wait_seconds, patience.most_wait_seconds)(state)
        logger.debug("try %d failed: %s", state.attempt_number, error)
        if isinstance(error, Again) and error.after is not None:
            return error.after + usual / 10  # not all at the same moment
        return usual

    async def _try(self, servers: list[Server], request: Request) -> Reply:
        server = min(servers, key=lambda each: each.rank)
        async with server.gate.admitted(server.tokens_of(request)) as ticket:
            try:
                reply = await _ask(server, request)
            except Again as error:
                server.failed()
                if error.overload:
                    server.gate.overloaded(ticket, error.after)
                raise
            ticket.tokens = (reply.prompt_tokens or 0) + (reply.completion_tokens or 0) or ticket.tokens
            server.answered(reply.completion_tokens)
            return reply


async def _ask(server: Server, request: Request) -> Reply:
    try:
        reply = await _answer(server, request)
    except openai.APIConnectionError as error:
        raise _no_connection(server, error) from error
    except httpx2.TimeoutException as error:  # in the middle of a stream the SDK lets these through
        raise Again("the answer stopped coming", overload=True) from error
    except httpx2.HTTPError as error:
        raise Again(f"the connection was cut in the middle of the answer ({error!r})") from error
    except openai.APIStatusError as error:
        server.reached = True
        key, others = server.endpoint.key_variable, server.gate.inside > 1
        return refusal(error, request, server.address, key, served=server.served, serving=others)
    server.served = True
    return reply


async def _answer(server: Server, request: Request) -> Reply:
    asking = server.client.chat.completions.with_streaming_response
    streamed: dict[str, Any] = (
        {"stream": True, "stream_options": {"include_usage": True}} if server.endpoint.stream else {}
    )
    async with asking.create(
        model=request.model,
        messages=wire.messages(request),
        extra_body=wire.parameters(request),
        extra_headers={SAMPLE_HEADER: str(request.sample)},
        **streamed,
    ) as response:
        server.reached = True
        if response.headers.get("content-type", "").startswith("text/event-stream"):
            return await read_stream(response.iter_bytes(), request.model)
        return read_completion(await response.read(), request.model)


def _no_connection(server: Server, error: openai.APIConnectionError) -> Exception:
    """What it means that there was no answer; the SDK calls a connection refused or dropped a timeout."""
    cause = library_error(error)
    if was_refused(cause) and not server.reached:
        return unreachable(server.address, str(cause))
    late = isinstance(error, openai.APITimeoutError) and isinstance(cause, TimeoutError | None)
    return Again("no answer in time" if late else str(cause or error), overload=late)
