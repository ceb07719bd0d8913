"""Who answers in which role of a build, and how it is sampled."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, ClassVar

from annotated_types import Ge, Gt, Le, MinLen
from pydantic import BeforeValidator
from synthsmith.builders.model import RECORDED, Decoding, Message, Request
from synthsmith.prompts import render, response_format, template_digest


def _json_text(value: object) -> object:
    """The JSON text of a mapping, as one writes it in YAML; anything else as it is."""
    return json.dumps(value) if isinstance(value, dict) else value


def _no_constant(name: str) -> object:
    raise ValueError(f"{name} is no JSON number")


@dataclass(frozen=True, slots=True)
class ModelSettings:
    """Who answers for a role. `base_url` is where: one address, several that serve the same model, or None
    for the SDK's default; the build's `endpoints` say more of an address (limits, where the key is).

    `extra_body` is a JSON object, or its text, that goes into the request as it is. With `json_schema` the
    server is asked to hold replies of a fixed form to their schema (`response_format`). The defaults are the
    paper's (arXiv 2601.06953): T 0.6, top-p 0.95, at most 32,768 tokens; None leaves a parameter out of the
    request. The paper's top-k 20 and min-p 0 are left out, for not every endpoint takes them.
    """

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    name: Annotated[str, MinLen(1)] = RECORDED
    base_url: str | Annotated[tuple[str, ...], MinLen(1)] | None = None
    temperature: Annotated[float, Ge(0), Le(100)] | None = 0.6
    top_p: Annotated[float, Gt(0), Le(1)] | None = 0.95
    top_k: Annotated[int, Ge(-1)] | None = None
    min_p: Annotated[float, Ge(0), Le(1)] | None = None
    max_tokens: Annotated[int, Ge(1)] | None = 32_768
    extra_body: Annotated[str, BeforeValidator(_json_text)] = "{}"
    json_schema: bool = False

    def __post_init__(self) -> None:
        try:
            extra = json.loads(self.extra_body, parse_constant=_no_constant)
        except (ValueError, RecursionError) as error:
            raise ValueError(f"extra_body is not JSON: {error}") from None
        if not isinstance(extra, dict):
            raise ValueError("extra_body must be the text of a JSON object")

    @property
    def recorded(self) -> bool:
        """Whether the recordings answer and no endpoint does."""
        return self.name == RECORDED and not self.addresses

    @property
    def addresses(self) -> tuple[str, ...]:
        """Where this model can be asked; none for the SDK's default."""
        if self.base_url is None:
            return ()
        return (self.base_url,) if isinstance(self.base_url, str) else self.base_url

    def decoding(self, template: str = "") -> Decoding:
        """The parameters as they go into a request made from a template."""
        body = json.loads(self.extra_body)
        form = response_format(template) if self.json_schema else None
        if form is not None:
            body = {"response_format": form, **body}
        extra = json.dumps(body, sort_keys=True, separators=(",", ":"))
        return Decoding(self.temperature, self.top_p, self.top_k, self.min_p, self.max_tokens, extra)

    def request(
        self, stage: str, subject: str, template: str, values: Mapping[str, object], sample: int = 0
    ) -> Request:
        """The request that puts a template, filled with the values, to this model."""
        messages = (Message("user", render(template, **values)),)
        made_from = (template, template_digest(template))
        return Request(
            stage, subject, *made_from, messages, sample, self.name, self.decoding(template), self.addresses
        )


@dataclass(frozen=True, slots=True)
class Models:
    """Who answers in which role. Candidate `i` of a task comes from `solution[i % len(solution)]`.

    `proxies` solve verified tasks, to tell how hard these are; what they write is in no row.
    """

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    extract: ModelSettings = ModelSettings()
    evolve: ModelSettings = ModelSettings()
    task: ModelSettings = ModelSettings()
    solution: Annotated[tuple[ModelSettings, ...], MinLen(1)] = (ModelSettings(),)
    cases: ModelSettings = ModelSettings()
    validator: ModelSettings = ModelSettings()
    proxies: tuple[ModelSettings, ...] = ()

    def all(self) -> tuple[ModelSettings, ...]:
        """The models of every role, in the order of the fields."""
        one = (self.extract, self.evolve, self.task, *self.solution, self.cases, self.validator)
        return (*one, *self.proxies)
