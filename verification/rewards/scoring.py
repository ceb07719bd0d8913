"""Answers to rows -> scores: the one way that all trainers' functions go."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from synthsmith.verification.errors import SandboxError
from synthsmith.verification.judge import Entry, Judged
from synthsmith.verification.rewards import local, remote
from synthsmith.verification.rewards.answer import final_program
from synthsmith.verification.rewards.options import Options, Scale
from synthsmith.verification.rewards.row import Known
from synthsmith.verification.types import Verdict

TRIES = 2  # a verdict that we failed to give is asked for once more


@dataclass(frozen=True, slots=True)
class Answer:
    """What a policy said, and the tests of what it was asked."""

    completion: str
    known: Known


@dataclass(frozen=True, slots=True)
class Score:
    """`value` is the reward, `verdict` the judge's word, None where the answer gives no program."""

    value: float
    verdict: Verdict | None

    @property
    def right(self) -> bool:
        """Whether all tests were passed."""
        return self.verdict is Verdict.AC


def score_all(answers: Sequence[Answer], options: Options) -> list[Score | None]:
    """The scores in order; None where a program could not be judged by our fault, or its checker's.

    SandboxError where programs cannot be judged at all.
    """
    programs = [final_program(each.completion, reasoned=options.reasoned) for each in answers]
    entries = {
        index: answer.known.entry(program, stop=options.scale is Scale.ALL)
        for index, (answer, program) in enumerate(zip(answers, programs, strict=True))
        if program is not None
    }
    judged = _judged(entries, options)
    nothing = Score(options.no_program, None)
    return [_score(judged[index], options) if index in judged else nothing for index in range(len(answers))]


def value_of(score: Score | None, options: Options) -> float:
    """The reward for a trainer that has no word for what could not be judged."""
    if score is not None:
        return score.value
    if options.on_fault is None:
        raise SandboxError(
            "a program could not be judged, also when tried again; the option on_fault=0.0 goes on then."
        )
    return options.on_fault


def _judged(entries: Mapping[int, Entry], options: Options) -> dict[int, Judged]:
    """The verdicts by the answers' numbers."""
    found: dict[int, Judged] = {}
    left = dict(entries)
    for _ in range(TRIES):
        if left:
            found |= zip(left, _judge(list(left.values()), options), strict=True)
        left = {number: entry for number, entry in left.items() if found[number].verdict is Verdict.JE}
    return found


def _judge(entries: Sequence[Entry], options: Options) -> list[Judged]:
    if options.judge_url is not None:
        return remote.judge_all(entries, options.judge_url)
    return local.judge_all(entries, options.workers, unsafe=options.unsafe)


def _score(judged: Judged, options: Options) -> Score | None:
    if judged.verdict is Verdict.JE:
        return None
    if options.scale is Scale.ALL:
        return Score(float(judged.verdict is Verdict.AC), judged.verdict)
    faults = sum(case.verdict is Verdict.JE for case in judged.cases)
    return Score(judged.passed / (judged.total - faults), judged.verdict)
