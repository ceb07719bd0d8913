"""What replies cost: prices of models, and money from tokens.

A price is looked for in the configuration, then, where the extra `genai-prices` is installed, in its list;
the recorded model is free. A model without a price costs an unknown amount, which is never taken for nothing.
"""

import importlib
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Annotated, ClassVar, TypeAlias

from annotated_types import Ge, Le
from synthsmith.builders.ledger import Account
from synthsmith.builders.model import RECORDED

MILLION = 1_000_000
LOOKED_UP_TOKENS = 1000

Dollars: TypeAlias = Annotated[float, Ge(0), Le(1e6)]


@dataclass(frozen=True, slots=True)
class Price:
    """US dollars for a million tokens. `cached` is for tokens of the prompt that the server had at hand
    (None: as much as others), `batch` the share of it all that a batch API asks."""

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    prompt: Dollars
    completion: Dollars
    cached: Dollars | None = None
    batch: Annotated[float, Ge(0), Le(1)] = 0.5

    @property
    def is_free(self) -> bool:
        """Whether no number of tokens costs anything."""
        return self.prompt == self.completion == 0

    def usd(self, prompt: int, completion: int, cached: int = 0, *, batched: bool = False) -> float:
        """The dollars for so many tokens; `cached` of the prompt's are part of them."""
        cheap = self.prompt if self.cached is None else self.cached
        sum_ = (prompt - cached) * self.prompt + cached * cheap + completion * self.completion
        return sum_ / MILLION * (self.batch if batched else 1.0)


Prices: TypeAlias = Mapping[str, Price]


def prices_of(models: Iterable[str], configured: Prices) -> dict[str, Price]:
    """The price of each of the models that has one, in the order given."""
    found = {}
    for model in dict.fromkeys(models):
        price = configured.get(model) or (Price(0, 0) if model == RECORDED else _listed(model))
        if price is not None:
            found[model] = price
    return found


def usd_of(line: Account, prices: Prices) -> float | None:
    """What a line of the account costs; None where the model has no price or a reply told no tokens."""
    price = prices.get(line.model)
    if price is None or (line.unmetered and not price.is_free):
        return None
    counts = (line.prompt_tokens or 0, line.completion_tokens or 0, line.cached_tokens or 0)
    return price.usd(*counts, batched=line.batched)


@dataclass(frozen=True, slots=True)
class Cost:
    """A line of the account, and its dollars (None: not known)."""

    line: Account
    usd: float | None


@dataclass(frozen=True, slots=True)
class Bill:
    """What a build cost, line by line, at these prices; of models without one it is not known."""

    costs: tuple[Cost, ...]
    prices: Prices

    @property
    def usd(self) -> float:
        """The sum of what is known."""
        return math.fsum(cost.usd or 0.0 for cost in self.costs)

    @property
    def whole(self) -> bool:
        """Whether every line's cost is known."""
        return all(cost.usd is not None for cost in self.costs)


def bill(account: Iterable[Account], configured: Prices) -> Bill:
    """The bill for an account."""
    lines = tuple(account)
    prices = prices_of((line.model for line in lines), configured)
    return Bill(tuple(Cost(line, usd_of(line, prices)) for line in lines), prices)


def _listed(model: str) -> Price | None:
    """The price in the list of `genai-prices`; None where that is not there or does not know the model."""
    try:
        listed = importlib.import_module("genai_prices")
    except ImportError:
        return None

    def price(**tokens: int) -> float:
        found = listed.calc_price(listed.Usage(**tokens), model)
        return float(found.total_price) * MILLION / LOOKED_UP_TOKENS

    try:
        return Price(
            price(input_tokens=LOOKED_UP_TOKENS, output_tokens=0),
            price(input_tokens=0, output_tokens=LOOKED_UP_TOKENS),
            price(input_tokens=LOOKED_UP_TOKENS, output_tokens=0, cache_read_tokens=LOOKED_UP_TOKENS),
        )
    except LookupError:
        return None
