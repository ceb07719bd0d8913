"""How numbers and others' texts are put into a card's Markdown."""

import math
import re
from dataclasses import asdict

from synthsmith.builders.history import Stage
from synthsmith.builders.roles import ModelSettings
from synthsmith.verification.errors import InputError

STAGE_WORDS = {
    "attempted": "attempted",
    "statement": "sound statement of its own",
    "solutions": "enough readable solutions",
    "cases": "valid test inputs",
    "verification": "verified",
}
ANCHOR_WORDS = {
    "sample": "the samples of the statements, which have no vote",
    "brute": "brute-force programs, on small inputs",
}
EMPTY_WORDS = frozenset({"", "none", "nan", "inf", "-inf", "null", "undefined", "nat"})
_CONTROL = re.compile(r"[\x00-\x1f\x7f]+")


def cell(text: object) -> str:
    """A text that a model may have written, made safe for a cell of a Markdown table.

    A feature may be called None; spelled with an entity, it is not taken for a value that is missing.
    """
    plain = _CONTROL.sub(" ", str(told(text))).replace("&", "&amp;").replace("<", "&lt;")
    safe = re.sub(r"([\\\\`*_\[\]|$])", r"\\\1", plain)
    return f"&#{ord(safe.strip()[0])};{safe.strip()[1:]}" if _reads_empty(safe) else safe


def code(text: str) -> str:
    """A text between backticks, where nothing has to be escaped and nothing can be, but these."""
    plain = _CONTROL.sub(" ", text).replace("`", "'")
    return f"`{plain}`"


def plain_name(text: str) -> str:
    """A name without what means something in BibTeX or in a code block."""
    return re.sub(r"[{}\\\\`\x00-\x1f\x7f]+", " ", text)


def told(value: object) -> object:
    """The value itself, which a card is to show; InputError where it is none at all."""
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        raise InputError(f"The card would show {value!r}; a fact is missing.")
    return value


def size(number: int) -> str:
    """Bytes as people read them, in decimal units."""
    for limit, unit in ((10**9, "GB"), (10**6, "MB"), (10**3, "kB")):
        if number >= limit:
            return f"{number / limit:.1f} {unit}"
    return f"{number} B"


def sampling(model: ModelSettings) -> str:
    """How a model was asked to sample, in words: only what was asked; nothing is sampled from recordings."""
    if model.recorded:
        return "recorded replies, nothing is sampled"
    asked = asdict(model.decoding())
    extra = asked.pop("extra_body")
    shown = [f"{name} {value}" for name, value in asked.items() if value is not None]
    return ", ".join([*shown, *([extra] if extra != "{}" else [])]) or "as the server does by itself"


def percent(part: int, whole: int) -> str:
    """The share in per cent; a dash where there is nothing to have a share of."""
    return f"{100 * part / whole:.1f} %" if whole else "–"


def share(value: float | None) -> str:
    """A share in per cent; a dash where there was nothing to have a share of."""
    return "–" if value is None else f"{100 * value:.1f} %"


def plural(number: int, one: str, many: str = "") -> str:
    """So many of them."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def nodes_of(stage: Stage, category: str) -> int:
    """How many features a category had at this stage."""
    return next((size.nodes for size in stage.sizes if size.category == category), 0)


def _reads_empty(text: str) -> bool:
    return bool(text.strip()) and text.strip().lower() in EMPTY_WORDS
