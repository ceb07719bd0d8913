"""What is to be known of an endpoint beside its address. None of it can change an answer."""

from dataclasses import dataclass
from typing import Annotated, ClassVar

from annotated_types import Ge, Gt, Le, MinLen

KEY_VARIABLE = "OPENAI_API_KEY"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One endpoint. `base_url=None` is OpenAI's own.

    `key_variable` names the environment variable with the key (a secret has no place in a file). At most
    `concurrency` requests are under way at a time (None: the build's), fewer while the endpoint is
    overloaded. Limits per minute are kept where given. A streamed answer is given up after `idle_seconds`
    without a sign of life (the wait in the server's queue counts), one that is not streamed after as long
    from its beginning.
    """

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    base_url: str | None = None
    key_variable: Annotated[str, MinLen(1)] = KEY_VARIABLE
    concurrency: Annotated[int, Ge(1), Le(65_536)] | None = None
    requests_per_minute: Annotated[int, Ge(1)] | None = None
    tokens_per_minute: Annotated[int, Ge(1)] | None = None
    stream: bool = True
    idle_seconds: Annotated[float, Gt(0), Le(86_400)] = 1800.0
