"""The seam between the pipeline and whatever answers its prompts: a request, a reply, and one verb.

Anything with `async complete(request) -> Reply` is a model (`close` lets go of connections). A reply that is
of no use (empty, filtered, cut short, or refused by the server for this one prompt) is a Reply all the same,
with `error` saying so: it is recorded, and asking again would give nothing better. What is raised instead:

ModelError (a VerificationError: one sentence for the user)
├── TransientError   the endpoint failed after all retries; a later run asks again
├── CapReached       not asked, as nothing more may be spent; a later run with a higher cap goes on
└── PermanentError   asking again cannot help: wrong key, unknown model, a prompt that was never recorded
"""

import hashlib
import json
from dataclasses import dataclass
from typing import Protocol

from synthsmith.verification.errors import VerificationError

RECORDED = "recorded"
SAMPLE_HEADER = "X-Sample"  # tells replicas of one prompt apart over the wire
CHARACTERS_A_TOKEN = 4
REFUSED = "refused"  # the finish reason of a reply to a prompt that the server does not take


class ModelError(VerificationError):
    """The root of what a model can fail with."""


class TransientError(ModelError):
    """The endpoint did not answer properly after all retries; the same request may succeed later."""


class CapReached(ModelError):
    """Nothing more may be spent: the request was not sent."""


class PermanentError(ModelError):
    """No retry can help: the settings, the key or the recordings have to change."""


@dataclass(frozen=True, slots=True)
class Message:
    """One turn of a chat; `role` is `system`, `user` or `assistant`."""

    role: str
    content: str


@dataclass(frozen=True, slots=True)
class Decoding:
    """How a reply is sampled; None leaves it to the server. `extra_body` is canonical JSON text."""

    temperature: float | None = None
    top_p: float | None = None
    top_k: int | None = None
    min_p: float | None = None
    max_tokens: int | None = None
    extra_body: str = "{}"


@dataclass(frozen=True, slots=True)
class Request:
    """One reply to be had. `stage` and `subject` say what it is for (`solution`, draw `0:7`).

    `sample` tells apart the several replies to one prompt. `endpoints` are the addresses that it may be asked
    at (none: the default of the SDK); they do not determine the answer.
    """

    stage: str
    subject: str
    template: str
    template_digest: str
    messages: tuple[Message, ...]
    sample: int = 0
    model: str = RECORDED
    decoding: Decoding = Decoding()
    endpoints: tuple[str, ...] = ()

    @property
    def guessed_tokens(self) -> int:
        """About how many tokens the prompt has: a fourth of its characters, whatever the tokenizer."""
        return sum(len(message.content) for message in self.messages) // CHARACTERS_A_TOKEN

    @property
    def key(self) -> str:
        """The SHA-256 over what determines the answer: messages, sample, model and decoding."""
        decoding = {name: getattr(self.decoding, name) for name in Decoding.__slots__}
        return digest([_plain(self.messages), self.sample, self.model, decoding])


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back. `text` is the whole answer, reasoning first as `<think>...</think>` where there is any.

    `finish_reason` is the server's word (`stop`, `length`, `content_filter`); token counts are None where the
    server gave none. `error` is the sentence that explains a reply without an answer, else empty. Of the
    prompt's tokens the server had `cached_tokens` at hand already, and asks less for them. A `batched` reply
    came from a batch API, at its price.
    """

    text: str
    finish_reason: str = "stop"
    model: str = RECORDED
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    error: str = ""
    cached_tokens: int | None = None
    batched: bool = False


@dataclass(frozen=True, slots=True)
class Unread:
    """A reply that was of no use: which it was, why (`detail`), and all of its text: nothing vanishes."""

    stage: str
    sample: int
    detail: str
    text: str
    model: str


class Model(Protocol):
    """Whatever answers: an endpoint, the recordings, or several behind one front.

    `draws` is the number of draws that it can answer for, None where there is no end to them.
    """

    @property
    def draws(self) -> int | None:
        """How many draws it can answer for."""

    async def complete(self, request: Request) -> Reply:
        """The reply; ModelError where there is none."""

    async def close(self) -> None:
        """Let go of what is held open."""


def digest(value: object) -> str:
    """The SHA-256 (hex) of a value's canonical JSON: sorted keys, no spaces, ASCII."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def prompt_digest(messages: tuple[Message, ...]) -> str:
    """The SHA-256 of a prompt as it goes over the wire: by it, and nothing else, recordings are found."""
    return digest(_plain(messages))


def _plain(messages: tuple[Message, ...]) -> list[dict[str, str]]:
    return [{"role": message.role, "content": message.content} for message in messages]
