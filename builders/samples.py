"""The samples of a statement as cases: what solvers see as well, so cases that discriminate little.

A solver can check itself against them, and one that special-cases them passes; so they are nominal, and what
they are good for is the other direction: the outputs that the statement states must agree with the vote. They
never vote themselves (verification/anchors.py).

For a function an example is taken apart into its arguments, one JSON value a line.
"""

import json

from synthsmith.builders.arguments import fits_type
from synthsmith.prompts import ReplyError, sample_texts
from synthsmith.verification.types import Case, Kind, Signature

_DECODER = json.JSONDecoder(parse_constant=lambda name: float("nan"))


def read_samples(statement: str, style: str, signature: Signature | None) -> tuple[Case, ...]:
    """The statement's samples as cases `sample1`, `sample2`, ...; ReplyError where they cannot be read."""
    texts = sample_texts(statement, style)
    if signature is not None:
        texts = tuple(_call(*pair, signature) for pair in texts)
    return tuple(
        Case(f"sample{place}", given, Kind.NOMINAL, stated=output)
        for place, (given, output) in enumerate(texts, 1)
    )


def _call(given: str, output: str, signature: Signature) -> tuple[str, str]:
    """The arguments, one a line, and the value that comes out."""
    lines = []
    rest = given
    for place, parameter in enumerate(signature.parameters):
        if place:
            rest = _without(rest, ",", f"the argument {parameter.name!r}")
        rest = _without(
            _without(rest, parameter.name, f"the argument {parameter.name!r}"), "=", parameter.name
        )
        value, rest = _value(rest, parameter.type, f"the argument {parameter.name!r}")
        lines.append(value)
    if rest:
        raise ReplyError(f"an example has more than its arguments: {rest[:80]!r}")
    value, rest = _value(output, signature.result_type, "the output")
    if rest:
        raise ReplyError(f"an example has more than one value as its output: {rest[:80]!r}")
    return "".join(f"{line}\n" for line in lines), f"{value}\n"


def _without(text: str, start: str, what: str) -> str:
    if not text.startswith(start):
        raise ReplyError(f"an example does not show {what} in its place: {text[:80]!r}")
    return text[len(start) :].lstrip()


def _value(text: str, kind: str, what: str) -> tuple[str, str]:
    """The JSON value with which the text begins, in one line, and what follows it."""
    try:
        value, end = _DECODER.raw_decode(text)
        shown = json.dumps(value, ensure_ascii=False, allow_nan=False)
        shown.encode()
    except (ValueError, RecursionError):
        raise ReplyError(f"an example shows {what} not as JSON: {text[:80]!r}") from None
    if not fits_type(value, kind):
        raise ReplyError(f"an example shows {what} as no {kind}: {shown[:80]!r}")
    return shown, text[end:].lstrip()
