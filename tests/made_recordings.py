"""Small recordings made for a test: one pair, its features, and tasks that end in a chosen way."""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from synthsmith.builders import features, sampling
from synthsmith.builders.growth import Ask, grow
from synthsmith.builders.model import Reply, Request
from synthsmith.builders.pairs import Pair
from synthsmith.builders.recordings import rekey
from synthsmith.builders.settings import Settings
from synthsmith.prompts import REQUIRED_SECTIONS

RIGHT = "n = int(input())\nprint(sum(map(int, input().split())))\n"
RIGHT_TOO = (
    "import sys\nn, *a = map(int, sys.stdin.read().split())\nt = 0\nfor x in a:\n    t += x\nprint(t)\n"
)
WRONG = "n = int(input())\nprint(max(map(int, input().split())))\n"
METHOD = "class Solution:\n    def total(self, a: List[int]) -> int:\n        "
GENERATOR = """import argparse, json, random
parser = argparse.ArgumentParser()
parser.add_argument("--seed", type=int, default=42)
random.seed(parser.parse_args().seed)
for n in (1, 5, 9, 50, 900):
    a = [random.randint(1, 10**6) for _ in range(n)]
    text = f"{n}\\n{' '.join(map(str, a))}\\n"
    print(json.dumps({"name": f"n{n}", "kind": "nominal", "input": text}))
"""
VALIDATOR = """import sys
try:
    n, *a = map(int, sys.stdin.read().split())
except ValueError as error:
    sys.exit(f"not numbers: {error}")
if n != len(a):
    sys.exit(f"{n} numbers announced, {len(a)} given")
"""
INPUTS = ("1\n5\n", "2\n1 2\n", "3\n1 2 3", "3\n1 2 3\n", "4\n1 2\n", "", "5\n9 9 9 9 9\n", "2\n7 8\n")


def think(answer: str) -> str:
    return f"<think>\nLet me see.\n</think>\n\n{answer}\n"


def python(code: str) -> str:
    return think(f"Here it is.\n\n```python\n{code}```")


def statement(style: str, words: int = 220) -> str:
    headings = "\n\n".join(f"## {name}\n\ntext" for name in REQUIRED_SECTIONS[style])
    return f"# Sum\n\n{'word ' * words}\n\n{headings}"


def inputs(texts: Sequence[str] = INPUTS) -> str:
    cases = [
        {"idx": i, "kind": "nominal", "description": "d", "input_string": text}
        for i, text in enumerate(texts, 1)
    ]
    return think(json.dumps({"test_cases": cases}))


@dataclass(frozen=True)
class Made:
    """The replies of one task; what is None has the usual text, and `solutions` are whole replies."""

    roles: str | None = None
    statement: str | None = None
    solutions: tuple[str, ...] = (python(RIGHT), python(RIGHT_TOO), python(WRONG))
    inputs: str = field(default_factory=inputs)
    generator: str = python(GENERATOR)
    validator: str = python(VALIDATOR)


def record(folder: Path, tasks: Sequence[Made], settings: Settings) -> None:
    """Write recordings whose draws 0:0, 0:1, ... give these tasks, and key them."""
    (folder / "features").mkdir(parents=True)
    pair = {"id": "one", "instruction": "Sum the numbers.", "code": RIGHT}
    (folder / "pairs.jsonl").write_text(json.dumps(pair) + "\n")
    # Wide enough that no two draws of a test choose the same features.
    below = {f"group {a}": {f"way {a}{b}": {} for b in "uvwxyz"} for a in "abcdefgh"}
    tree = {"algorithm": below, "data structures": {"array": {}, "heap": {}, "deque": {}}}
    put(folder / "features/extract-one.md", think(json.dumps({"features": tree})))
    new = {"algorithm": {"search": {"binary search": {}}}, "data structures": {"tree": {}}}
    for category, added in new.items():
        reply = think(json.dumps({"features": {category: added}}))
        put(folder / f"features/evolve-{category.replace(' ', '-')}.md", reply)
    grown = asyncio.run(grow([Pair(**pair)], settings, _features_of(folder)))
    for number, made in enumerate(tasks):
        style, subtree = sampling.draw(grown.tree, f"0:{number}", settings.sampling)
        _write_task(folder / f"tasks/{number:02d}-sum", made, style, features.leaves(subtree), number)
    rekey(folder, settings)


def _write_task(folder: Path, made: Made, style: str, leaves: Sequence[str], number: int) -> None:
    folder.mkdir(parents=True)
    put(folder / "roles.md", made.roles or roles(leaves[:2], f"Plan number {number}."))
    question = {"question": f"{statement(style)}\n\nTask {number}."}
    if style == "leetcode":
        question["starter_code"] = f"{METHOD}pass"
    put(folder / "statement.md", made.statement or think(json.dumps(question)))
    for sample, reply in enumerate(made.solutions, 1):
        put(folder / f"solution-{sample}.md", reply)
    for name, text in (("inputs", made.inputs), ("generator", made.generator), ("validator", made.validator)):
        put(folder / f"{name}.md", text)


def roles(chosen: Sequence[str], strategy: str = "Together.") -> str:
    selected = [{"feature": name, "potential_use": "to be used"} for name in chosen]
    answer = {"feature_roles_tree": {}, "selected_features": selected, "integration_strategy": strategy}
    return think(json.dumps(answer))


def put(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")


def _features_of(folder: Path) -> Ask:
    async def ask(request: Request) -> Reply:
        name = f"{request.stage}-{request.subject.replace(' ', '-')}.md"
        return Reply((folder / "features" / name).read_text())

    return ask
