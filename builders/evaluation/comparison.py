"""Two evaluations of one benchmark held against each other, question by question.

What both answered is compared: the difference of the shares of right samples, with the interval of a paired
bootstrap, in which a question is drawn together with both its shares. It is much narrower than two intervals
beside each other, for hard questions are hard for both.
"""

import json
from dataclasses import dataclass
from pathlib import Path

from synthsmith.verification.errors import InputError
from synthsmith.verification.estimates import USUAL, Bootstrap, Estimate, estimates
from synthsmith.verification.types import Verdict


@dataclass(frozen=True, slots=True)
class Comparison:
    """`difference` is the second's average less the first's; `alone` questions were answered in one only."""

    first: Estimate
    second: Estimate
    difference: Estimate
    alone: int


def compare(first: Path, second: Path, bootstrap: Bootstrap = USUAL) -> Comparison:
    """The comparison of two folders of evaluations; InputError where they have no question in common."""
    one, two = _shares(first / "samples.jsonl"), _shares(second / "samples.jsonl")
    names = [name for name in one if name in two]
    if not names:
        raise InputError(f"{first} and {second} have no question in common.")
    columns = ([one[name] for name in names], [two[name] for name in names])
    differences = [b - a for a, b in zip(*columns, strict=True)]
    first_found, second_found, difference = estimates([*columns, differences], bootstrap)
    assert first_found is not None
    assert second_found is not None
    assert difference is not None
    return Comparison(first_found, second_found, difference, alone=len(one.keys() ^ two.keys()))


def _shares(path: Path) -> dict[str, float]:
    """For each question the share of right samples among those that could be judged."""
    right: dict[str, list[bool]] = {}
    try:
        with path.open("rb") as file:
            for number, text in enumerate(file, 1):
                name, verdict = _judged(text, f"{path}, line {number}")
                if verdict != Verdict.JE:
                    right.setdefault(name, []).append(verdict == Verdict.AC)
    except OSError as error:
        raise InputError(f"{path} cannot be read ({error.strerror}); name folders of evaluations.") from None
    return {name: sum(found) / len(found) for name, found in right.items()}


def _judged(text: bytes, where: str) -> tuple[str, str]:
    try:
        line = json.loads(text)
        return str(line["id"]), str(line["verdict"])
    except (ValueError, TypeError, KeyError, RecursionError):
        raise InputError(f"{where} is no line of an evaluation; run that to its end.") from None
