"""How hard a verified task is for solvers that had no part in its labels.

Their programs are judged on the decided cases and thrown away; the rates stay with the attempt. The paper's
solvability filter (section 3) drops tasks of which a strong proxy passes nothing: they tend to be broken.
"""

from collections.abc import Sequence
from dataclasses import replace

from synthsmith.builders.attempts import Attempt, Proxy
from synthsmith.builders.drafts import CHECKER
from synthsmith.builders.model import Reply, Request
from synthsmith.builders.settings import Settings
from synthsmith.builders.solutions import PROXY, ask_proxies, read_solutions
from synthsmith.verification.compare import checker_for, parse_checker
from synthsmith.verification.decision import Reason, Rejected, Verified
from synthsmith.verification.judge import Entry, judge_all
from synthsmith.verification.sandbox import Sandbox
from synthsmith.verification.types import Verdict


def ask_solvers(attempt: Attempt, settings: Settings) -> tuple[Request, ...]:
    """The requests to the proxies for a verified task; none for another."""
    if attempt.task is None or not isinstance(attempt.outcome, Verified):
        return ()
    return ask_proxies(settings, attempt.draw, attempt.task)


def weigh(attempt: Attempt, replies: Sequence[Reply], settings: Settings, sandbox: Sandbox) -> Attempt:
    """The attempt with its proxies' rates, rejected where the one that has to solve it passes no case.

    `replies` are those to `ask_solvers`, in their order.
    """
    task, outcome = attempt.task, attempt.outcome
    assert task is not None
    assert isinstance(outcome, Verified)
    readable, unread = read_solutions(replies, task, PROXY)
    checker, limits = checker_for(parse_checker(CHECKER), task.signature), outcome.certificate.limits
    entries = (Entry(each, outcome.cases, checker, limits, task.signature) for each in readable)
    shares: dict[str, float | None] = {}
    for solution, judged in zip(readable, judge_all(entries, sandbox), strict=True):
        marks = [case.verdict is Verdict.AC for case in judged.cases if case.verdict is not Verdict.JE]
        shares[solution.id] = sum(marks) / len(marks) if marks else None
    samples = settings.verification.proxy_samples
    rates = [shares.get(f"s{place + 1}", 0.0) for place in range(len(replies))]
    proxies = tuple(
        _proxy(model.name, rates[number * samples : (number + 1) * samples])
        for number, model in enumerate(settings.models.proxies)
    )
    found = replace(attempt, unread=attempt.unread + unread, proxies=proxies)
    for proxy in proxies:
        if proxy.model == settings.verification.solvable_by and proxy.pass_rate == 0.0:
            detail = f"{proxy.model} passes none of {len(outcome.cases)} cases in {samples} tries"
            return replace(found, outcome=Rejected(Reason.UNSOLVED, detail, outcome.certificate))
    return found


def _proxy(model: str, rates: Sequence[float | None]) -> Proxy:
    known = [rate for rate in rates if rate is not None]
    if not known:
        return Proxy(model, len(rates), None, None)
    solved = sum(rate == 1.0 for rate in known) / len(known)
    return Proxy(model, len(rates), sum(known) / len(known), solved)
