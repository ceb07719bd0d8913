"""Test code, read: which assertions can be decided outside, and the code with these taken apart.

`assert f(1) == 2` becomes `__tell__(0, f(1))` and the expectation `== 2`, which the child never sees. That is
done where the outcome stays that of the plain assertion for every honest candidate: the assertion stands in
the straight line of the test code, or of a function in it that is called once from there (`check(candidate)`,
KodCode's `test_...`), so it is decided exactly once; no `try` could catch its failure; and the other side of
its comparison is a literal. Any other assertion stays as it is and is decided in the child.
"""

import ast
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias

from synthsmith.verification.errors import InputError
from synthsmith.verification.literals import NotLiteralError, literal
from synthsmith.verification.programs import parse
from synthsmith.verification.told import Expectation, Form

MODULE = "solution"  # what the candidate can be imported as
_Parts: TypeAlias = tuple[ast.expr, Expectation]
_COMPARED: dict[type[ast.cmpop], Form] = {
    ast.Eq: Form.EQUAL,
    ast.NotEq: Form.UNEQUAL,
    ast.Is: Form.SAME,
    ast.IsNot: Form.NOT_SAME,
    ast.In: Form.AMONG,
    ast.NotIn: Form.NOT_AMONG,
}
_NEAR: dict[type[ast.cmpop], Form] = {ast.Lt: Form.NEARER, ast.LtE: Form.NEAR}
_DECIDES = (ast.Assert, ast.Raise, ast.With)
_LEAVES = (ast.Return, ast.Raise, ast.Yield, ast.YieldFrom, ast.Await, ast.Global, ast.Nonlocal)
_TRIES = (ast.Try, ast.TryStar)
_HARMLESS = (ast.FunctionDef, ast.Import, ast.ImportFrom, ast.Pass, ast.Assign, ast.AnnAssign, ast.AugAssign)


@dataclass(frozen=True, slots=True)
class TestCode:
    """`expectations[i]` is that of the value told as number i.

    `complete`: these are all that decides. Otherwise the test code has to be run to its end as well.
    """

    __test__ = False  # for pytest, to which every Test... is a test

    code: str
    expectations: tuple[Expectation, ...]
    complete: bool


@lru_cache(maxsize=1024)
def read_test(code: str) -> TestCode:
    """The test code, taken apart as far as it can be; InputError where it cannot be read."""
    try:
        code.encode()
        tree = parse(code)
        _call_tests(tree)
        _require_decision(tree)
        expectations: list[Expectation] = []
        lines = list(_straight_lines(tree))
        functions = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
        harmless = [_take_apart(body, expectations, functions) for body in lines]
        complete = bool(expectations) and all(harmless) and not _others(tree, lines)
        return TestCode(ast.unparse(tree), tuple(expectations), complete)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise InputError(f"the test code cannot be read: {error}") from error


def _others(tree: ast.Module, lines: list[list[ast.stmt]]) -> bool:
    """Whether a function beside the straight lines decides anything."""
    functions = [node for node in tree.body if isinstance(node, ast.FunctionDef) and node.body not in lines]
    return any(isinstance(part, _DECIDES) for node in functions for part in ast.walk(node))


def _call_tests(tree: ast.Module) -> None:
    """Let test code that imports from the candidate's module, as for pytest, call its test functions."""
    if not any(isinstance(node, ast.ImportFrom) and node.module == MODULE for node in tree.body):
        return
    for node in list(tree.body):
        if isinstance(node, ast.ClassDef) and node.name.startswith("Test"):
            raise ValueError(f"{node.name} is a class of tests; only functions are called")
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test"):
            if node.decorator_list or _parameters(node):
                raise ValueError(f"{node.name} needs pytest: it is decorated or has parameters")
            call = ast.Expr(ast.Call(ast.Name(node.name, ast.Load()), [], []))
            tree.body.append(ast.fix_missing_locations(call))


def _require_decision(tree: ast.Module) -> None:
    """ValueError where every candidate would be accepted, for nothing is ever asked of it."""
    calls = (part.func for part in ast.walk(tree) if isinstance(part, ast.Call))
    if any(ast.unparse(function) == "unittest.main" for function in calls):
        raise ValueError("unittest.main ends the process or hides failures; only functions are called")
    if not any(map(_acts, tree.body)):
        raise ValueError("it asks nothing: nothing happens outside of its functions and classes")


def _acts(node: ast.stmt) -> bool:
    """Whether a statement of the module may fail for some candidate, if only for want of a name."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Import | ast.ImportFrom):
        return False
    if isinstance(node, ast.If) and ast.unparse(node.test).startswith("__name__ =="):
        return False
    return any(isinstance(part, ast.Assert | ast.Raise) or _is_read(part) for part in ast.walk(node))


def _is_read(part: ast.AST) -> bool:
    return isinstance(part, ast.Name) and isinstance(part.ctx, ast.Load)


def _parameters(node: ast.FunctionDef) -> int:
    return len(node.args.posonlyargs) + len(node.args.args) + len(node.args.kwonlyargs)


def _straight_lines(tree: ast.Module) -> Iterator[list[ast.stmt]]:
    """The statements executed exactly once: the module's, and those of functions called from it once."""
    parts = list(ast.walk(tree))
    if any(isinstance(part, _TRIES) for part in parts):
        return
    yield tree.body
    loads = Counter(part.id for part in parts if isinstance(part, ast.Name))
    names = Counter(node.name for node in tree.body if isinstance(node, ast.FunctionDef))
    called = {call.func.id for call in _calls(tree.body) if isinstance(call.func, ast.Name)}
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and node.name in called:
            left = any(isinstance(part, _LEAVES) for part in ast.walk(node))
            if loads[node.name] == names[node.name] == 1 and not left and not node.decorator_list:
                yield node.body


