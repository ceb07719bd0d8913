"""Which program agrees with which label, as far as an attempt tells; pure.

An attempt keeps no table of outcomes. What it keeps are sums over one: the share of the decided cases that a
candidate passes, the same of the held-out ones alone, and how many programs besides the golden one each case
fails. Where all or none of what is open in a sum must fail, its cells are known, and so on from sum to sum;
the rest is not known and is shown as such.

A run that failed by the judge's own fault would be missing from the sums; it is retried until it is not, and
rows whose sums are no whole numbers are left alone.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from synthsmith.cards.report.reading import ProgramRow, TaskRow
from synthsmith.verification.types import Certificate, Purpose


class Mark(StrEnum):
    """What is known of a program on a case."""

    AGREES = "agrees"  # it gave the answer that is the label
    FAILS = "fails"  # it gave another, or none: a crash, a limit
    UNKNOWN = "unknown"  # the attempt does not tell
    UNDECIDED = "undecided"  # there is no label to agree with
    UNRUN = "unrun"  # a brute-force program was not put to this case


@dataclass(frozen=True, slots=True)
class _Sum:
    """So many of these cells are failed."""

    cells: tuple[tuple[str, str], ...]
    failed: int


def marks_of(task: TaskRow, certificate: Certificate) -> dict[tuple[str, str], Mark]:
    """The mark of each (candidate, case) of a task whose programs were run."""
    labels = [vote.case for vote in certificate.votes if vote.output is not None]
    tried = [program for program in task.programs if program.purpose != Purpose.BRUTE]
    known = _solve(_sums(task, certificate, tried, labels))
    first = {program.program_group: program.candidate for program in reversed(tried)}
    marks: dict[tuple[str, str], Mark] = {}
    for program in task.programs:
        for vote in certificate.votes:
            cell = program.candidate, vote.case
            if program.purpose == Purpose.BRUTE:
                marks[cell] = _of_brute(certificate, *cell)
            elif vote.output is None:
                marks[cell] = Mark.UNDECIDED
            else:
                failed = known.get((first[program.program_group], vote.case))
                marks[cell] = Mark.UNKNOWN if failed is None else Mark.FAILS if failed else Mark.AGREES
    return marks


def _of_brute(certificate: Certificate, name: str, case: str) -> Mark:
    """An anchor says nothing where there is no label or where the program, slow on purpose, had no answer."""
    said = next((a for a in certificate.anchors if a.case == case and a.source == name), None)
    if said is None:
        return Mark.UNRUN
    if said.agrees is None:
        return Mark.UNDECIDED
    return Mark.AGREES if said.agrees else Mark.FAILS


def _sums(
    task: TaskRow, certificate: Certificate, tried: Sequence[ProgramRow], labels: Sequence[str]
) -> list[_Sum]:
    """All that the certificate counts, over the first candidate of each distinct program."""
    distinct = {program.program_group: program for program in reversed(tried)}
    held_out = set(certificate.hold_out_cases)
    groups = [[case for case in labels if (case in held_out) is held] for held in (True, False)]
    sums: list[_Sum] = []
    for program in distinct.values():
        name = program.candidate
        whole = _failed(certificate.pass_rates, name, len(labels))
        held = _failed(certificate.hold_out_accuracy, name, len(groups[0]))
        if whole is None or held is None:
            continue
        for group, failed in zip(groups, (held, whole - held), strict=True):
            sums.append(_Sum(tuple((name, case) for case in group), failed))
    suite = certificate.suite
    golden = next((p.program_group for p in tried if p.candidate == task.golden_candidate), None)
    if suite is not None and golden is not None:
        others = [program.candidate for group, program in distinct.items() if group != golden]
        for case, failed in zip(suite.order, suite.kills, strict=True):
            sums.append(_Sum(tuple((name, case) for name in others), failed))
    return sums


def _failed(rates: Mapping[str, float], name: str, count: int) -> int | None:
    """How many of so many cases a rate leaves failed; None where the rate is not of so many."""
    if name not in rates:
        return None if count else 0
    failed = (1 - rates[name]) * count
    return round(failed) if abs(failed - round(failed)) < 1e-6 else None


def _solve(sums: Sequence[_Sum]) -> dict[tuple[str, str], bool]:
    """The cells, failed or not, that follow from sums alone: all or nothing of what is open must fail."""
    known: dict[tuple[str, str], bool] = {}
    changed = True
    while changed:
        changed = False
        for each in sums:
            unknown = [cell for cell in each.cells if cell not in known]
            left = each.failed - sum(known.get(cell, False) for cell in each.cells)
            if not 0 <= left <= len(unknown):
                return {}  # the sums contradict each other: not every run was measured
            if unknown and left in (0, len(unknown)):
                known.update(dict.fromkeys(unknown, left > 0))
                changed = True
    return known
