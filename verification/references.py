"""What the metric's references are: inputs and outputs, for functions with their entry, or test code."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NotRequired, TypedDict, cast

from synthsmith.verification.assertion_forms import read_test
from synthsmith.verification.assertions import ASSERTIONS, under_test
from synthsmith.verification.compare import Checker, checker_for
from synthsmith.verification.errors import InputError
from synthsmith.verification.fields import encodable
from synthsmith.verification.judge import Entry
from synthsmith.verification.signatures import parse_signature
from synthsmith.verification.types import Case, Limits, Signature, Solution


class Reference(TypedDict):
    inputs: list[str]
    outputs: list[str]
    entry: NotRequired[str | None]


@dataclass(frozen=True, slots=True)
class Candidates:
    """The candidates for one reference: cases, for functions with their signature, or a test code."""

    codes: tuple[str, ...]
    cases: tuple[Case, ...] = ()
    signature: Signature | None = None
    test: str | None = None

    def entry(self, solution: Solution, checker: Checker, limits: Limits, *, may_share: bool) -> Entry:
        if self.test is not None:
            program, case = under_test(solution, self.test)
            return Entry(program, (case,), ASSERTIONS, limits, stop=True)
        rule = checker_for(checker, self.signature)
        return Entry(solution, self.cases, rule, limits, self.signature, may_share=may_share, stop=True)


def candidates_for(index: int, codes: Sequence[str], reference: Reference | str) -> Candidates:
    """The codes beside what judges them; InputError, naming references[index], where it cannot be read."""
    if not isinstance(reference, str):
        return Candidates(tuple(codes), _cases(index, reference), _signature(index, reference))
    try:
        read_test(reference)
    except InputError as error:
        raise InputError(f"references[{index}]: {error}") from error
    return Candidates(tuple(codes), test=reference)


def with_entry(reference: Reference | str) -> Reference | str:
    """The reference with all its keys, as `evaluate` wants it."""
    return cast(Reference, {"entry": None, **reference}) if isinstance(reference, dict) else reference


def require_complete(references: Sequence[Reference | str]) -> None:
    """Raises InputError where some references are test code and others are not, or one misses a key or holds
    what is no text.
    """
    for index, each in enumerate(references):
        missing = [] if isinstance(each, str) else [key for key in ("inputs", "outputs") if key not in each]
        if missing:
            raise InputError(f'references[{index}] has no "{missing[0]}"; it needs inputs and outputs.')
        if not all(map(encodable, _strings(each))):
            raise InputError(f"references[{index}] holds half a surrogate pair, which is no text.")
    kinds = [isinstance(each, str) for each in references]
    if any(kinds) and not all(kinds):
        raise InputError(
            f"references[{kinds.index(False)}] is no test code, but references[{kinds.index(True)}] is; "
            "give references of one kind."
        )


def _strings(reference: Reference | str) -> Iterator[str]:
    """All texts of the reference."""
    if isinstance(reference, str):
        yield reference
        return
    for value in reference.values():
        several = value if isinstance(value, list | tuple) else [value]
        yield from (each for each in several if isinstance(each, str))


def _cases(index: int, reference: Reference) -> tuple[Case, ...]:
    inputs, outputs = reference["inputs"], reference["outputs"]
    if not inputs or not outputs or len(inputs) != len(outputs):
        raise InputError(
            f"references[{index}] has {len(inputs or ())} inputs and {len(outputs or ())} outputs; "
            "each problem needs at least one test, and an output for each input."
        )
    pairs = zip(inputs, outputs, strict=True)
    return tuple(Case(str(number), given, expected=right) for number, (given, right) in enumerate(pairs))


def _signature(index: int, reference: Reference) -> Signature | None:
    entry = reference.get("entry")
    if entry is None or entry.strip() in ("", "stdin"):
        return None
    try:
        return parse_signature(entry)
    except InputError as error:
        raise InputError(f"references[{index}]: entry: {error}") from error
