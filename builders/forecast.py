"""What a build would ask and cost, before anything is asked: one prompt of each stage, and a forecast.

Prompts of later stages hold what earlier ones have yet to answer; its place is marked by [...]. Lengths of
replies are the means of what the build's ledger holds already, else assumptions, printed with the rest. Every
task is taken to come to its end; those that are rejected on the way cost less. Further inputs for weak suites
(`more_inputs`) are in no forecast: nobody knows how many will be weak.
"""

import asyncio
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from synthsmith.builders import extract
from synthsmith.builders.cases import ask_cases
from synthsmith.builders.costs import Price, prices_of
from synthsmith.builders.features import CATEGORIES, Nested, Tree, leaves
from synthsmith.builders.growth import grown
from synthsmith.builders.history import from_text
from synthsmith.builders.ledger import Account, Ledger
from synthsmith.builders.model import Request
from synthsmith.builders.reading import Reading, examine
from synthsmith.builders.recorded_model import RecordedModel
from synthsmith.builders.sampling import Sampler
from synthsmith.builders.settings import Settings
from synthsmith.builders.solutions import ask_brute, ask_proxies, ask_solutions
from synthsmith.builders.tasks import Design, Role, Task, ask_design, ask_statement
from synthsmith.verification.errors import InputError

STATEMENT_TOKENS = 659  # the mean of X-Coder's tasks (arXiv 2601.06953, table 11)
ASSUMED_TOKENS = {  # of a thinking model's replies; solutions: the mean of X-Coder's (table 11)
    "extract": 1_500,
    "evolve": 3_000,
    "roles": 4_000,
    "statement": 5_000,
    "solution": 17_742,
    "proxy": 17_742,
    "brute": 6_000,
    "inputs": 6_000,
    "generator": 6_000,
    "validator": 4_000,
}
STATEMENT = "[the statement that the stage before answers]"
WITH_STATEMENT = ("solution", "proxy", "brute", "inputs", "generator", "validator")

Key: TypeAlias = tuple[str, str]  # stage and model


@dataclass(frozen=True, slots=True)
class Planned:
    """Requests of one stage to one model. Tokens are of one request; `measured` ones come from the ledger.

    `requests` is None where nobody knows how many there will be; `example` is one of the requests. They are
    `batched` where they go by a batch API.
    """

    example: Request
    requests: int | None
    prompt_tokens: int
    completion_tokens: int
    measured: bool
    price: Price | None
    batched: bool = False

    @property
    def usd(self) -> float | None:
        """What they cost; None where that cannot be told."""
        if self.price is None or self.requests is None:
            return None
        return self.requests * self.price.usd(
            self.prompt_tokens, self.completion_tokens, batched=self.batched
        )


def forecast(settings: Settings, out: Path) -> tuple[Planned, ...]:
    """What is still to be asked for the build in a folder, which need not be there; nothing is written."""
    tree = _tree_of(out)
    account = _account_of(out)
    prices = prices_of((role.name for role in settings.models.all()), settings.prices)
    examples: dict[Key, Request] = {}
    numbers: dict[Key, int | None] = {}
    for request, number in _asked(settings, tree):
        key = (request.stage, request.model)
        examples.setdefault(key, request)
        before = numbers.get(key, 0)
        numbers[key] = None if number is None or before is None else before + number
    answered: Counter[Key] = Counter()
    for line in account:  # one model and stage may have two: by a batch API and not
        answered[line.stage, line.model] += line.requests - line.failed
    means = _means(account)
    planned = []
    for key, example in examples.items():
        number = numbers[key]
        left = None if number is None else max(0, number - answered[key])
        tokens = means.get(key) or _assumed(example)
        batched = settings.by_batch(example.endpoints[0] if example.endpoints else None)
        prompt = _prompt_tokens(example)
        planned.append(Planned(example, left, prompt, tokens, key in means, prices.get(key[1]), batched))
    return tuple(planned)


def _asked(settings: Settings, tree: Tree | None) -> Iterator[tuple[Request, int | None]]:
    """A request of each kind that a build makes, and how many there are of it."""
    if tree is None:
        number = examine(settings.source)
        pair = next(iter(Reading(settings.source)), None)
        if pair is None:
            raise InputError(f"{settings.source.shown} holds no code-instruction pairs.")
        known = number if number is not None else settings.source.limit
        yield settings.models.extract.request("extract", pair.id, *extract.extraction(pair)), known
    shown = tree or _embedded_tree()
    if tree is None:
        grown_from = extract.evolution(next(extract.evolvable(shown)))
        pieces = settings.evolution.subtrees or 1
        number = settings.evolution.rounds * pieces * (len(CATEGORIES) - 1)
        yield settings.models.evolve.request("evolve", "", *grown_from), number
    draw = f"{settings.seed}:0"
    style, subtree = Sampler(shown, settings.sampling).draw(draw)
    for request in _of_a_task(settings, draw, style, subtree):
        yield request, settings.tasks


def _of_a_task(settings: Settings, draw: str, style: str, subtree: Nested) -> Iterator[Request]:
    models = settings.models
    yield ask_design(models.task, draw, style, subtree)
    chosen = leaves(subtree)
    design = Design(tuple(Role(leaf, "[its part]") for leaf in chosen), "[how they work together]")
    yield ask_statement(models.task, draw, style, design)
    task = Task("", style, STATEMENT, chosen)
    yield from ask_solutions(settings, draw, task)
    yield from ask_brute(settings, draw, task)
    yield from ask_cases(models, draw, task)
    yield from ask_proxies(settings, draw, task)


def _embedded_tree() -> Tree:
    """The recorded model's tree, for prompts of a build that has none yet."""
    return asyncio.run(grown(Settings(), RecordedModel().complete)).tree


def _tree_of(out: Path) -> Tree | None:
    try:
        return from_text((out / "features.json").read_text(encoding="utf-8"))[0].tree
    except (OSError, ValueError):
        return None


def _account_of(out: Path) -> tuple[Account, ...]:
    path = out / "ledger.sqlite"
    if not path.is_file():
        return ()
    with Ledger(path) as ledger:
        return ledger.account()


def _means(account: Iterable[Account]) -> Mapping[Key, int]:
    """The mean length of the replies that told theirs."""
    tokens: Counter[Key] = Counter()
    replies: Counter[Key] = Counter()
    for line in account:
        tokens[line.stage, line.model] += line.completion_tokens or 0
        replies[line.stage, line.model] += line.requests - line.failed - line.unmetered
    return {key: tokens[key] // replies[key] for key in replies if tokens[key] and replies[key]}


def _assumed(request: Request) -> int:
    usual = ASSUMED_TOKENS[request.stage]
    return min(usual, request.decoding.max_tokens or usual)


def _prompt_tokens(request: Request) -> int:
    statement = STATEMENT_TOKENS if request.stage in WITH_STATEMENT else 0
    return request.guessed_tokens + statement
