"""The steps from what is in a column to what is wanted: small, named, and none of them runs anything.

json       text that is JSON; what came out of it as text again is read once more (doubly encoded JSON)
lcb        LiveCodeBench's private tests: JSON, or base64 of zlib of a pickled text that is JSON
chat       turns of a chat -> the text of those of the user
code       the last fenced block of code in a text, or the text itself where there is none
.NAME      the part of an object with this name
"""

import base64
import binascii
import json
import pickletools
import re
import zlib
from collections.abc import Callable, Sequence

LONGEST = 1 << 29  # bytes that come out of compressed ones; real tests have some tens of megabytes
_DEEPEST = 3  # times that JSON is found inside of JSON
_FENCED = re.compile(r"^```[^\n`]*\n(.*?)^```", re.DOTALL | re.MULTILINE)
_TEXTS = frozenset({"UNICODE", "BINUNICODE", "SHORT_BINUNICODE", "BINUNICODE8"})
_AROUND = frozenset({"PROTO", "FRAME", "PUT", "BINPUT", "LONG_BINPUT", "MEMOIZE", "STOP"})


def check_step(step: str) -> None:
    """ValueError where there is no such step."""
    if step not in STEPS and not (step.startswith(".") and len(step) > 1):
        raise ValueError(f"the step {step!r} is not known; use one of {', '.join(STEPS)}, or .NAME")


def decode(value: object, steps: Sequence[str]) -> object:
    """What the steps make of the value; ValueError with half a sentence where it does not fit one."""
    for step in steps:
        value = _part(value, step[1:]) if step.startswith(".") else STEPS[step](value)
    return value


def pickled_text(data: bytes) -> str:
    """The text that a pickle is, and nothing but a text; ValueError for any other.

    Nothing is unpickled: the operations are listed, and a pickle of one text has one that is not framing.
    """
    found: list[str] = []
    try:
        for operation, argument, _ in pickletools.genops(data):
            if operation.name in _TEXTS:
                found.append(str(argument))
            elif operation.name not in _AROUND:
                raise ValueError(f"is a pickle of more than a text ({operation.name}), which is never loaded")
    except (ValueError, IndexError, OverflowError, MemoryError) as error:
        raise ValueError(str(error) if "is a pickle of" in str(error) else "is no pickle of a text") from None
    if len(found) != 1:
        raise ValueError("is no pickle of one text")
    return found[0]


def _json(value: object) -> object:
    for _ in range(_DEEPEST):
        if not isinstance(value, str):
            break
        value = _parsed(value)
    return value


def _parsed(text: str) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"is not JSON ({error})") from None


def _lcb(value: object) -> object:
    if not isinstance(value, str):
        return value
    if value.lstrip().startswith(("[", "{")):
        return _json(value)
    try:
        packed = base64.b64decode(value, validate=True)
        unpacking = zlib.decompressobj()
        data = unpacking.decompress(packed, LONGEST)
    except (binascii.Error, zlib.error) as error:
        raise ValueError(f"is neither JSON nor base64 of zlib ({error})") from None
    if not unpacking.eof:
        raise ValueError(f"is cut short, or unpacks to more than {LONGEST} bytes")
    return _json(pickled_text(data))


def _chat(value: object) -> object:
    if not isinstance(value, list):
        return value
    turns = [turn for turn in value if isinstance(turn, dict) and turn.get("role") == "user"]
    if not turns or not all(isinstance(turn.get("content"), str) for turn in turns):
        raise ValueError("is no chat with a turn of the user")
    return "\n\n".join(str(turn["content"]) for turn in turns)


def _code(value: object) -> object:
    if isinstance(value, list):
        return [_code(each) for each in value]
    if not isinstance(value, str):
        return value
    return next(iter(_FENCED.findall(value)[-1:]), value)


def _part(value: object, name: str) -> object:
    if value is None:
        return None
    if isinstance(value, list):  # of objects: their parts of this name, in order
        return [_part(each, name) for each in value]
    if not isinstance(value, dict):
        raise ValueError(f"has no part {name!r}: it is no object")
    return value.get(name)


STEPS: dict[str, Callable[[object], object]] = {"json": _json, "lcb": _lcb, "chat": _chat, "code": _code}
