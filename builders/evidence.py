"""What a row says of the strength of its tests and of how hard its task is."""

import math
from typing import TypeAlias

from synthsmith.builders.attempts import Attempt
from synthsmith.verification.certificate import Certificate, Suite
from synthsmith.verification.decision import Verified
from synthsmith.verification.types import Case

Row: TypeAlias = dict[str, object]


def as_tests(outcome: Verified) -> tuple[Case, ...]:
    """The decided cases as tests: those that find out most first, the redundant left out where asked for."""
    suite = outcome.certificate.suite
    if suite is None:
        return outcome.cases
    by_id = {case.id: case for case in outcome.cases}
    return tuple(by_id[name] for name in suite.order[: suite.kept])


def pass_rate(certificate: Certificate) -> float | None:
    """The mean, over the readable candidates, of the share of decided cases that each passes."""
    rates = certificate.pass_rates.values()
    return math.fsum(rates) / len(rates) if rates else None


def solved_rate(certificate: Certificate) -> float | None:
    """The share of the readable candidates that pass every decided case."""
    rates = certificate.pass_rates.values()
    return sum(rate == 1.0 for rate in rates) / len(rates) if rates else None


def ease(attempt: Attempt) -> float | None:
    """What says how easy a task is: the mean of its proxies' pass rates, without such the candidates'."""
    rates = [proxy.pass_rate for proxy in attempt.proxies if proxy.pass_rate is not None]
    if rates:
        return math.fsum(rates) / len(rates)
    certificate = attempt.outcome.certificate
    return pass_rate(certificate) if certificate else None


def strength(suite: Suite | None) -> Row:
    """The columns of a suite, all null where it was not measured."""
    return {
        "kill_rate": suite.kill_rate if suite else None,
        "false_kill_rate": suite.false_kill_rate if suite else None,
        "mutants_made": suite.mutants if suite else None,
        "mutants_killed": suite.mutants_killed if suite else None,
        "is_suite_weak": suite.weak if suite else None,
    }


def case_kills(suite: Suite | None) -> list[int] | None:
    """How many wrong candidates and mutants each of `as_tests` kills."""
    if suite is None:
        return None
    return [sum(pair) for pair in zip(suite.kills, suite.mutant_kills, strict=True)][: suite.kept]


def proxies(attempt: Attempt) -> list[Row]:
    """The rates of the proxies, one object each."""
    return [
        {
            "model_name": proxy.model,
            "sample_count": proxy.samples,
            "pass_rate": proxy.pass_rate,
            "solved_rate": proxy.solved_rate,
        }
        for proxy in attempt.proxies
    ]
