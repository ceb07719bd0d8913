"""Which attempts have no rows: copies of others, near-duplicates, and what overlaps with benchmarks.

Compared are the attempts that would have rows: verified ones, by their statement and their golden program,
with benchmarks by all programs that would be published; and those that `sft_hybrid` takes in unverified,
which give way to verified ones. Nothing is removed from the attempts on the disk: other thresholds, or other
benchmarks, are tried by running the build again.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from synthsmith.builders.attempts import Attempt
from synthsmith.builders.duplicates.items import Item
from synthsmith.builders.duplicates.removals import LISTED, SEARCHED, Evidence, Removal, Searched
from synthsmith.builders.duplicates.search import Search
from synthsmith.builders.rows.supervised import AT_VERIFICATION
from synthsmith.verification.decision import Reason, Rejected, Verified
from synthsmith.verification.types import Language, Solution

_AFTER = 1 << 40  # added to the place of an unverified attempt: beyond all indexes


def take(search: Search, attempt: Attempt) -> None:
    """Let the attempt be compared, if it is one to be."""
    item = item_of(attempt)
    if item is not None:
        search.add(item)


def item_of(attempt: Attempt) -> Item | None:
    """What is compared of the attempt; None where it has no rows to be removed."""
    task, outcome = attempt.task, attempt.outcome
    if task is None:
        return None
    if isinstance(outcome, Verified):
        return Item(attempt.index, attempt.draw, task.statement, _programs(_published(attempt, outcome)))
    if outcome.reason not in AT_VERIFICATION:
        return None
    first = attempt.candidates[:1]
    return Item(attempt.index + _AFTER, attempt.draw, task.statement, _programs(first))


def removed(
    search: Search, draws: Mapping[int, str], copies: Mapping[int, str]
) -> tuple[dict[int, Removal], Searched]:
    """The removals by index of the attempt, and the account of the search.

    `draws` names all attempts. `copies` names, by index, the draw whose very statement an attempt has. Where
    that one is removed, so are they, for the same reason.
    """

    def is_copy(place: int) -> bool:
        return place % _AFTER in copies

    found = {removal.place % _AFTER: removal for removal in search.removals(is_copy)}
    first = {removal.name: removal for removal in found.values()}
    copied = {index: _copy(index, draws[index], of, first.get(of)) for index, of in copies.items()}
    whole = dict(sorted({**found, **copied}.items()))
    return whole, search.searched(whole.values(), is_copy)


def without(attempt: Attempt, removal: Removal) -> Attempt:
    """The attempt with its evidence, turned down for what was found."""
    return replace(attempt, outcome=Rejected(removal.reason, removal.detail, attempt.outcome.certificate))


def write(
    folder: Path, tasks: Mapping[int, str], removals: Mapping[int, Removal], searched: Searched
) -> None:
    """Put the account, and where there is something to list the list, into a data set.

    `tasks` are the ids of the tasks by index.
    """
    (folder / SEARCHED).write_text(searched.to_json(), encoding="utf-8")
    if removals:
        lines = (removal.line({"task_id": tasks[index]}) for index, removal in removals.items())
        (folder / LISTED).write_text("".join(lines), encoding="utf-8")


def _copy(index: int, draw: str, of: str, before: Removal | None) -> Removal:
    """The removal of an attempt with the very statement of another, and what became of that one."""
    if before is None:
        return Removal(index, draw, Reason.DUPLICATE, Evidence.COPY, 1.0, of)
    return replace(before, place=index, name=draw, evidence=Evidence.COPY, score=1.0, through=of)


def _published(attempt: Attempt, outcome: Verified) -> list[Solution]:
    """The golden solution and after it all others whose programs have rows."""
    rates = outcome.certificate.pass_rates
    passing = [each for each in attempt.candidates if rates.get(each.id) == 1.0]
    return [each for each in attempt.solutions if each.id == outcome.golden] + passing


def _programs(solutions: Iterable[Solution]) -> tuple[tuple[Language, str], ...]:
    return tuple((each.language, each.code) for each in solutions)
