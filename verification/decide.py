"""The decision that a table of runs comes to: labels, then a golden candidate, or why there is none. Pure."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache

from synthsmith.verification.agreement import Agreement
from synthsmith.verification.anchors import brute_anchors
from synthsmith.verification.certificate import Certificate, Vote
from synthsmith.verification.choice import Standings, algorithm_1, most_probable, standings
from synthsmith.verification.compare import Checker
from synthsmith.verification.decision import Reason, Rejected, Verified
from synthsmith.verification.matrix import candidates
from synthsmith.verification.programs import number_programs
from synthsmith.verification.rules import USUAL, Method, Rules
from synthsmith.verification.types import Case, Limits, Matrix, Outcome, Purpose, Solution, Status, Walled
from synthsmith.verification.vote import MIN_CAMP, leader, vote_by_agreement, vote_by_majority
from synthsmith.verification.voters import answers_of, voters_of

_NO_RECORD = Limits()


def decide(
    matrix: Matrix,
    checker: Checker,
    *,
    rules: Rules = USUAL,
    limits: Limits = _NO_RECORD,
    isolated: bool | None = None,
    sandbox: Walled | None = None,
    at_odds: frozenset[int] = frozenset(),
    written: Sequence[Sequence[Outcome]] | None = None,
) -> Verified | Rejected:
    """The golden solution and the labelled cases of a table whose outputs have keys, or why there is none.

    The rows `at_odds` with the statement's samples vote on these alone. `written` is as for `voters_of`.
    """
    hopeless = cannot_vote(matrix.solutions, matrix.cases)
    if hopeless:
        return hopeless
    without = cache(lambda rows: Agreement(voters_of(matrix, checker, rows, written)))
    agreement = without(at_odds)
    if rules.method is Method.MAJORITY:
        votes = vote_by_majority(matrix, checker, rules.seed)
    else:
        votes = _voted(matrix, rules, at_odds, without)
    tried = candidates(matrix)
    table = standings(tried, checker, votes, rules)
    probabilities = _golden_probabilities(tried, checker, agreement, rules)
    certificate = replace(
        _certificate(tried, votes, table, rules),
        limits=limits,
        isolated=isolated,
        sandbox=sandbox,
        anchors=brute_anchors(matrix, checker, votes),
        voters=len(agreement.voters.rows),
        independent_programs=agreement.independent_programs,
        golden_probabilities={tried.solutions[row].id: each for row, each in probabilities.items()},
    )
    needed = max(2, rules.min_decided)
    if len(table.cases) < needed:
        detail = f"the vote decided {len(table.cases)} of {len(votes)} cases, fewer than {needed}"
        return _rejected(Reason.TOO_FEW_DECIDED, detail, certificate, matrix)
    chosen = _choose(table, probabilities, rules)
    if isinstance(chosen, str):
        reason = Reason.HOLD_OUT if rules.method is Method.MAJORITY else Reason.UNSURE
        return _rejected(reason, chosen, certificate, matrix)
    row, probability = chosen
    return Verified(table.solutions[row].id, probability, table.cases, certificate)


def cannot_vote(solutions: Sequence[Solution], cases: Sequence[Case]) -> Rejected | None:
    """Why these need not even be run, or None. Brute-force programs are no candidates."""
    solutions = [solution for solution in solutions if solution.purpose is not Purpose.BRUTE]
    if len(solutions) < MIN_CAMP:
        return Rejected(Reason.TOO_FEW_SOLUTIONS, f"a vote needs {MIN_CAMP} solutions, not {len(solutions)}")
    if len(set(number_programs(solutions))) < MIN_CAMP:
        return Rejected(Reason.TOO_FEW_PROGRAMS, f"all {len(solutions)} solutions are one program")
    return None if cases else Rejected(Reason.NO_CASES, "there is no case to vote on")


def _voted(
    matrix: Matrix,
    rules: Rules,
    at_odds: frozenset[int],
    without: Callable[[frozenset[int]], Agreement],
) -> tuple[Vote, ...]:
    """The votes by agreement.

    Where everybody would lead to another answer on a sample of the statement's than those who are not at odds
    with it, it is everybody's vote that counts: a wrong sample elects nobody. `without` gives the agreement
    of all rows but these.
    """
    brute = frozenset(row for row, each in enumerate(matrix.solutions) if each.purpose is Purpose.BRUTE)

    def votes_without(rows: frozenset[int]) -> tuple[Vote, ...]:
        return vote_by_agreement(matrix, without(rows), rules, without(rows | brute) if brute else None)

    votes = votes_without(at_odds)
    if not at_odds:
        return votes
    everybody = votes_without(frozenset())
    ours, theirs = without(at_odds), without(frozenset())
    return tuple(
        votes[column]
        if case.stated is None or leader(ours, column) == leader(theirs, column)
        else everybody[column]
        for column, case in enumerate(matrix.cases)
    )


def _golden_probabilities(
    tried: Matrix, checker: Checker, agreement: Agreement, rules: Rules
) -> dict[int, float]:
    """For each row of the candidates' table the probability of being right on all cases, where it has one."""
    if rules.method is Method.MAJORITY:
        return {}
    groups = agreement.groups()
    answers = {row: answers_of(checker, outcomes) for row, outcomes in enumerate(tried.outcomes)}
    return {row: groups[its] for row, its in answers.items() if its in groups}


def _choose(table: Standings, probabilities: dict[int, float], rules: Rules) -> tuple[int, float] | str:
    """The golden row and its probability, or why there is none."""
    if rules.method is Method.MAJORITY:
        row = algorithm_1(table)
        if row is None:
            return f"no best scorer is among the most accurate on the {len(table.held_out)} held-out cases"
        return row, table.pass_rate(row) or 0.0
    row = most_probable(table, probabilities)
    most = 0.0 if row is None else probabilities[row]
    if row is None or most < rules.golden_precision:
        return f"the best candidate is right with a probability of {most:.3f}, below {rules.golden_precision}"
    if None in table.passes[row]:
        return "the best candidate was not measured in full"
    return row, most


def _certificate(
    matrix: Matrix,
    votes: tuple[Vote, ...],
    table: Standings,
    rules: Rules,
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
        seed=rules.seed,
        rules=rules,
    )


def _rejected(reason: Reason, detail: str, certificate: Certificate, matrix: Matrix) -> Rejected:
    failures = sum(run.status is Status.INTERNAL for row in matrix.outcomes for run in row)
    if failures:
        return Rejected(Reason.JUDGE_ERROR, f"{failures} runs failed by our fault; {detail}", certificate)
    return Rejected(reason, detail, certificate)
