"""What a build is asked for, as frozen values that pydantic's TypeAdapter fills; unknown keys are errors."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Annotated, ClassVar, TypeAlias

from annotated_types import Ge, Le
from pydantic import Discriminator, Tag
from synthsmith.builders import model as seam
from synthsmith.builders.assembly import Assembly
from synthsmith.builders.costs import Price
from synthsmith.builders.duplicates import Release
from synthsmith.builders.endpoints import Endpoint
from synthsmith.builders.evolution import Evolution
from synthsmith.builders.naming import TERMS, Folding
from synthsmith.builders.pairs import PairSource, source_digest
from synthsmith.builders.recorded_model import FOLDER, PAIRS
from synthsmith.builders.roles import Models, ModelSettings
from synthsmith.builders.sampling import Sampling
from synthsmith.builders.scrutiny import Scrutiny
from synthsmith.builders.yaml_file import NAMELESS
from synthsmith.prompts import template_digest, templates
from synthsmith.verification.rules import USUAL
from synthsmith.verification.types import Limits

BATCH_TASKS, BATCH_REQUESTS = 4000, 40_000  # under way at a time; a batch holds 50,000 requests

# None of these can change what a finished attempt holds, so a build may be carried on with others. Of the
# pairs it is the contents that count, wherever they lie.
_NOT_DETERMINING = ("tasks", "concurrency", "pairs", "endpoints", "prices", "dataset", "release")


# Raised whenever the code comes to make other attempts of the same settings and replies: what was finished
# before is then known to be of another making.
REVISION = 5


_PATH = "a path"


def _form(value: object) -> str:
    return _PATH if isinstance(value, str) else NAMELESS


Pairs: TypeAlias = Annotated[
    Annotated[str, Tag(_PATH)] | Annotated[PairSource, Tag(NAMELESS)], Discriminator(_form)
]


@dataclass(frozen=True, slots=True)
class Settings:
    """One build. `pairs` says where the code-instruction pairs are (None: the embedded ones).

    A path alone means a file with the columns id, instruction and code. A path that is not absolute is looked
    up from where the build is started. With `brute_force` one more program is asked of the model for cases,
    which has a say on inputs of up to `brute_input_bytes`. With `ask_again` a reply that is no JSON, or not
    as it was asked for, is asked for once more with the reason; programs are not, as samples are independent.
    """

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    tasks: Annotated[int, Ge(1), Le(100_000_000)] = 24
    seed: Annotated[int, Ge(0)] = 0
    solutions: Annotated[int, Ge(2), Le(1024)] = 8
    pairs: Pairs | None = None
    folding: Folding = field(default_factory=Folding)
    evolution: Evolution = field(default_factory=Evolution)
    sampling: Sampling = field(default_factory=Sampling)
    min_statement_tokens: Annotated[int, Ge(0)] = 200
    min_solutions: Annotated[int, Ge(2)] = 3
    min_decided: Annotated[int, Ge(2)] = USUAL.min_decided
    ask_again: bool = True
    brute_force: bool = True
    brute_input_bytes: Annotated[int, Ge(1), Le(1_000_000)] = 400
    limits: Limits = field(default_factory=Limits)
    verification: Scrutiny = field(default_factory=Scrutiny)
    concurrency: Annotated[int, Ge(1), Le(65_536)] = 16
    models: Models = field(default_factory=Models)
    endpoints: tuple[Endpoint, ...] = ()
    prices: dict[str, Price] = field(default_factory=dict)
    dataset: Assembly = field(default_factory=Assembly)
    release: Release = field(default_factory=Release)

    def __post_init__(self) -> None:
        addresses = [endpoint.base_url for endpoint in self.endpoints]
        if len(set(addresses)) < len(addresses):
            raise ValueError("endpoints names an address twice")
        for model in self.models.all():
            if len(model.addresses) > 1 and any(self.by_batch(one) for one in model.addresses):
                raise ValueError(f"{model.name} has several addresses, one with a batch API: give that alone")
        if any(proxy.recorded for proxy in self.models.proxies):
            raise ValueError("a proxy cannot be the recorded model, which has only the candidates")
        proxies = [proxy.name for proxy in self.models.proxies]
        if self.verification.solvable_by not in (None, *proxies):
            raise ValueError(f"solvable_by names {self.verification.solvable_by}, which is no proxy")
        if self.min_solutions > self.solutions:
            raise ValueError("min_solutions asks for more solutions than are sampled per task")

    @property
    def source(self) -> PairSource:
        """Where the code-instruction pairs are."""
        if isinstance(self.pairs, PairSource):
            return self.pairs
        return PairSource(path=self.pairs or str(FOLDER / PAIRS), id="id")

    def by_batch(self, address: str | None) -> bool:
        """Whether requests to this address go by its batch API."""
        return any(each.base_url == address and each.batch is not None for each in self.endpoints)

    @property
    def tasks_at_once(self) -> int:
        """How many tasks are under way at a time: thousands where a batch API answers, in hours."""
        return max(self.concurrency, BATCH_TASKS) if self._batched else self.concurrency

    @property
    def requests_at_once(self) -> int:
        """How many requests are under way at a time where they are not those of tasks."""
        return max(self.concurrency, BATCH_REQUESTS) if self._batched else self.concurrency

    @property
    def _batched(self) -> bool:
        models = (model for model in self.models.all() if not model.recorded)
        return any(self.by_batch(address) for model in models for address in model.addresses or (None,))

    def asks_again(self, role: ModelSettings) -> bool:
        """Whether a reply that cannot be read is asked for once more; a recording has no other to give."""
        return self.ask_again and not role.recorded

    @property
    def recorded(self) -> bool:
        """Whether tasks are made from the recordings, which hold a given number of draws."""
        models = self.models
        roles = (models.task, *models.solution, models.cases, models.validator)
        return any(role.recorded for role in roles)


def with_model(settings: Settings, name: str, base_url: str | None = None) -> Settings:
    """The settings with every role but the proxies' given to one model; sampling parameters stay."""

    def turn(role: ModelSettings) -> ModelSettings:
        return replace(role, name=name, base_url=base_url)

    models = settings.models
    single = [f.name for f in fields(Models) if f.name not in ("solution", "proxies")]
    roles = {name: turn(getattr(models, name)) for name in single}
    solution = tuple(map(turn, models.solution))
    return replace(settings, models=Models(**roles, solution=solution, proxies=models.proxies))


