"""How an attempted task ends: verified, or rejected for exactly one reason."""

from dataclasses import dataclass
from enum import StrEnum

from synthsmith.verification.certificate import Certificate, Vote
from synthsmith.verification.types import Case


class Reason(StrEnum):
    """Why an attempted task was rejected. Each task ends as verified or with exactly one of these."""

    DESIGN_UNREADABLE = "design_unreadable"  # stage 1 gave no JSON object of the asked shape
    FOREIGN_FEATURES = "foreign_features"  # stage 1 chose features that the sampled subtree does not have
    STATEMENT_UNREADABLE = "statement_unreadable"  # stage 2 gave no JSON object of the asked shape
    STATEMENT_INCOMPLETE = "statement_incomplete"  # a section that the style requires is missing
    STATEMENT_TOO_SHORT = "statement_too_short"  # under 200 tokens (paper, appendix C.1)
    STATEMENT_LEAKS = "statement_leaks"  # the statement says how it is to be solved
    SAMPLES_UNREADABLE = "samples_unreadable"  # the statement's samples are not in the form of its style
    NO_SIGNATURE = "no_signature"  # LeetCode style without starter code that parses and is typed
    DUPLICATE = "duplicate"  # an earlier draw has the same or nearly the same; seen when all are finished
    CONTAMINATED = "contaminated"  # it overlaps with a benchmark's row; seen when all are finished
    TOO_FEW_SOLUTIONS = "too_few_solutions"  # fewer readable candidates than a vote needs
    TOO_FEW_PROGRAMS = "too_few_programs"  # the candidates are copies of one program: no second opinion
    NO_CASES = "no_cases"  # no readable, valid, non-empty input was left
    TOO_FEW_DECIDED = "too_few_decided"  # the vote decided fewer cases than a hold-out needs
    SAMPLE_DIFFERS = "sample_differs"  # a voted output is not the one that the statement gives
    HOLD_OUT = "hold_out"  # the best by weighted score is not among the best held out (Algorithm 1)
    UNSURE = "unsure"  # no candidate is as probably right as is wanted
    UNSOLVED = "unsolved"  # the proxy solver passes no case (paper, section 3: the solvability filter)
    JUDGE_ERROR = "judge_error"  # our fault or the checker's, after all retries: says nothing of the task


@dataclass(frozen=True, slots=True)
class Verified:
    """A golden solution and the decided cases, each with its voted output and its weight."""

    golden: str
    probability: float
    cases: tuple[Case, ...]
    certificate: Certificate


@dataclass(frozen=True, slots=True)
class Rejected:
    """Why not, in one word (`reason`) and one sentence (`detail`), with whatever evidence there was."""

    reason: Reason
    detail: str
    certificate: Certificate | None = None


def votes_of(decision: Verified | Rejected) -> tuple[Vote, ...]:
    """The votes behind the decision; none where there was no vote."""
    return decision.certificate.votes if decision.certificate else ()
