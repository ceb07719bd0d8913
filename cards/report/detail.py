"""One task as the page shows it: its texts cut and rendered, its programs and cases beside the votes.

What is not stored is not made up: an attempt keeps the labels and who agrees with them (`marks.py`), but not
what those printed who do not.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from markupsafe import Markup
from synthsmith.cards.report.code import highlighted
from synthsmith.cards.report.listing import Line
from synthsmith.cards.report.markdown import statement_html
from synthsmith.cards.report.marks import Mark, marks_of
from synthsmith.cards.report.reading import CaseRow, ProgramRow, TaskRow, certificate_of
from synthsmith.cards.report.texts import Cut, cut
from synthsmith.verification.types import Certificate, Purpose, Vote

STATEMENT, PROGRAM, REPLY, TEST = 20_000, 16_000, 8_000, 600
CERTIFICATE, DETAIL, OFFERED = 30_000, 1_000, 2_000
SAMPLE = "sample"


@dataclass(frozen=True, slots=True)
class ProgramView:
    """A program. `score` and `held_out` are Algorithm 1's; `probability` is that of being right on all."""

    name: str
    model: str
    language: str
    group: int
    brute: bool
    golden: bool
    pass_rate: float | None
    score: int | None
    held_out: float | None
    probability: float | None
    code: Markup
    left_out: int
    reply: Cut | None
    marks: tuple[Mark, ...]


@dataclass(frozen=True, slots=True)
class CaseView:
    """A case. `sample` and `brute` say whether the statement and a brute-force program agree with the label;
    `place` is the case's among the tests, those that find out most first.
    """

    name: str
    kind: str
    weight: int | None
    input: Cut
    expected: Cut | None
    stated: Cut | None
    vote: Vote | None
    decided: bool
    held_out: bool
    sample: bool | None
    kills: int | None
    mutant_kills: int | None
    place: int | None


@dataclass(frozen=True, slots=True)
class TaskView:
    """All of a task's page; `line` is what the table says of it."""

    line: Line
    task: TaskRow
    detail: Cut | None
    statement: Markup
    statement_left_out: int
    starter: Markup
    programs: tuple[ProgramView, ...]
    cases: tuple[CaseView, ...]
    certificate: Certificate | None
    raw: Cut | None
    offered: Cut
    unread: tuple[tuple[str, Cut], ...]
    dropped: tuple[tuple[str, Cut, Cut], ...]
    open_cells: int

    @property
    def shown_first(self) -> tuple[str, str]:
        """The programs that are compared to begin with: the golden one and the one that fails most."""
        tried = [program for program in self.programs if not program.brute]
        if not tried:
            return "", ""
        left = next((p for p in tried if p.golden), tried[0])
        rest = [p for p in tried if p is not left] or tried
        return left.name, min(rest, key=lambda p: 1.0 if p.pass_rate is None else p.pass_rate).name


def view_of(line: Line, task: TaskRow, replies: Mapping[str, str]) -> TaskView:
    """What is shown of a task."""
    certificate = certificate_of(task)
    marks = marks_of(task, certificate) if certificate else {}
    statement = cut(task.statement or "", STATEMENT)
    return TaskView(
        line=line,
        task=task,
        detail=cut(task.detail, DETAIL) if task.detail else None,
        statement=statement_html(statement.text),
        statement_left_out=statement.left_out,
        starter=highlighted(cut(task.starter_code or "", PROGRAM).text, "python"),
        programs=tuple(_program(each, task, certificate, marks, replies) for each in task.programs),
        cases=_cases(task, certificate),
        certificate=certificate,
        raw=_raw(task),
        offered=cut(", ".join(task.drawn_features), OFFERED),
        unread=tuple((f"{u.stage} {u.sample_index}", cut(u.detail, DETAIL)) for u in task.unread_replies),
        dropped=tuple((d.case, cut(d.detail, DETAIL), cut(d.head, TEST)) for d in task.dropped_inputs),
        open_cells=sum(mark is Mark.UNKNOWN for mark in marks.values()),
    )


def _program(
    row: ProgramRow,
    task: TaskRow,
    certificate: Certificate | None,
    marks: Mapping[tuple[str, str], Mark],
    replies: Mapping[str, str],
) -> ProgramView:
    name = row.candidate
    code = cut(row.program, PROGRAM)
    reply = replies.get(name)
    return ProgramView(
        name=name,
        model=row.model_name,
        language=row.program_language,
        group=row.program_group,
        brute=row.purpose == Purpose.BRUTE,
        golden=name == task.golden_candidate,
        pass_rate=row.pass_rate,
        score=certificate.scores.get(name) if certificate else None,
        held_out=certificate.hold_out_accuracy.get(name) if certificate else None,
        probability=certificate.golden_probabilities.get(name) if certificate else None,
        code=highlighted(code.text, row.program_language),
        left_out=code.left_out,
        reply=cut(reply, REPLY) if reply else None,
        marks=tuple(marks.get((name, case.case), Mark.UNKNOWN) for case in task.cases) if marks else (),
    )


def _cases(task: TaskRow, certificate: Certificate | None) -> tuple[CaseView, ...]:
    votes = {vote.case: vote for vote in certificate.votes} if certificate else {}
    held_out = frozenset(certificate.hold_out_cases) if certificate else frozenset()
    anchors = certificate.anchors if certificate else ()
    samples = {anchor.case: anchor.agrees for anchor in anchors if anchor.source == SAMPLE}
    suite = certificate.suite if certificate else None
    places = {case: place for place, case in enumerate(suite.order)} if suite else {}
    return tuple(
        _case(row, votes.get(row.case), row.case in held_out, samples.get(row.case), places, certificate)
        for row in task.cases
    )


def _case(
    row: CaseRow,
    vote: Vote | None,
    held_out: bool,
    sample: bool | None,
    places: Mapping[str, int],
    certificate: Certificate | None,
) -> CaseView:
    suite = certificate.suite if certificate else None
    place = places.get(row.case)
    known = suite is not None and place is not None
    return CaseView(
        name=row.case,
        kind=row.kind,
        weight=row.weight,
        input=cut(row.input, TEST),
        expected=None if row.expected is None else cut(row.expected, TEST),
        stated=None if row.stated is None else cut(row.stated, TEST),
        vote=vote,
        decided=vote is not None and vote.output is not None,
        held_out=held_out,
        sample=sample,
        kills=suite.kills[place] if suite and place is not None else None,
        mutant_kills=suite.mutant_kills[place] if suite and place is not None else None,
        place=place if known else None,
    )


def _raw(task: TaskRow) -> Cut | None:
    if task.certificate is None:
        return None
    told = json.dumps(json.loads(task.certificate), indent=1, ensure_ascii=False)
    return cut(told, CERTIFICATE)