def plain(settings: Settings) -> dict[str, object]:
    """The settings in full as JSON values, for printing into a build."""
    shown = json.loads(json.dumps(asdict(settings)))
    assert isinstance(shown, dict)
    return shown


def digest(settings: Settings) -> str:
    """The SHA-256 of all that determines a finished attempt: settings, prompts, pairs, the code's revision.

    The table of terms counts, too. The number of tasks, the concurrency and the endpoints' addresses do not.
    InputError where the pairs cannot be read, or are the Hub's and were not pinned.
    """
    prompts = {name: template_digest(name) for name in templates()}
    terms = hashlib.sha256(TERMS.read_bytes()).hexdigest()
    pairs = source_digest(settings.source)
    return seam.digest([determining(plain(settings)), prompts, terms, pairs, REVISION])


def determining(shown: Mapping[str, object]) -> dict[str, object]:
    """Of settings as JSON values, those that determine a finished attempt, without endpoints' addresses."""
    return {
        name: _without(value, "base_url") for name, value in shown.items() if name not in _NOT_DETERMINING
    }


def _without(value: object, key: str) -> object:
    if isinstance(value, dict):
        return {name: _without(part, key) for name, part in value.items() if name != key}
    if isinstance(value, list):
        return [_without(part, key) for part in value]
    return value
