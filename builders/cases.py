"""From a task to its test inputs: the statement's samples, inputs by prompt, and a generator program's.

All go through a validator program (`screening.py`). One that accepts nothing, or that cannot be read, leaves
no case at all: the task is rejected. Samples come first, so that a copy of one is dropped and the sample,
whose output the statement gives, stays.

For a function (LeetCode style) an input holds one JSON value a line, in the order of the parameters.
"""

from dataclasses import dataclass, replace

from synthsmith.builders.generated import Generated, generate
from synthsmith.builders.inputs import Dropped, drop, read_entries
from synthsmith.builders.model import Reply, Request, Unread
from synthsmith.builders.roles import Models
from synthsmith.builders.samples import read_samples
from synthsmith.builders.screening import distinct, validate
from synthsmith.builders.solutions import read_program
from synthsmith.builders.tasks import Task, read_object
from synthsmith.prompts import ReplyError
from synthsmith.verification.sandbox import Sandbox
from synthsmith.verification.types import Case, Kind, Program

PROMPTED = 15  # inputs asked for by prompt (arXiv 2601.06953, appendix D)


@dataclass(frozen=True, slots=True)
class Proposals:
    """What there is to begin with: the statement's samples, inputs by prompt, a generator and a validator
    program (None: not readable). `draw` is where the generator's seeds come from.
    """

    draw: str
    samples: tuple[Case, ...]
    prompted: tuple[Case, ...]
    generator: Program | None
    validator: Program | None
    unread: tuple[Unread, ...]
    dropped: tuple[Dropped, ...]
    replies: tuple[Reply, Reply, Reply]


@dataclass(frozen=True, slots=True)
class Suite:
    """The inputs that are left, in order, and what was dropped or could not be used on the way."""

    cases: tuple[Case, ...]
    unread: tuple[Unread, ...]
    dropped: tuple[Dropped, ...]


def ask_cases(models: Models, draw: str, task: Task) -> tuple[Request, Request, Request]:
    """The requests for inputs, generator and validator, in this order."""
    values = {"statement": task.statement, "starter_code": task.starter_code}
    return (
        models.cases.request("inputs", draw, "inputs", {**values, "count": PROMPTED}),
        models.cases.request("generator", draw, "generator", values),
        models.validator.request("validator", draw, "validator", values),
    )


def read_proposals(inputs: Reply, generator: Reply, validator: Reply, draw: str, task: Task) -> Proposals:
    """What the statement and the three replies propose; a reply that cannot be read is kept in `unread`."""
    unread: list[Unread] = []
    prompted: tuple[Case, ...] = ()
    dropped: tuple[Dropped, ...] = ()
    try:
        prompted, dropped = _read_inputs(inputs, "p")
    except ReplyError as error:
        unread.append(_unread("inputs", inputs, str(error)))
    programs: dict[str, Program | None] = {}
    for stage, reply in (("generator", generator), ("validator", validator)):
        try:
            programs[stage] = Program(read_program(reply))
        except ReplyError as error:
            programs[stage] = None
            unread.append(_unread(stage, reply, str(error)))
    return Proposals(
        draw=draw,
        samples=read_samples(task.statement, task.style, task.signature),
        prompted=prompted,
        generator=programs["generator"],
        validator=programs["validator"],
        unread=tuple(unread),
        dropped=dropped,
        replies=(inputs, generator, validator),
    )


def make_suite(proposals: Proposals, task: Task, sandbox: Sandbox) -> Suite:
    """The cases that are left when the generator has run and everything was checked.

    NotRun where a program could not be run by our fault.
    """
    unread, dropped = list(proposals.unread), list(proposals.dropped)
    made = generate(proposals.generator, proposals.draw, sandbox) if proposals.generator else Generated()
    generator, validator = proposals.replies[1:]
    unread += (_unread("generator", generator, failure) for failure in made.failures)
    dropped += made.dropped
    cases, bad = distinct([*proposals.samples, *proposals.prompted, *made.cases], task)
    dropped += bad
    if proposals.validator is None:
        dropped += [drop(case, "there is no validator that could be read") for case in cases]
        return Suite((), tuple(unread), tuple(dropped))
    valid, bad = validate(cases, proposals.validator, sandbox)
    if cases and not valid:
        detail = f"the validator accepts none of {len(cases)} inputs; the first: {bad[0].detail}"
        unread.append(_unread("validator", validator, detail))
    elif proposals.generator and not any(case in made.cases and case.kind is Kind.STRESS for case in valid):
        unread.append(_unread("generator", generator, "no stress case is left of what the generator made"))
    return Suite(tuple(valid), tuple(unread), (*dropped, *bad))


def trouble_of_inputs(reply: Reply) -> str:
    """What keeps the inputs in a reply from being read; empty where they can be."""
    try:
        _read_inputs(reply, "p")
    except ReplyError as error:
        return str(error)
    return ""


def with_more(proposals: Proposals, stage: str, reply: Reply) -> Proposals:
    """The proposals with further inputs by prompt, named more1, more2, ...; what cannot be read is kept."""
    try:
        cases, dropped = _read_inputs(reply, "more")
    except ReplyError as error:
        return replace(proposals, unread=(*proposals.unread, _unread(stage, reply, str(error))))
    prompted = proposals.prompted + cases
    return replace(proposals, prompted=prompted, dropped=proposals.dropped + dropped)


def _read_inputs(reply: Reply, prefix: str) -> tuple[tuple[Case, ...], tuple[Dropped, ...]]:
    entries = read_object(reply, {"test_cases"})["test_cases"]
    if not isinstance(entries, list) or not entries:
        raise ReplyError("test_cases is no list, or is empty")
    return read_entries(prefix, entries, "input_string")


def _unread(stage: str, reply: Reply, detail: str) -> Unread:
    return Unread(stage, 0, detail, reply.text, reply.model)
