"""Small functions to be written, in HumanEval's number and form, made by a program: candidates and test
code.

Every problem is one of the families below with numbers of its own. Its test code has seven assertions in a
`check(candidate)`, whose right sides come from the family's own right solution. Of eight candidates about
half are right; the others are wrong, crash, do not parse, take long, give another type, or (two of them in
all, unless told otherwise) never end.
"""

import random
from collections.abc import Set
from dataclasses import dataclass

PROBLEMS, CANDIDATES, ASSERTIONS = 164, 8, 7
Place = tuple[int, int]  # problem and candidate
ENDLESS: frozenset[Place] = frozenset({(40, 3), (120, 6)})
FAMILIES = (
    ("add_scaled(x, y)", "{a} * x + {b} * y", "{a} * x - {b} * y", "int int"),
    ("count_multiples(n)", "sum(i % {p} == 0 for i in range(1, abs(n) + 1))", "abs(n) // {p} + 1", "int"),
    ("rotate(text)", "text[{c}:] + text[:{c}]", "text[{p}:] + text[:{c}]", "text"),
    ("keep_large(items)", "[i for i in items if i > {b}]", "[i for i in items if i >= 0]", "list"),
    ("digits(n)", "sum(map(int, str(abs(n) * {a})))", "len(str(n)) + {a}", "int"),
    ("pairs(items)", "list(zip(items, items[{c}:]))", "[list(pair) for pair in zip(items, items)]", "list"),
    ("letters(text)", "{{c: text.count(c) for c in text}}", "{{c: {c} for c in text}}", "text"),
    ("is_balanced(items)", "(sum(items) - items[0]) % {p} == 0", "len(items) % {p} == 0", "list"),
    ("mean(items)", "sum(items) / (len(items) + {a})", "sum(items) / (len(items) + {b} + 1)", "list"),
    ("remainders(items)", "{{i % {p} for i in items}}", "set(items)", "list"),
    ("first_large(items)", "next((i for i in items if i > {a}), None)", "max(items)", "list"),
    ("words(text)", "sorted(text.split('a'), key=len)[: {c} + 1]", "text.split('a')", "text"),
)
BODIES = (  # of candidates, with their shares
    ("return RIGHT", 25),
    ("# attempt HERE\nresult_HERE = RIGHT\nreturn result_HERE", 25),
    ("attempt_HERE = WRONG\nreturn attempt_HERE", 20),
    ("import math, collections\nassert math.pi > HERE / 3\nreturn RIGHT", 7),
    ("raise ValueError('attempt HERE')", 10),
    ("return str(RIGHT", 5),
    ("return [RIGHT, HERE]", 5),
    ("for i in range(100_000):\n    i * HERE\nreturn RIGHT", 3),
)


@dataclass(frozen=True, slots=True)
class Problem:
    test: str
    candidates: tuple[str, ...]


def problems(count: int = PROBLEMS, seed: int = 0, *, endless: Set[Place] = ENDLESS) -> list[Problem]:
    """The problems, the same for the same seed."""
    rng = random.Random(seed)
    return [_problem(number, rng, endless) for number in range(count)]


def _problem(number: int, rng: random.Random, endless: Set[Place]) -> Problem:
    head, right, wrong, kinds = FAMILIES[number % len(FAMILIES)]
    numbers = {"a": rng.randint(2, 9), "b": rng.randint(2, 9), "c": rng.randint(1, 3), "p": rng.randint(2, 7)}
    right, wrong = right.format(**numbers), wrong.format(**numbers)
    calls = [", ".join(_argument(kind, rng) for kind in kinds.split()) for _ in range(ASSERTIONS)]
    kept = [
        _candidate((number, index), head, right, wrong, rng, endless=(number, index) in endless)
        for index in range(CANDIDATES)
    ]
    return Problem(_test(head, right, calls), tuple(kept))


def _argument(kind: str, rng: random.Random) -> str:
    if kind == "int":
        return repr(rng.randint(-50, 50))
    if kind == "text":
        return repr("".join(rng.choice("abcde") for _ in range(rng.randint(4, 12))))
    return repr([rng.randint(-9, 20) for _ in range(rng.randint(3, 9))])


def _test(head: str, right: str, calls: list[str]) -> str:
    namespace: dict[str, object] = {}
    exec(f"def solved({head.partition('(')[2]}: return {right}", namespace)  # of this file alone
    lines = ["METADATA = {'author': 'a program'}", "", "def check(candidate):"]
    for call in calls:
        value = eval(f"solved({call})", namespace)
        if isinstance(value, float):
            lines.append(f"    assert abs(candidate({call}) - {value!r}) < 1e-6")
        else:
            lines.append(f"    assert candidate({call}) == {value!r}, 'candidate({len(lines)})'")
    return "\n".join([*lines, "", f"check({head.partition('(')[0]})", ""])


def _candidate(place: Place, head: str, right: str, wrong: str, rng: random.Random, *, endless: bool) -> str:
    body = "while True:\n    pass" if endless else _body(rng)
    code = body.replace("RIGHT", right).replace("WRONG", wrong).replace("HERE", str(place[1]))
    lines = ["from typing import List", "", "", f"def {head}:", f'    """Do it in way {place[1]}."""']
    return "\n".join([*lines, *(f"    {line}" for line in code.split("\n")), ""])


def _body(rng: random.Random) -> str:
    return rng.choices([body for body, _ in BODIES], [share for _, share in BODIES])[0]
