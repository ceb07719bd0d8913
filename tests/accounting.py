"""What an endpoint gave against what a ledger holds: nothing lost, paid for twice, or made up."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from faulty import Asked, Exchange
from killing import Recorded


@dataclass(frozen=True, slots=True)
class Accounts:
    """How the two sides stand. All but the first three are to be empty.

    `requests` came, of which `answered` were answered whole; `failed` lines of the ledger say that nothing
    came. `twice`: replies that were delivered whole more than once. `lost`: delivered whole, and not in the
    ledger. `made_up`: in the ledger with a text that the endpoint never gave. `silent`: asked for in vain,
    and not in the ledger as failed.
    """

    requests: int
    answered: int
    failed: int
    twice: tuple[Asked, ...]
    lost: tuple[Asked, ...]
    made_up: tuple[Asked, ...]
    silent: tuple[Asked, ...]

    @property
    def balanced(self) -> bool:
        return not (self.twice or self.lost or self.made_up or self.silent)


def accounts(log: Sequence[Exchange], ledger: Iterable[Recorded]) -> Accounts:
    """How the ledger of a build stands with the only endpoint that served it."""
    lines = tuple(ledger)
    held = {(line.prompt, line.sample): line.text for line in lines if line.text is not None}
    failed = {(line.prompt, line.sample) for line in lines if line.text is None}
    given = {pair for each in log for pair in zip(each.asked, each.texts, strict=False)}
    delivered = Counter(one for each in log if each.answered for one in each.asked)
    asked = {one for each in log for one in each.asked}
    return Accounts(
        requests=len(log),
        answered=sum(each.answered for each in log),
        failed=len(failed),
        twice=tuple(sorted(one for one, times in delivered.items() if times > 1)),
        lost=tuple(sorted(delivered.keys() - held.keys())),
        made_up=tuple(sorted(one for one, text in held.items() if (one, text) not in given)),
        silent=tuple(sorted(asked - held.keys() - failed)),
    )
