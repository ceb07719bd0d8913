"""Assertions as tests: test code such as HumanEval's, MBPP's and KodCode's, judged in the sandbox.

    assert add(2, 3) == 5                               def check(candidate):
    assert sorted(pairs([1, 2])) == [(1, 2)]                assert candidate(2, 3) == 5
                                                        check(add)

A candidate and a test code are one run: `under_test` makes them a solution and a case for `judge.py`. The
verdict is AC where every assertion holds, as if the test code were run behind the candidate's in one file,
imported: `WA` where one does not, or where the run ends before its end; RE where anything raises, RE too
where the compiler refuses what parses.

Assertions that can be taken apart (`assertion_forms.py`) are decided here, outside: the child only tells what
the calls gave, by the real type of each value. A candidate's `__eq__` has no say in it, nor has any change it
makes to the interpreter: to be accepted it has to say the right values, and these never enter the child.
(`assert f(1)` is right for anything true: so little can be guessed.)

Other assertions run as code in the candidate's process. Then a secret proves that the test code ran to its
end: a second process keeps it until the test code has, and standard input is emptied of it before the
candidate's first line. So leaving early (`sys.exit`, `os._exit`, `raise SystemExit`), printing, and exit
handlers earn nothing. What it does not prevent: code that knows this module can change what the test code
uses (`__eq__`, a builtin, a module), read such assertions in the frames of its callers, or ask the second
process itself. Prefer tests that can be taken apart.
"""

import json
import secrets
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from synthsmith.verification import telling
from synthsmith.verification.assertion_forms import TestCode, read_test
from synthsmith.verification.programs import parse
from synthsmith.verification.told import Told
from synthsmith.verification.types import Case, Language, Solution

_LONGEST = 1 << 24  # bytes of what is told


@dataclass(frozen=True, slots=True)
class Assertions:
    """The checker of assertions: `expected` is the secret, or nothing, on a line before the test code."""

    def accepts(self, output: bytes, expected: bytes) -> bool:
        """Whether all assertions hold by what was told, and the test code ran to its end."""
        secret, _, code = expected.decode().partition("\n")
        test = read_test(code)
        told = _told(output)
        if told is None or told.get("end") != secret or not isinstance(told.get("told"), list):
            return False
        return _all_met(test, told["told"])


ASSERTIONS = Assertions()


def under_test(solution: Solution, code: str, name: str = "0") -> tuple[Solution, Case]:
    """What judges the solution by the test code: a program and its one case, to be checked by ASSERTIONS.

    The program is the same for all solutions with a right syntax, so that it is prepared once; the solution's
    text is in the case's input. InputError where the test code cannot be read.
    """
    test = read_test(code)
    secret = "" if test.complete else secrets.token_hex(telling.SECRET_BYTES // 2)
    texts = json.dumps([solution.code.removeprefix("\ufeff"), test.code])
    case = Case(name, (secret or telling.NO_SECRET.decode()) + texts, expected=f"{secret}\n{code}")
    if solution.language is not Language.PYTHON or not _compiles(solution.code):
        return solution, case  # as it stands, for the judge or the compiler to say so
    return Solution(solution.id, _program()), case


def _compiles(code: str) -> bool:
    """Whether it may, as far as its syntax goes."""
    try:
        parse(code.removeprefix("\ufeff"))
    except (SyntaxError, UnicodeError):
        return False
    except (ValueError, RecursionError, MemoryError):
        return "\0" not in code  # too long or too deep for us to say
    return True


@cache
def _program() -> str:
    return files("synthsmith.verification").joinpath("telling.py").read_text("utf-8")


def _told(output: bytes) -> dict[str, Told] | None:
    """The last block in the output; None where there is none that can be read."""
    _, mark, rest = output.rpartition(telling.MARK)
    block = rest.partition(b"\n")[0]
    if not mark or len(block) > _LONGEST:
        return None
    try:
        told = json.loads(block)
    except (ValueError, RecursionError):
        return None
    return told if isinstance(told, dict) else None


def _all_met(test: TestCode, told: Told) -> bool:
    """Whether each assertion was told of once, and holds."""
    if not isinstance(told, list) or len(told) != len(test.expectations):
        return False
    values: dict[int, Told] = {}
    for pair in told:
        if not isinstance(pair, list) or len(pair) != 2 or type(pair[0]) is not int:
            return False
        values[pair[0]] = pair[1]
    numbered = enumerate(test.expectations)
    return all(number in values and each.met_by(values[number]) for number, each in numbered)