def _calls(body: list[ast.stmt]) -> Iterator[ast.Call]:
    for node in body:
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
            yield node.value


def _take_apart(body: list[ast.stmt], expectations: list[Expectation], functions: set[str]) -> bool:
    """Put the telling in the place of assertions, in place; whether nothing else in it decides anything."""
    complete = True
    for index, node in enumerate(body):
        if not isinstance(node, ast.Assert):
            complete = complete and _is_harmless(node, functions)
        elif isinstance(node.test, ast.Constant) and node.test.value:
            body[index] = ast.copy_location(ast.Pass(), node)
        elif parts := _parts(node.test):
            number = ast.Constant(len(expectations))
            call = ast.Expr(ast.Call(ast.Name("__tell__", ast.Load()), [number, parts[0]], []))
            body[index] = ast.fix_missing_locations(ast.copy_location(call, node))
            expectations.append(parts[1])
        else:
            complete = False
    return complete


def _is_harmless(node: ast.stmt, functions: set[str]) -> bool:
    """Whether the statement decides nothing itself: neither a check of another kind nor what may hold one."""
    if not isinstance(node, ast.Expr):
        return isinstance(node, _HARMLESS)
    call = node.value
    own = isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in functions
    return own or _literal(call) is not None


def _parts(test: ast.expr) -> _Parts | None:
    """The expression whose value decides the assertion, and what is expected of it; None if there is none."""
    if isinstance(test, ast.Compare) and len(test.ops) == 1:
        return _compared(test.left, test.ops[0], test.comparators[0])
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not) and isinstance(test.operand, ast.Call):
        return test.operand, Expectation(Form.FALSE)
    if isinstance(test, ast.Call):
        return _close(test) or (test, Expectation(Form.TRUE))
    return None


def _compared(left: ast.expr, operation: ast.cmpop, right: ast.expr) -> _Parts | None:
    if type(operation) in _NEAR:
        return _near(left, _NEAR[type(operation)], right)
    form = _COMPARED.get(type(operation))
    if form in (Form.EQUAL, Form.UNEQUAL) and _literal(right) is None:
        left, right = right, left
    value = _literal(right)
    if form is None or value is None or _literal(left) is not None or not _fits(form, right, value[0]):
        return None
    return left, Expectation(form, value[0])


def _fits(form: Form, node: ast.expr, value: object) -> bool:
    if form in (Form.SAME, Form.NOT_SAME):
        return isinstance(node, ast.Constant) and (value is None or isinstance(value, bool))
    return form in (Form.EQUAL, Form.UNEQUAL) or isinstance(value, list | tuple | set | frozenset | dict)


def _near(left: ast.expr, form: Form, right: ast.expr) -> _Parts | None:
    """`abs(call - literal) < literal`, or the other way round inside."""
    tolerance = _real(right)
    called = isinstance(left, ast.Call) and isinstance(left.func, ast.Name) and left.func.id == "abs"
    if (
        tolerance is None
        or not called
        or not isinstance(left, ast.Call)
        or len(left.args) != 1
        or left.keywords
    ):
        return None
    inner = left.args[0]
    if not isinstance(inner, ast.BinOp) or not isinstance(inner.op, ast.Sub):
        return None
    return _beside(inner.left, inner.right, form, tolerance, 0.0)


def _close(call: ast.Call) -> _Parts | None:
    """`math.isclose(call, literal, rel_tol=..., abs_tol=...)`."""
    if ast.unparse(call.func) != "math.isclose" or len(call.args) != 2:
        return None
    options = {option.arg: _real(option.value) for option in call.keywords}
    if not options.keys() <= {"rel_tol", "abs_tol"} or None in options.values():
        return None
    absolute, relative = options.get("abs_tol") or 0.0, options.get("rel_tol", 1e-9) or 0.0
    return _beside(call.args[0], call.args[1], Form.CLOSE, absolute, relative)


def _beside(left: ast.expr, right: ast.expr, form: Form, absolute: float, relative: float) -> _Parts | None:
    told, value = (left, _real(right)) if _real(right) is not None else (right, _real(left))
    if value is None or _real(told) is not None:
        return None
    return told, Expectation(form, value, absolute, relative)


def _real(node: ast.expr) -> float | None:
    value = _literal(node)
    number = value[0] if value else None
    return number if isinstance(number, int | float) and not isinstance(number, bool) else None


def _literal(node: ast.expr) -> tuple[object] | None:
    """The literal's value, boxed, for None is one."""
    try:
        return (literal(node),)
    except NotLiteralError:
        return None
