"""An endpoint's files and batches over HTTP: what fails for a while is asked for again, the rest is told.

A server that does not answer, answers 408, 409, 429 or 5xx, or something that is no batch or file, is left
alone for a while, exponentially longer, and asked again: without end where a batch is under way, so often as
`Patience` says where none is.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from random import random
from typing import BinaryIO, Literal, TypeVar, cast

import httpx2
import openai
from openai.types import Batch, FileObject
from synthsmith.builders.batch.lines import lines
from synthsmith.builders.completions import Again
from synthsmith.builders.connections import library_error, open_client, unreachable, was_refused
from synthsmith.builders.endpoints import Batching, Endpoint
from synthsmith.builders.model import PermanentError, TransientError
from synthsmith.builders.refusals import failure, told

TOKEN = "synthsmith"  # the name of our token in a batch's metadata
FILE_NAME = "requests.jsonl"
TOO_MUCH = "token_limit_exceeded"  # the server's word: more is enqueued than it allows
CALL_SECONDS = 60.0
CONNECTIONS = 8
PAGE = 100

T = TypeVar("T")
logger = logging.getLogger(__name__)


class TooMuch(Exception):
    """The server has as much to do for us as it allows; what was to be enqueued was not."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long things are pursued: a request in so many batches (`tries`), an upload in so many `calls`, and
    the waits between them."""

    tries: int = 5
    calls: int = 12
    first_wait_seconds: float = 5.0
    most_wait_seconds: float = 600.0

    def wait(self, failures: int) -> float:
        """Seconds to wait after so many failures in a row; not everybody's at the same moment."""
        most = min(self.first_wait_seconds * 2.0 ** min(failures - 1, 32), self.most_wait_seconds)
        return most * (0.75 + random() / 4)


PATIENCE = Patience()


@dataclass(frozen=True, slots=True)
class State:
    """How a batch stands: the server's word, what it was made of and with, the files that came of it (empty
    where there are none), what the server found wrong, and how many requests it says that it answered."""

    batch: str
    status: str
    token: str
    file: str
    output: str
    errors: str
    wrong: tuple[tuple[str, str], ...]  # code and sentence
    answered: int


class Api:
    """The batch API of one endpoint. Close it in the loop that it ran in."""

    def __init__(self, endpoint: Endpoint, batching: Batching, patience: Patience) -> None:
        self.endpoint, self.batching, self.patience = endpoint, batching, patience
        self.client = open_client(endpoint, CONNECTIONS)
        self.address = str(self.client.base_url)
        self.reached = False  # something answered, be it an error
        self.served = False  # a request was answered properly

    async def close(self) -> None:
        """Close the connections."""
        await self.client.close()

    async def upload(self, file: BinaryIO) -> str:
        """The id of the file that was made of this one, which is read as it is sent."""

        async def call() -> str:
            file.seek(0)
            made = await self.client.files.create(file=(FILE_NAME, file), purpose="batch")
            if not isinstance(made, FileObject) or not isinstance(made.id, str):
                raise Again(f"{self.address} answered with what is no file")
            return made.id

        return await self._pursued(call, "an upload", self.patience.calls)

    async def create(self, file: str, token: str) -> str:
        """The id of the batch that was made. Again where it may have been or not, TooMuch where not now."""
        made = await self._told(
            lambda: self.client.batches.create(
                input_file_id=file,
                endpoint="/v1/chat/completions",
                completion_window=cast("Literal['24h']", self.batching.window),
                metadata={TOKEN: token},
                timeout=CALL_SECONDS,
            )
        )
        return self._state(made).batch

    async def state(self, batch: str) -> State:
        """How the batch stands."""

        async def call() -> State:
            return self._state(await self.client.batches.retrieve(batch, timeout=CALL_SECONDS))

        return await self._pursued(call, f"the state of {batch}")

    async def made(self) -> dict[str, str]:
        """The ids of the batches that the server knows, by their tokens and by the files they were of."""

        async def call() -> dict[str, str]:
            found = {}
            async for batch in self.client.batches.list(limit=PAGE, timeout=CALL_SECONDS):
                state = self._state(batch)
                found[state.token] = found[state.file] = state.batch
            return found

        return await self._pursued(call, "the list of batches")

    async def read(self, file: str, take: Callable[[bytes], Awaitable[None]]) -> None:
        """Every line of the file was taken; more than once where reading had to begin anew.

        PermanentError where `take` could make nothing of a line (Again) each of so many times.
        """
        unread = 0

        async def call() -> None:
            nonlocal unread
            streaming = self.client.files.with_streaming_response
            async with streaming.content(file, timeout=CALL_SECONDS) as response:
                async for line in lines(response.iter_bytes()):
                    try:
                        await take(line)
                    except Again as error:
                        unread += 1
                        if unread == self.patience.tries:
                            raise PermanentError(f"{self.address}, {file}: {error}") from error
                        raise

        await self._pursued(call, f"the contents of {file}")

    async def _pursued(self, call: Callable[[], Awaitable[T]], what: str, tries: int | None = None) -> T:
        failures = 0
        while True:
            try:
                return await self._told(call)
            except Again as error:
                failures += 1
                if failures == tries:
                    raise TransientError(
                        f"{self.address} failed {tries} times in a row with {what}, last with: {error}"
                    ) from error
                seconds = error.after or self.patience.wait(failures)
                logger.warning("%s is asked for again in %.0f s: %s", what, seconds, error)
            await asyncio.sleep(seconds)

    async def _told(self, call: Callable[[], Awaitable[T]]) -> T:
        """What the call gives; Again or PermanentError where it fails, InputError where nothing is there."""
        try:
            found = await call()
        except openai.APIStatusError as error:
            self.reached = True
            if error.code == TOO_MUCH:
                raise TooMuch(error.message) from error
            raise failure(told(error), self.address, self.endpoint.key_variable) from error
        except (openai.APIConnectionError, httpx2.HTTPError) as error:
            cause = library_error(error)
            detail = str(cause or error.__cause__ or error) or type(error).__name__
            if was_refused(cause) and not self.reached:
                raise unreachable(self.address, detail) from error
            raise Again(detail) from error
        self.reached = True
        return found

    def _state(self, batch: object) -> State:
        """Of a batch as the SDK has it, which checks nothing, what is needed; Again where it is none."""
        if not isinstance(batch, Batch) or not isinstance(getattr(batch, "status", None), str):
            raise Again(f"{self.address} answered with what is no batch")
        wrong = (batch.errors.data if batch.errors else None) or ()
        return State(
            batch.id,
            batch.status,
            (batch.metadata or {}).get(TOKEN, ""),
            batch.input_file_id,
            batch.output_file_id or "",
            batch.error_file_id or "",
            tuple((one.code or "", _sentence(one.message, one.line)) for one in wrong),
            batch.request_counts.completed if batch.request_counts else 0,
        )


def _sentence(message: str | None, line: int | None) -> str:
    where = "" if line is None else f"line {line}: "
    return f"{where}{message or 'no reason is given'}"
