"""One task from draw to verdict: `plan` and `draft` ask models and run nothing, `finish` runs programs.

They are apart so that all prompts of a build can be rendered without a sandbox, so that waiting for models
never holds a core, and so that of thousands of tasks whose replies come in any order (a batch API's do) only
those that are being finished hold texts: what `requests` names can be recorded first, and is read then.
"""

import hashlib
from dataclasses import dataclass

from synthsmith.builders import cases, features, solutions, tasks
from synthsmith.builders.asking import Ask, read_or_asked_again
from synthsmith.builders.attempts import Attempt
from synthsmith.builders.cases import Proposals, Suite
from synthsmith.builders.crowd import all_of
from synthsmith.builders.model import Reply, Request, Unread
from synthsmith.builders.runs import NotRun
from synthsmith.builders.sampling import Sampler
from synthsmith.builders.settings import Settings
from synthsmith.builders.tasks import Task
from synthsmith.verification.compare import checker_for, parse_checker
from synthsmith.verification.decision import Reason, Rejected, Verified
from synthsmith.verification.sandbox import Sandbox
from synthsmith.verification.types import Solution
from synthsmith.verification.verify import verify

CHECKER = "tokens"  # how outputs of programs are compared; values of functions are compared as JSON


@dataclass(frozen=True, slots=True)
class Draw:
    """What is given before any model is asked: place in the build, name, and the settings' digest."""

    index: int
    name: str
    settings: str


@dataclass(frozen=True, slots=True)
class Plan:
    """A task, for which everything else is still to be asked."""

    draw: Draw
    drawn: tuple[str, ...]
    task: Task


@dataclass(frozen=True, slots=True)
class Draft:
    """A task with its readable programs and the proposals for its cases; nothing has been run yet.

    The brute-force program, where there is one, is the last of `solutions`.
    """

    draw: Draw
    drawn: tuple[str, ...]
    task: Task
    solutions: tuple[Solution, ...]
    unread: tuple[Unread, ...]
    proposals: Proposals


async def plan(draw: Draw, sampler: Sampler, settings: Settings, ask: Ask) -> Plan | Attempt:
    """The task of a draw, or the finished attempt where it was rejected on the way."""
    style, subtree = sampler.draw(draw.name)
    drawn = features.leaves(subtree)

    def reject(rejected: Rejected, stage: str, reply: Reply) -> Attempt:
        """The attempt that ended with this reply."""
        unread = Unread(stage, 0, rejected.detail, reply.text, reply.model)
        return Attempt(
            draw.index, draw.name, style, drawn, None, rejected, unread=(unread,), settings=draw.settings
        )

    model, least = settings.models.task, settings.min_statement_tokens
    again = settings.asks_again(model)
    request = tasks.ask_design(model, draw.name, style, subtree)
    design, reply = await read_or_asked_again(
        request, ask, lambda reply: tasks.read_design(reply, subtree), _wrong, again=again
    )
    if isinstance(design, Rejected):
        return reject(design, "roles", reply)
    request = tasks.ask_statement(model, draw.name, style, design)
    task, reply = await read_or_asked_again(
        request, ask, lambda reply: tasks.read_statement(reply, style, design, least), _wrong, again=again
    )
    if isinstance(task, Rejected):
        return reject(task, "statement", reply)
    return Plan(draw, drawn, task)


def _wrong(made: object) -> str:
    """What a model is told of a reply that was turned down."""
    return made.detail if isinstance(made, Rejected) else ""


def requests(plan: Plan, settings: Settings) -> tuple[Request, ...]:
    """All that a draft of the plan asks for: candidates, proposals for cases, brute force."""
    name, task = plan.draw.name, plan.task
    return (
        *solutions.ask_solutions(settings, name, task),
        *cases.ask_cases(settings.models, name, task),
        *solutions.ask_brute(settings, name, task),
    )


