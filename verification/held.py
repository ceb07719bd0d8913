"""What runs of a problem made elsewhere are held against what is given: those of a vote, or made for it."""

from synthsmith.verification.assertions import ASSERTIONS, under_test
from synthsmith.verification.comparison import Comparison
from synthsmith.verification.judge import Entry, judge_all
from synthsmith.verification.matrix import fill
from synthsmith.verification.problems import Problem
from synthsmith.verification.programs import number_programs
from synthsmith.verification.sandbox import Sandbox, cannot_run
from synthsmith.verification.types import Matrix, Solution, Status, Verdict

_ENDS = {Verdict.TLE: Status.TIME, Verdict.MLE: Status.MEMORY, Verdict.RE: Status.CRASH}
_ENDS |= {Verdict.CE: Status.COMPILE, Verdict.OLE: Status.OUTPUT, Verdict.JE: Status.INTERNAL}


def runnable(problem: Problem) -> list[Solution]:
    """The submissions that can be run here."""
    return [each for each in problem.submissions if not cannot_be_run(problem, each)]


def cannot_be_run(problem: Problem, solution: Solution) -> str:
    """Why the submission cannot be run here; empty where it can."""
    return cannot_run(solution.language, test_code=problem.assertions)


def run(problem: Problem, sandbox: Sandbox) -> Matrix | None:
    """The runs where there was no vote; None where nothing can be run, or nothing is given to run it for."""
    solutions = runnable(problem)
    if not solutions or all(case.expected is None for case in problem.cases):
        return None
    return fill(solutions, problem.cases, sandbox, problem.limits, problem.signature)


def judged(problem: Problem, sandbox: Sandbox) -> Comparison | None:
    """The table of test code, by the judge's verdicts; None where there is none or nothing can be run."""
    solutions = runnable(problem)
    if not solutions or not problem.cases:
        return None
    entries = []
    for solution in solutions:
        pairs = [under_test(solution, case.input, case.id) for case in problem.cases]
        entries.append(Entry(pairs[0][0], tuple(case for _, case in pairs), ASSERTIONS, problem.limits))
    verdicts = [[case.verdict for case in each.cases] for each in judge_all(entries, sandbox)]
    return Comparison(
        names=tuple(solution.id for solution in solutions),
        programs=number_programs(solutions),
        given=tuple(tuple(None if v is Verdict.JE else v is Verdict.AC for v in row) for row in verdicts),
        labels=tuple(tuple(None for _ in row) for row in verdicts),
        label_given=tuple(None for _ in problem.cases),
        statuses=tuple(tuple(_ENDS.get(verdict, Status.OK) for verdict in row) for row in verdicts),
    )
