"""What the cases of a verified task are worth: the wrong programs they kill, and the order to try them in.

The wrong programs are the candidates that the cases fail, those that data made elsewhere state as wrong,
and mutants of the golden solution (`mutants.py`). Of the candidates everything is known from the table
already; the others are run (`trials.py`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from synthsmith.verification.certificate import Suite
from synthsmith.verification.compare import Checker
from synthsmith.verification.matrix import candidates, representatives
from synthsmith.verification.mutants import Mutant, mutants
from synthsmith.verification.programs import identify
from synthsmith.verification.rulings import Claim, rule_all
from synthsmith.verification.sandbox import Sandbox
from synthsmith.verification.strength import Marks, greedy, killers, needed, rates
from synthsmith.verification.trials import is_gross, mutant_limits, programs_of, try_programs
from synthsmith.verification.types import Case, Language, Limits, Matrix, Outcome, Signature, Solution, Status

LEAST_KEPT = 10  # verl scores the first ten tests of a row


@dataclass(frozen=True, slots=True)
class SuiteTerms:
    """How a suite is measured, and what is made of it.

    Up to so many `mutants` are run. It is weak where it fails less than the share `weak_below` of the wrong
    candidates and mutants. With `minimize` the rows leave out what is redundant, beyond LEAST_KEPT cases.
    """

    mutants: int = 16
    weak_below: float = 0.6
    minimize: bool = False


@dataclass(frozen=True, slots=True)
class _Known:
    """The candidates' distinct programs by their first solution's id, without what failed by our fault.

    `marks` say which decided cases each passes; those `otherwise` have given another answer than was right.
    `stated` are the marks of other programs, which are stated as wrong.
    """

    golden: str
    marks: Mapping[str, Marks]
    otherwise: frozenset[str]
    stated: Mapping[str, Marks]

    @property
    def suspect(self) -> frozenset[int]:
        """The columns of the cases that the golden solution itself fails: they say nothing of its mutants."""
        return frozenset(column for column, mark in enumerate(self.marks[self.golden]) if mark is False)


def strengthen(
    golden: str,
    cases: Sequence[Case],
    matrix: Matrix,
    checker: Checker,
    sandbox: Sandbox,
    limits: Limits,
    signature: Signature | None = None,
    *,
    seed: int = 0,
    terms: SuiteTerms,
    stated: Sequence[tuple[Solution, Marks]] = (),
) -> Suite:
    """The suite of these cases of a table, whose outputs `checker` compares; `golden` is a candidate's id.

    The cases, at least one, are those of the table by their ids; their outputs are right. `stated` are
    programs stated as wrong, with what is known of them (`trials.try_programs`); copies count once, and not
    where a candidate is the same program.
    """
    table = candidates(matrix)
    row = next(row for row, solution in enumerate(table.solutions) if solution.id == golden)
    references = _references(table, cases, row)
    ruled = _ruled(table, references, checker, sandbox, limits)
    known = _known(table, cases, row, references, ruled, _distinct(table, stated))
    chosen = table.solutions[row]
    own = mutant_limits(limits, table.outcomes[row], cases)
    if chosen.language is not Language.PYTHON:
        return _suite(known, None, (), cases, terms)
    made = mutants(chosen.code, seed, terms.mutants)
    tried = try_programs(programs_of(made), cases, checker, sandbox, own, signature, known.suspect)
    return _suite(known, made, tried, cases, terms)


def _distinct(table: Matrix, stated: Sequence[tuple[Solution, Marks]]) -> dict[str, Marks]:
    """The marks of distinct programs that ran and are no candidate's."""
    seen = {identify(each.code, each.language).digest for each in table.solutions}
    chosen: dict[str, Marks] = {}
    for solution, marks in stated:
        digest = identify(solution.code, solution.language).digest
        if digest not in seen and any(mark is not None for mark in marks):
            seen.add(digest)
            chosen[solution.id] = marks
    return chosen


def _references(table: Matrix, cases: Sequence[Case], row: int) -> list[Case | None]:
    """What is right by column: by the cases and, on others, by the golden's answers; None without such."""
    given = {case.id: case for case in cases}
    answered = map(_as_answered, table.cases, table.outcomes[row])
    return [given.get(case.id, answer) for case, answer in zip(table.cases, answered, strict=True)]


