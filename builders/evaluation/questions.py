"""One row of a benchmark -> a question: what a model is asked, and the problem that its answer is judged by.

Rows of ours are problems as `synthsmith judge` takes them, or rows of `rl`; others go by a layout.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from synthsmith.builders.foreign.columns import Columns, UnmappedError
from synthsmith.builders.foreign.layout import Layout
from synthsmith.builders.foreign.mapped import mapped
from synthsmith.builders.model import Message
from synthsmith.prompts import render
from synthsmith.verification.errors import InputError
from synthsmith.verification.judge_file import require_judgeable
from synthsmith.verification.problems import Problem, problem_of
from synthsmith.verification.signatures import declaration
from synthsmith.verification.types import Limits

TEMPLATE = "_question"
RL_COLUMNS = (
    "prompt",
    "reward_model",
    "task_id",
    "entry",
    "checker",
    "pass_rate",
    "cpu_seconds_limit",
    "memory_mb_limit",
)
# What a run may use where rows do not say, as near to the benchmark's own rules as matters.
USUAL = {
    "livecodebench": Limits(6.0, memory_mb=1024),
    "humaneval": Limits(3.0),
    "mbpp": Limits(3.0),
}
# Of verified tasks, whose candidates mostly pass nearly all: the least pass rate of each band, easiest first.
BANDS = (1.0, 0.9, 0.75, 0.5, 0.0)
_DATES = ("contest_date", "date")


@dataclass(frozen=True, slots=True)
class Question:
    """One problem of a benchmark. `messages` ask a model for it; none where there is no statement.

    `difficulty` and `date` (as in ISO 8601) are empty where not known. `begun` is code that answers continue.
    """

    id: str | int
    problem: Problem
    messages: tuple[Message, ...] = ()
    difficulty: str = ""
    date: str = ""
    begun: str = ""

    @property
    def name(self) -> str:
        """The id as text: files of generations may have numbers where benchmarks have texts."""
        return str(self.id)


def of_layout(row: Mapping[str, object], layout: Layout, name: str, where: str, called: str) -> Question:
    """The question in a row by a layout; InputError, which begins with `where`, for none.

    What of a pytest module only pytest could run is left out; any other test that cannot be read is an error.
    """
    try:
        entry = mapped(row, layout, where, called)
        begun = Columns(row).text(layout.begun)
    except UnmappedError as error:
        raise InputError(f"{where}: {error}") from None
    problem = entry.problem
    if entry.stated.left_out and not any(part.form == "pytest" for part in layout.tests):
        raise InputError(f"{where}: tests cannot be used: {', '.join(entry.stated.left_out)}.")
    if name in USUAL and layout.time_limit is None:
        problem = replace(problem, limits=USUAL[name])
    shown = any(part.shown for part in layout.tests)
    return _question(problem, row.get("starter_code"), begun, shown=shown)


def of_problem(row: Mapping[str, object], where: str) -> Question:
    """The question in a row as `synthsmith judge` takes it."""
    return _question(problem_of({**row, "submissions": []}, where), row.get("entry"))


def of_rl(row: Mapping[str, object], where: str, called: str) -> Question:
    """The question in a row of `rl`: its own prompt, its tests under `reward_model`."""
    problem = problem_of(_as_problem(row, where, called), where)
    require_judgeable(problem)
    messages = _messages(row.get("prompt"), where)
    return Question(problem.id, problem, messages, difficulty=_band(row.get("pass_rate")))


def _question(problem: Problem, starter: object, begun: str = "", *, shown: bool = False) -> Question:
    require_judgeable(problem)
    tests = [case.input for case in problem.cases] if shown else []
    asked = render(
        TEMPLATE,
        statement=problem.statement.strip(),
        starter_code=_starter(problem, starter),
        begun=begun.rstrip(),
        judged=problem.assertions,
        tests=tests,
    )
    messages = (Message("user", asked),) if problem.statement.strip() else ()
    date = next((str(problem.extra[name]) for name in _DATES if problem.extra.get(name)), "")
    difficulty = problem.extra.get("difficulty")
    shown_difficulty = "" if difficulty is None else str(difficulty).encode(errors="replace").decode()
    return Question(problem.id, problem, messages, shown_difficulty, date, begun)


def _starter(problem: Problem, starter: object) -> str:
    """What declares the function, as the row has it, or else as it is called; empty for whole programs."""
    signature = problem.signature
    if signature is None:
        return ""
    if isinstance(starter, str) and signature.method in starter:
        return starter.rstrip()
    return declaration(signature).rstrip()


def _as_problem(row: Mapping[str, object], where: str, called: str) -> dict[str, object]:
    reward, checker = row.get("reward_model"), row.get("checker")
    truth = reward.get("ground_truth") if isinstance(reward, Mapping) else None
    tests = _object(truth, f"{where}: field reward_model.ground_truth")
    if isinstance(checker, str) and checker.startswith("{"):
        checker = _object(checker, f"{where}: field checker")
    judged = row.get("entry") == "assertions"
    given, right = tests.get("assert_case" if judged else "inputs"), tests.get("outputs")
    if not isinstance(given, list) or not (judged or (isinstance(right, list) and len(right) == len(given))):
        raise InputError(f"{where}: field reward_model.ground_truth holds no inputs with their outputs.")
    if tests.get("fn_name") and not row.get("entry"):
        raise InputError(f"{where}: field entry is missing, but a function is called (fn_name).")
    outputs: Sequence[object] = right if isinstance(right, list) and not judged else [None] * len(given)
    return {
        "id": row.get("task_id") or called,
        "entry": row.get("entry"),
        **({"checker": checker} if checker is not None and not judged else {}),
        "time_limit_s": row.get("cpu_seconds_limit"),
        "memory_mb": row.get("memory_mb_limit"),
        "tests": [{"input": one, "output": two} for one, two in zip(given, outputs, strict=True)],
        "submissions": [],
    }


def _object(text: object, what: str) -> dict[str, object]:
    try:
        value = json.loads(text) if isinstance(text, str) else text
    except (ValueError, RecursionError) as error:
        raise InputError(f"{what} is not JSON ({error}).") from None
    if not isinstance(value, dict):
        raise InputError(f"{what} must be a JSON object.")
    return value


def _messages(prompt: object, where: str) -> tuple[Message, ...]:
    turns = [{"role": "user", "content": prompt}] if isinstance(prompt, str) else prompt
    if not isinstance(turns, list) or not turns:
        raise InputError(f"{where}: field prompt must be a list of turns, each with role and content.")
    found = []
    for number, turn in enumerate(turns):
        role, content = (turn.get("role"), turn.get("content")) if isinstance(turn, Mapping) else (None, None)
        if not isinstance(role, str) or not isinstance(content, str):
            raise InputError(f"{where}: field prompt[{number}] must be a turn with role and content.")
        found.append(Message(role, content))
    return tuple(found)


def _band(rate: object) -> str:
    """The band in which a pass rate lies, as a difficulty; empty where none is told."""
    if not isinstance(rate, int | float) or isinstance(rate, bool) or not 0 <= rate <= 1:
        return ""
    number = next(number for number, least in enumerate(BANDS) if rate >= least)
    return f"pass rate {BANDS[number]:.2f}" + (f" to {BANDS[number - 1]:.2f}" if number else "")
