"""Rows for reinforcement learning: the decided cases of a task, in verl's columns."""

import json
from collections.abc import Iterator

from synthsmith.builders.assembly import TEST_BYTES
from synthsmith.builders.attempts import Attempt
from synthsmith.builders.capped import capped
from synthsmith.builders.drafts import CHECKER
from synthsmith.builders.evidence import (
    Row,
    as_tests,
    case_kills,
    ease,
    pass_rate,
    proxies,
    solved_rate,
    strength,
)
from synthsmith.builders.rows.certificates import certificate_text
from synthsmith.builders.solutions import prompt
from synthsmith.builders.tasks import Task
from synthsmith.verification.certificate import Certificate
from synthsmith.verification.decision import Verified
from synthsmith.verification.types import Case

DATA_SOURCE = "synthsmith"


def rl(attempt: Attempt, test_bytes: int | None = TEST_BYTES) -> Iterator[Row]:
    """The decided cases of a verified task in verl's columns; `extra_info.index` is the attempt's index.

    Tests beyond so many bytes are left out (`capped.py`).
    """
    task, outcome = attempt.task, attempt.outcome
    if task is None or not isinstance(outcome, Verified):
        return
    golden = next(solution for solution in attempt.solutions if solution.id == outcome.golden)
    certificate = outcome.certificate
    tests = as_tests(outcome)
    row: Row = {
        "data_source": DATA_SOURCE,
        "prompt": [{"role": "user", "content": prompt(task)}],
        "ability": "code",
        "reward_model": {"style": "rule", "ground_truth": _ground_truth(task, tests)},
        "extra_info": {"split": "train", "index": attempt.index, **_judged_by(task, certificate)},
        "task_id": task.id,
        "draw": attempt.draw,
        "style": task.style,
        "features": list(task.features),
        "entry": task.starter_code or None,
        "checker": CHECKER,
        "pass_rate": pass_rate(certificate),
        "solved_rate": solved_rate(certificate),
        "golden_program": golden.code,
        "golden_candidate": golden.id,
        "golden_probability": outcome.probability,
        "program_language": str(golden.language),
        "model_name": golden.model,
        "case_weights": [case.weight for case in tests],
        "case_kinds": [str(case.kind) for case in tests],
        "cpu_seconds_limit": certificate.limits.cpu_seconds,
        "memory_mb_limit": certificate.limits.memory_mb,
        "certificate": certificate_text(certificate, attempt.provenance),
        "case_kills": case_kills(certificate.suite),
        **strength(certificate.suite),
        "proxies": proxies(attempt),
        "ease": ease(attempt),
    }
    yield capped(row, test_bytes)


def _ground_truth(task: Task, cases: tuple[Case, ...]) -> str:
    """The tests as verl reads them: a JSON text; `fn_name` only where a function is to be called.

    Graders of calls (verl's prime_code, LiveCodeBench's) read every line of an input as JSON, the empty one
    after a last line feed too. Judges of programs compare blanks at the ends of lines, which are a whim of
    the program that happened to write the label: there are none here.
    """
    inputs = [case.input for case in cases]
    outputs = [_trimmed(case.expected or "") for case in cases]
    tests: dict[str, object] = {"inputs": inputs, "outputs": outputs}
    if task.signature is not None:
        tests["inputs"] = [text.rstrip("\n") for text in inputs]
        tests["outputs"] = [text.rstrip("\n") for text in outputs]
        tests["fn_name"] = task.signature.method
    return json.dumps(tests, ensure_ascii=False)


def _judged_by(task: Task, certificate: Certificate) -> Row:
    """What a reward has to know beside the tests: verl hands its `extra_info` on, and no other column."""
    return {
        "entry": task.starter_code or None,
        "checker": CHECKER,
        "cpu_seconds_limit": certificate.limits.cpu_seconds,
        "memory_mb_limit": certificate.limits.memory_mb,
    }


def _trimmed(output: str) -> str:
    """The output with no blanks at the ends of its lines and with one line feed at its end."""
    lines = [line.rstrip(" \t\r") for line in output.split("\n")]
    return "\n".join(lines).rstrip("\n") + "\n"
