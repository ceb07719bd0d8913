"""What was removed and why, and what was searched: as values, sentences and lines of a file."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum

from pydantic import TypeAdapter, ValidationError
from synthsmith.verification.decision import Reason
from synthsmith.verification.errors import InputError

LISTED, SEARCHED = "removed.jsonl", "searched.json"  # in the repository of a data set


class Evidence(StrEnum):
    """By what a row was found to be like another one: the very same statement, or what is much like it."""

    COPY = "copy"
    STATEMENT = "statement"
    PROGRAM = "program"


@dataclass(frozen=True, slots=True)
class Removal:
    """One row. `twin` names the row that stands: a draw, or where `benchmark` is given a row of that.

    It was compared with the twin itself or, where `through` is given, with that draw, which was removed for
    being like the twin. `score` says how alike these are.
    """

    place: int
    name: str
    reason: Reason
    evidence: Evidence
    score: float
    twin: str
    benchmark: str | None = None
    through: str | None = None

    @property
    def detail(self) -> str:
        """The same as half a sentence."""
        if self.evidence is Evidence.COPY and self.through is None:
            return f"the statement is that of the draw {self.twin}"
        whose = f"the row {self.twin} of {self.benchmark}" if self.benchmark else f"the draw {self.twin}"
        through = f" through the draw {self.through}" if self.through else ""
        like = "overlaps with" if self.benchmark else "is like"
        return f"the {_NOUNS[self.evidence]} {like} that of {whose}{through} ({self.score:.2f})"

    def line(self, more: Mapping[str, object]) -> str:
        """A line of the list of what was removed."""
        told = {"draw": self.name, **more, **asdict(self)}
        del told["place"], told["name"]
        return json.dumps({**told, "score": round(self.score, 4)}, ensure_ascii=False) + "\n"


_NOUNS = {Evidence.COPY: "statement", Evidence.STATEMENT: "statement", Evidence.PROGRAM: "program"}


@dataclass(frozen=True, slots=True)
class SearchedBenchmark:
    """One benchmark: `rows` as read, and what of them was long enough to be compared with.

    `revision` is the Hub's commit or the SHA-256 of the files.
    """

    name: str
    revision: str
    rows: int
    statements: int
    programs: int
    removed: int


@dataclass(frozen=True, slots=True)
class Searched:
    """What was searched: `tasks` that were to be published, without exact copies, by these thresholds.

    `removed` counts by reason and evidence.
    """

    tasks: int
    near_statements: float | None
    near_programs: float | None
    overlap: float
    benchmarks: tuple[SearchedBenchmark, ...]
    removed: tuple[tuple[Reason, Evidence, int], ...]

    def count(self, reason: str, evidence: str) -> int:
        """How many were removed so."""
        return sum(number for why, how, number in self.removed if (why, how) == (reason, evidence))

    def to_json(self) -> str:
        """The same as text, from which `searched_in` reads it."""
        return json.dumps(asdict(self), indent=1, ensure_ascii=False) + "\n"


def searched_in(text: bytes, where: str) -> Searched:
    """What `Searched.to_json` wrote; InputError where the text is none."""
    try:
        return TypeAdapter(Searched).validate_json(text)
    except ValidationError as error:
        raise InputError(f"{where} does not say what was searched: {error.errors()[0]['msg']}.") from None
