"""How rewards are given: by arguments or, where a trainer has no place for these, by the environment."""

import math
import os
from collections.abc import Mapping
from dataclasses import dataclass, fields
from enum import StrEnum
from urllib.parse import urlsplit

from synthsmith.verification.errors import InputError


class Scale(StrEnum):
    """What counts: `ALL` gives 1 for a program that passes all tests, `SHARE` the share that it passes."""

    ALL = "all"
    SHARE = "share"


@dataclass(frozen=True, slots=True)
class Options:
    """`judge_url` is a service such as http://HOST:8000; without one, programs run in this process's sandbox
    of `workers` runs at once (None: one per usable core; mind that trainers score in several processes).

    `no_program` is the score of an answer that gives no program that parses. `on_fault` is that of what could
    not be judged by our fault, for trainers that have no word for it (verl, ms-swift); None ends the run
    then. `reasoned`: see `answer.final_program`. `unsafe` lets the sandbox work below its minimum of walls.
    """

    scale: Scale = Scale.ALL
    judge_url: str | None = None
    workers: int | None = None
    no_program: float = 0.0
    on_fault: float | None = None
    reasoned: bool = False
    unsafe: bool = False


_VARIABLES = {
    "scale": "SYNTHSMITH_REWARD_SCALE",
    "judge_url": "SYNTHSMITH_JUDGE_URL",
    "workers": "SYNTHSMITH_REWARD_WORKERS",
    "no_program": "SYNTHSMITH_REWARD_NO_PROGRAM",
    "on_fault": "SYNTHSMITH_REWARD_ON_FAULT",
    "reasoned": "SYNTHSMITH_REWARD_REASONED",
}


def options_of(given: Mapping[str, object]) -> Options:
    """The options by name; what is absent or None, from the environment. InputError for what is none."""
    known = {field.name for field in fields(Options)}
    for name in given:
        if name not in known:
            raise InputError(f"there is no option {name!r} for rewards; there is {', '.join(sorted(known))}.")
    found = {name: os.environ[variable] for name, variable in _VARIABLES.items() if os.environ.get(variable)}
    found |= {name: value for name, value in given.items() if value is not None}  # type: ignore[misc]
    return Options(
        scale=_scale(found.get("scale", Scale.ALL)),
        judge_url=_url(found.get("judge_url")),
        workers=_workers(found.get("workers")),
        no_program=_number("no_program", found.get("no_program", 0.0)),
        on_fault=None if found.get("on_fault") is None else _number("on_fault", found["on_fault"]),
        reasoned=_flag("reasoned", found.get("reasoned", False)),
        unsafe=_flag("unsafe", found.get("unsafe", False)),
    )


def _scale(value: object) -> Scale:
    if value not in tuple(Scale):
        raise InputError(f'option scale must be "all" or "share", not {value!r}.')
    return Scale(str(value))


def _url(value: object) -> str | None:
    if value is None:
        return None
    parts = urlsplit(str(value))
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise InputError(f"option judge_url must be like http://HOST:8000, not {value!r}.")
    return str(value)


def _workers(value: object) -> int | None:
    if value is None:
        return None
    try:
        number = int(str(value))
    except ValueError:
        number = 0
    if number < 1:
        raise InputError(f"option workers must be a whole number above 0, not {value!r}.")
    return number


def _number(name: str, value: object) -> float:
    try:
        number = float(str(value))
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise InputError(f"option {name} must be a number, not {value!r}.")
    return number


def _flag(name: str, value: object) -> bool:
    words = {"true": True, "1": True, "false": False, "0": False}
    found = words.get(str(value).lower())
    if found is None:
        raise InputError(f"option {name} must be true or false, not {value!r}.")
    return found
