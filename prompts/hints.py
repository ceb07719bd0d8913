"""Whether a statement gives away how it is to be solved: the words that do, as they stand in it.

A hint is one of four things. Everywhere but in fenced blocks, whatever the case of its letters:

    method     the name of a method that is never a thing in a story (METHODS): "dynamic programming"
    feature    a chosen feature, named as a technique: "using a sliding window", "the two pointers approach".
               A feature's name alone is none: a statement about a tree has to say "tree"
    advice     talk about the solution: "the intended complexity is", "in O(n log n) time", "the key idea",
               "can be solved with", a heading such as "Hint" or "Editorial"
And one that lies in a fenced block:

    code       a block in a programming language, or one in which a function is defined

Objects that can be asked about or acted in a story are no hints by themselves: a priority queue at a counter,
a greedy merchant, a stack of plates, a binary search tree, the shortest path, an optimal solution.
What is meant and not named ("halve the interval again and again") is not found.
"""

import re
from collections.abc import Iterable, Iterator

from synthsmith.prompts.replies import CodeBlock, outline

# Names that stand for a way to solve something and for nothing else. A blank matches a hyphen too.
METHODS = (
    "dynamic programming", "memoization", "memoisation", "divide and conquer", "branch and bound",
    "meet in the middle", "simulated annealing", "depth first search", "breadth first search",
    "binary search", "ternary search", "segment tree", "fenwick tree", "binary indexed tree",
    "sparse table", "union find", "disjoint set union", "suffix array", "suffix automaton",
    "suffix tree", "treap", "splay tree", "monotonic stack", "monotonic queue", "monotonic deque",
    "monotone stack", "rolling hash", "lazy propagation", "coordinate compression",
    "heavy light decomposition", "centroid decomposition", "square root decomposition",
    "sqrt decomposition", "convex hull trick", "bitmask dp", "digit dp", "sprague grundy",
    "grundy number", "inclusion exclusion", "chinese remainder theorem", "fast fourier transform",
    "sieve of eratosthenes", "dijkstra", "bellman ford", "floyd warshall", "kruskal",
    "prim's algorithm", "tarjan", "kosaraju", "edmonds karp", "ford fulkerson", "hopcroft karp",
    "knuth morris pratt", "boyer moore", "rabin karp", "aho corasick", "manacher", "kadane",
    "greedy algorithm", "greedy approach", "two pointer technique", "sliding window technique",
)  # fmt: skip
_ACRONYMS = re.compile(r"\b(?:BFS|DFS|KMP|DSU)\b")
_NOT_METHODS = re.compile(r"\bbinary[ -]search[ -]trees?\b", re.IGNORECASE)
_ADVICE = (
    r"\b(?:intended|expected|required|optimal) (?:time |space |runtime )?complexity\b",
    r"\b(?:time|runtime|space) complexity\b",
    r"\bcan be (?:efficiently )?solved (?:by|with|using|via|in)\b",
    r"\b(?:to|can) solve (?:this|the) (?:problem|task) (?:by|with|using|via|efficiently)\b",
    r"\bthe (?:key|main|crucial) (?:idea|observation|insight)\b",
    r"\b(?:brute[- ]force|na[iï]ve|efficient) (?:solution|approach|algorithm)s?\b",
    r"\b(?:in|see|from) the editorial\b",
)
# A cost by its order of growth. O(i) alone may be a function of the story.
_COST = re.compile(
    r"\bO\(((?:[^()\n]|\([^()\n]*\))+)\)(?:\s(time|space|memory|solution|algorithm|runtime|extra)\b)?"
)
_GROWTH = re.compile(r".*\blog\b.*|[nNmM](?:\s?(?:\^\s?\d|[*+]\s?[nNmMkK]))?")
_HEADINGS = re.compile(
    r"[\s#*_>-]*(?:hints?|editorial|solution|approach|tutorial)(?: \d+)?[\s*_]*(?::.*)?", re.I
)
_LANGUAGES = ("python", "py", "python3", "cpp", "c++", "c", "java", "javascript", "rust", "go", "pseudocode")
_CODE = re.compile(r"^\s*(?:def \w+\(.*:|#include\s*[<\"]|public static |int main\(|from \w+ import )", re.M)
_TELLING = r"apply|applying|employ|employing|implement|implementing"
_USING = rf"{_TELLING}|use|using|maintain|maintaining|by means of|with the help of"
_ARTICLE = r"(?:\s+(?:an?|the|some|your))?"
_AFTER = r"(?:algorithm|technique|approach|method|strategy|optimi[sz]ation|trick|data structure|solution)s?"


def hints(statement: str, features: Iterable[str]) -> tuple[str, ...]:
    """What gives the method away, each as it stands in the statement, in the order of the module's list."""
    pieces = outline(statement)
    prose = "\n".join(piece for piece in pieces if isinstance(piece, str))
    blocks = [piece for piece in pieces if isinstance(piece, CodeBlock)]
    found = [
        *_methods(prose),
        *(hint for feature in features for hint in _named(prose, feature)),
        *_advice(prose),
        *_programs(blocks),
    ]
    return tuple(dict.fromkeys(" ".join(hint.split()) for hint in found))


def _methods(prose: str) -> Iterator[str]:
    told = _NOT_METHODS.sub(" ", prose)
    yield from _ALL_METHODS.findall(told)
    yield from _ACRONYMS.findall(told)


def _named(prose: str, feature: str) -> Iterator[str]:
    """The feature with the words beside it that make a technique of it.

    Many a feature of one word is a thing too: "using three intervals" tells nothing.
    """
    name = _words(feature)
    if name:
        verbs = _USING if len(re.findall(r"\w+", feature)) > 1 else _TELLING
        for beside in (rf"\b(?:{verbs}){_ARTICLE}\s+{name}\b", rf"\b{name}\s+{_AFTER}\b"):
            yield from (match[0] for match in re.finditer(beside, prose, re.IGNORECASE))


def _advice(prose: str) -> Iterator[str]:
    for pattern in _ADVICE:
        yield from (match[0] for match in re.finditer(pattern, prose, re.IGNORECASE))
    yield from (cost[0] for cost in _COST.finditer(prose) if cost[2] or _GROWTH.fullmatch(cost[1]))
    yield from (line.strip() for line in prose.split("\n") if _HEADINGS.fullmatch(line))


def _programs(blocks: Iterable[CodeBlock]) -> Iterator[str]:
    for block in blocks:
        code = _CODE.search(block.text)
        if block.language in _LANGUAGES:
            yield f"a block of {block.language}"
        elif code:
            yield code[0].strip()


def _words(name: str) -> str:
    """A pattern for the words of a name, joined by blanks, line ends or hyphens."""
    return r"[\s-]+".join(map(re.escape, re.findall(r"[\w']+", name)))


_ALL_METHODS = re.compile(rf"\b(?:{'|'.join(_words(name) for name in METHODS)})s?\b", re.IGNORECASE)
