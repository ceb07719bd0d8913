"""The program that runs a candidate and its test code in the sandbox, and tells what the calls gave.

`assertions.py` hands this source to the sandbox as a program; outside only its constants are used. Standard
input holds 32 bytes, the secret or dashes where none is wanted, and a JSON list of the candidate's and the
test's source. Both run in one module, `solution`, as if they were one file that is imported. The test code
says `__tell__(number, value)` where an assertion was taken apart; the values are written at the end, in one
block after `MARK`, each as JSON by its real type:

    None, True, False, a string, a float, a small int    itself
    list                                                 a JSON list
    any other                                            an object with one key, see `_encoded`

Subclasses count as what they are underneath, and no method of the candidate's is called. What has no such
form is `{"o": its truth}`; so is what is larger than any literal of a test code that is read.
"""

from __future__ import annotations  # evaluating them would take longer than most candidates

import json
import os
import sys
import types
from collections.abc import Callable, Iterable
from itertools import chain
from typing import Any

MARK = b"\n\x1etold "
SECRET_BYTES = 32
NO_SECRET = b"-" * SECRET_BYTES
MOST = 1 << 18  # parts of a value, characters of a string: no literal of a test code is larger
MOST_INT_BITS = 1 << 20
SMALL_INT = 1 << 53
KEYS: Any = type({}.keys())
ITEMS: Any = type({}.items())
EXACT_NUMBERS = {("fractions", "Fraction"): "q", ("decimal", "Decimal"): "m"}


def main() -> None:
    """Read, run, tell, leave: exit handlers and threads of the candidate have no say in it any more."""
    secret = bytearray(SECRET_BYTES)
    os.readv(0, [secret])
    candidate, test = json.loads(b"".join(iter(lambda: os.read(0, 1 << 20), b"")))
    reveal = _no_secret if secret == NO_SECRET else _guarded(secret)
    told: list[str] = []
    try:
        _run(candidate, test, told)
    except MemoryError:
        raise  # the sandbox has its own word for it
    except AssertionError:
        os._exit(0)  # wrong, not broken: nothing is told
    except SystemExit as error:
        os._exit(0 if error.code in (None, 0) else 1)
    except BaseException as error:  # noqa: BLE001  the candidate's; a traceback would take as long as a run
        os.write(2, f"{type(error).__name__}: {error}\n".encode(errors="replace"))
        os._exit(1)
    block = MARK + f'{{"told":[{",".join(told)}],"end":"{reveal()}"}}\n'.encode()
    while block:
        block = block[os.write(1, block) :]
    os._exit(0)


def _run(candidate: str, test: str, told: list[str]) -> None:
    module = types.ModuleType("solution")
    sys.modules["solution"] = module
    module.__dict__["__tell__"] = lambda number, value: told.append(f"[{number},{_shown(value)}]")
    exec(compile(candidate, "solution.py", "exec", dont_inherit=True), module.__dict__)
    exec(compile(test, "test.py", "exec", dont_inherit=True), module.__dict__)


def _no_secret() -> str:
    return ""


def _guarded(secret: bytearray) -> Callable[[], str]:
    """What gives the secret back; until then another process keeps it, and this one has no copy.

    The memory file of standard input is emptied, so that it cannot be read a second time.
    """
    asked, ask = os.pipe()
    given, give = os.pipe()
    if os.fork() == 0:
        try:
            os.close(ask)
            if os.read(asked, 1):
                os.write(give, secret)
        finally:
            os._exit(0)
    os.close(asked)
    os.close(give)
    secret[:] = bytes(SECRET_BYTES)
    os.ftruncate(0, 0)

    def reveal() -> str:
        os.write(ask, b"?")
        return os.read(given, SECRET_BYTES).decode()

    return reveal


class _TooLargeError(Exception):
    pass


def _shown(value: object) -> str:
    """The value as JSON."""
    try:
        form = _encoded(value, [MOST])
    except (_TooLargeError, RecursionError):
        form = {"o": None}
    if type(form) is dict and "o" in form:
        form["o"] = _truth(value)
    return json.dumps(form)


def _truth(value: object) -> bool | None:
    try:
        return bool(value)
    except Exception:  # noqa: BLE001  whatever the candidate's class raises: it has no truth
        return None


def _encoded(value: Any, left: list[int]) -> Any:
    kind = type(value)
    left[0] -= 1
    if left[0] < 0:
        raise _TooLargeError
    if kind is bool or value is None:
        return value
    for base, encode in SINGLE:
        if issubclass(kind, base):
            return encode(value)
    for base, tag, parts in SEVERAL:
        if issubclass(kind, base):
            forms = [_encoded(part, left) for part in parts(value)]
            return {tag: forms} if tag else forms
    return _foreign(kind, value, left)


def _foreign(kind: type, value: Any, left: list[int]) -> Any:
    """Numbers of the library and of numpy, which equal plain ones; all else has no form."""
    tag = EXACT_NUMBERS.get((kind.__module__, kind.__name__))
    if tag is not None:
        try:
            return {tag: [f"{part:x}" for part in value.as_integer_ratio()]}
        except (ValueError, OverflowError):  # a Decimal that is no number
            return {"o": None}
    if kind.__module__ == "numpy" and getattr(value, "ndim", None) == 0:
        item = value.item()
        return _encoded(
            int(item) if type(item) is bool else item, left
        )  # np.True_ is not True, but equals it
    return {"o": None}


def _integer(value: int) -> Any:
    number = int.__int__(value)
    if number.bit_length() > MOST_INT_BITS:
        raise _TooLargeError
    return number if -SMALL_INT < number < SMALL_INT else {"i": f"{number:x}"}


def _text(value: str) -> str:
    if str.__len__(value) > MOST:
        raise _TooLargeError
    return str.__str__(value)


def _binary(kind: Any) -> Callable[[Any], Any]:
    def encode(value: Any) -> Any:
        if kind.__len__(value) > MOST:
            raise _TooLargeError
        return {"b": kind.hex(value)}

    return encode


def _complex(value: complex) -> Any:
    number = complex.__add__(value, 0)
    return {"c": [number.real, number.imag]}


def _items(value: dict[object, object]) -> Iterable[object]:
    return chain.from_iterable(dict.items(value))


SINGLE: tuple[tuple[type, Callable[[Any], Any]], ...] = (
    (int, _integer),
    (str, _text),
    (float, float.__float__),
    (complex, _complex),
    (bytes, _binary(bytes)),
    (bytearray, _binary(bytearray)),
)
SEVERAL: tuple[tuple[type, str, Callable[[Any], Iterable[object]]], ...] = (
    (list, "", list.__iter__),
    (tuple, "t", tuple.__iter__),
    (dict, "d", _items),
    (set, "s", set.__iter__),
    (frozenset, "s", frozenset.__iter__),
    (KEYS, "s", KEYS.__iter__),
    (ITEMS, "s", ITEMS.__iter__),
)

if __name__ == "__main__":
    main()
