"""The live model: any endpoint that speaks OpenAI's chat completions, such as vLLM or DeepSeek.

The SDK's own retries are off; there is one retry layer, here. What happens to a request:

- no connection before the endpoint ever answered: InputError, the address is wrong or nothing runs there;
- no connection later, timeouts, 408, 409, 429, 5xx, bodies that are no chat completion: asked again, after
  what Retry-After says or exponentially longer with jitter, and TransientError in the end;
- 401, 403, 404, a quota used up: PermanentError, every other request would fare the same;
- 400, 413, 422: a fault of this one prompt (too long, say) if the endpoint has answered others, and then a
  reply with an error that is recorded; before that a fault of the settings, and PermanentError.

Reasoning comes in a field (`reasoning_content` or `reasoning`) or inline; either way the text of the reply is
`<think>...</think>` and the answer. The header `X-Sample` tells replicas of one prompt apart for whoever
wants to replay them; servers ignore it.
"""

import asyncio
import json
import logging
import os
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, cast

import openai
from synthsmith.builders.model import PermanentError, Reply, Request, TransientError
from synthsmith.prompts.replies import CLOSE, OPEN
from synthsmith.verification.errors import InputError
from tenacity import AsyncRetrying, RetryCallState, retry_if_exception_type, stop_after_attempt
from tenacity.wait import wait_random_exponential

if TYPE_CHECKING:
    from openai.types.chat import ChatCompletionMessageParam

KEY_VARIABLE = "OPENAI_API_KEY"
SAMPLE_HEADER = "X-Sample"
MOST_RETRY_AFTER_SECONDS = 600.0

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a request is pursued: tries in all, the waits between them, and the longest single answer."""

    tries: int = 8
    first_wait_seconds: float = 1.0
    most_wait_seconds: float = 60.0
    answer_seconds: float = 3600.0


class _Again(Exception):
    """Worth another try; `after` is how many seconds the server asked to be left alone."""

    def __init__(self, detail: str, after: float | None = None) -> None:
        super().__init__(detail)
        self.after = after


@dataclass(slots=True)
class _Endpoint:
    address: str
    client: openai.AsyncOpenAI
    reached: bool = False  # something answered, be it an error
    served: bool = False  # it answered a request properly


class OpenAIModel:
    """A model behind one or several endpoints; each request names its own. Close it in the loop it ran in."""

    draws: int | None = None

    def __init__(self, patience: Patience = Patience()) -> None:
        self.patience = patience
        self._endpoints: dict[str | None, _Endpoint] = {}

    async def complete(self, request: Request) -> Reply:
        """The endpoint's reply; see the module's docstring for what is raised instead."""
        endpoint = self._endpoint(request.endpoint)
        retrying = AsyncRetrying(
            sleep=asyncio.sleep,
            stop=stop_after_attempt(self.patience.tries),
            wait=self._wait,
            retry=retry_if_exception_type(_Again),
            reraise=True,
        )
        try:
            return await retrying(self._ask, endpoint, request)
        except _Again as error:
            raise TransientError(
                f"{endpoint.address} failed {self.patience.tries} times in a row for {request.stage} of "
                f"{request.subject}, last with: {error}"
            ) from error.__cause__

    async def close(self) -> None:
        """Close the connections."""
        for endpoint in self._endpoints.values():
            await endpoint.client.close()
        self._endpoints.clear()

    def _endpoint(self, address: str | None) -> _Endpoint:
        if address not in self._endpoints:
            key = os.environ.get(KEY_VARIABLE)
            if not key and address is None:
                raise InputError(f"No key for OpenAI's endpoint: set {KEY_VARIABLE}, or give a base_url.")
            seconds = openai.Timeout(self.patience.answer_seconds, connect=20.0, pool=None)
            client = openai.AsyncOpenAI(
                api_key=key or "EMPTY", base_url=address, max_retries=0, timeout=seconds
            )
            self._endpoints[address] = _Endpoint(str(client.base_url), client)
        return self._endpoints[address]

    def _wait(self, state: RetryCallState) -> float:
        patience = self.patience
        error = state.outcome.exception() if state.outcome else None
        usual = wait_random_exponential(patience.first_wait_seconds, patience.most_wait_seconds)(state)
        logger.debug("try %d failed: %s", state.attempt_number, error)
        if isinstance(error, _Again) and error.after is not None:
            return min(error.after, MOST_RETRY_AFTER_SECONDS) + usual / 10  # not all at the same moment
        return usual

    async def _ask(self, endpoint: _Endpoint, request: Request) -> Reply:
        try:
            raw = await endpoint.client.chat.completions.with_raw_response.create(
                model=request.model,
                messages=_messages(request),
                extra_body=_parameters(request),
                extra_headers={SAMPLE_HEADER: str(request.sample)},
            )
        except openai.APITimeoutError as error:
            raise _Again("no answer in time") from error
        except openai.APIConnectionError as error:
            raise _no_connection(endpoint, error) from error
        except openai.APIStatusError as error:
            endpoint.reached = True
            return _refused(endpoint, request, error)
        endpoint.reached = True
        reply = read_completion(raw.content, request.model)
        endpoint.served = True
        return reply


def _messages(request: Request) -> "list[ChatCompletionMessageParam]":
    messages = [{"role": message.role, "content": message.content} for message in request.messages]
    return cast("list[ChatCompletionMessageParam]", messages)


def _parameters(request: Request) -> dict[str, object]:
    """What goes into the body beside model and messages; what is None is left out."""
    values = asdict(request.decoding)
    extra = json.loads(values.pop("extra_body"))
    return {name: value for name, value in {**values, **extra}.items() if value is not None}


def _no_connection(endpoint: _Endpoint, error: openai.APIConnectionError) -> Exception:
    detail = str(error.__cause__ or error)
    if endpoint.reached:
        return _Again(detail)
    return InputError(
        f"Nothing answers at {endpoint.address} ({detail}): start the server there, or correct base_url."
    )


def _refused(endpoint: _Endpoint, request: Request, error: openai.APIStatusError) -> Reply:
    """The reply with an error where the fault is this prompt's; raises otherwise."""
    status = error.status_code
    said = _whole(f"{endpoint.address} answered {status}: {error.message[:500]}")
    if status in (408, 409) or status >= 500 or (status == 429 and error.code != "insufficient_quota"):
        raise _Again(said, _retry_after(error.response.headers.get("retry-after"))) from error
    if status in (400, 413, 422) and endpoint.served:
        return Reply("", "refused", request.model, error=said)
    if status in (401, 403):
        said += f" (the key comes from {KEY_VARIABLE})"
    raise PermanentError(said) from error


