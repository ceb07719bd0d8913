"""Versions of a data set: `1.2.0`, published as the tag `v1.2.0`, and which one a change asks for.

changed since the last version            smallest next version
----------------------------------------  ---------------------
columns, their types, a config taken away  major
rows added, taken away or changed          minor
the page and other files alone             patch
"""

import re
from dataclasses import dataclass
from enum import StrEnum

from synthsmith.verification.errors import InputError

_FORM = re.compile(r"(0|[1-9]\d{0,8})\.(0|[1-9]\d{0,8})\.(0|[1-9]\d{0,8})", re.ASCII)


class Extent(StrEnum):
    """How much differs between two versions."""

    SCHEMA = "schema"
    ROWS = "rows"
    PAGE = "page"


@dataclass(frozen=True, slots=True, order=True)
class Version:
    """A version, ordered as semantic versions are. There are no pre-releases: `datasets` knows none."""

    major: int
    minor: int
    patch: int

    @classmethod
    def parse(cls, text: str) -> "Version":
        """The version; InputError where the text is not like 1.2.0."""
        found = _FORM.fullmatch(text)
        if found is None:
            raise InputError(f"The version {text!r} is not like 1.2.0.")
        return cls(*map(int, found.groups()))

    @classmethod
    def of_tag(cls, tag: str) -> "Version | None":
        """The version of a tag like v1.2.0; None for any other tag."""
        found = _FORM.fullmatch(tag.removeprefix("v")) if tag.startswith("v") else None
        return cls(*map(int, found.groups())) if found else None

    @property
    def tag(self) -> str:
        return f"v{self}"

    def __str__(self) -> str:
        return f"{self.major}.{self.minor}.{self.patch}"

    def after(self, extent: Extent) -> "Version":
        """The smallest next version for a change of this extent."""
        if extent is Extent.SCHEMA:
            return Version(self.major + 1, 0, 0)
        if extent is Extent.ROWS:
            return Version(self.major, self.minor + 1, 0)
        return Version(self.major, self.minor, self.patch + 1)


def check_version(asked: Version, newest: Version | None, extent: Extent | None, why: str) -> None:
    """Nothing, or InputError that says which version would do.

    `newest` is the newest that is published, None where none is: then any will do. `extent` is what changed
    since, None where that cannot be known; `why` says it in words.
    """
    if newest is None:
        return
    least = newest.after(Extent.SCHEMA if extent is None else extent)
    if asked < least:
        kind = {Extent.SCHEMA: "major", Extent.ROWS: "minor", Extent.PAGE: "patch"}[extent or Extent.SCHEMA]
        raise InputError(
            f"{asked} will not do after {newest}: {why}, which asks for a {kind} version, {least} or later."
        )
