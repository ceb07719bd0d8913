"""Dual verification: the candidates label the cases (`vote.py`), then a golden one is chosen (`choice.py`).

The runs are made once, some that shared a process again (`company.py`): vote, choice and pass rates are all
read from one table. Whatever the end, the certificate holds the evidence. Where runs that failed by our fault
were in the way of a decision, the reason is JUDGE_ERROR, which says nothing of the task.

What else there is to say of the labels comes as the certificate's anchors (`anchors.py`): a brute-force
program's answers on small cases, and the outputs that the statement gives for its samples. A candidate that
contradicts a sample where another agrees with all of them has no vote on the other cases. A label that
contradicts a sample rejects the task, whatever else came of it: either the statement or most candidates are
wrong, and nobody can tell which.
"""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from synthsmith.verification.anchors import at_odds, sample_anchors
from synthsmith.verification.ballots import ballots
from synthsmith.verification.certificate import Anchor, Certificate
from synthsmith.verification.company import confirmed
from synthsmith.verification.compare import Checker, Equality
from synthsmith.verification.decide import cannot_vote, decide
from synthsmith.verification.decision import Reason, Rejected, Verified
from synthsmith.verification.matrix import fill
from synthsmith.verification.rules import USUAL, Rules
from synthsmith.verification.sandbox import Sandbox
from synthsmith.verification.settling import settle
from synthsmith.verification.suites import SuiteTerms, strengthen
from synthsmith.verification.types import Case, Limits, Matrix, Signature, Solution


def verify(
    solutions: Sequence[Solution],
    cases: Sequence[Case],
    sandbox: Sandbox,
    *,
    checker: Checker,
    limits: Limits,
    signature: Signature | None = None,
    rules: Rules = USUAL,
    brute_input_bytes: int = 0,
    suite: SuiteTerms | None = None,
    may_share: bool = False,
) -> Verified | Rejected:
    """The golden solution and the labelled cases, or why there is none. Known outputs are not looked at.

    `checker` is for the values that a function returns where a signature is given (`checker_for`). Cases are
    small for brute-force programs, where there are some, up to `brute_input_bytes` of input. With `suite` it
    is also measured what the cases are worth (`suites.py`), which takes runs of its own. `may_share` as in
    `tabulate`.
    """
    hopeless = cannot_vote(solutions, cases)
    if hopeless:
        return hopeless
    matrix = tabulate(
        solutions,
        cases,
        sandbox,
        checker=checker,
        limits=limits,
        signature=signature,
        rules=rules,
        brute_input_bytes=brute_input_bytes,
        may_share=may_share,
    )
    end = conclude(matrix, checker, sandbox, rules=rules, limits=limits)
    if suite is None or isinstance(end, Rejected):
        return end
    measured = strengthen(
        end.golden, end.cases, matrix, checker, sandbox, limits, signature, seed=rules.seed, terms=suite
    )
    return replace(end, certificate=replace(end.certificate, suite=measured))


def tabulate(
    solutions: Sequence[Solution],
    cases: Sequence[Case],
    sandbox: Sandbox,
    *,
    checker: Checker,
    limits: Limits,
    signature: Signature | None = None,
    rules: Rules = USUAL,
    brute_input_bytes: int = 0,
    may_share: bool = False,
) -> Matrix:
    """The programs' runs, to conclude from by the same rules.

    With `may_share` runs of a program share processes, and those on which the end could hang are made again
    by themselves (company.py); but not where a checker program compares, which costs more than they do.
    """
    may_share = may_share and checker.kind is not Equality.PROGRAM
    matrix = fill(solutions, cases, sandbox, limits, signature, brute_input_bytes, may_share=may_share)
    if not may_share:
        return matrix
    decided = partial(_decide_keyed, checker=checker, rules=rules)
    return confirmed(matrix, checker, decided, sandbox, limits, signature)


def _decide_keyed(matrix: Matrix, checker: Checker, rules: Rules) -> Verified | Rejected:
    """As `conclude` decides where the checker gives keys, before the samples have their word."""
    odd = at_odds(matrix, checker)
    return decide(matrix, checker, rules=rules, at_odds=odd, written=matrix.outcomes)


def conclude(
    matrix: Matrix, checker: Checker, sandbox: Sandbox, *, rules: Rules = USUAL, limits: Limits
) -> Verified | Rejected:
    """The same from the programs' runs; only a checker program is run for it (`settling.py`).

    JUDGE_ERROR where that cannot be run. Where it failed on some answers only, a rejection says so.
    """
    settled = settle(matrix, checker, sandbox, limits)
    end = decide(
        settled.matrix,
        settled.checker,
        rules=rules,
        limits=limits,
        isolated=sandbox.isolated,
        sandbox=sandbox.record,
        at_odds=at_odds(matrix, checker),
        written=matrix.outcomes,
    )
    if end.certificate:
        cast = ballots(settled.matrix, settled.checker, end.certificate.votes, matrix.outcomes)
        end = replace(end, certificate=replace(end.certificate, ballots=cast))
    if not settled.usable:
        return Rejected(Reason.JUDGE_ERROR, settled.fault, end.certificate)
    if end.certificate:
        stated = sample_anchors(matrix.cases, end.certificate.votes, checker, sandbox, limits)
        end = _with_samples(end, end.certificate, stated)
    if settled.failures and isinstance(end, Rejected):
        told = f"{end.detail}; {settled.failures} comparisons came to nothing, first: {settled.fault}"
        return replace(end, detail=told)
    return end


def _with_samples(
    end: Verified | Rejected, certificate: Certificate, stated: tuple[Anchor, ...]
) -> Verified | Rejected:
    """The end with the samples' anchors; rejected where a label contradicts one."""
    certificate = replace(certificate, anchors=stated + certificate.anchors)
    against = [anchor.case for anchor in stated if anchor.agrees is False]
    if against and not (isinstance(end, Rejected) and end.reason is Reason.JUDGE_ERROR):
        detail = f"the vote contradicts the statement on {', '.join(against)}"
        return Rejected(Reason.SAMPLE_DIFFERS, detail, certificate)
    return replace(end, certificate=certificate)
