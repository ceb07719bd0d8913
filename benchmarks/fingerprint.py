"""What the method makes of one small table, as a digest: another one says that the method has changed.

`recording.py` keeps it beside what was measured, and a test makes it anew. So nobody can change weights,
likeness or vote and go on telling the accuracy of before.
"""

import hashlib
import json

from synthsmith.verification.compare import Checker, Equality
from synthsmith.verification.decide import decide
from synthsmith.verification.types import Case, Matrix, Outcome, Solution, Status

PROGRAMS = (
    "n = int(input())\nprint(n * n)\n",
    "number = int(input())\nprint(number * number)\n",  # the same but for a name
    "import sys\nn = int(sys.stdin.read())\ntotal = 0\nfor _ in range(n):\n    total += n\nprint(total)\n",
    "n = int(input())\nprint(sum(2 * i + 1 for i in range(n)))\n",
    "n = int(input())\nprint(2 * n)\n",
    "print(4)\n",
    "n = int(input())\nwhile n > 3:\n    pass\nprint(n ** 2)\n",
)
INPUTS = ("1", "2", "3", "4", "5", "-2")
ANSWERS = (
    ("1", "4", "9", "16", "25", "4"),
    ("1", "4", "9", "16", "25", "4"),
    ("1", "4", "9", "16", "25", "0"),
    ("1", "4", "9", "16", "25", "0"),
    ("2", "4", "6", "8", "10", "-4"),
    ("4", "4", "4", "4", "4", "4"),
    ("1", "4", "9", None, None, "4"),
)


def fingerprint() -> str:
    """The SHA-256 of all that is decided of the table."""
    runs = tuple(
        tuple(Outcome(Status.TIME) if text is None else Outcome(Status.OK, text.encode()) for text in row)
        for row in ANSWERS
    )
    solutions = tuple(Solution(f"s{number}", code) for number, code in enumerate(PROGRAMS))
    cases = tuple(Case(f"c{number}", text) for number, text in enumerate(INPUTS))
    matrix = Matrix(solutions, cases, tuple(range(len(PROGRAMS))), runs)
    end = decide(matrix, Checker(Equality.TOKENS))
    assert end.certificate is not None
    told = [
        [(vote.output, vote.probability) for vote in end.certificate.votes],
        end.certificate.golden_probabilities,
        getattr(end, "golden", None),
    ]
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()
