"""Texts that a model or a program wrote, fit to be shown: cut to a length, with nothing unseen in them."""

import re
from dataclasses import dataclass

# What a reader would not see, or would see in another place than it stands (bidirectional controls).
_UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b\u200e\u200f\u2028\u2029\u202a-\u202e\u2060-\u206f"
    "\ufeff\ufff9-\ufffb\ud800-\udfff\U000e0000-\U000e007f]"
)


@dataclass(frozen=True, slots=True)
class Cut:
    """The head of a text; `left_out` counts the characters that are not shown."""

    text: str
    left_out: int = 0


def cut(text: str, most: int) -> Cut:
    """The text's first `most` characters, as `visible` shows them."""
    return Cut(visible(text[:most]), max(0, len(text) - most))


def visible(text: str) -> str:
    """The text with control characters spelt out; line feeds and tabs stay."""
    return _UNSEEN.sub(lambda found: f"⟨U+{ord(found[0]):04X}⟩", text.replace("\r\n", "\n"))
