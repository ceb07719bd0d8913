"""Benchmarks with known answers, in the layouts of HumanEval and MBPP, written for the tests."""

import json
import subprocess
import sys
from collections.abc import Sequence

from made_foreign import packed

Row = dict[str, object]

# Name, parameters, what is returned by a right program, calls with their results.
TASKS = (
    ("double", "n", "2 * n", ((3,), 6), ((0,), 0)),
    ("last", "values", "values[-1]", (([1, 2],), 2), (([5],), 5)),
    ("total", "values", "sum(values)", (([1, 2, 3],), 6), (([],), 0)),
    ("reverse", "text", "text[::-1]", (("abc",), "cba"), (("",), "")),
    ("half", "n", "n / 2", ((1,), 0.5), ((4,), 2.0)),
    ("pair", "a, b", "(a, b)", ((1, 2), (1, 2)), (("x", None), ("x", None))),
    ("letters", "text", "set(text)", (("aab",), {"a", "b"}), (("",), set())),
    ("largest", "values", "max(values)", (([1, 9, 3],), 9), (([-1],), -1)),
    ("is_even", "n", "n % 2 == 0", ((2,), True), ((3,), False)),
    ("count", "text", "{c: text.count(c) for c in text}", (("aab",), {"a": 2, "b": 1}), (("",), {})),
)
BODIES = (
    "    return {right}\n",
    "    return None\n",
    "    raise ValueError('no')\n",
    "    return ({right}\n",
    "    helper({right})\n    return {right}\n",
    "    import sys\n    sys.exit(0)\n",
)


def humaneval() -> list[Row]:
    """HumanEval's columns: the code to be continued has a helper, the test is a function `check`."""
    return [_humaneval(number, task) for number, task in enumerate(TASKS)]


def _humaneval(number: int, task: Sequence[object]) -> Row:
    name, parameters, right, *calls = task
    head = f"def helper(x):\n    return x\n\n\ndef {name}({parameters}):\n"
    checks = "".join(f"    assert candidate(*{given!r}) == {result!r}\n" for given, result in calls)  # type: ignore[misc]
    return {
        "task_id": f"Made/{number}",
        "prompt": f'{head}    """Return {right}."""\n',
        "canonical_solution": f"    return {right}\n",
        "test": f"METADATA = {{'author': 'made'}}\n\n\ndef check(candidate):\n{checks}",
        "entry_point": name,
    }


def completions() -> list[Row]:
    """For each task its completions, right and wrong, as human-eval has them: a row each."""
    return [
        {"task_id": f"Made/{number}", "completion": body.format(right=task[2])}
        for number, task in enumerate(TASKS)
        for body in BODIES
    ]


def mbpp(*, sanitized: bool = False) -> list[Row]:
    """MBPP's columns, in one of its two forms."""
    rows = []
    for number, (name, parameters, right, *calls) in enumerate(TASKS, 1):
        row: Row = {
            "task_id": number,
            "code": f"def {name}({parameters}):\n    return {right}\n",
            "test_list": [f"assert {name}(*{given!r}) == {result!r}" for given, result in calls],
        }
        asked = f"Write a function that returns {right}."
        more = {"prompt": asked, "test_imports": ["import math"]} if sanitized else {"text": asked}
        rows.append(row | more | ({} if sanitized else {"test_setup_code": "", "challenge_test_list": []}))
    return rows


def livecodebench(
    name: str, day: str = "2024-05-01", difficulty: str = "easy", *, function: bool = False
) -> Row:
    """A task of LiveCodeBench: double a number, over standard input or as a method; private tests packed."""
    kind = "functional" if function else "stdin"
    tests = [
        {"input": f"{n}" if function else f"{n}\n", "output": f"{2 * n}", "testtype": kind}
        for n in (3, 4, 5, 6)
    ]
    starter = "class Solution:\n    def double(self, n: int) -> int:\n        " if function else ""
    return {
        "question_title": "Double",
        "question_content": "Double it.",
        "platform": "leetcode" if function else "atcoder",
        "question_id": name,
        "contest_id": "c1",
        "contest_date": f"{day}T00:00:00",
        "starter_code": starter,
        "difficulty": difficulty,
        "public_test_cases": json.dumps(tests[:1]),
        "private_test_cases": packed(json.dumps(tests[1:])),
        "metadata": json.dumps({"func_name": "double"} if function else {}),
    }


def run_plainly(programs: Sequence[str]) -> list[bool]:
    """Which programs end as `code_eval` asks of them: executed whole, and nothing is raised."""
    code = """import json, sys
def ends(program):
    try:
        exec(program, {})
    except BaseException:
        return False
    return True
print(json.dumps(list(map(ends, json.load(sys.stdin)))))
"""
    given = json.dumps(list(programs))
    done = subprocess.run(
        [sys.executable, "-c", code], input=given, capture_output=True, text=True, check=True
    )
    found: list[bool] = json.loads(done.stdout)
    return found
