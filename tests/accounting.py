"""What an endpoint delivered against what a ledger holds: nothing lost, nothing paid for twice, nothing made up."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from faulty import Asked, Exchange
from killing import Recorded


@dataclass(frozen=True, slots=True)
class Accounts:
    """How the two sides stand. All but the first three are to be empty.

    `asked` requests came, of which `answered` were answered whole; `failed` lines of the ledger say that nothing
    came in all tries. `twice`: replies that were delivered whole and asked for again. `lost`: delivered, and not in
    the ledger. `made_up`: in the ledger as a reply, and never delivered. `altered`: another text than was delivered.
    `silent`: asked for and neither answered nor in the ledger as failed.
    """

    asked: int
    answered: int
    failed: int
    twice: tuple[Asked, ...]
    lost: tuple[Asked, ...]
    made_up: tuple[Asked, ...]
    altered: tuple[Asked, ...]
    silent: tuple[Asked, ...]

    @property
    def balanced(self) -> bool:
        return not (self.twice or self.lost or self.made_up or self.altered or self.silent)


def accounts(log: Sequence[Exchange], ledger: Iterable[Recorded]) -> Accounts:
    """How a build that was not killed stands with the endpoint that served it and it alone."""
    replies, failed = {}, set()
    for line in ledger:
        if line.failed:
            failed.add((line.prompt, line.sample))
        else:
            replies[line.prompt, line.sample] = line.text
    delivered = {
        asked: text
        for each in log
        if each.answered
        for asked, text in zip(each.asked, each.texts, strict=True)
    }
    asked = {one for each in log for one in each.asked}
    paid = Counter(one for each in log if each.answered for one in each.asked)
    return Accounts(
        asked=len(log),
        answered=sum(each.answered for each in log),
        failed=len(failed),
        twice=_sorted(one for one, times in paid.items() if times > 1),
        lost=_sorted(delivered.keys() - replies.keys()),
        made_up=_sorted(replies.keys() - delivered.keys()),
        altered=_sorted(one for one in delivered.keys() & replies.keys() if delivered[one] != replies[one]),
        silent=_sorted(asked - delivered.keys() - failed),
    )


def _sorted(found: Iterable[Asked]) -> tuple[Asked, ...]:
    return tuple(sorted(found))
