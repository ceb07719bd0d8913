"""All samples of one question, ready to be judged, and the lines that tell what became of them.

    {id, sample, verdict, passed, total, cpu_seconds, tokens?, detail?, digest}

Samples that are one program are judged once. `digest` is over what a verdict depends on, but for the machine:
program, tests, checker, limits, and whether programs were isolated in full. By it a verdict is known again
when an evaluation goes on.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from synthsmith.builders.evaluation.answers import Answer, NoCode, program_of
from synthsmith.builders.evaluation.questions import Question
from synthsmith.builders.model import digest
from synthsmith.verification.judge import Entry, Judged
from synthsmith.verification.judge_file import entry_for
from synthsmith.verification.problems import Problem
from synthsmith.verification.programs import number_programs
from synthsmith.verification.types import Solution

NO_CODE = "no code"
Line: TypeAlias = dict[str, object]


@dataclass(frozen=True, slots=True)
class Slot:
    """One sample: which of the sheet's entries it is, or, with None, why there is no program."""

    answer: Answer
    entry: int | None
    digest: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Sheet:
    """One question with its samples; `entries` are the distinct programs among them."""

    question: Question
    slots: tuple[Slot, ...]
    entries: tuple[Entry, ...]

    @property
    def characters(self) -> int:
        """How much text its tests are."""
        return sum(len(case.input) + len(case.expected or "") for case in self.question.problem.cases)

    def lines(self, verdicts: Sequence[Judged]) -> list[Line]:
        """A line for each sample, where there is a verdict for each entry."""
        return [self._line(slot, verdicts) for slot in self.slots]

    def fits(self, lines: Sequence[Mapping[str, object]]) -> bool:
        """Whether these are the lines of this sheet, and all of them still hold."""
        wanted = [(self.question.id, slot.answer.sample, slot.digest) for slot in self.slots]
        told = [(line.get("id"), line.get("sample"), line.get("digest")) for line in lines]
        return wanted == told and all(line.get("verdict") != "JE" for line in lines)

    def _line(self, slot: Slot, verdicts: Sequence[Judged]) -> Line:
        judged = None if slot.entry is None else verdicts[slot.entry]
        detail = slot.detail if judged is None else judged.detail
        tokens = slot.answer.tokens
        return {
            "id": self.question.id,
            "sample": slot.answer.sample,
            "verdict": NO_CODE if judged is None else str(judged.verdict),
            "passed": 0 if judged is None else judged.passed,
            "total": len(self.question.problem.cases),
            "cpu_seconds": 0.0 if judged is None else round(judged.usage.cpu_seconds, 4),
            **({} if tokens is None else {"tokens": tokens}),
            **({"cut": True} if slot.answer.cut else {}),
            **({"detail": detail} if detail else {}),
            "digest": slot.digest,
        }


def sheet_of(
    question: Question, answers: Sequence[Answer], *, isolated: bool = True, may_share: bool = False
) -> Sheet:
    """The sheet of the question and what was answered to it."""
    told = f"{_digest(question.problem)} {isolated}"
    found = [_program(answer, question) for answer in answers]
    programs = [each for each in found if not isinstance(each, NoCode)]
    numbers = number_programs(programs)
    firsts = [numbers.index(number) for number in sorted(set(numbers))]
    entries = tuple(
        replace(entry_for(question.problem, programs[first]), may_share=may_share, stop=True)
        for first in firsts
    )
    following = iter(numbers)
    slots = []
    for answer, each in zip(answers, found, strict=True):
        if isinstance(each, NoCode):
            slots.append(Slot(answer, None, digest([told, answer.form, _sha(answer.text)]), str(each)))
        else:
            key = digest([told, each.language, _sha(each.code)])
            slots.append(Slot(answer, next(following), key))
    return Sheet(question, tuple(slots), entries)


def _program(answer: Answer, question: Question) -> Solution | NoCode:
    try:
        return program_of(answer, question)
    except NoCode as reason:
        return reason


def _digest(problem: Problem) -> str:
    """The digest of all of the problem that a verdict depends on."""
    whole = hashlib.sha256(repr((problem.checker, problem.limits, problem.signature)).encode())
    for case in problem.cases:
        for text in (case.input, case.expected or ""):
            data = text.encode()
            whole.update(b"%d:" % len(data))
            whole.update(data)
    return whole.hexdigest()


def _sha(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
