"""What is to be known of an endpoint beside its address. None of it can change an answer."""

from dataclasses import dataclass
from typing import Annotated, ClassVar

from annotated_types import Ge, Gt, Le, MinLen
from pydantic import BeforeValidator

KEY_VARIABLE = "OPENAI_API_KEY"


def _switch(value: object) -> object:
    """`true` and `false`, as one writes them in YAML, for all defaults and for none."""
    return {} if value is True else None if value is False else value


@dataclass(frozen=True, slots=True)
class Batching:
    """How requests go by a batch API (`/v1/files`, `/v1/batches`), one model to a batch.

    A batch is sent off once no request came for `quiet_seconds`, once its first has waited twenty times as
    long, or once it has as many `requests` or `megabytes` as the server takes in one. The server is asked
    every `poll_seconds` whether a batch has ended, and given the `window` to answer in.
    """

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    quiet_seconds: Annotated[float, Gt(0), Le(3600)] = 30.0
    poll_seconds: Annotated[float, Gt(0), Le(3600)] = 60.0
    requests: Annotated[int, Ge(1), Le(50_000)] = 50_000
    megabytes: Annotated[float, Gt(0), Le(1000)] = 100.0
    window: Annotated[str, MinLen(1)] = "24h"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One endpoint. `base_url=None` is OpenAI's own.

    `key_variable` names the environment variable with the key (a secret has no place in a file). At most
    `concurrency` requests are under way at a time (None: the build's), fewer while the endpoint is
    overloaded. Limits per minute are kept where given. A streamed answer is given up after `idle_seconds`
    without a sign of life (the wait in the server's queue counts), one that is not streamed after as long
    from its beginning. Where `batch` is given (`true`: with its defaults) requests go by the batch API, which
    costs less and takes hours; none of the limits above count there.
    """

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    base_url: str | None = None
    key_variable: Annotated[str, MinLen(1)] = KEY_VARIABLE
    concurrency: Annotated[int, Ge(1), Le(65_536)] | None = None
    requests_per_minute: Annotated[int, Ge(1)] | None = None
    tokens_per_minute: Annotated[int, Ge(1)] | None = None
    stream: bool = True
    idle_seconds: Annotated[float, Gt(0), Le(86_400)] = 1800.0
    batch: Annotated[Batching | None, BeforeValidator(_switch)] = None
