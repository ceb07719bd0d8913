"""The tests of a row as trainers hand them over: a JSON text, and beside it how they are to be judged.

`ground_truth` is verl's: `{"inputs": [...], "outputs": [...], "fn_name"?, "assert_case"?}`. `entry`,
`checker`, `cpu_seconds_limit` and `memory_mb_limit` are columns of `rl`, and in its `extra_info` for verl.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from synthsmith.verification.assertion_forms import read_test
from synthsmith.verification.assertions import ASSERTIONS, under_test
from synthsmith.verification.compare import Checker, checker_for, parse_checker
from synthsmith.verification.errors import InputError
from synthsmith.verification.judge import Entry
from synthsmith.verification.signatures import parse_signature
from synthsmith.verification.types import Case, Limits, Signature, Solution

ENTRY, CHECKER, CPU_SECONDS, MEMORY_MB = "entry", "checker", "cpu_seconds_limit", "memory_mb_limit"
FIELDS = (ENTRY, CHECKER, CPU_SECONDS, MEMORY_MB)
_ASSERTIONS = "assertions"
_REMEMBERED = 16  # the answers to one prompt come one after the other; tests may be megabytes


@dataclass(frozen=True, slots=True)
class Known:
    """The tests of a task. `codes` are test code, which has no cases."""

    cases: tuple[Case, ...]
    checker: Checker
    limits: Limits
    signature: Signature | None = None
    codes: tuple[str, ...] = ()

    def entry(self, code: str, *, stop: bool) -> Entry:
        """A program to be judged by them."""
        solution = Solution("answer", code)
        if self.codes:
            pairs = [under_test(solution, test, str(number)) for number, test in enumerate(self.codes)]
            cases = tuple(case for _, case in pairs)
            return Entry(pairs[0][0], cases, ASSERTIONS, self.limits, stop=stop)
        return Entry(solution, self.cases, self.checker, self.limits, self.signature, stop=stop)


def known(ground_truth: object, fields: Mapping[str, object]) -> Known:
    """The tests that a row gives; InputError where they cannot be read, or would accept just anything."""
    if not isinstance(ground_truth, str):
        raise InputError(f"ground_truth must be a JSON text, not {type(ground_truth).__name__}.")
    entry, checker = fields.get(ENTRY), fields.get(CHECKER)
    return _known(
        ground_truth,
        None if entry is None else str(entry),
        None if checker is None else str(checker),
        _limits(fields.get(CPU_SECONDS), fields.get(MEMORY_MB)),
    )


@lru_cache(_REMEMBERED)
def _known(ground_truth: str, entry: str | None, checker: str | None, limits: Limits) -> Known:
    tests = _tests(ground_truth)
    rule = _checker(checker)
    if (entry or "").strip() == _ASSERTIONS or tests.get("assert_case"):
        codes = _texts(tests, "assert_case")
        for code in codes:
            read_test(code)
        return Known((), rule, limits, codes=codes)
    signature = None if (entry or "").strip() in ("", "stdin") else parse_signature(str(entry))
    if signature is None and tests.get("fn_name"):
        raise InputError(
            f"ground_truth calls the function {tests['fn_name']!r}, but the row has no {ENTRY} that declares "
            "it (verl: in extra_info)."
        )
    inputs, outputs = _texts(tests, "inputs"), _texts(tests, "outputs")
    if len(inputs) != len(outputs):
        raise InputError(f"ground_truth has {len(inputs)} inputs, but {len(outputs)} outputs.")
    pairs = zip(inputs, outputs, strict=True)
    cases = tuple(Case(str(number), given, expected=right) for number, (given, right) in enumerate(pairs))
    return Known(cases, checker_for(rule, signature), limits, signature)


def _tests(ground_truth: str) -> dict[str, object]:
    try:
        tests = json.loads(ground_truth)
    except (ValueError, RecursionError) as error:
        raise InputError(f"ground_truth is not JSON: {error}.") from error
    if not isinstance(tests, dict):
        raise InputError(f"ground_truth must be a JSON object, not {type(tests).__name__}.")
    return tests


def _texts(tests: Mapping[str, object], name: str) -> tuple[str, ...]:
    values = tests.get(name)
    if not isinstance(values, Sequence) or isinstance(values, str) or not values:
        raise InputError(f"ground_truth.{name} must be a list with at least one text.")
    for index, value in enumerate(values):
        if not isinstance(value, str):  # verl takes a null for whatever a program prints
            raise InputError(f"ground_truth.{name}[{index}] must be a text, not {type(value).__name__}.")
    return tuple(values)


def _checker(text: str | None) -> Checker:
    if text is None:
        return parse_checker(None)
    try:
        return parse_checker(json.loads(text) if text[:1] == "{" else text)
    except (ValueError, RecursionError) as error:  # InputError is one
        raise InputError(f"checker cannot be used: {error}") from error


def _limits(cpu_seconds: object, memory_mb: object) -> Limits:
    usual = Limits()
    try:
        cpu = usual.cpu_seconds if cpu_seconds is None else float(str(cpu_seconds))
        memory = usual.memory_mb if memory_mb is None else int(float(str(memory_mb)))
        return Limits(cpu, memory_mb=memory)
    except (ValueError, OverflowError) as error:
        raise InputError(f"{CPU_SECONDS} and {MEMORY_MB} cannot be used: {error}.") from error
