"""The live model: any endpoint that speaks OpenAI's chat completions, such as vLLM or DeepSeek.

The SDK's own retries are off; there is one retry layer, here. What happens to a request:

- no connection before the endpoint ever answered: InputError, the address is wrong or nothing runs there;
- no connection later, timeouts, 408, 409, 429, 5xx, bodies that are no chat completion, streams that are cut:
  asked again, after what Retry-After says or exponentially longer with jitter, and TransientError in the end;
- what the endpoint refuses for good: PermanentError, or a reply with an error (refusals.py).

While a request waits to be asked again it holds no place at the endpoint (throttle.py), and where a model is
served by several endpoints each try goes to the one with the least to do, among those that did not just fail.
Answers are streamed, so that one
of half an hour is not mistaken for a server that hangs. The header `X-Sample` tells replicas of one prompt
apart for whoever wants to replay them; servers ignore it.
"""

import asyncio
import json
import logging
import os
import time
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, cast

import httpx2
import openai
from synthsmith.builders.completions import Again, read_completion, read_stream
from synthsmith.builders.endpoints import Endpoint
from synthsmith.builders.model import Reply, Request, TransientError
from synthsmith.builders.refusals import refusal
from synthsmith.builders.throttle import Gate
from synthsmith.verification.errors import InputError
from tenacity import AsyncRetrying, RetryCallState, retry_if_exception_type, stop_after_attempt
from tenacity.wait import wait_random_exponential

if TYPE_CHECKING:
    from openai.types.chat import ChatCompletionMessageParam

SAMPLE_HEADER = "X-Sample"
CONCURRENCY = 16
CONNECT_SECONDS = 20.0
FIRST_GUESS_TOKENS = 4096  # of an answer's length, until there were some
RECENT_ANSWERS = 8
CHARACTERS_A_TOKEN = 4
FIRST_AVOIDED_SECONDS, MOST_AVOIDED_SECONDS = 0.5, 60.0

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a request is pursued: tries in all, and the waits between them."""

    tries: int = 12
    first_wait_seconds: float = 1.0
    most_wait_seconds: float = 120.0


@dataclass(slots=True)
class _Server:
    """An endpoint at work."""

    endpoint: Endpoint
    address: str
    client: openai.AsyncOpenAI
    gate: Gate
    reached: bool = False  # something answered, be it an error
    served: bool = False  # it answered a request properly
    answer_tokens: float = FIRST_GUESS_TOKENS  # the mean, recent answers first
    failures: int = 0  # in a row
    avoided_until: float = 0.0  # one that fails at once has the least to do: others go first for a while

    @property
    def rank(self) -> tuple[float, float]:
        """The server with the lowest is asked first."""
        return max(self.avoided_until - time.monotonic(), 0.0), self.gate.load

    def failed(self) -> None:
        """It gave no answer; each time in a row it is avoided for twice as long."""
        self.failures += 1
        seconds = FIRST_AVOIDED_SECONDS * 2.0 ** min(self.failures, 16)
        self.avoided_until = time.monotonic() + min(seconds, MOST_AVOIDED_SECONDS)

    def answered(self, tokens: int | None) -> None:
        """It gave an answer of so many tokens."""
        self.failures, self.avoided_until = 0, 0.0
        self.gate.answered()
        if tokens is not None:
            self.answer_tokens += (tokens - self.answer_tokens) / RECENT_ANSWERS

    def tokens_of(self, request: Request) -> int:
        """What a request will use, as far as one can tell: for limits per minute alone."""
        prompt = sum(len(message.content) for message in request.messages) // CHARACTERS_A_TOKEN
        return prompt + int(min(self.answer_tokens, request.decoding.max_tokens or self.answer_tokens))


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
        self._servers: dict[str | None, _Server] = {}

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

    def _server(self, address: str | None) -> _Server:
        if address not in self._servers:
            endpoint = self._known.get(address) or Endpoint(address)
            most = endpoint.concurrency or self.concurrency
            client = _client(endpoint, most)
            gate = Gate(most, endpoint.requests_per_minute, endpoint.tokens_per_minute)
            self._servers[address] = _Server(endpoint, str(client.base_url), client, gate)
        return self._servers[address]

    def _wait(self, state: RetryCallState) -> float:
        patience = self.patience
        error = state.outcome.exception() if state.outcome else None
        usual = wait_random_exponential(patience.first_wait_seconds, patience.most_wait_seconds)(state)
        logger.debug("try %d failed: %s", state.attempt_number, error)
        if isinstance(error, Again) and error.after is not None:
            return error.after + usual / 10  # not all at the same moment
        return usual

    async def _try(self, servers: list[_Server], request: Request) -> Reply:
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


def _client(endpoint: Endpoint, connections: int) -> openai.AsyncOpenAI:
    key = os.environ.get(endpoint.key_variable)
    if not key and endpoint.base_url is None:
        raise InputError(f"No key for OpenAI's endpoint: set {endpoint.key_variable}, or give a base_url.")
    limits = httpx2.Limits(max_connections=None, max_keepalive_connections=connections)
    return openai.AsyncOpenAI(
        api_key=key or "EMPTY",
        base_url=endpoint.base_url,
        max_retries=0,
        timeout=openai.Timeout(endpoint.idle_seconds, connect=CONNECT_SECONDS, pool=None),
        http_client=openai.DefaultAsyncHttpxClient(limits=limits),
    )


async def _ask(server: _Server, request: Request) -> Reply:
    try:
        reply = await _answer(server, request)
    except openai.APITimeoutError as error:
        raise Again("no answer in time", overload=True) from error
    except openai.APIConnectionError as error:
        raise _no_connection(server, str(error.__cause__ or error)) from error
    except httpx2.TimeoutException as error:  # in the middle of a stream the SDK lets these through
        raise Again("the answer stopped coming", overload=True) from error
    except httpx2.HTTPError as error:
        raise Again(f"the connection was cut in the middle of the answer ({error})") from error
    except openai.APIStatusError as error:
        server.reached = True
        return refusal(error, request, server.address, server.endpoint.key_variable, served=server.served)
    server.served = True
    return reply


async def _answer(server: _Server, request: Request) -> Reply:
    asking = server.client.chat.completions.with_streaming_response
    streamed: dict[str, Any] = (
        {"stream": True, "stream_options": {"include_usage": True}} if server.endpoint.stream else {}
    )
    async with asking.create(
        model=request.model,
        messages=_messages(request),
        extra_body=_parameters(request),
        extra_headers={SAMPLE_HEADER: str(request.sample)},
        **streamed,
    ) as response:
        server.reached = True
        if response.headers.get("content-type", "").startswith("text/event-stream"):
            return await read_stream(response.iter_bytes(), request.model)
        return read_completion(await response.read(), request.model)


def _messages(request: Request) -> "list[ChatCompletionMessageParam]":
    messages = [{"role": message.role, "content": message.content} for message in request.messages]
    return cast("list[ChatCompletionMessageParam]", messages)


def _parameters(request: Request) -> dict[str, object]:
    """What goes into the body beside model and messages; what is None is left out."""
    values = asdict(request.decoding)
    extra = json.loads(values.pop("extra_body"))
    return {name: value for name, value in {**values, **extra}.items() if value is not None}


def _no_connection(server: _Server, detail: str) -> Exception:
    if server.reached:
        return Again(detail)
    return InputError(
        f"Nothing answers at {server.address} ({detail}): start the server there, or correct base_url."
    )
