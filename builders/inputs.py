"""What a test input is before anything was run on it: read, in normal form, or dropped."""

from collections.abc import Iterable
from dataclasses import dataclass

from synthsmith.verification.types import Case, Kind

HEAD = 200


@dataclass(frozen=True, slots=True)
class Dropped:
    """An input that was turned down: its id, why (`detail`), and how it begins (at most 200 characters)."""

    id: str
    detail: str
    head: str


def read_entries(
    prefix: str, entries: Iterable[object], field: str
) -> tuple[tuple[Case, ...], tuple[Dropped, ...]]:
    """Cases named by their place (p1, p2, ...) out of objects with an input and a kind."""
    cases, turned_down = [], []
    for place, entry in enumerate(entries, 1):
        name = f"{prefix}{place}"
        text = entry.get(field) if isinstance(entry, dict) else None
        if not isinstance(entry, dict) or not isinstance(text, str):
            turned_down.append(Dropped(name, f"not an object with a text {field!r}", head(str(entry))))
        elif entry.get("kind") not in tuple(Kind):
            detail = f"no known kind: {str(entry.get('kind'))[:HEAD]!r}"
            turned_down.append(Dropped(name, detail, head(text)))
        else:
            cases.append(Case(name, normal(text), Kind(entry["kind"])))
    return tuple(cases), tuple(turned_down)


def normal(text: str) -> str:
    """The text with line feeds only and one at its end. More are kept: a last line may be an empty string."""
    text = text.replace("\r\n", "\n")
    return text if text.endswith("\n") else f"{text}\n"


def drop(case: Case, detail: str) -> Dropped:
    """The case as one that was turned down."""
    return Dropped(case.id, detail, head(case.input))


def head(text: str) -> str:
    """How the text begins, with question marks for halves of surrogate pairs, which no file could hold."""
    return text[:HEAD].encode("utf-8", "replace").decode()
