"""One task as the page shows it: its texts cut and rendered, its programs and cases beside the votes.

What is not stored is not made up: of a data set from before ballots were kept there are labels and rates, and
no word on single runs.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace

from markupsafe import Markup
from synthsmith.cards.report.code import highlighted
from synthsmith.cards.report.listing import Line
from synthsmith.cards.report.markdown import statement_html
from synthsmith.cards.report.matrix import AnswerView, Cell, answers_to, row_of
from synthsmith.cards.report.reading import CaseRow, ProgramRow, TaskRow, ballots_of, certificate_of
from synthsmith.cards.report.texts import Cut, cut
from synthsmith.verification.certificate import Ballots, Certificate, Vote
from synthsmith.verification.types import Purpose

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
    cells: tuple[Cell, ...]


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
    held_out: bool = False
    sample: bool | None = None
    kills: int | None = None
    mutant_kills: int | None = None
    place: int | None = None
    answers: tuple[AnswerView, ...] = ()


@dataclass(frozen=True, slots=True)
class TaskView:
    """All of a task's page; `line` is what the table says of it, `kept` whether its ballots are there."""

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
    kept: bool

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
    ballots = ballots_of(task, certificate) if certificate else None
    statement = cut(task.statement or "", STATEMENT)
    return TaskView(
        line=line,
        task=task,
        detail=cut(task.detail, DETAIL) if task.detail else None,
        statement=statement_html(statement.text),
        statement_left_out=statement.left_out,
        starter=highlighted(cut(task.starter_code or "", PROGRAM).text, "python"),
        programs=tuple(_program(each, task, certificate, ballots, replies) for each in task.programs),
        cases=_cases(task, certificate, ballots),
        certificate=certificate,
        raw=_raw(task),
        offered=cut(", ".join(task.drawn_features), OFFERED),
        unread=tuple((f"{u.stage} {u.sample_index}", cut(u.detail, DETAIL)) for u in task.unread_replies),
        dropped=tuple((d.case, cut(d.detail, DETAIL), cut(d.head, TEST)) for d in task.dropped_inputs),
        kept=ballots is not None,
    )


def _program(
    row: ProgramRow,
    task: TaskRow,
    certificate: Certificate | None,
    ballots: Ballots | None,
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
        cells=row_of(ballots, name, _columns(task, certificate)) if certificate and ballots else (),
    )


def _columns(task: TaskRow, certificate: Certificate) -> list[int | None]:
    """For each case its place among the votes."""
    places = {vote.case: place for place, vote in enumerate(certificate.votes)}
    return [places.get(case.case) for case in task.cases]


def _cases(task: TaskRow, certificate: Certificate | None, ballots: Ballots | None) -> tuple[CaseView, ...]:
    if certificate is None:
        return tuple(_case(row) for row in task.cases)
    samples = {anchor.case: anchor.agrees for anchor in certificate.anchors if anchor.source == SAMPLE}
    suite = certificate.suite
    places = {case: place for place, case in enumerate(suite.order)} if suite else {}
    names = [program.candidate for program in task.programs]
    views = []
    for row, column in zip(task.cases, _columns(task, certificate), strict=True):
        place = places.get(row.case)
        view = replace(
            _case(row, None if column is None else certificate.votes[column]),
            held_out=row.case in certificate.hold_out_cases,
            sample=samples.get(row.case),
            kills=suite.kills[place] if suite and place is not None else None,
            mutant_kills=suite.mutant_kills[place] if suite and place is not None else None,
            place=place,
            answers=answers_to(ballots, column, row.expected, names)
            if ballots and column is not None
            else (),
        )
        views.append(view)
    return tuple(views)


def _case(row: CaseRow, vote: Vote | None = None) -> CaseView:
    return CaseView(
        name=row.case,
        kind=row.kind,
        weight=row.weight,
        input=cut(row.input, TEST),
        expected=None if row.expected is None else cut(row.expected, TEST),
        stated=None if row.stated is None else cut(row.stated, TEST),
        vote=vote,
        decided=vote is not None and vote.output is not None,
    )


def _raw(task: TaskRow) -> Cut | None:
    if task.certificate is None:
        return None
    told = json.dumps(json.loads(task.certificate), indent=1, ensure_ascii=False)
    return cut(told, CERTIFICATE)
