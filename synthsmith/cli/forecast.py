"""`synthsmith build --dry-run`: the prompts of a build and what it would cost, shown."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from synthsmith.builders.forecast import Planned

HEAD = f"{'stage':10s} {'model':36s} {'requests':>10s} {'prompt':>9s} {'reply':>9s} {'US dollars':>12s}"
ASSUMPTIONS = """\
Assumed: every task comes to its end (rejected ones cost less), nothing fails, no prompt is cached; four
characters of a prompt are a token, statements have {statement}. Lengths of replies marked * are assumptions,
others the means of replies in the build's ledger."""


def show(planned: "Sequence[Planned]") -> None:
    """Print one prompt of each stage, then the forecast as a table."""
    from synthsmith.builders.forecast import STATEMENT_TOKENS

    for one in planned:
        asked = one.example
        print(f"=== {asked.stage}: template {asked.template}, {asked.model} at {_where(one)}")
        for message in asked.messages:
            print(f"{message.content.rstrip()}\n")
    print(HEAD)
    for one in planned:
        print(_line(one))
    known = [one.usd for one in planned if one.usd is not None]
    unknown = len(planned) - len(known)
    counted = [one for one in planned if one.requests is not None]
    requests = sum(one.requests or 0 for one in counted)
    tokens = sum((one.requests or 0) * (one.prompt_tokens + one.completion_tokens) for one in counted)
    more = f", and what the {unknown} lines without a sum cost" if unknown else ""
    print(f"In all {requests:,} requests, {tokens:,} tokens, ${sum(known):,.2f}{more}.")
    print(ASSUMPTIONS.format(statement=STATEMENT_TOKENS))


def _where(one: "Planned") -> str:
    from synthsmith.builders.model import RECORDED

    if one.example.endpoints:
        return " and ".join(one.example.endpoints)
    return "the recordings" if one.example.model == RECORDED else "OpenAI's own endpoint"


def _line(one: "Planned") -> str:
    requests = "not known" if one.requests is None else f"{one.requests:,}"
    reply = f"{one.completion_tokens:,}{' ' if one.measured else '*'}"
    usd = "not known" if one.usd is None else f"{one.usd:,.2f}"
    return (
        f"{one.example.stage:10s} {one.example.model:36s} {requests:>10s} {one.prompt_tokens:9,} {reply:>9s}"
        f" {usd:>12s}"
    )
