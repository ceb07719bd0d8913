"""MinHash signatures and their bands: sets that are alike share a key, most others do not.

A signature is cut into bands of equal length, each hashed to a key (locality-sensitive hashing). The longer a
band is, the fewer sets share a key by chance; bands are as long as they may be for two sets that are just
alike enough to share one with a probability of at least `RECALL`. Keys only say what to compare: nothing is
removed that an exact comparison does not confirm. `datasketch` makes the signatures; its own index holds
several kilobytes of memory for each set, so the keys go to a file here (`store.py`).
"""

from functools import cache
from typing import TYPE_CHECKING

import numpy as np
from synthsmith.builders.duplicates.shingles import Shingles

if TYPE_CHECKING:
    from datasketch import MinHash

PERMUTATIONS = 256
RECALL = 0.9995
_FACTOR = np.uint64(0xD1342543DE82EF95)
_LOW = np.uint64(0xFFFFFFFF)


def keys(shingles: Shingles, threshold: float, kind: int) -> list[int]:
    """The keys under which to look for sets that are alike by the threshold; `kind` keeps kinds apart.

    Signed numbers of 64 bits, as SQLite has them.
    """
    signature = _blank().copy()
    signature.update_batch((shingles & _LOW).tolist())
    length = band_length(threshold)
    count = PERMUTATIONS // length
    bands = np.asarray(signature.hashvalues, np.uint64)[: count * length].reshape(count, length)
    found = np.arange(count, dtype=np.uint64) * np.uint64(2) + np.uint64(kind)
    for place in range(length):
        found = found * _FACTOR + bands[:, place]
        found ^= found >> np.uint64(29)
    return [int(key) for key in found.view(np.int64)]


@cache
def band_length(threshold: float) -> int:
    """How many values a band has: as many as leave the wanted probability to meet in one."""

    def recall(length: int) -> float:
        return 1.0 - (1.0 - threshold**length) ** (PERMUTATIONS // length)

    return next(length for length in range(PERMUTATIONS, 0, -1) if length == 1 or recall(length) >= RECALL)


@cache
def _blank() -> "MinHash":
    """The signature of the empty set: copies share its permutations, which take long to draw."""
    from datasketch import MinHash  # brings scipy with it: only where something is compared

    return MinHash(num_perm=PERMUTATIONS, seed=1, hashfunc=int)
