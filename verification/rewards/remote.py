"""Verdicts by a judge service (`synthsmith serve`), in code-judge's protocol, as one long batch.

Each test of each program is one submission. Test code is run there and read here (`assertions.py`). What the
service could not do (`internal_error`, `queue_timeout`) is `JE`. A service that does not answer is asked
again for two minutes, as it may be starting anew; then that is an error: there is no reward without it.
"""

import base64
import json
import logging
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from http.client import HTTPException
from itertools import islice
from urllib.parse import unquote, urlsplit, urlunsplit

from synthsmith.verification.assertions import Assertions
from synthsmith.verification.compare import Checker, Equality
from synthsmith.verification.errors import InputError, SandboxError
from synthsmith.verification.judge import CaseVerdict, Entry, Judged
from synthsmith.verification.signatures import declaration
from synthsmith.verification.types import Case, Usage, Verdict

SUBMISSIONS_AT_ONCE = 4096
LONGEST_SECONDS = 3900.0  # the service's own limit of a long batch is an hour
PAUSES = (1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 60.0)  # seconds before asking again
_AGAIN = frozenset({408, 425, 429, 500, 502, 503, 504})
_FAULTS = frozenset({"internal_error", "invalid_input", "queue_timeout"})
_NAMES = {"worker_timeout": Verdict.TLE}
_Result = Mapping[str, object]

log = logging.getLogger(__name__)


def judge_all(entries: Sequence[Entry], url: str) -> list[Judged]:
    """The verdicts in order; SandboxError where the service does not answer, InputError where it refuses."""
    found: dict[int, Judged] = {}
    for route, tested in (("judge", False), ("run", True)):
        chosen = [n for n, entry in enumerate(entries) if isinstance(entry.checker, Assertions) is tested]
        results = _results(url, route, [entries[number] for number in chosen])
        for number in chosen:
            found[number] = _judged(entries[number], list(islice(results, len(entries[number].cases))))
    return [found[number] for number in range(len(entries))]


def _results(url: str, route: str, entries: Sequence[Entry]) -> Iterator[_Result]:
    submissions = (_submission(entry, case) for entry in entries for case in entry.cases)
    while batch := list(islice(submissions, SUBMISSIONS_AT_ONCE)):
        yield from _asked(_address(url, route), batch)


def _submission(entry: Entry, case: Case) -> dict[str, object]:
    limits, checker = entry.limits, entry.checker
    options = {"cpu_seconds": f"{limits.cpu_seconds!r}", "memory_mb": str(limits.memory_mb)}
    asked: dict[str, object] = {
        "type": str(entry.solution.language),
        "solution": entry.solution.code,
        "input": case.input,
        "options": options,
    }
    if isinstance(checker, Assertions):
        return asked
    options["checker"] = _checker_text(checker)
    if entry.signature is not None:
        options["entry"] = declaration(entry.signature)
    return {**asked, "expected_output": case.expected}


def _checker_text(checker: Checker) -> str:
    told: dict[str, object] = {"kind": str(checker.kind)}
    if checker.kind in (Equality.TOKENS, Equality.UNORDERED):
        told["case_sensitive"] = checker.case_sensitive
    if checker.kind is Equality.FLOATS:
        told |= {"absolute": checker.absolute, "relative": checker.relative}
    if checker.kind is Equality.PROGRAM:
        told |= {"language": str(checker.language), "code": checker.code}
    return json.dumps(told)


def _judged(entry: Entry, results: Sequence[_Result]) -> Judged:
    cases = tuple(
        CaseVerdict(case.id, _verdict(entry, case, result), Usage())
        for case, result in zip(entry.cases, results, strict=True)
    )
    failed = [case.verdict for case in cases if case.verdict is not Verdict.AC]
    theirs = [verdict for verdict in failed if verdict is not Verdict.JE]
    passed = len(cases) - len(failed)
    return Judged((theirs + failed + [Verdict.AC])[0], passed, len(cases), Usage(), cases)


def _verdict(entry: Entry, case: Case, result: _Result) -> Verdict:
    reason = str(result["reason"])
    if reason in _FAULTS:
        return Verdict.JE
    if isinstance(entry.checker, Assertions):
        output = str(result["stdout"]).encode()
        right = result["run_success"] is True and entry.checker.accepts(
            output, (case.expected or "").encode()
        )
    else:
        right = result["success"] is True
    wrong = Verdict.WA if result["run_success"] is True else Verdict.RE
    return Verdict.AC if right else _NAMES.get(reason, wrong)


def _asked(request: urllib.request.Request, submissions: Sequence[object]) -> list[_Result]:
    request.data = json.dumps({"type": "batch", "submissions": submissions}).encode()
    for pause in (*PAUSES, None):
        try:
            with urllib.request.urlopen(request, timeout=LONGEST_SECONDS) as answer:
                results = json.load(answer)["results"]
            if len(results) == len(submissions):
                return list(results)
            problem = f"{len(results)} results for {len(submissions)} submissions"
        except urllib.error.HTTPError as error:
            problem = f"{error.code} {error.read(600).decode(errors='replace')}"
            if error.code not in _AGAIN:
                raise InputError(f"the judge at {_shown(request)} refuses: {problem}.") from None
        except (OSError, HTTPException, ValueError, KeyError, TypeError) as error:
            problem = f"{type(error).__name__}: {error}"
        if pause is not None:
            log.warning("the judge at %s: %s; asked again in %g s", _shown(request), problem, pause)
            time.sleep(pause)
    raise SandboxError(f"the judge at {_shown(request)} does not answer: {problem}.")


def _address(url: str, route: str) -> urllib.request.Request:
    """The route of the service; a password in the URL becomes the token that it asks for."""
    parts = urlsplit(url)
    place = parts.netloc.rpartition("@")[2]
    made = urlunsplit((parts.scheme, place, f"/{route}/long-batch", "", ""))
    headers = {"Content-Type": "application/json"}
    if parts.password:
        secret = base64.b64encode(f"judge:{unquote(parts.password)}".encode()).decode()
        headers["Authorization"] = f"Basic {secret}"
    return urllib.request.Request(made, headers=headers)


def _shown(request: urllib.request.Request) -> str:
    return f"{request.type}://{request.host}"
