from __future__ import annotations

import pickle
from dataclasses import dataclass
from typing import ClassVar


@dataclass
class Pair:
    base: ClassVar[int] = 2
    n: int = 0


def double(n):
    pair = pickle.loads(pickle.dumps(Pair(n)))
    return pair.base * pair.n
