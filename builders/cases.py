"""From a task to its test inputs: by prompt and by a generator program, all through a validator program.

A wrong input breaks right solutions, so an input counts only once the validator accepted it (exit status 0).
It refuses an input by a non-zero exit status and a message. Where it breaks down instead (traceback, limit),
nothing is known of the input, and it is dropped as well: to lose an input costs less than to keep a wrong
one. A validator that accepts nothing, or that cannot be read, leaves no case at all: the task is rejected.

For a function (LeetCode style) an input holds one JSON value a line, in the order of the parameters.
"""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from synthsmith.builders.arguments import check_arguments
from synthsmith.builders.model import Reply, Request, Unread
from synthsmith.builders.settings import Models
from synthsmith.builders.solutions import read_program
from synthsmith.builders.tasks import Task, read_object
from synthsmith.prompts import ReplyError
from synthsmith.verification.sandbox import Job, Sandbox
from synthsmith.verification.types import Case, Kind, Limits, Outcome, Program, Status

PROMPTED = 15  # inputs asked for by prompt (arXiv 2601.06953, appendix D)
MOST_GENERATED = 40
LARGEST_INPUT_BYTES = 8 << 20  # statements are asked to stay under a quarter of it; rows hold them all
GENERATOR_LIMITS = Limits(cpu_seconds=10.0, memory_mb=1024, output_bytes=64 << 20)
VALIDATOR_LIMITS = Limits(cpu_seconds=10.0, memory_mb=1024, output_bytes=1 << 20)
HEAD = 200


class NotRun(Exception):
    """The sandbox could not run a program: our fault, which says nothing of the task."""


@dataclass(frozen=True, slots=True)
class Dropped:
    """An input that was turned down: its id, why (`detail`), and how it begins (at most 200 characters)."""

    id: str
    detail: str
    head: str


@dataclass(frozen=True, slots=True)
class Proposals:
    """What the model proposed: inputs by prompt, a generator and a validator program (None: not readable)."""

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


def generator_seed(draw: str) -> int:
    """The seed of a draw's generator program."""
    return int.from_bytes(hashlib.sha256(f"{draw}:generator".encode()).digest()[:4], "big") >> 1


def read_proposals(inputs: Reply, generator: Reply, validator: Reply, draw: str) -> Proposals:
    """What the three replies propose; one that cannot be read is kept in `unread`."""
    unread: list[Unread] = []
    prompted: tuple[Case, ...] = ()
    dropped: tuple[Dropped, ...] = ()
    try:
        prompted, dropped = _read_inputs(inputs)
    except ReplyError as error:
        unread.append(_unread("inputs", inputs, str(error)))
    programs: dict[str, Program | None] = {}
    for stage, reply, args in (
        ("generator", generator, ("--seed", str(generator_seed(draw)))),
        ("validator", validator, ()),
    ):
        try:
            programs[stage] = Program(read_program(reply), args=args)
        except ReplyError as error:
            programs[stage] = None
            unread.append(_unread(stage, reply, str(error)))
    replies = (inputs, generator, validator)
    return Proposals(prompted, programs["generator"], programs["validator"], tuple(unread), dropped, replies)


def make_suite(proposals: Proposals, task: Task, sandbox: Sandbox) -> Suite:
    """The cases that are left when the generator has run and everything was checked.

    NotRun where a program could not be run by our fault.
    """
    unread, dropped = list(proposals.unread), list(proposals.dropped)
    cases = list(proposals.prompted)
    if proposals.generator is not None:
        try:
            generated, bad = _generate(proposals.generator, sandbox)
        except ReplyError as error:
            unread.append(_unread("generator", proposals.replies[1], str(error)))
        else:
            cases += generated
            dropped += bad
    cases, bad = _distinct(cases, task)
    dropped += bad
    if proposals.validator is None:
        dropped += [_dropped(case, "there is no validator that could be read") for case in cases]
        return Suite((), tuple(unread), tuple(dropped))
    valid, bad = _validate(cases, proposals.validator, sandbox)
    if cases and not valid:
        detail = f"the validator accepts none of {len(cases)} inputs; the first: {bad[0].detail}"
        unread.append(_unread("validator", proposals.replies[2], detail))
    return Suite(tuple(valid), tuple(unread), (*dropped, *bad))


def _read_inputs(reply: Reply) -> tuple[tuple[Case, ...], tuple[Dropped, ...]]:
    entries = read_object(reply, {"test_cases"})["test_cases"]
    if not isinstance(entries, list) or not entries:
        raise ReplyError("test_cases is no list, or is empty")
    return _read_entries("p", entries, "input_string")


