"""When two outputs count as the same: for a vote, by a key; for judging, by a tolerance.

A vote needs classes of equal answers, so a `Checker` maps each output to a **key**; outputs are equal for
the vote if and only if their keys are. A finished case is judged by `accepts`, which may be more lenient
(numbers within a tolerance). Outputs are bytes, possibly no UTF-8 and many megabytes long: all work is linear
but for the sort of `unordered`. Letter case is that of ASCII.

kind         key, for programs over stdin
tokens       the tokens between white space
exact        every byte
lines        the lines, without blanks at their ends and blank lines at the end
unordered    the multiset of non-blank lines, each as its tokens
floats       the tokens in lower case, numbers by their cell (see `floats.py`)

The output of a function call is one JSON value, and text that is none stands for itself: `floats` then
applies to the numbers inside, `unordered` to the list on top, and all other kinds compare the values.
A checker program (kind `program`) is only named here: it is run, in `rulings.py`.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from synthsmith.verification import floats, json_values
from synthsmith.verification.errors import InputError
from synthsmith.verification.types import Language, Signature


class Equality(StrEnum):
    TOKENS = "tokens"
    EXACT = "exact"
    LINES = "lines"
    UNORDERED = "unordered"
    FLOATS = "floats"
    PROGRAM = "program"


@dataclass(frozen=True, slots=True)
class Checker:
    """How outputs are compared; with `values` they are the JSON values of function calls."""

    kind: Equality = Equality.TOKENS
    case_sensitive: bool = True
    absolute: float = 0.0
    relative: float = 0.0
    values: bool = False
    language: Language = Language.PYTHON
    code: str = ""

    def key(self, output: bytes) -> bytes:
        """What equal outputs share and different ones do not; a checker program has no such thing."""
        if self.kind is Equality.PROGRAM:
            raise InputError('a checker of kind "program" has to be run and cannot give a key.')
        if self.values:
            value = _value_key(self, output)
            return b"not JSON: " + output.strip() if value is None else value
        return _TEXT_KEYS[self.kind](self, output)

    def accepts(self, output: bytes, expected: bytes) -> bool:
        """Whether an output is right where `expected` is the right answer."""
        if output == expected and self.kind is not Equality.PROGRAM:
            return True
        if self.values and self.kind is not Equality.PROGRAM:
            verdict = self._accepts_value(output, expected)
            return self.key(output) == self.key(expected) if verdict is None else verdict
        if self.kind is not Equality.FLOATS:
            return self.key(output) == self.key(expected)
        return _close_tokens(self, output.lower().split(), expected.lower().split())

    def _accepts_value(self, output: bytes, expected: bytes) -> bool | None:
        if self.kind is Equality.FLOATS:
            return json_values.close(output, expected, self.absolute, self.relative)
        if self.kind is Equality.UNORDERED:
            return json_values.equal_unordered(output, expected)
        return json_values.equal(output, expected)


TOKENS = Checker()
# LeetCode's own rule for floating-point answers: within 1e-5 of the actual one.
_FLOAT_VALUES = Checker(Equality.FLOATS, absolute=1e-5, relative=1e-5, values=True)


def parse_checker(value: object) -> Checker:
    """The checker that a row's `checker` field names: a kind, an object with options, or None (tokens)."""
    if value is None:
        return TOKENS
    options: Mapping[object, object] = value if isinstance(value, Mapping) else {"kind": value}
    kind = options.get("kind")
    if not isinstance(kind, str) or kind not in _OPTIONS:
        raise InputError(f"checker {_shown(kind)} is not known; use one of {', '.join(_OPTIONS)}.")
    for name in options:
        if name != "kind" and name not in _OPTIONS[kind]:
            raise InputError(f'a checker of kind "{kind}" has no option {_shown(name)}.')
    read = {name: read(kind, name, options) for name, read in _OPTIONS[kind].items()}
    return replace(Checker(Equality(kind)), **read)  # type: ignore[arg-type]


