"""What can go wrong with a request to the stand-in for the Hub."""

import re
from dataclasses import dataclass
from enum import StrEnum


class Fault(StrEnum):
    """Besides a status: how a connection can fail."""

    DROPPED = "dropped"  # cut before the request took effect
    LOST = "lost"  # it took effect, and the answer never came
    SLOW = "slow"  # it took effect, and the answer comes after a while


@dataclass
class Injected:
    """A fault that meets `times` requests of a method (`*`: any) after the first `skip` of them."""

    method: str
    pattern: str
    fault: Fault | int
    times: int = 1
    skip: int = 0
    seconds: float = 0.3
    met: int = 0

    def meets(self, method: str, path: str) -> bool:
        """Whether this request is hit, which is counted."""
        if self.met >= self.times or self.method not in (method, "*") or not re.search(self.pattern, path):
            return False
        if self.skip:
            self.skip -= 1
            return False
        self.met += 1
        return True
