"""Asking a model: every sample of every question through the ledger, so that nothing is paid for twice."""

import asyncio
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from synthsmith.builders.costs import prices_of
from synthsmith.builders.crowd import for_each
from synthsmith.builders.evaluation.answers import Answer, Form
from synthsmith.builders.evaluation.questions import TEMPLATE, Question
from synthsmith.builders.evaluation.roster import Roster
from synthsmith.builders.ledger import Ledger
from synthsmith.builders.model import Message, Model, Request
from synthsmith.builders.progress import Progress
from synthsmith.builders.purse import Caps, Purse
from synthsmith.builders.roles import Models, ModelSettings
from synthsmith.builders.settings import Settings
from synthsmith.prompts import template_digest
from synthsmith.verification.errors import InputError

STAGE = "answer"


@dataclass(frozen=True, slots=True)
class Asking:
    """Whom to ask: the settings of a build, of which the first model for solutions answers, and how often."""

    settings: Settings
    samples: int
    template: str = TEMPLATE  # what prompts are made from; empty where rows bring their own

    @property
    def role(self) -> ModelSettings:
        """The model and how it is sampled."""
        return self.settings.models.solution[0]

    def request(self, name: str, messages: tuple[Message, ...], sample: int) -> Request:
        """One sample of one question."""
        made_from = (self.template, template_digest(self.template) if self.template else "")
        role = self.role
        decoding, addresses = role.decoding(), role.addresses
        return Request(STAGE, name, *made_from, messages, sample, role.name, decoding, addresses)

    def plain(self) -> Mapping[str, object]:
        """What determines the replies, as JSON values."""
        role = self.role
        sampling = ("temperature", "top_p", "top_k", "min_p", "max_tokens", "extra_body")
        return {"model": role.name, **{name: getattr(role, name) for name in sampling}}


def only(settings: Settings, role: ModelSettings) -> Settings:
    """Settings with one model in every role; of those given, endpoints, concurrency and prices stay."""
    models = Models(role, role, role, (role,), role, role)
    return Settings(
        models=models,
        concurrency=settings.concurrency,
        endpoints=settings.endpoints,
        prices=settings.prices,
    )


def ask(asking: Asking, roster: Roster, ledger: Ledger, model: Model, caps: Caps, progress: Progress) -> None:
    """Have every sample's reply in the ledger.

    Where an endpoint fails or a cap is reached the error is raised when all that was begun has ended; the
    same call goes on from there.
    """
    for name, messages in roster.prompts():
        if not messages:
            raise InputError(f"question {name!r} has no statement: there is nothing to ask a model.")
    prices = prices_of((asking.role.name,), asking.settings.prices)
    purse = Purse(model, caps, prices, ledger.account(), asking.settings.by_batch)
    total, done = roster.chosen * asking.samples, 0

    async def work(_: int, request: Request) -> None:
        nonlocal done
        await ledger.complete(request, purse)
        done += 1
        progress(done, total, "replies", str(purse.spent) if purse.spent.tokens else None)

    async def run() -> None:
        try:
            await for_each(_requests(asking, roster), work, asking.settings.requests_at_once)
        finally:
            await purse.close()

    asyncio.run(run())


def answers_of(question: Question, asking: Asking, ledger: Ledger) -> tuple[Answer, ...]:
    """The replies to the question, which are in the ledger."""
    found = []
    for sample in range(asking.samples):
        reply = ledger.get(asking.request(question.name, question.messages, sample).key)
        if reply is None:
            raise InputError(f"{ledger.path} lost a reply to {question.name!r}: run the same command again.")
        cut = reply.finish_reason == "length"
        found.append(Answer(sample, reply.text, Form.REPLY, reply.completion_tokens, cut))
    return tuple(found)


def _requests(asking: Asking, roster: Roster) -> Iterator[Request]:
    for name, messages in roster.prompts():
        for sample in range(asking.samples):
            yield asking.request(name, messages, sample)
