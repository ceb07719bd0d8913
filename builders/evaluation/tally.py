"""The lines of all samples, counted as they come, and the scores that follow."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from synthsmith.builders.evaluation.sheets import NO_CODE
from synthsmith.verification.estimates import Bootstrap, Count, Scores, scores
from synthsmith.verification.types import Verdict

ORDER = ("introductory", "easy", "interview", "medium", "competition", "hard")
UNKNOWN = "not told"
_BAND = re.compile(r"pass rate (\d\.\d+)( to \d\.\d+)?")
VERDICTS = (*(str(verdict) for verdict in Verdict), NO_CODE)


@dataclass(frozen=True, slots=True)
class Excluded:
    """A sample that could not be judged by our fault; it counts in no score."""

    id: str | int
    sample: int
    detail: str


@dataclass(frozen=True, slots=True)
class Group:
    """The questions of one difficulty, or all of them."""

    name: str
    questions: int
    samples: int
    verdicts: Mapping[str, int]
    scores: Scores


@dataclass(frozen=True, slots=True)
class Outcome:
    """What all samples came to. `groups` are by difficulty, none where no difficulty is told.

    `tokens` is the mean length of replies over the `told` ones; `cut` replies met their limit.
    """

    overall: Group
    groups: tuple[Group, ...]
    excluded: tuple[Excluded, ...]
    tokens: float | None
    told: int
    cut: int


@dataclass(slots=True)
class Tally:
    """What was seen so far; of a question only two numbers stay."""

    counts: dict[str, list[Count]] = field(default_factory=dict)
    verdicts: dict[str, Counter[str]] = field(default_factory=dict)
    excluded: list[Excluded] = field(default_factory=list)
    tokens: int = 0
    told: int = 0
    cut: int = 0

    def add(self, difficulty: str, lines: Sequence[Mapping[str, object]]) -> None:
        """Count the lines of one question."""
        name = difficulty or UNKNOWN
        seen = [str(line["verdict"]) for line in lines]
        judged = len(seen) - seen.count(Verdict.JE)
        self.counts.setdefault(name, []).append(Count(judged, seen.count(Verdict.AC)))
        self.verdicts.setdefault(name, Counter()).update(seen)
        for line in lines:
            self._one(line)

    def outcome(self, k: Sequence[int], bootstrap: Bootstrap) -> Outcome:
        """The scores of all that was counted."""
        names = sorted(self.counts, key=_place)
        groups = tuple(_group(name, self.counts[name], self.verdicts[name], k, bootstrap) for name in names)
        every = [count for name in names for count in self.counts[name]]
        verdicts = sum(self.verdicts.values(), Counter[str]())
        return Outcome(
            overall=_group("all", every, verdicts, k, bootstrap),
            groups=groups if len(groups) > 1 or names != [UNKNOWN] else (),
            excluded=tuple(self.excluded),
            tokens=self.tokens / self.told if self.told else None,
            told=self.told,
            cut=self.cut,
        )

    def _one(self, line: Mapping[str, object]) -> None:
        tokens = line.get("tokens")
        if isinstance(tokens, int):
            self.tokens += tokens
            self.told += 1
        self.cut += line.get("cut") is True
        if line["verdict"] == Verdict.JE:
            name, sample = line["id"], line["sample"]
            assert isinstance(name, str | int)
            assert isinstance(sample, int)
            self.excluded.append(Excluded(name, sample, str(line.get("detail", ""))))


def _group(
    name: str, counts: Sequence[Count], verdicts: Counter[str], k: Sequence[int], bootstrap: Bootstrap
) -> Group:
    ordered = {verdict: verdicts[verdict] for verdict in VERDICTS if verdicts[verdict]}
    return Group(name, len(counts), verdicts.total(), ordered, scores(counts, k, bootstrap))


def _place(name: str) -> tuple[int, float, str]:
    """Easiest first, as far as names tell: words in their order, numbers, and the highest pass rates."""
    if name.lower() in ORDER:
        return ORDER.index(name.lower()), 0.0, name
    band = _BAND.fullmatch(name)
    if band is not None:
        return len(ORDER), -float(band[1]), name
    number = float(name) if name.isascii() and name.isdigit() else 0.0
    return len(ORDER) + (2 if name == UNKNOWN else 1), number, name
