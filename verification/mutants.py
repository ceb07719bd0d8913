"""Mutants: a Python program with one small change each, of the kind that a wrong solution has.

They measure a suite of cases (`suites.py`): a change that no case notices is one that no case guards against.
Some changes make no difference at all (equivalent mutants), so one that survives is a question, no proof.

The operators, after those of the literature on mutation testing:

relation     < becomes <= or >, == becomes !=, in becomes not in, ...
arithmetic   + becomes -, // becomes /, % becomes //, & becomes |, a remainder or a sign is left out, ...
logic        and becomes or, a condition is negated or loses its not
condition    a condition, or a filter of a comprehension, is always true or always false
constant     a whole number is one more or one less; True becomes False
bound        a bound of a range or a slice is one more or one less
choice       min becomes max, any becomes all, a sort is left out, a queue becomes a stack, ...
deletion     a call, an update or a guarding `if` is left out
leap         break becomes continue and the other way round

Only programs in Python have mutants: without a syntax tree most changes to C++ would not compile, or would
fall into texts and comments. What only sets a program up (`if __name__ == ...`, the recursion limit,
annotations) is left as it is.
"""

import ast
import hashlib
from collections import Counter, defaultdict
from dataclasses import dataclass

from synthsmith.verification.mutations import OPERATORS, Change, changes
from synthsmith.verification.programs import identify, parse

_SHOWN = 60  # characters of a piece of code in a mutant's description


@dataclass(frozen=True, slots=True)
class Mutant:
    """A program of its own, and what was changed at which line of the original to get it."""

    code: str
    operator: str
    line: int
    change: str


def mutants(code: str, seed: int, count: int) -> tuple[Mutant, ...]:
    """Up to `count` mutants of a Python program, different from it and from each other; none without a tree.

    The operators take turns, and of each operator's changes one on a line that had the fewest so far goes
    first; the rest is drawn by hashing the seed with the change. Equal arguments give equal mutants.
    """
    try:
        tree = parse(code)
        ranked = _ranked(tree, seed)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ()
    seen = {identify(code).digest}
    lines: Counter[int] = Counter()
    made: list[Mutant] = []
    while len(made) < count and any(ranked.values()):
        for operator in OPERATORS:
            mutant = _next(tree, ranked[operator], seen, lines)
            if mutant is not None and len(made) < count:
                made.append(mutant)
                lines[mutant.line] += 1
    return tuple(made)


def _ranked(tree: ast.Module, seed: int) -> dict[str, list[Change]]:
    """The possible changes by operator, in an order drawn by the seed."""
    found: defaultdict[str, list[tuple[bytes, Change]]] = defaultdict(list)
    for number, change in enumerate(changes(tree)):
        drawn = hashlib.sha256(f"{seed}\0{change.operator}\0{number}".encode()).digest()
        found[change.operator].append((drawn, change))
    return {
        operator: [change for _, change in sorted(found[operator], key=lambda pair: pair[0])]
        for operator in OPERATORS
    }


def _next(tree: ast.Module, left: list[Change], seen: set[str], lines: Counter[int]) -> Mutant | None:
    """The next new mutant of one operator; what was tried is taken off `left`."""
    while left:
        change = min(left, key=lambda change: lines[change.line])
        left.remove(change)
        mutant = _written(tree, change)
        if mutant is not None and (digest := identify(mutant.code).digest) not in seen:
            seen.add(digest)
            return mutant
    return None


def _written(tree: ast.Module, change: Change) -> Mutant | None:
    """The program with the change, which is taken back; None where that cannot be written or read."""
    change.put(change.after)
    try:
        code = ast.unparse(tree) + "\n"
        parse(code)
        told = f"{_shown(change.before)} -> {_shown(change.after)}"
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    finally:
        change.put(change.before)
    return Mutant(code, change.operator, change.line, told)


def _shown(node: ast.AST) -> str:
    first = ast.unparse(node).split("\n")[0]
    return first if len(first) <= _SHOWN else first[: _SHOWN - 3] + "..."
