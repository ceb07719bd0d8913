"""Test code -> tests one by one: a list of assertions, a pytest module taken apart into its functions, or one
function `check`, as HumanEval has it.

Of a module, each test function becomes a test of its own with everything else of the module before it, so a
finding can name it. Left out, and counted by reason, is what only pytest can run: fixtures and parameters,
decorators, classes, `pytest.raises` and whatever else is used of pytest.
"""

import ast
from collections import Counter
from collections.abc import Iterator

from synthsmith.builders.foreign.columns import UnmappedError, shown
from synthsmith.verification.assertion_forms import MODULE, read_test
from synthsmith.verification.errors import InputError
from synthsmith.verification.programs import parse

Test = dict[str, object]
LeftOut = Counter[str]


def assertions(value: object, name: str, left_out: LeftOut, setup: str = "") -> list[Test]:
    """Each assertion of a list (or the one text) as a test, behind the same `setup`."""
    texts = [value] if isinstance(value, str) else value
    if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
        raise UnmappedError(f"assertions must be texts, not {shown(value)}.")
    tests = ((f"{name}{number}", setup + text) for number, text in enumerate(texts))
    return list(_readable(tests, left_out))


def check(value: object, name: str, function: str, left_out: LeftOut) -> list[Test]:
    """The one test that a function `check` is, called with the function that is asked for."""
    if not isinstance(value, str):
        raise UnmappedError(f"the code of a test must be a text, not {shown(value)}.")
    if not function.isidentifier():
        raise UnmappedError(f"the function to be checked has no such name: {shown(function)}.")
    return list(_readable(iter([(f"{name}check", f"{value}\n\ncheck({function})\n")]), left_out))


def module(value: object, name: str, left_out: LeftOut) -> list[Test]:
    """Each function of a pytest module as a test."""
    if not isinstance(value, str):
        raise UnmappedError(f"a pytest module must be a text, not {shown(value)}.")
    try:
        tree = parse(value)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        left_out[f"pytest modules that do not parse ({type(error).__name__})"] += 1
        return []
    if not any(isinstance(node, ast.ImportFrom) and node.module == MODULE for node in tree.body):
        left_out[f"pytest modules that import nothing from {MODULE!r}"] += 1
        return []
    tests = [node for node in tree.body if _is_test(node)]
    shared = [node for node in map(_without_pytest, tree.body) if node is not None and node not in tests]
    whole = []
    for node in tests:
        reason = _unfit(node)
        if reason:
            left_out[f"pytest {reason}"] += 1
        elif isinstance(node, ast.FunctionDef):
            body = ast.Module([*shared, node], [])
            whole.append((f"{name}{node.name}", ast.unparse(body) + "\n"))
    if any(_uses_pytest(node) for node in shared):
        left_out["pytest modules that use pytest outside of tests"] += 1
        return []
    return list(_readable(_distinct(whole), left_out))


def _readable(tests: Iterator[tuple[str, str]], left_out: LeftOut) -> Iterator[Test]:
    for name, text in tests:
        try:
            read_test(text)
        except InputError as error:
            left_out[f"test code that cannot be read ({str(error)[:120]})"] += 1
        else:
            yield {"name": name, "input": text}


def _distinct(tests: list[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """Of test functions of one name Python knows the last."""
    yield from dict(tests).items()


def _is_test(node: ast.stmt) -> bool:
    if isinstance(node, ast.ClassDef):
        return node.name.startswith("Test")
    return isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test")


def _unfit(node: ast.stmt) -> str:
    """Why only pytest could run the test; empty where anybody can."""
    if isinstance(node, ast.ClassDef):
        return "classes of tests"
    if isinstance(node, ast.AsyncFunctionDef):
        return "tests that are coroutines"
    if not isinstance(node, ast.FunctionDef):
        return ""
    if node.decorator_list:
        return "tests with decorators (parametrize, skip)"
    arguments = node.args
    if arguments.args or arguments.posonlyargs or arguments.kwonlyargs:
        return "tests with parameters (fixtures)"
    return "tests that use pytest (raises, approx)" if _uses_pytest(node) else ""


def _without_pytest(node: ast.stmt) -> ast.stmt | None:
    """The statement without an import of pytest; None where nothing is left of it."""
    if not isinstance(node, ast.Import):
        return node
    kept = [alias for alias in node.names if alias.name.split(".")[0] != "pytest"]
    return ast.Import(kept) if kept else None


def _uses_pytest(node: ast.stmt) -> bool:
    return any(isinstance(part, ast.Name) and part.id == "pytest" for part in ast.walk(node)) or any(
        isinstance(part, ast.ImportFrom) and (part.module or "").split(".")[0] == "pytest"
        for part in ast.walk(node)
    )
