"""The samples that a statement shows, as texts: what goes in and what is to come out.

They are read strictly, for a wrong reading would accuse a right statement:

    codeforces   below "Examples": a line "Input", a fenced block, a line "Output", a fenced block, and so on
    atcoder      a line "Sample Input k", a fenced block, a line "Sample Output k", a fenced block
    leetcode     below "Example k": a line "Input: ...", then "Output: ...", and perhaps "Explanation: ...",
                 in a fenced block or not; either may go on in the lines after it

How a heading is set off does not matter (`sections.py`); words may follow an output, nothing may stand
between a label and its block.
"""

import re
from collections.abc import Iterable, Sequence

from synthsmith.prompts.replies import CodeBlock, ReplyError, outline
from synthsmith.prompts.sections import bare

Sample = tuple[str, str]
Piece = str | CodeBlock

_LABELS = {
    "codeforces": re.compile(r"(?:sample |example )?(input|output)(?: \d+)?"),
    "atcoder": re.compile(r"sample (input|output) \d+"),
}
_EXAMPLE = re.compile(r"example \d+")
_FIELD = re.compile(r"[\s>*_]*(Input|Output|Explanation)[*_]*\s*:[*_]*(.*)")


def sample_texts(statement: str, style: str) -> tuple[Sample, ...]:
    """The samples of a statement in their order, at least one; ReplyError where they cannot be read."""
    pieces = outline(statement)
    samples = _examples(pieces) if style == "leetcode" else _pairs(_part(pieces, style), _LABELS[style])
    if not samples:
        raise ReplyError("the statement shows no sample")
    return samples


def _part(pieces: Sequence[Piece], style: str) -> Sequence[Piece]:
    """Where the samples are: for Codeforces, from the last heading "Examples" to the note."""
    if style != "codeforces":
        return pieces
    starts = [at for at, piece in enumerate(pieces) if isinstance(piece, str) and bare(piece) == "examples"]
    part = pieces[starts[-1] + 1 :] if starts else ()
    ends = (
        at for at, piece in enumerate(part) if isinstance(piece, str) and bare(piece) in ("note", "notes")
    )
    return part[: next(ends, len(part))]


def _pairs(pieces: Iterable[Piece], label: re.Pattern[str]) -> tuple[Sample, ...]:
    texts: list[str] = []  # input, output, input, ...
    waiting = ""  # the label whose block has to come next
    for piece in pieces:
        if isinstance(piece, CodeBlock):
            if waiting:
                texts.append(piece.text)
            waiting = ""
            continue
        found = label.fullmatch(bare(piece))
        if waiting and piece.strip():
            raise ReplyError(f"a sample's {waiting} is no fenced block: {piece.strip()[:80]!r}")
        if found:
            waiting = found[1]
            if waiting != ("input", "output")[len(texts) % 2]:
                raise ReplyError(f"a sample's {waiting} does not have its counterpart before it")
    if waiting or len(texts) % 2:
        raise ReplyError("the last sample is not complete")
    return tuple(zip(texts[::2], texts[1::2], strict=True))


def _examples(pieces: Iterable[Piece]) -> tuple[Sample, ...]:
    examples: list[list[str]] = []
    inside = False
    for piece in pieces:
        heading = bare(piece) if isinstance(piece, str) else ""
        if _EXAMPLE.fullmatch(heading):
            inside = True
            examples.append([])
        elif heading == "constraints":
            inside = False
        elif inside:
            examples[-1] += piece.text.split("\n") if isinstance(piece, CodeBlock) else [piece]
    return tuple(map(_example, examples))


def _example(lines: Iterable[str]) -> Sample:
    fields: dict[str, str] = {}
    current = ""
    for line in lines:
        found = _FIELD.fullmatch(line)
        if found:
            current = found[1]
            if current in fields:
                raise ReplyError(f"an example has two lines {current!r}")
            fields[current] = ""
        if current:
            fields[current] += f"{found[2] if found else line}\n"
    if list(fields)[:2] != ["Input", "Output"]:
        raise ReplyError("an example does not have a line 'Input: ...' and after it a line 'Output: ...'")
    return _plain(fields["Input"]), _plain(fields["Output"])


def _plain(text: str) -> str:
    """The text without the backticks that mark it as code."""
    return text.strip().strip("`").strip()
