"""Three programs to run on many inputs: next to nothing; imports and a graph; sorting 10,000 numbers."""

import random
from collections.abc import Callable
from dataclasses import dataclass

NOTHING = "n=int(input());print(n*2)\n"
IMPORTS = """\
import sys, math, heapq, bisect
from collections import Counter, defaultdict

def main():
    n, m = map(int, sys.stdin.readline().split())
    edges = defaultdict(list)
    for line in sys.stdin:
        u, v, w = map(int, line.split())
        edges[u].append((v, w))
        edges[v].append((u, w))
    far, heap = [math.inf] * n, [(0, 0)]
    while heap:
        d, u = heapq.heappop(heap)
        if d < far[u]:
            far[u] = d
            for v, w in edges[u]:
                heapq.heappush(heap, (d + w, v))
    known = sorted(d for d in far if d < math.inf)
    most = Counter(d % 7 for d in known).most_common(1)[0][1]
    print(len(known), sum(known), bisect.bisect(known, 50), most)

main()
"""
SORT = "import sys\nprint(*sorted(map(int, sys.stdin.read().split()[1:])))\n"


@dataclass(frozen=True, slots=True)
class Workload:
    name: str
    code: str
    inputs: tuple[bytes, ...]


def workloads(runs: int, seed: int = 0) -> list[Workload]:
    """Each with `runs` inputs, no two of them meant to be equal; the same for the same seed."""
    makers: dict[tuple[str, str], Callable[[random.Random], bytes]] = {
        ("trivial", NOTHING): lambda rng: b"%d\n" % rng.randint(-(10**9), 10**9),
        ("imports", IMPORTS): graph,
        ("sort", SORT): numbers,
    }
    rng = random.Random(seed)
    return [
        Workload(name, code, tuple(make(rng) for _ in range(runs))) for (name, code), make in makers.items()
    ]


def graph(rng: random.Random, nodes: int = 200, edges: int = 600) -> bytes:
    lines = [f"{rng.randrange(nodes)} {rng.randrange(nodes)} {rng.randint(1, 100)}" for _ in range(edges)]
    return "\n".join([f"{nodes} {edges}", *lines, ""]).encode()


def numbers(rng: random.Random, count: int = 10_000) -> bytes:
    return b"%d\n%s\n" % (count, b" ".join(b"%d" % rng.randrange(10**6) for _ in range(count)))
