"""open-r1, and PrimeIntellect's form of verifiable problems: a prompt and its `verification_info`.

Its reward runs programs over standard input and compares the output line by line, all rows of a batch in one
language: the language here is Python throughout, as prompts ask for it. Rows that such a reward would judge
wrongly are left out: functions to be called, test code, and checkers that are more lenient than its own.
"""

from datasets import Features, List, Value
from synthsmith.builders.export.target import RL_COLUMNS, LeftOutError, Row, Stage, Target, asked, tests_of
from synthsmith.verification.compare import Checker, Equality

LANGUAGE = "python"
_TEXT, _LARGE = Value("string"), Value("large_string")
_LINE_BY_LINE = (Equality.TOKENS, Equality.EXACT, Equality.LINES)


def _rl(row: Row) -> Row:
    tests = tests_of(row)
    if tests.codes:
        raise LeftOutError("test code has no place in verification_info")
    if tests.signature is not None:
        raise LeftOutError("open-r1 runs programs over standard input, not functions")
    if not _is_line_by_line(tests.checker):
        raise LeftOutError(f"open-r1 has no checker {tests.checker.kind}")
    cases = [{"input": case.input, "output": case.expected, "type": "stdin_stdout"} for case in tests.cases]
    return {
        "problem_id": row["task_id"],
        "source": row["data_source"],
        "task_type": "verifiable_code",
        "prompt": asked(row),
        "verification_info": {"language": LANGUAGE, "test_cases": cases},
    }


def _is_line_by_line(checker: Checker) -> bool:
    return checker.kind in _LINE_BY_LINE and checker.case_sensitive


RL = Target(
    Stage.RL,
    RL_COLUMNS,
    _rl,
    Features(
        {
            "problem_id": _TEXT,
            "source": _TEXT,
            "task_type": _TEXT,
            "prompt": _TEXT,
            "verification_info": {
                "language": _TEXT,
                "test_cases": List({"input": _LARGE, "output": _LARGE, "type": _TEXT}),
            },
        }
    ),
)
