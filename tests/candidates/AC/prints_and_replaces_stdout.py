from __future__ import annotations

import io
import sys

print("loaded", end="")
sys.stdout = io.StringIO()


def double(n: list[int]) -> int:
    print("called")
    return 2 * n
