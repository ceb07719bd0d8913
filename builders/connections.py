"""An endpoint at work: the SDK's client for it, what it is given at a time, and how it has done lately.

The client is the SDK's over aiohttp: with hundreds of connections its usual one spends most of its time on
looking through them (benchmarks/client.py).
"""

import os
import time
from dataclasses import dataclass
from urllib.parse import urlsplit

import aiohttp
import httpx2
import openai
from synthsmith.builders.endpoints import Endpoint
from synthsmith.builders.model import Request
from synthsmith.builders.throttle import Gate
from synthsmith.verification.errors import InputError

CONNECT_SECONDS = 20.0
FIRST_GUESS_TOKENS = 4096  # of an answer's length, until there were some
RECENT_ANSWERS = 8
FIRST_AVOIDED_SECONDS, MOST_AVOIDED_SECONDS = 0.5, 60.0


@dataclass(slots=True)
class Server:
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
        return request.guessed_tokens + int(
            min(self.answer_tokens, request.decoding.max_tokens or self.answer_tokens)
        )


def open_client(endpoint: Endpoint, connections: int) -> openai.AsyncOpenAI:
    """A client without retries of its own.

    InputError where the address is none, or OpenAI itself is meant and no key is set.
    """
    key = os.environ.get(endpoint.key_variable)
    if endpoint.base_url is not None:
        _require_address(endpoint.base_url)
    elif not key:
        raise InputError(f"No key for OpenAI's endpoint: set {endpoint.key_variable}, or give a base_url.")
    limits = httpx2.Limits(max_connections=connections)
    return openai.AsyncOpenAI(
        api_key=key or "EMPTY",
        base_url=endpoint.base_url,
        max_retries=0,
        timeout=openai.Timeout(endpoint.idle_seconds, connect=CONNECT_SECONDS, pool=None),
        http_client=openai.DefaultAioHttpClient(limits=limits),
    )


def _require_address(address: str) -> None:
    """Raises InputError for what no connection can be made to; the libraries take it for a passing fault."""
    try:
        parts = urlsplit(address)
        sound = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0  # may raise
    except ValueError:
        sound = False
    if not sound:
        raise InputError(
            f"base_url {address!r} is no address: write it in full, such as http://127.0.0.1:8000/v1."
        )


def library_error(error: BaseException) -> aiohttp.ClientError | None:
    """What the HTTP library said, which the SDK hides some causes deep."""
    cause = error.__cause__
    return cause if cause is None or isinstance(cause, aiohttp.ClientError) else library_error(cause)


def was_refused(error: aiohttp.ClientError | None) -> bool:
    """Whether nothing listens there, or nobody knows the name; one that was cut had been accepted."""
    return isinstance(error, aiohttp.ClientConnectorError)


def unreachable(address: str, detail: str) -> InputError:
    """What is to be raised where nothing ever answered."""
    return InputError(
        f"Nothing answers at {address} ({detail}): start the server there, or correct base_url."
    )
