"""From a drawn subtree to a task, in two stages: choose features that fit together, then write the statement.

One prompt for both picks few features and makes trivial problems (arXiv 2601.06953, table 9). What a reply
lacks is a Rejected with its reason; nothing is filled in. Nor does a statement pass that gives hints, or
whose samples nobody can read: solvers would stumble over them, and candidates cost more than statements.
"""

import re
from dataclasses import dataclass

from synthsmith.builders.arguments import unknown_type
from synthsmith.builders.features import Nested, fold, leaves
from synthsmith.builders.model import Reply, Request, digest
from synthsmith.builders.roles import ModelSettings
from synthsmith.builders.samples import read_samples
from synthsmith.prompts import ReplyError, final_answer, hints, json_object, missing_sections
from synthsmith.verification.decision import Reason, Rejected
from synthsmith.verification.errors import InputError
from synthsmith.verification.signatures import parse_signature
from synthsmith.verification.types import Signature

FUNCTION_STYLES = frozenset({"leetcode"})  # a function is to be written, not a program
_TOKEN = re.compile(r"\w+|[^\w\s]")


@dataclass(frozen=True, slots=True)
class Task:
    """What is to be solved. `id` is the hash of features and statement; `features` are the chosen leaves.

    `signature` and `starter_code` are there for a function to be written (LeetCode style), else None and "".
    """

    id: str
    style: str
    statement: str
    features: tuple[str, ...]
    signature: Signature | None = None
    starter_code: str = ""


@dataclass(frozen=True, slots=True)
class Role:
    """A chosen feature and the part it may play in the task."""

    feature: str
    potential_use: str


@dataclass(frozen=True, slots=True)
class Design:
    """Stage 1: the chosen features, each once, and how they work together."""

    roles: tuple[Role, ...]
    strategy: str


def ask_design(model: ModelSettings, draw: str, style: str, subtree: Nested) -> Request:
    """The request of stage 1."""
    return model.request("roles", draw, "roles", {"features": subtree, "style": style})


def read_design(reply: Reply, subtree: Nested) -> Design | Rejected:
    """The design in the reply; rejected unless every chosen feature is a leaf of the subtree."""
    try:
        answer = read_object(reply, {"feature_roles_tree", "selected_features", "integration_strategy"})
        roles = _roles(answer["selected_features"])
        strategy = _text(answer["integration_strategy"], "integration_strategy")
    except ReplyError as error:
        return Rejected(Reason.DESIGN_UNREADABLE, str(error))
    known = {fold(leaf): leaf for leaf in leaves(subtree)}
    foreign = [role.feature for role in roles if fold(role.feature) not in known]
    if foreign:
        shown = ", ".join(repr(name[:80]) for name in foreign)
        return Rejected(Reason.FOREIGN_FEATURES, f"not among the leaves of the drawn subtree: {shown}")
    chosen = {fold(role.feature): Role(known[fold(role.feature)], role.potential_use) for role in roles}
    return Design(tuple(chosen.values()), strategy)


def ask_statement(model: ModelSettings, draw: str, style: str, design: Design) -> Request:
    """The request of stage 2."""
    chosen = [{"feature": role.feature, "potential_use": role.potential_use} for role in design.roles]
    values = {"selected_features": chosen, "integration_strategy": design.strategy}
    return model.request("statement", draw, f"statement_{style}", values)


def read_statement(reply: Reply, style: str, design: Design, min_tokens: int) -> Task | Rejected:
    """The task in the reply, with all that its style asks for, or why it is none."""
    function = style in FUNCTION_STYLES
    try:
        answer = read_object(reply, {"question", "starter_code"} if function else {"question"})
        statement = _text(answer["question"], "question")
        starter_code = _text(answer["starter_code"], "starter_code") if function else ""
    except ReplyError as error:
        return Rejected(Reason.STATEMENT_UNREADABLE, str(error))
    features = tuple(role.feature for role in design.roles)
    signature = _signature(starter_code) if function else None
    if isinstance(signature, Rejected):
        return signature
    trouble = _trouble(statement, style, features, min_tokens) or _unread_samples(statement, style, signature)
    if trouble:
        return trouble
    task_id = digest([sorted(features), statement, starter_code])[:16]
    return Task(task_id, style, statement, features, signature, starter_code)


def _signature(starter_code: str) -> Signature | Rejected:
    try:
        signature = parse_signature(starter_code)
    except InputError as error:
        return Rejected(Reason.NO_SIGNATURE, str(error))
    unknown = unknown_type(signature)
    if unknown:
        return Rejected(Reason.NO_SIGNATURE, f"{signature.method}: no JSON value is of the type {unknown!r}")
    return signature


def _trouble(statement: str, style: str, features: tuple[str, ...], min_tokens: int) -> Rejected | None:
    """What is wrong with the statement as a text."""
    missing = missing_sections(statement, style)
    if missing:
        return Rejected(Reason.STATEMENT_INCOMPLETE, f"the statement lacks the headings {', '.join(missing)}")
    tokens = count_tokens(statement)
    if tokens < min_tokens:
        return Rejected(
            Reason.STATEMENT_TOO_SHORT,
            f"the statement has {tokens} tokens, at least {min_tokens} are asked for",
        )
    try:
        leaked = hints(statement, features)
    except ReplyError as error:
        return Rejected(Reason.STATEMENT_UNREADABLE, str(error))
    if leaked:
        shown = ", ".join(repr(hint[:80]) for hint in leaked)
        return Rejected(Reason.STATEMENT_LEAKS, f"the statement says how to solve it: {shown}")
    return None


def _unread_samples(statement: str, style: str, signature: Signature | None) -> Rejected | None:
    try:
        read_samples(statement, style, signature)
    except ReplyError as error:
        return Rejected(Reason.SAMPLES_UNREADABLE, str(error))
    return None


def count_tokens(text: str) -> int:
    """How many words and single punctuation marks a text has: a count that needs no tokenizer.

    English statements have about as many tokens by a model's tokenizer.
    """
    return len(_TOKEN.findall(text))


def read_object(reply: Reply, fields: set[str]) -> dict[str, object]:
    """The JSON object that is the final answer, with exactly these fields; ReplyError where it is not."""
    if reply.error:
        raise ReplyError(reply.error)
    answer = json_object(final_answer(reply.text))
    if set(answer) != fields:
        raise ReplyError(f"the object has the fields {sorted(answer)}, expected {sorted(fields)}")
    return answer


def _roles(value: object) -> tuple[Role, ...]:
    if not isinstance(value, list) or not value:
        raise ReplyError(
            "selected_features is no list of objects with feature and potential_use, or is empty"
        )
    roles = []
    for entry in value:
        if not isinstance(entry, dict):
            raise ReplyError(
                "selected_features holds something else than objects with feature and potential_use"
            )
        use = _text(entry.get("potential_use"), "potential_use")
        roles.append(Role(_text(entry.get("feature"), "feature"), use))
    return tuple(roles)


def _text(value: object, field: str) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ReplyError(f"the field {field!r} is no text, or is empty")
    return value.strip()