def _retry_after(header: str | None) -> float | None:
    """Seconds from a Retry-After header (RFC 9110, section 10.2.3): a number or a date."""
    if header is None:
        return None
    try:
        return max(0.0, float(header))
    except ValueError:
        pass
    try:
        return max(0.0, (parsedate_to_datetime(header) - datetime.now(UTC)).total_seconds())
    except (ValueError, TypeError):
        return None


def read_completion(body: bytes, asked: str) -> Reply:
    """The reply in the body of a chat completion; _Again where it is none (a proxy's page, half a JSON)."""
    try:
        value = json.loads(body)
        choice = value["choices"][0]
        message = choice["message"]
        content, finish = message.get("content") or "", choice.get("finish_reason") or "stop"
        thought = message.get("reasoning_content") or message.get("reasoning") or ""
        refusal, usage = message.get("refusal") or "", value.get("usage") or {}
        tokens = (_tokens(usage.get("prompt_tokens")), _tokens(usage.get("completion_tokens")))
        model = value.get("model") or asked
    except (ValueError, KeyError, IndexError, TypeError, AttributeError, RecursionError) as error:
        raise _Again(f"the body is no chat completion: {body[:200]!r}") from error
    if not all(isinstance(part, str) for part in (content, thought, finish, refusal, model)):
        raise _Again(f"the body is no chat completion: {body[:200]!r}")
    text = _whole(_text(content, thought, finish))
    return Reply(text, _whole(finish), _whole(model), *tokens, error=_whole(_error(text, finish, refusal)))


def _tokens(value: object) -> int | None:
    """A server's count of tokens; None where it is no count."""
    return value if type(value) is int and 0 <= value < 1 << 62 else None


def _whole(text: str) -> str:
    """The text with question marks for halves of surrogate pairs, which no file could hold."""
    return text.encode("utf-8", "replace").decode()


def _text(content: str, thought: str, finish: str) -> str:
    """One form for all: reasoning in think tags, then the answer."""
    if thought.strip() and OPEN not in content:
        closed = "" if finish == "length" and not content.strip() else f"\n{CLOSE}\n\n{content.strip()}"
        return f"{OPEN}\n{thought.strip()}{closed}"
    if CLOSE in content and not content.lstrip().startswith(OPEN):
        return f"{OPEN}\n{content.lstrip()}"  # the chat template had put the opening tag into the prompt
    return content


def _error(text: str, finish: str, refusal: str | None) -> str:
    if refusal:
        return f"the model refused: {refusal[:500]}"
    if finish == "content_filter":
        return "the server's content filter held the answer back"
    if finish == "length":
        return "the answer was cut short at the limit of tokens"
    return "" if text.strip() else "the answer is empty"
