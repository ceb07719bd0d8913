"""Small recordings made for a test: one pair, its features, and tasks that end in a chosen way."""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from synthsmith.builders import attempts, features, sampling
from synthsmith.builders.asking import Ask
from synthsmith.builders.attempts import Attempt
from synthsmith.builders.growth import grow
from synthsmith.builders.model import Reply, Request
from synthsmith.builders.pairs import Pair
from synthsmith.builders.recordings import rekey
from synthsmith.builders.sampling import Sampling
from synthsmith.builders.settings import Settings

RIGHT = "n = int(input())\nprint(sum(map(int, input().split())))\n"
RIGHT_TOO = (
    "import sys\nn, *a = map(int, sys.stdin.read().split())\nt = 0\nfor x in a:\n    t += x\nprint(t)\n"
)
WRONG = "n = int(input())\nprint(max(map(int, input().split())))\n"
METHOD = "class Solution:\n    def total(self, a: List[int]) -> int:\n        "
BRUTE = "input()\nt = 0\nfor x in input().split():\n    for _ in range(int(x)):\n        t += 1\nprint(t)\n"
GENERATOR = """import argparse, json, random
parser = argparse.ArgumentParser()
parser.add_argument("--seed", type=int, default=42)
parser.add_argument("--size", default="small")
options = parser.parse_args()
random.seed(options.seed)
sizes = {"small": (1, 5), "medium": (50,), "large": (90,), "stress": (900,)}[options.size]
kind = "stress" if options.size == "stress" else "nominal"
for n in sizes:
    a = [random.randint(1, 10**4) for _ in range(n)]
    text = f"{n}\\n{' '.join(map(str, a))}\\n"
    print(json.dumps({"name": f"n{n}", "kind": kind, "input": text}))
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


SAMPLES = {
    "codeforces": "## Input\n\ntext\n\n## Output\n\ntext\n\n## Examples\n\n"
    "Input\n```\n2\n3 4\n```\nOutput\n```\n7\n```\n",
    "atcoder": "## Problem Statement\n\ntext\n\n## Constraints\n\ntext\n\n"
    "## Input\n\ntext\n\n## Output\n\ntext\n\n"
    "## Sample Input 1\n\n```\n2\n3 4\n```\n\n## Sample Output 1\n\n```\n7\n```\n",
    "leetcode": "**Example 1:**\n\n```\nInput: a = [3, 4]\nOutput: 7\n```\n\n**Constraints:**\n\ntext\n",
}


def statement(style: str, words: int = 220) -> str:
    return f"# Sum\n\n{'word ' * words}\n\n{SAMPLES[style]}"


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
    brute: str = python(BRUTE)


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
    for name in ("inputs", "generator", "validator", "brute"):
        put(folder / f"{name}.md", getattr(made, name))


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


def prepared(folder: Path, *tasks: Made, **others: Any) -> Settings:
    """Settings of a small build of these tasks, in this order; their recordings are put into the folder."""
    settings = Settings(
        tasks=len(tasks),
        solutions=3,
        min_solutions=2,
        pairs=str(folder / "pairs.jsonl"),
        sampling=Sampling(styles=(("codeforces", 1),)),
        **others,
    )
    record(folder, tasks, settings)
    return settings


def attempts_in(out: Path) -> list[Attempt]:
    """The attempts without the digest of the settings, in which the model's name differs."""
    return [replace(attempt, settings="") for attempt in attempts.read_all(out / "attempts")]
