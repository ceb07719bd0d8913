"""What every run would do for the first time, done once in the zygote, so that the runs inherit it.

CPython notes in its own memory what it has looked up and which operations its code meets. In a run each such
note is the first write to a page that it shares with the zygote, and costs a copy of it. So a program of ours
that does what most programs do is run here a few times, as a run would.
"""

import os
import sys

from . import child, wire

TIMES = 24  # CPython 3.11 and later adapt code that has run about 8 times, and look at it again later
INPUT = b"3\n1 2 3\n" + b"4 5\n" * 6
PROGRAM = """\
import sys, math, heapq, bisect, itertools, functools
from collections import defaultdict, deque, Counter
input()
def main():
    first, *rest = map(int, sys.stdin.readline().split())
    lines = sys.stdin.read().split()
    numbers = [int(word) for word in lines]
    numbers.sort(key=lambda number: -number)
    table, queue, seen = defaultdict(list), deque([first]), set()
    while queue:
        node = queue.popleft()
        table[node % 3].append(node)
        if node < 3 and node + 1 not in seen:
            seen.add(node + 1)
            queue.append(node + 1)
    heap = list(numbers)
    heapq.heapify(heap)
    heapq.heappush(heap, heapq.heappop(heap) + 1)
    place = bisect.bisect_left(sorted(numbers), 5)
    most = Counter(numbers).most_common(1)[0][1]
    total = sum(itertools.accumulate(rest)) + math.gcd(12, 18) + max(numbers) - min(numbers) + abs(-1)
    text = " ".join(str(number) for number in sorted(heap)) + f"{place}:{most:02d}"
    sys.stdout.write(text + "\\n")
    print(total, len(text), *rest, sep=" ", end="\\n")
    print("YES" if total % 2 else "NO")
class Node:
    def __init__(self, value):
        self.value = value
        self.next = None
if __name__ == "__main__":
    main()
    print([Node(index).value for index in range(3)], {1: 2}.get(1), "a-b".split("-"), 7 // 2, 7 / 2)
"""


def rehearse() -> None:
    """Run the program; leaves the standard streams on the files that they were on."""
    code = compile(PROGRAM, child.FILE, "exec", dont_inherit=True)
    program = child.Program(wire.Text(PROGRAM), code, False, frozenset())
    kept, ended = os.dup(0), list[int]()
    for _ in range(TIMES):
        reading, writing = os.pipe()
        os.write(writing, INPUT)
        os.close(writing)
        os.dup2(reading, 0)
        os.close(reading)
        child.open_streams()
        child.run((), child.main_of(code), program, False, ended.append)
        if ended.pop() != 0:
            raise OSError("the rehearsal did not end well")
    os.dup2(kept, 0)
    os.close(kept)
    sys.modules.pop("__main__", None)
    child.open_streams()
