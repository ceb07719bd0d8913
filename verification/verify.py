"""Dual verification: the candidates label the cases (`vote.py`), the labels choose the golden (`choice.py`).

The runs are made once: vote, choice and pass rates are all read from one table. Whatever the end, the
certificate holds the evidence. Where runs that failed by our fault were in the way of a decision, the reason
is JUDGE_ERROR, which says nothing of the task.

What else there is to say of the labels comes after the vote, as the certificate's anchors (`anchors.py`): a
brute-force program's answers on small cases, and the outputs that the statement gives for its samples. A
label that contradicts a sample rejects the task, whatever else came of it: either the statement or most
candidates are wrong, and nobody can tell which.
"""

from collections.abc import Sequence
from dataclasses import replace

from synthsmith.verification.anchors import brute_anchors, sample_anchors
from synthsmith.verification.choice import Standings, golden, standings
from synthsmith.verification.compare import Checker
from synthsmith.verification.matrix import candidates, fill
from synthsmith.verification.programs import number_programs
from synthsmith.verification.sandbox import Sandbox
from synthsmith.verification.settling import settle
from synthsmith.verification.suites import SuiteTerms, strengthen
from synthsmith.verification.types import (
    Anchor,
    Case,
    Certificate,
    Limits,
    Matrix,
    Purpose,
    Reason,
    Rejected,
    Signature,
    Solution,
    Status,
    Verified,
    Vote,
)
from synthsmith.verification.vote import MIN_CAMP, vote

MIN_DECIDED = 4  # two cases to score on and two held out
_NO_RECORD = Limits()


def verify(
    solutions: Sequence[Solution],
    cases: Sequence[Case],
    sandbox: Sandbox,
    *,
    checker: Checker,
    limits: Limits,
    signature: Signature | None = None,
    seed: int = 0,
    min_decided: int = MIN_DECIDED,
    brute_input_bytes: int = 0,
    suite: SuiteTerms | None = None,
) -> Verified | Rejected:
    """The golden solution and the labelled cases, or why there is none. Known outputs are not looked at.

    `checker` is for the values that a function returns where a signature is given (`checker_for`). Cases are
    small for brute-force programs, where there are some, up to `brute_input_bytes` of input. With `suite` it
    is also measured what the cases are worth (`suites.py`), which takes runs of its own.
    """
    hopeless = cannot_vote(solutions, cases)
    if hopeless:
        return hopeless
    matrix = fill(solutions, cases, sandbox, limits, signature, brute_input_bytes)
    end = conclude(matrix, checker, sandbox, seed=seed, min_decided=min_decided, limits=limits)
    if suite is None or isinstance(end, Rejected):
        return end
    measured = strengthen(end, matrix, checker, sandbox, limits, signature, seed=seed, terms=suite)
    return replace(end, certificate=replace(end.certificate, suite=measured))


def conclude(
    matrix: Matrix,
    checker: Checker,
    sandbox: Sandbox,
    *,
    seed: int = 0,
    min_decided: int = MIN_DECIDED,
    limits: Limits,
) -> Verified | Rejected:
    """The same from the programs' runs; only a checker program is run for it (`settling.py`).

    JUDGE_ERROR where that cannot be run. Where it failed on some answers only, a rejection says so.
    """
    settled = settle(matrix, checker, sandbox, limits)
    end = decide(
        settled.matrix,
        settled.checker,
        seed=seed,
        min_decided=min_decided,
        limits=limits,
        isolated=sandbox.isolated,
    )
    if not settled.usable:
        return Rejected(Reason.JUDGE_ERROR, settled.fault, end.certificate)
    if end.certificate:
        stated = sample_anchors(matrix.cases, end.certificate.votes, checker, sandbox, limits)
        end = _with_samples(end, end.certificate, stated)
    if settled.failures and isinstance(end, Rejected):
        told = f"{end.detail}; {settled.failures} comparisons came to nothing, first: {settled.fault}"
        return replace(end, detail=told)
    return end