def _ruled(
    table: Matrix,
    references: Sequence[Case | None],
    checker: Checker,
    sandbox: Sandbox,
    limits: Limits,
) -> Mapping[Claim, bool | None]:
    """Which of the answers in the table are right by the references; None where a checker failed."""
    claims = [
        (right, run.stdout)
        for index in representatives(table)
        for right, run in zip(references, table.outcomes[index], strict=True)
        if right is not None and run.status is Status.OK
    ]
    return rule_all(checker, claims, sandbox, limits)


def _known(
    table: Matrix,
    cases: Sequence[Case],
    row: int,
    references: Sequence[Case | None],
    ruled: Mapping[Claim, bool | None],
    stated: Mapping[str, Marks],
) -> _Known:
    """What the table says of the candidates."""
    places = {case.id: column for column, case in enumerate(table.cases)}
    marks: dict[str, Marks] = {}
    otherwise: set[str] = set()
    for index in representatives(table):
        name, runs = table.solutions[index].id, table.outcomes[index]
        marks[name] = [_mark(runs[places[case.id]], case, ruled) for case in cases]
        for right, run in zip(references, runs, strict=True):
            if right is not None and run.status is Status.OK and ruled[right, run.stdout] is False:
                otherwise.add(name)
    golden = next(i for i in representatives(table) if table.programs[i] == table.programs[row])
    return _Known(table.solutions[golden].id, marks, frozenset(otherwise), stated)


def _mark(run: Outcome, case: Case, ruled: Mapping[Claim, bool | None]) -> bool | None:
    if run.status is Status.INTERNAL:
        return None
    return ruled[case, run.stdout] if run.status is Status.OK else False


def _as_answered(case: Case, run: Outcome) -> Case | None:
    """The case with what the run answered; None where it gave no answer."""
    if run.status is not Status.OK:
        return None
    try:
        return replace(case, expected=run.stdout.decode())
    except UnicodeDecodeError:
        return None


def _suite(
    known: _Known,
    made: Sequence[Mutant] | None,
    tried: Sequence[Marks],
    cases: Sequence[Case],
    terms: SuiteTerms,
) -> Suite:
    """The suite; `made` is None where the golden solution's language has no mutants."""
    every = {**known.marks, **known.stated}
    wrong = [name for name in known.marks if name in known.otherwise and name != known.golden]
    wrong += known.stated
    counted = rates(every, every.keys() - set(wrong))
    killed = [False in marks for marks in tried]
    subtle = {f"{n}": marks for n, marks in enumerate(tried) if not is_gross(marks, cases, known.suspect)}
    told = {name: marks for name, marks in known.stated.items() if not is_gross(marks, cases)}
    candidates_killed = killers({**_without(known.marks, known.golden), **told}, len(cases))
    mutants_killed = killers(subtle, len(cases))
    both = [
        {*(("candidate", name) for name in ours), *(("mutant", name) for name in theirs)}
        for ours, theirs in zip(candidates_killed, mutants_killed, strict=True)
    ]
    order = greedy(both, cases, known.suspect)
    head = needed(both, order)
    found, there = counted.wrong_killed + sum(killed), counted.wrong + len(killed)
    return Suite(
        order=tuple(cases[column].id for column in order),
        kills=tuple(len(candidates_killed[column]) for column in order),
        mutant_kills=tuple(len(mutants_killed[column]) for column in order),
        needed=head,
        kept=min(len(order), max(head, LEAST_KEPT)) if terms.minimize else len(order),
        wrong=counted.wrong,
        wrong_killed=counted.wrong_killed,
        right=counted.right,
        right_failed=counted.right_failed,
        mutants=None if made is None else len(made),
        mutants_killed=None if made is None else sum(killed),
        survivors=tuple(_told(mutant) for mutant, dead in zip(made or (), killed, strict=True) if not dead),
        missed=tuple(name for name in wrong if False not in every[name]),
        weak=found < terms.weak_below * there,
    )


def _without(marks: Mapping[str, Marks], name: str) -> dict[str, Marks]:
    return {each: its for each, its in marks.items() if each != name}


def _told(mutant: Mutant) -> str:
    return f"line {mutant.line}, {mutant.operator}: {mutant.change}"
