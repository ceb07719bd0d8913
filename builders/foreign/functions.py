"""What is to be called, in data that name a function and hold its arguments as values.

Starter code of other people's seldom has types. Where it has none, all parameters and the result are `Any`:
values are then compared as JSON, and where given results hold floats with the tolerance that a declared float
has. How many parameters there are is said by the starter code or the first test.
"""

import ast
import json
from collections.abc import Sequence

from synthsmith.builders.foreign.columns import UnmappedError, shown
from synthsmith.verification.errors import InputError
from synthsmith.verification.programs import parse
from synthsmith.verification.signatures import parse_signature

Test = dict[str, object]


def entry_of(function: str, starter: str, tests: Sequence[Test], programs: Sequence[str]) -> str:
    """Starter code that declares the function, typed; UnmappedError where no parameters can be told."""
    if not function.isidentifier():
        raise UnmappedError(f"the function to be called has no such name: {shown(function)}.")
    try:
        if parse_signature(starter).method == function:
            return starter
    except InputError:
        pass
    names = _parameters(function, starter)
    if names is None and tests:
        given = tests[0]["input"]
        names = [f"a{number}" for number in range(len(given) if isinstance(given, list) else _lines(given))]
    if names is None:
        raise UnmappedError(f"it cannot be told how many arguments {function} takes.")
    method = "class Solution" in starter or any("class Solution" in code for code in programs)
    inside = [*(["self"] if method else []), *(f"{name}: Any" for name in names)]
    result = "float | Any" if any(_holds_float(test["output"]) for test in tests) else "Any"
    head = f"def {function}({', '.join(inside)}) -> {result}:\n"
    return f"class Solution:\n    {head}        pass\n" if method else f"{head}    pass\n"


def as_values(tests: Sequence[Test], entry: str) -> list[Test]:
    """The tests with arguments and results as JSON text.

    A list of arguments becomes one line each; text is taken for such lines already. Where every result is a
    list of one, as APPS and TACO have it, it is what is in it that is returned, unless the function is
    declared to return lists and what is in them is none.
    """
    returns_list = parse_signature(entry).result_type.strip().lower().startswith("list")
    results = [test["output"] for test in tests if test["output"] is not None]
    boxed = bool(results) and all(isinstance(each, list) and len(each) == 1 for each in results)
    if boxed and returns_list:
        boxed = all(isinstance(each, list) and isinstance(each[0], list) for each in results)
    return [
        {**test, "input": _arguments(test["input"]), "output": _result(test["output"], boxed)}
        for test in tests
    ]


def as_text(tests: Sequence[Test]) -> list[Test]:
    """The tests as what goes in and out of a program: lists are their lines."""
    return [
        {**test, "input": _stream(test["input"], "input"), "output": _stream(test["output"], "output")}
        for test in tests
    ]


def _stream(value: object, what: str) -> str | None:
    if value is None and what == "output":
        return None
    if isinstance(value, list):
        return "\n".join(str(_stream(line, what)) for line in value)
    if isinstance(value, str):
        return value
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    raise UnmappedError(f"an {what} of a test must be text or lines, not {shown(value)}.")


def _arguments(value: object) -> str:
    if isinstance(value, str):
        return value
    values = value if isinstance(value, list) else [value]
    return "\n".join(_json(each) for each in values)


def _result(value: object, boxed: bool) -> str | None:
    if boxed and isinstance(value, list):
        return _json(value[0])
    return value if value is None or isinstance(value, str) else _json(value)


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _holds_float(value: object) -> bool:
    if isinstance(value, dict):
        return any(map(_holds_float, value.values()))
    return any(map(_holds_float, value)) if isinstance(value, list) else isinstance(value, float)


def _lines(value: object) -> int:
    return str(value).count("\n") + 1


def _parameters(function: str, starter: str) -> list[str] | None:
    """The parameters' names in untyped starter code; None where they cannot be read."""
    for code in (starter, starter.rstrip() + " pass", f"{starter.rstrip()}\n{' ' * 40}pass"):  # empty bodies
        try:
            tree = parse(code)
            break
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            continue
    else:
        return None
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and node.name == function:
            if node.args.vararg or node.args.kwarg or node.args.kwonlyargs:
                return None
            names = [each.arg for each in (*node.args.posonlyargs, *node.args.args)]
            return [name for name in names if name != "self"]
    return None
