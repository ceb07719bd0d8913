"""code-judge's protocol, which X-Coder's trainer speaks: a submission and what it should print -> a verdict.

`POST /judge` takes `{sub_id?, type, solution, input?, expected_output?, options?}` and answers
`{sub_id, success, run_success, cost, reason}`; `/run` adds `stdout` and `stderr` (its last 4 KiB). `type` is
`python` or `cpp`. `run_success`: ended by itself, with exit code 0, within all limits. `success`: that, and
the output is right where one is expected. `cost`: wall seconds. Of `options` these are understood, all given
as strings, and any other is refused, for whoever sends one expects something of it:

    checker       a kind (`tokens`, which is the default, `exact`, `lines`, `unordered`, `floats`), or JSON
                  such as `{"kind": "floats", "absolute": 1e-6}`, or a program:
                  `{"kind": "program", "language": "cpp", "code": ...}`
    entry         starter code: the solution is a function, the input holds one JSON value a line
    cpu_seconds   the time limit
    memory_mb     the memory limit

`reason` is empty for a plain yes or no (a wrong output, a crash, too much memory or output, no compilable
program), else

    worker_timeout   the program's time was over
    queue_timeout    the server was too busy to start it; ask again
    internal_error   the server, or a checker program, failed; this says nothing of the program
    invalid_input    it holds half a surrogate pair, which is no text, or this machine cannot run its language
"""

import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass

from synthsmith.verification.compare import TOKENS, Checker, checker_for, parse_checker
from synthsmith.verification.errors import InputError
from synthsmith.verification.rulings import cannot_rule, limits_for, rule_all
from synthsmith.verification.sandbox import SKIPPED, Sandbox, cannot_run
from synthsmith.verification.serve.fields import Fields, Place, fields, language_of, shown, with_limits
from synthsmith.verification.serve.metrics import CANCELLED
from synthsmith.verification.signatures import parse_signature
from synthsmith.verification.types import Case, Limits, Outcome, Program, Signature, Status

_OPTIONS = ("checker", "cpu_seconds", "entry", "memory_mb")
_NO_OPTIONS = Fields({})
_REASONS = {Status.TIME: "worker_timeout", Status.INTERNAL: "internal_error"}


@dataclass(frozen=True, slots=True)
class Submission:
    sub_id: str
    program: Program
    stdin: str
    expected: str | None
    checker: Checker
    limits: Limits


@dataclass(frozen=True, slots=True)
class Result:
    """The answer to one submission. `outcome` is what the metrics call it."""

    sub_id: str
    reason: str
    outcome: str
    success: bool = False
    run_success: bool = False
    cost: float = 0.0
    stdout: str = ""
    stderr: str = ""


def read_submission(value: object, limits: Limits, place: Place = ()) -> Submission:
    """The submission in a body, or in its part at `place`; MalformedError where it is none."""
    given = fields(value, place)
    language = language_of(given.text("type"))
    if language is None:
        raise given.wrong("type", f'must be "python" or "cpp", not {shown(given.text("type"))}')
    options = _options(given)
    signature = _signature(options)
    return Submission(
        sub_id_of(given),
        Program(given.text("solution"), language, signature),
        given.optional_text("input") or "",
        given.optional_text("expected_output"),
        checker_for(_checker(options), signature),
        _limits(options, limits),
    )


def sub_id_of(given: Fields) -> str:
    """The name that the client gave, or one that nobody else has."""
    return given.optional_text("sub_id") or secrets.token_hex(16)


def judge(submission: Submission, sandbox: Sandbox, unless: Callable[[], bool]) -> Result:
    """What became of the submission. Blocks until it has run, or nobody wants it any more (`unless`)."""
    stdin, expected = _bytes(submission.stdin), _bytes(submission.expected or "")
    if stdin is None or expected is None or cannot_run(submission.program.language):
        return refused(submission.sub_id, "invalid_input")
    outcome = sandbox.run(submission.program, stdin, submission.limits, unless=unless)
    if outcome is SKIPPED:
        return refused(submission.sub_id, CANCELLED)
    ran = outcome.status is Status.OK
    right = ran and (submission.expected is None or _accepted(submission, outcome.stdout, sandbox))
    if right is None:
        return refused(submission.sub_id, "internal_error")
    return Result(
        submission.sub_id,
        _REASONS.get(outcome.status, ""),
        _name(outcome, right=right),
        right,
        ran,
        outcome.usage.wall_seconds,
        outcome.stdout.decode(errors="replace"),
        outcome.stderr.decode(errors="replace"),
    )


def refused(sub_id: str, reason: str) -> Result:
    """The answer to a submission that was not run."""
    return Result(sub_id, reason, reason)


def answer(result: Result, *, with_output: bool) -> bytes:
    """The result as JSON: for `/run` with what the program wrote."""
    shown = {
        "sub_id": result.sub_id,
        "success": result.success,
        "run_success": result.run_success,
        "cost": round(result.cost, 6),
        "reason": result.reason,
    }
    if with_output:
        shown |= {"stdout": result.stdout, "stderr": result.stderr}
    return json.dumps(shown).encode()  # ASCII: half a surrogate pair in a sub_id goes back as it came


def _options(given: Fields) -> Fields:
    options = given.values.get("options")
    if options is None:
        return _NO_OPTIONS
    found = fields(options, (*given.place, "options"))
    for name in found.values:
        if name not in _OPTIONS:
            raise found.wrong(name, f"is not known; there is {', '.join(_OPTIONS)}")
    return found


def _checker(options: Fields) -> Checker:
    text = options.optional_text("checker")
    if text is None:
        return TOKENS
    try:
        checker = parse_checker(json.loads(text) if text.startswith("{") else text)
    except (InputError, ValueError, RecursionError) as error:
        raise options.wrong("checker", f"cannot be used: {error}") from error
    if reason := cannot_rule(checker):
        raise options.wrong("checker", f"cannot be used: {reason}")
    return checker


def _signature(options: Fields) -> Signature | None:
    text = options.optional_text("entry")
    if text is None:
        return None
    try:
        return parse_signature(text)
    except InputError as error:
        raise options.wrong("entry", f"cannot be used: {error}") from error


def _accepted(submission: Submission, output: bytes, sandbox: Sandbox) -> bool | None:
    """Whether the output is right; None where the checker, a program, failed."""
    case = Case("0", submission.stdin, expected=submission.expected)
    claim = case, output
    limits = limits_for(submission.limits)
    return rule_all(submission.checker, [claim], sandbox, limits)[claim]


def _limits(options: Fields, limits: Limits) -> Limits:
    if not options.values:
        return limits
    cpu_seconds = _number(options, "cpu_seconds", limits.cpu_seconds)
    memory_mb = _number(options, "memory_mb", limits.memory_mb)
    return with_limits(options, ("cpu_seconds", "memory_mb"), limits, cpu_seconds, memory_mb)


def _number(options: Fields, name: str, default: float) -> float:
    text = options.optional_text(name)
    if text is None:
        return default
    try:
        return Fields({name: float(text)}, options.place).number(name, default)
    except ValueError as error:
        raise options.wrong(name, f"must be a number in a string, not {shown(text)}") from error


def _name(outcome: Outcome, *, right: bool) -> str:
    return "right" if right else "wrong" if outcome.status is Status.OK else str(outcome.status)


def _bytes(text: str) -> bytes | None:
    try:
        return text.encode()
    except UnicodeEncodeError:
        return None
