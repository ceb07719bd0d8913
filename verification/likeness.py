"""How alike two programs are: programs written from one idea err together, so their agreement says less.

A program is taken as its sequence of tokens (`tokens.py`), with one sign for every name of its own; four
tokens in a row make a shingle, and two programs are as alike as their sets of shingles (Jaccard). Shingles
that all programs of a task have, where there are some, such as the reading of the input that came with the
task, tell nothing and are left out. Programs in different languages are not alike.

Near-copies are one program but for the names that it gives: they count once, as one voter.
"""

import ast
import hashlib
from collections.abc import Sequence
from functools import lru_cache
from math import fsum

from synthsmith.verification.programs import identify, parse, tree_text, without_docstrings
from synthsmith.verification.tokens import CACHED, tokens
from synthsmith.verification.types import Language, Solution

LENGTH = 4
FEWEST_FOR_COMMON = 4  # programs: what two or three have in common may be their idea
Shingles = frozenset[tuple[str, ...]]


def near_copies(solutions: Sequence[Solution]) -> tuple[int, ...]:
    """For each solution the number of its class of near-copies, counted from 0 as they first appear."""
    numbers: dict[str, int] = {}
    return tuple(numbers.setdefault(_renamed(each.code, each.language), len(numbers)) for each in solutions)


def likeness(solutions: Sequence[Solution]) -> tuple[tuple[float, ...], ...]:
    """For each pair how alike they are, 0 to 1; symmetric, with 1 on the diagonal."""
    shingles = [_shingles(tokens(each.code, each.language)) for each in solutions]
    common = frozenset.intersection(*shingles) if len(shingles) >= FEWEST_FOR_COMMON else frozenset()
    own = [each - common for each in shingles]
    languages = [each.language for each in solutions]
    rows = [[1.0] * len(own) for _ in own]
    for one in range(len(own)):
        for other in range(one):
            same = languages[one] is languages[other]
            rows[one][other] = rows[other][one] = _jaccard(own[one], own[other]) if same else 0.0
    return tuple(map(tuple, rows))


def independent(alike: Sequence[Sequence[float]], members: Sequence[int]) -> float:
    """How many independent programs these count for: n squared over the sum of their likenesses (Kish)."""
    total = fsum(alike[one][other] for one in members for other in members)
    return len(members) ** 2 / total if members else 0.0


@lru_cache(maxsize=CACHED)
def _renamed(code: str, language: Language) -> str:
    """A digest of what near-copies share. Only in readable Python are names looked through."""
    if language is Language.PYTHON:
        try:
            tree = without_docstrings(parse(code))
            text = tree_text(_Renaming(tree).visit(tree))
            return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            pass
    return identify(code, language).digest


class _Renaming(ast.NodeTransformer):
    """Numbers the names that the program gives, in the order of their use.

    Names that it takes from elsewhere stay, and so does what it passes by name.
    """

    def __init__(self, tree: ast.Module) -> None:
        nodes = list(ast.walk(tree))
        passed = {node.arg for node in nodes if isinstance(node, ast.keyword)}
        declared = {name for n in nodes if isinstance(n, ast.Global | ast.Nonlocal) for name in n.names}
        stored = {n.id for n in nodes if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
        given = {node.arg for node in nodes if isinstance(node, ast.arg)}
        defined = {node.name for node in nodes if isinstance(node, ast.FunctionDef)}
        self._own = (stored | given | defined) - passed - declared
        self._names: dict[str, str] = {}

    def visit_Name(self, node: ast.Name) -> ast.Name:
        return ast.Name(self._new(node.id), node.ctx)

    def visit_arg(self, node: ast.arg) -> ast.arg:
        return ast.arg(self._new(node.arg))  # an annotation changes nothing

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        node.name, node.returns = self._new(node.name), None
        return self.generic_visit(node)

    def _new(self, name: str) -> str:
        return self._names.setdefault(name, f"_{len(self._names)}") if name in self._own else name


def _shingles(tokens: tuple[str, ...]) -> Shingles:
    return frozenset(tokens[start : start + LENGTH] for start in range(max(1, len(tokens) - LENGTH + 1)))


def _jaccard(one: Shingles, other: Shingles) -> float:
    both = len(one | other)
    return len(one & other) / both if both else 1.0