async def ask_all(plan: Plan, settings: Settings, ask: Ask) -> None:
    """See to it that all replies of a draft are recorded; nobody holds them while others are waited for."""

    async def have(request: Request) -> None:
        await ask(request)

    await all_of(map(have, requests(plan, settings)))
    await _inputs(plan, settings, ask)


async def _inputs(plan: Plan, settings: Settings, ask: Ask) -> Reply:
    """The reply with inputs by prompt, the second one where the first was of no use."""
    request, *_ = cases.ask_cases(settings.models, plan.draw.name, plan.task)
    again = settings.asks_again(settings.models.cases)
    return (await read_or_asked_again(request, ask, cases.trouble_of_inputs, str, again=again))[1]


async def draft(plan: Plan, settings: Settings, ask: Ask) -> Draft | Attempt:
    """The draft, its programs and cases asked for at the same time, or the attempt where it was rejected."""
    draw, task, asked = plan.draw, plan.task, settings.solutions
    replies = await all_of(map(ask, requests(plan, settings)))
    readable, unread = solutions.read_solutions(replies[:asked], task)
    _, generator, validator, *last = replies[asked:]
    inputs = await _inputs(plan, settings, ask)
    brute, unread_brute = solutions.read_brute(last, task)
    proposals = cases.read_proposals(inputs, generator, validator, draw.name, task)
    made = Draft(draw, plan.drawn, task, readable + brute, unread + unread_brute, proposals)
    if len(readable) < settings.min_solutions:
        few = f"{len(readable)} of {asked} candidates are readable"
        detail = f"{few}, at least {settings.min_solutions} are asked for"
        return _attempt(made, _unchecked(proposals), Rejected(Reason.TOO_FEW_SOLUTIONS, detail))
    return made


def finish(draft: Draft, settings: Settings, sandbox: Sandbox) -> Attempt:
    """The attempt: the draft's programs run, its cases checked, its labels voted, its golden chosen."""
    task = draft.task
    try:
        suite = cases.make_suite(draft.proposals, task, sandbox)
    except NotRun as error:
        return _attempt(draft, _unchecked(draft.proposals), Rejected(Reason.JUDGE_ERROR, str(error)))
    if not suite.cases:
        return _attempt(draft, suite, Rejected(Reason.NO_CASES, _no_cases(suite)))
    outcome = verify(
        draft.solutions,
        suite.cases,
        sandbox,
        checker=checker_for(parse_checker(CHECKER), task.signature),
        limits=settings.limits,
        signature=task.signature,
        rules=settings.verification.rules(settings.min_decided, _seed(draft.draw.name)),
        brute_input_bytes=settings.brute_input_bytes,
        suite=settings.verification.suite,
    )
    return _attempt(draft, suite, outcome)


def _unchecked(proposals: Proposals) -> Suite:
    """What was proposed, where it never came to a check."""
    return Suite(proposals.samples + proposals.prompted, proposals.unread, proposals.dropped)


def _no_cases(suite: Suite) -> str:
    whys = [f"{one.stage}: {one.detail}" for one in suite.unread if one.stage != solutions.STAGE]
    whys = whys or [f"{one.id}: {one.detail}" for one in suite.dropped]
    return f"no input is left ({'; '.join(whys[:3]) or 'none was proposed'})"


def _attempt(draft: Draft, suite: Suite, outcome: Verified | Rejected) -> Attempt:
    return Attempt(
        index=draft.draw.index,
        draw=draft.draw.name,
        style=draft.task.style,
        drawn=draft.drawn,
        task=draft.task,
        outcome=outcome,
        solutions=draft.solutions,
        cases=suite.cases,
        unread=draft.unread + suite.unread,
        dropped=suite.dropped,
        settings=draft.draw.settings,
    )


def _seed(name: str) -> int:
    """The seed of a draw's hold-out."""
    return int.from_bytes(hashlib.sha256(f"{name}:verify".encode()).digest()[:4], "big") >> 1
