"""Further inputs for a task whose cases are weak: asked for once, by what they let pass.

The prompt shows the golden solution, the changes to it that no case notices (`verification/mutants.py`), and
candidates that answer otherwise without being failed. The reply is read as the inputs before it were; then
the task is verified anew with all of them, by the same validator and the same vote. Nothing of the prompt
comes into the data. A recording has no such reply to give, so none is asked for one.
"""

from dataclasses import replace

from synthsmith.builders import cases
from synthsmith.builders.attempts import Attempt
from synthsmith.builders.drafts import Draft
from synthsmith.builders.model import Reply, Request
from synthsmith.builders.settings import Settings
from synthsmith.verification.decision import Verified

STAGE = "more_inputs"  # and its template
MOST_CHANGES, MOST_PROGRAMS = 8, 2  # shown in a prompt


def ask_more(attempt: Attempt, settings: Settings) -> Request | None:
    """The request for further inputs; None where none are wanted, or nothing is missed."""
    wanted, model = settings.verification.more_inputs, settings.models.cases
    task, outcome = attempt.task, attempt.outcome
    if not wanted or model.recorded or task is None or not isinstance(outcome, Verified):
        return None
    suite = outcome.certificate.suite
    if suite is None or not suite.weak or not (suite.survivors or suite.missed):
        return None
    programs = {solution.id: solution.code.strip() for solution in attempt.solutions}
    values = {
        "statement": task.statement,
        "starter_code": task.starter_code,
        "reference": programs[outcome.golden],
        "changes": suite.survivors[:MOST_CHANGES],
        "programs": [programs[name] for name in suite.missed[:MOST_PROGRAMS]],
        "count": wanted,
    }
    return model.request(STAGE, attempt.draw, STAGE, values)


def with_more(draft: Draft, reply: Reply) -> Draft:
    """The draft with the further inputs of the reply among its proposals."""
    return replace(draft, proposals=cases.with_more(draft.proposals, STAGE, reply))