def decide(
    matrix: Matrix,
    checker: Checker,
    *,
    seed: int = 0,
    min_decided: int = MIN_DECIDED,
    limits: Limits = _NO_RECORD,
    isolated: bool | None = None,
) -> Verified | Rejected:
    """The same from a table whose outputs have keys; pure. `limits`, `isolated` are only put on record."""
    hopeless = cannot_vote(matrix.solutions, matrix.cases)
    if hopeless:
        return hopeless
    votes = vote(matrix, checker)
    anchors = brute_anchors(matrix, checker, votes)
    matrix = candidates(matrix)
    table = standings(matrix, checker, votes, seed)
    certificate = _certificate(matrix, votes, table, limits, seed, isolated)
    certificate = replace(certificate, anchors=anchors)
    needed = max(2, min_decided)
    if len(table.cases) < needed:
        detail = f"the vote decided {len(table.cases)} of {len(votes)} cases, fewer than {needed}"
        return _rejected(Reason.TOO_FEW_DECIDED, detail, certificate, matrix)
    row = golden(table)
    if row is None:
        detail = f"no best scorer is among the most accurate on the {len(table.held_out)} held-out cases"
        return _rejected(Reason.HOLD_OUT, detail, certificate, matrix)
    return Verified(table.solutions[row].id, _probability(table, row, votes), table.cases, certificate)


def cannot_vote(solutions: Sequence[Solution], cases: Sequence[Case]) -> Rejected | None:
    """Why these need not even be run, or None. Brute-force programs are no candidates."""
    solutions = [solution for solution in solutions if solution.purpose is not Purpose.BRUTE]
    if len(solutions) < MIN_CAMP:
        return Rejected(Reason.TOO_FEW_SOLUTIONS, f"a vote needs {MIN_CAMP} solutions, not {len(solutions)}")
    if len(set(number_programs(solutions))) < MIN_CAMP:
        return Rejected(Reason.TOO_FEW_PROGRAMS, f"all {len(solutions)} solutions are one program")
    return None if cases else Rejected(Reason.NO_CASES, "there is no case to vote on")


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


def _certificate(
    matrix: Matrix,
    votes: tuple[Vote, ...],
    table: Standings,
    limits: Limits,
    seed: int,
    isolated: bool | None,
) -> Certificate:
    names = {row: solution.id for row, solution in enumerate(table.solutions)}
    rates = {name: table.pass_rate(row) for row, name in names.items()}
    accuracies = {name: table.hold_out_accuracy(row) for row, name in names.items()}
    return Certificate(
        votes=votes,
        distinct_programs=len(set(matrix.programs)),
        pass_rates={name: rate for name, rate in rates.items() if rate is not None},
        scores={name: table.score(row) for row, name in names.items()},
        hold_out_accuracy={name: share for name, share in accuracies.items() if share is not None},
        hold_out_cases=tuple(table.cases[column].id for column in sorted(table.held_out)),
        limits=limits,
        seed=seed,
        isolated=isolated,
    )


def _rejected(reason: Reason, detail: str, certificate: Certificate, matrix: Matrix) -> Rejected:
    failures = sum(run.status is Status.INTERNAL for row in matrix.outcomes for run in row)
    if failures:
        return Rejected(Reason.JUDGE_ERROR, f"{failures} runs failed by our fault; {detail}", certificate)
    return Rejected(reason, detail, certificate)


def _probability(table: Standings, row: int, votes: Sequence[Vote]) -> float:
    """The probability that the golden solution is right: for now the mean of its labels' on what it passes.

    A case that it fails counts as 0. Like the labels' it is not calibrated yet.
    """
    labels = [each.probability for each in votes if each.output is not None]
    return sum(p for p, mark in zip(labels, table.passes[row], strict=True) if mark) / len(labels)