def checker_for(checker: Checker, signature: Signature | None) -> Checker:
    """The checker for a task: as given for stdin; for a function the same rule over JSON values.

    Where the function returns floats and nothing but the default was asked, they may differ by 1e-5.
    """
    if signature is None:
        return checker
    if checker == TOKENS and "float" in signature.result_type:
        return _FLOAT_VALUES
    return replace(checker, values=True)


def _tokens(checker: Checker, output: bytes) -> bytes:
    return b" ".join((output if checker.case_sensitive else output.lower()).split())


def _lines(checker: Checker, output: bytes) -> bytes:
    return b"\n".join(line.rstrip() for line in output.split(b"\n")).rstrip(b"\n")


def _unordered(checker: Checker, output: bytes) -> bytes:
    lines = (_tokens(checker, line) for line in output.split(b"\n"))
    return b"\n".join(sorted(line for line in lines if line))


def _cells(checker: Checker, output: bytes) -> bytes:
    return b" ".join(_cell(checker, token) for token in output.lower().split())


def _cell(checker: Checker, token: bytes) -> bytes:
    number = floats.parse(token)
    return b"=" + token if number is None else floats.cell(number, checker.absolute, checker.relative)


_TEXT_KEYS: dict[Equality, Callable[[Checker, bytes], bytes]] = {
    Equality.TOKENS: _tokens,
    Equality.EXACT: lambda _, output: output,
    Equality.LINES: _lines,
    Equality.UNORDERED: _unordered,
    Equality.FLOATS: _cells,
}


def _value_key(checker: Checker, output: bytes) -> bytes | None:
    if checker.kind is Equality.UNORDERED:
        return json_values.canonical_unordered(output)
    if checker.kind is Equality.FLOATS:
        return json_values.canonical(output, lambda number: _number_cell(checker, number))
    return json_values.canonical(output)


def _number_cell(checker: Checker, number: int | float) -> str:
    try:
        finite = math.isfinite(number)
    except OverflowError:  # a whole number beyond all floats
        finite = False
    if not finite:
        return json_values.plain(number)
    return floats.cell(float(number), checker.absolute, checker.relative).decode()


def _close_tokens(checker: Checker, output: list[bytes], expected: list[bytes]) -> bool:
    pairs = zip(output, expected, strict=False)
    return len(output) == len(expected) and all(
        token == right or _close_token(checker, token, right) for token, right in pairs
    )


def _close_token(checker: Checker, token: bytes, right: bytes) -> bool:
    number, wanted = floats.parse(token), floats.parse(right)
    if number is None or wanted is None:
        return False
    return floats.close(number, wanted, checker.absolute, checker.relative)


def _flag(kind: str, name: str, options: Mapping[object, object]) -> bool:
    value = options.get(name, True)
    if not isinstance(value, bool):
        raise InputError(f'option "{name}" of checker "{kind}" must be true or false, not {_shown(value)}.')
    return value


def _tolerance(kind: str, name: str, options: Mapping[object, object]) -> float:
    value = options.get(name, 0.0)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < math.inf:
        raise InputError(f'option "{name}" of checker "{kind}" must be a number >= 0, not {_shown(value)}.')
    return float(value)


def _language(kind: str, name: str, options: Mapping[object, object]) -> Language:
    value = options.get(name)
    if value not in tuple(Language):
        raise InputError(f'option "{name}" of checker "{kind}" must be python or cpp, not {_shown(value)}.')
    return Language(str(value))


def _code(kind: str, name: str, options: Mapping[object, object]) -> str:
    value = options.get(name)
    if not isinstance(value, str) or not value:
        raise InputError(f'option "{name}" of checker "{kind}" must be the text of a program.')
    return value


_Option = Callable[[str, str, Mapping[object, object]], bool | float | Language | str]
_OPTIONS: dict[str, dict[str, _Option]] = {
    "tokens": {"case_sensitive": _flag},
    "exact": {},
    "lines": {},
    "unordered": {"case_sensitive": _flag},
    "floats": {"absolute": _tolerance, "relative": _tolerance},
    "program": {"language": _language, "code": _code},
}


def _shown(value: object) -> str:
    return repr(value) if len(repr(value)) <= 60 else repr(value)[:57] + "..."
