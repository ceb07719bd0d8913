"""Texts that must not be published: keys, tokens, passwords in addresses, paths of somebody's machine.

Found by their form. Columns are searched by Arrow's own regular expressions (RE2), which take time linear in
the text whatever it holds; Python's look only at what these found.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

_HEAD = r"(?:\b|\\[nrt])"  # texts of tests are JSON, where a line begins behind \n
_APART = r"(?:^|[\s\"'`(=:,\[]|\\[nrt])"
FORMS = {
    "a Hugging Face token": _HEAD + r"hf_(?:jwt_)?[A-Za-z0-9._-]{30,}",
    "an API key": _HEAD + r"sk-[A-Za-z0-9_-]{20,}",
    "an AWS key": _HEAD + r"(?:AKIA|ASIA)[0-9A-Z]{16}\b",
    "a GitHub token": _HEAD + r"(?:gh[pousr]_[A-Za-z0-9]{36,}|github_pat_[A-Za-z0-9_]{22,})",
    "a GitLab token": _HEAD + r"glpat-[0-9A-Za-z_-]{20,}",
    "a Google key": _HEAD + r"AIza[0-9A-Za-z_-]{35}",
    "a Slack token": _HEAD + r"xox[abprs]-[0-9A-Za-z-]{10,}",
    "a JSON web token": _HEAD + r"eyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}",
    "a bearer token": r"(?i:bearer)\s+[A-Za-z0-9._~+/-]{24,}",
    "a private key": r"-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----",
    "a password in an address": r"[a-z]://[^/\s:@\"'\\]{1,64}:[^/\s:@\"'\\]{3,64}@",
    "a path of a home folder": _APART
    + r"/(?:(?:home|Users)/[A-Za-z0-9._-]+|root/[.A-Za-z0-9_-]+)[^\s\"'`\\),;]*",
    "a path of a Windows home folder": r"[A-Za-z]:\\{1,2}Users\\{1,2}[A-Za-z0-9._-]+",
}
SHOWN = 6


@dataclass(frozen=True, slots=True)
class Secret:
    """What was found, where, and the words to allow it by; keys are not shown whole."""

    kind: str
    where: str
    shown: str


class Watch:
    """Searches texts; `private` are texts that count as well, `allowed` those of which a find is none."""

    def __init__(self, private: Iterable[str] = (), allowed: Iterable[str] = ()) -> None:
        own = {f"this machine's path {text}": re.escape(text) for text in private}
        self._forms = {kind: re.compile(form) for kind, form in (own | FORMS).items()}
        self._any = "|".join(f"(?:{form.pattern})" for form in self._forms.values())
        self._allowed = tuple(allowed)

    def in_text(self, text: str, where: str) -> Iterator[Secret]:
        """All that is found in a text."""
        for kind, form in self._forms.items():
            for match in form.finditer(text):
                found = match[0]
                if not any(each in found for each in self._allowed):
                    yield Secret(kind, where, found.strip() if "path" in kind else _cut(found))

    def in_batch(self, batch: pa.RecordBatch, where: str, first_row: int) -> Iterator[Secret]:
        """All that is found in the texts of some rows, of which the first has this number."""
        texts = [leaf.cast(pa.large_string()) for column in batch.columns for leaf in leaves(column)]
        # All at once: to make ready for the search takes longer than to search a row.
        if not texts or not pc.any(pc.match_substring_regex(pa.concat_arrays(texts), self._any)).as_py():
            return
        for name, column in zip(batch.schema.names, batch.columns, strict=True):
            for row in range(len(column)):
                for leaf in leaves(column.slice(row, 1)):
                    for value in leaf.drop_null().to_pylist():
                        yield from self.in_text(value, f"{where}, row {first_row + row}, column {name}")


def leaves(column: pa.Array) -> Iterator[pa.Array]:
    """The arrays of text in a column, however deep they lie."""
    kind = column.type
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        yield from leaves(column.flatten())
    elif pa.types.is_struct(kind):
        for part in column.flatten():
            yield from leaves(part)
    elif pa.types.is_string(kind) or pa.types.is_large_string(kind):
        yield column


def _cut(found: str) -> str:
    told = found.strip()
    return told if len(told) <= SHOWN else f"{told[:SHOWN]}…"
