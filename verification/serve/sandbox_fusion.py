"""The protocol of SandboxFusion, which verl's reward manager speaks: a program and its input -> what it did.

`POST /run_code` takes `{code, language, stdin?, compile_timeout?, run_timeout?, memory_limit_MB?, files?,
fetch_files?}` and answers `{status, message, compile_result, run_result, executor_pod_name, files}`. What is
not done is said by the status `SandboxError` and a message: other languages than `python` and `cpp`, files to
be placed, files to be fetched (verl sends both fields empty). Otherwise:

    run_timeout       the limit of CPU seconds, 10 if not given; the wall limit is WALL_SECONDS more
    compile_timeout   accepted, not applied: a program is built once, under the sandbox's own limits
    memory_limit_MB   the memory limit; the server's own if not given or below 1
    compile_result    null for Python, whose refusal by the compiler is a run with exit code 1
    run_result        `Error` where a limit other than that of time ended it; `return_code` is null where any
                      limit did, minus the signal's number where a signal did
    execution_time    wall seconds

verl gives up after compile_timeout + run_timeout + 10 s and asks again only after a 504; so a request that
could not be started within the time that leaves enough for the run is answered 504.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, replace

from synthsmith.verification.sandbox import SKIPPED, Sandbox, cannot_run
from synthsmith.verification.serve.fields import Fields, fields, language_of, shown, with_limits
from synthsmith.verification.serve.metrics import CANCELLED
from synthsmith.verification.types import Language, Limits, Outcome, Program, Status

WALL_SECONDS = 5.0
QUEUE_SECONDS = 3.0  # with WALL_SECONDS, 2 s less than what the client waits longer than for the program
DEFAULT_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class RunCode:
    program: Program
    stdin: bytes
    limits: Limits
    queue_seconds: float
    refusal: str = ""  # why it is not run, where it is not


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer as JSON, and what the metrics call it."""

    body: bytes
    outcome: str


def read_run_code(value: object, limits: Limits) -> RunCode:
    """The request in a body; MalformedError where it is none."""
    given = fields(value)
    language = language_of(given.text("language"))
    compile_seconds = given.number("compile_timeout", DEFAULT_SECONDS)
    if compile_seconds <= 0:
        raise given.wrong("compile_timeout", f"must be above 0, not {compile_seconds:g}")
    return RunCode(
        Program(given.text("code"), language or Language.PYTHON),
        _stdin(given),
        _limits(given, limits),
        compile_seconds + QUEUE_SECONDS,
        _refusal(given, language),
    )


def run_code(request: RunCode, sandbox: Sandbox, unless: Callable[[], bool]) -> Answer:
    """What became of the program. Blocks until it has run, or nobody wants it any more (`unless`)."""
    if request.refusal:
        return failed(request.refusal, "invalid_input")
    outcome = sandbox.run(request.program, request.stdin, request.limits, unless=unless)
    if outcome is SKIPPED:
        return failed("the client has left", CANCELLED)
    if outcome.status is Status.INTERNAL:
        return failed("the sandbox failed again and again; this says nothing of the program", "internal")
    status = "Success" if outcome.status is Status.OK else "Failed"
    is_built = request.program.language is not Language.PYTHON
    not_built = is_built and outcome.status is Status.COMPILE
    compiled = _compile_result(outcome) if is_built else None
    ran = None if not_built else _run_result(outcome)
    message = _MESSAGES.get(outcome.status, "")
    outcome_name = "right" if outcome.status is Status.OK else str(outcome.status)
    return Answer(_body(status, message, compiled, ran), outcome_name)


def failed(message: str, outcome: str) -> Answer:
    """The answer where the program was not run, or not to its end, by our fault or choice."""
    return Answer(_body("SandboxError", message, None, None), outcome)


_MESSAGES = {
    Status.TIME: "the time limit was exceeded",
    Status.MEMORY: "the memory limit was exceeded",
    Status.OUTPUT: "more was printed than is kept",
    Status.COMPILE: "the program could not be compiled",
}
_STATUSES = {Status.TIME: "TimeLimitExceeded", Status.MEMORY: "Error", Status.OUTPUT: "Error"}


def _compile_result(outcome: Outcome) -> dict[str, object]:
    refused = outcome.status is Status.COMPILE
    return {
        "status": "Finished",
        "execution_time": None,
        "return_code": int(refused),
        "stdout": "",
        "stderr": outcome.stderr.decode(errors="replace") if refused else "",
    }


def _run_result(outcome: Outcome) -> dict[str, object]:
    code = outcome.exit_code if outcome.signal is None else -outcome.signal
    if outcome.status is Status.COMPILE:
        code = 1
    return {
        "status": _STATUSES.get(outcome.status, "Finished"),
        "execution_time": round(outcome.usage.wall_seconds, 6),
        "return_code": None if outcome.status in _STATUSES else code,
        "stdout": outcome.stdout.decode(errors="replace"),
        "stderr": outcome.stderr.decode(errors="replace"),
    }


def _body(status: str, message: str, compiled: object, ran: object) -> bytes:
    body = {
        "status": status,
        "message": message,
        "compile_result": compiled,
        "run_result": ran,
        "executor_pod_name": None,
        "files": {},
    }
    return json.dumps(body).encode()


def _stdin(given: Fields) -> bytes:
    try:
        return (given.optional_text("stdin") or "").encode()
    except UnicodeEncodeError as error:
        raise given.wrong("stdin", "holds half a surrogate pair, which is no text") from error


def _limits(given: Fields, limits: Limits) -> Limits:
    seconds = given.number("run_timeout", DEFAULT_SECONDS)
    asked = given.number("memory_limit_MB", -1)
    memory_mb = asked if asked >= 1 else limits.memory_mb
    found = with_limits(given, ("run_timeout", "memory_limit_MB"), limits, seconds, memory_mb)
    return replace(found, wall_seconds=seconds + WALL_SECONDS)


def _refusal(given: Fields, language: Language | None) -> str:
    if language is None:
        return f'programs in {shown(given.text("language"))} are not run here, only "python" and "cpp"'
    if reason := cannot_run(language):
        return reason
    placed = given.values.get("files") or {}
    if any(content is not None for content in fields(placed, ("files",)).values.values()):
        return "files cannot be placed beside a program here: leave the field files empty"
    if given.values.get("fetch_files"):
        return "files cannot be fetched from a run here: leave the field fetch_files empty"
    return ""