def _generate(program: Program, sandbox: Sandbox) -> tuple[list[Case], list[Dropped]]:
    outcome = _ours(sandbox.run(program, limits=GENERATOR_LIMITS))
    if outcome.status is not Status.OK:
        raise ReplyError(f"the generator ended as {outcome.status}: {_last_line(outcome)}")
    try:
        lines = [line for line in outcome.stdout.decode().split("\n") if line.strip()]
    except UnicodeDecodeError:
        raise ReplyError("the generator's output is not UTF-8") from None
    if not lines:
        raise ReplyError("the generator wrote nothing")
    cases, dropped = _read_entries("g", [_json(line) for line in lines], "input")
    spare = [
        _dropped(case, f"more than {MOST_GENERATED} generated inputs") for case in cases[MOST_GENERATED:]
    ]
    return list(cases[:MOST_GENERATED]), [*dropped, *spare]


def _json(line: str) -> object:
    try:
        value: object = json.loads(line)
    except (ValueError, RecursionError):
        return line
    return value


def _read_entries(
    letter: str, entries: Iterable[object], field: str
) -> tuple[tuple[Case, ...], tuple[Dropped, ...]]:
    """Cases named by their place (p1, p2, ...) out of objects with an input and a kind."""
    cases, dropped = [], []
    for place, entry in enumerate(entries, 1):
        name = f"{letter}{place}"
        text = entry.get(field) if isinstance(entry, dict) else None
        if not isinstance(entry, dict) or not isinstance(text, str):
            dropped.append(Dropped(name, f"not an object with a text {field!r}", _head(str(entry))))
        elif entry.get("kind") not in tuple(Kind):
            dropped.append(Dropped(name, f"no known kind: {str(entry.get('kind'))[:HEAD]!r}", _head(text)))
        else:
            cases.append(Case(name, _normal(text), Kind(entry["kind"])))
    return tuple(cases), tuple(dropped)


def _normal(text: str) -> str:
    """The text with line feeds only and one at its end. More are kept: a last line may be an empty string."""
    text = text.replace("\r\n", "\n")
    return text if text.endswith("\n") else f"{text}\n"


def _distinct(cases: Sequence[Case], task: Task) -> tuple[list[Case], list[Dropped]]:
    """The cases that are no blank, no copy of an earlier one and, for a function, its arguments."""
    kept: dict[str, Case] = {}
    dropped = []
    for case in cases:
        trouble = _trouble(case, task)
        key = case.input.rstrip()
        if trouble:
            dropped.append(_dropped(case, trouble))
        elif key in kept:
            dropped.append(_dropped(case, f"the same as {kept[key].id}"))
        else:
            kept[key] = case
    return list(kept.values()), dropped


def _trouble(case: Case, task: Task) -> str:
    if not case.input.strip():
        return "empty"
    try:
        if len(case.input.encode()) > LARGEST_INPUT_BYTES:
            return f"larger than {LARGEST_INPUT_BYTES >> 20} MiB"
        if task.signature is not None:
            check_arguments(case.input, task.signature)
    except UnicodeEncodeError:
        return "not text: half of a surrogate pair"
    except ValueError as error:
        return str(error)
    return ""


def _validate(
    cases: Sequence[Case], validator: Program, sandbox: Sandbox
) -> tuple[list[Case], list[Dropped]]:
    valid, dropped = [], []
    jobs = (Job(validator, case.input.encode(), VALIDATOR_LIMITS) for case in cases)
    for case, outcome in zip(cases, sandbox.run_all(jobs), strict=True):
        verdict = _refusal(_ours(outcome))
        if verdict:
            dropped.append(_dropped(case, verdict))
        else:
            valid.append(case)
    return valid, dropped


def _refusal(outcome: Outcome) -> str:
    """Why the validator does not accept the input; empty where it does."""
    if outcome.status is Status.OK:
        return ""
    said = outcome.stderr.decode("utf-8", "replace")
    if outcome.status is not Status.CRASH or not outcome.exit_code or "Traceback (most recent" in said:
        return f"the validator broke down ({outcome.status}): {_last_line(outcome)}"
    return f"invalid: {said.strip().split(chr(10))[0][:HEAD] or 'no message'}"


def _last_line(outcome: Outcome) -> str:
    lines = outcome.stderr.decode("utf-8", "replace").strip().split("\n")
    return lines[-1][:HEAD] or "no message"


def _ours(outcome: Outcome) -> Outcome:
    if outcome.status is Status.INTERNAL:
        raise NotRun(f"a program could not be run: {_last_line(outcome)}")
    return outcome


def _dropped(case: Case, detail: str) -> Dropped:
    return Dropped(case.id, detail, _head(case.input))


def _head(text: str) -> str:
    """How the text begins, with question marks for halves of surrogate pairs, which no file could hold."""
    return text[:HEAD].encode("utf-8", "replace").decode()


def _unread(stage: str, reply: Reply, detail: str) -> Unread:
    return Unread(stage, 0, detail, reply.text, reply.model)
