"""The small changes that can be made to a Python syntax tree, by operator (`mutants.py` tells their list)."""

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass

OPERATORS = (
    "relation",
    "arithmetic",
    "logic",
    "condition",
    "constant",
    "bound",
    "choice",
    "deletion",
    "leap",
)


@dataclass(frozen=True, slots=True, eq=False)
class Place:
    """Where a node hangs in its tree: the parent, its field, and the index where that is a list."""

    parent: ast.AST
    field: str
    index: int | None
    node: ast.AST


@dataclass(frozen=True, slots=True, eq=False)
class Change:
    """One node that takes another's place."""

    operator: str
    place: Place
    after: ast.AST

    @property
    def before(self) -> ast.AST:
        """The node that was there first."""
        return self.place.node

    @property
    def line(self) -> int:
        """The line of the program where that stands."""
        return getattr(self.before, "lineno", 0)

    def put(self, node: ast.AST) -> None:
        """Have the node in the place; the tree is changed."""
        if self.place.index is None:
            setattr(self.place.parent, self.place.field, node)
        else:
            getattr(self.place.parent, self.place.field)[self.place.index] = node


Alternatives = Iterator[tuple[str, ast.AST]]

_NO_PROGRAM = frozenset({"annotation", "returns", "decorator_list", "type_params", "bases"})
_SET_UP = frozenset({"setrecursionlimit", "stack_size", "set_int_max_str_digits"})
_RELATIONS: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE, ast.Gt),
    ast.LtE: (ast.Lt, ast.GtE),
    ast.Gt: (ast.GtE, ast.Lt),
    ast.GtE: (ast.Gt, ast.LtE),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
}
_ARITHMETIC: dict[type[ast.operator], tuple[type[ast.operator], ...]] = {
    ast.Add: (ast.Sub,),
    ast.Sub: (ast.Add,),
    ast.Mult: (ast.Add,),
    ast.Div: (ast.FloorDiv,),
    ast.FloorDiv: (ast.Div, ast.Mod),
    ast.Mod: (ast.FloorDiv,),
    ast.Pow: (ast.Mult,),
    ast.LShift: (ast.RShift,),
    ast.RShift: (ast.LShift,),
    ast.BitAnd: (ast.BitOr,),
    ast.BitOr: (ast.BitAnd,),
    ast.BitXor: (ast.BitOr,),
}
_NAMES = {"min": "max", "max": "min", "any": "all", "all": "any", "sorted": "list", "reversed": "list"}
_METHODS = {
    "bisect_left": "bisect_right",
    "bisect_right": "bisect_left",
    "ceil": "floor",
    "floor": "ceil",
    "popleft": "pop",
    "appendleft": "append",
}
_NO_NUMBER = (ast.List, ast.Tuple, ast.ListComp, ast.JoinedStr, ast.Dict, ast.Set)


def changes(tree: ast.Module) -> Iterator[Change]:
    """All of them, in an order that hangs on the tree alone; the tree is not changed."""
    for place in _places(tree):
        for operator, after in _alternatives(place):
            yield Change(operator, place, after)


def _places(tree: ast.Module) -> Iterator[Place]:
    waiting: list[ast.AST] = [tree]
    while waiting:
        parent = waiting.pop()
        for field, value in ast.iter_fields(parent):
            if field in _NO_PROGRAM:
                continue
            listed = isinstance(value, list)
            for index, node in enumerate(value if listed else [value]):
                if isinstance(node, ast.expr | ast.stmt | ast.comprehension | ast.keyword):
                    if _is_set_up(node):
                        continue
                    yield Place(parent, field, index if listed else None, node)
                    waiting.append(node)


def _is_set_up(node: ast.AST) -> bool:
    """Whether the node is not the method's own: an entry guard's condition or a recursion limit."""
    if isinstance(node, ast.Expr):
        return _is_set_up(node.value)
    if isinstance(node, ast.Compare):
        return isinstance(node.left, ast.Name) and node.left.id == "__name__"
    return isinstance(node, ast.Call) and _called(node) in _SET_UP


def _called(node: ast.Call) -> str:
    if isinstance(node.func, ast.Attribute):
        return node.func.attr
    return node.func.id if isinstance(node.func, ast.Name) else ""


def _alternatives(place: Place) -> Alternatives:
    for kind, alternatives in _BY_KIND.items():
        if isinstance(place.node, kind):
            yield from alternatives(place.node)
    if isinstance(place.node, ast.expr):
        yield from _by_place(place, place.node)


def _by_place(place: Place, node: ast.expr) -> Alternatives:
    """What an expression may become for where it stands."""
    if place.field == "test":
        if not isinstance(node, ast.UnaryOp | ast.Constant):
            yield "logic", ast.UnaryOp(ast.Not(), node)
        if not isinstance(place.parent, ast.While):  # a loop without end is no likely mistake
            yield "condition", ast.Constant(True)
        yield "condition", ast.Constant(False)
    elif place.field == "ifs":
        yield "condition", ast.Constant(True)
    elif _is_bound(place) and not isinstance(node, ast.Constant):  # constants have their own operator
        yield "bound", ast.BinOp(node, ast.Add(), ast.Constant(1))
        yield "bound", ast.BinOp(node, ast.Sub(), ast.Constant(1))


def _is_bound(place: Place) -> bool:
    parent = place.parent
    if isinstance(parent, ast.Slice):
        return place.field in ("lower", "upper")
    return isinstance(parent, ast.Call) and _called(parent) == "range" and place.field == "args"


def _compare(node: ast.Compare) -> Alternatives:
    for index, each in enumerate(node.ops):
        for other in _RELATIONS[type(each)]:
            ops = [*node.ops[:index], other(), *node.ops[index + 1 :]]
            yield "relation", ast.Compare(node.left, ops, node.comparators)


def _bin_op(node: ast.BinOp) -> Alternatives:
    if any(map(_is_no_number, (node.left, node.right))):
        return
    for other in _ARITHMETIC.get(type(node.op), ()):
        yield "arithmetic", ast.BinOp(node.left, other(), node.right)
    if isinstance(node.op, ast.Mod):
        yield "arithmetic", node.left


def _is_no_number(node: ast.expr) -> bool:
    return isinstance(node, _NO_NUMBER) or (
        isinstance(node, ast.Constant) and isinstance(node.value, str | bytes)
    )


def _update(node: ast.AugAssign) -> Alternatives:
    if not _is_no_number(node.value):
        for other in _ARITHMETIC.get(type(node.op), ()):
            yield "arithmetic", ast.AugAssign(node.target, other(), node.value)
    yield "deletion", ast.Pass()


def _bool_op(node: ast.BoolOp) -> Alternatives:
    other = ast.Or() if isinstance(node.op, ast.And) else ast.And()
    yield "logic", ast.BoolOp(other, node.values)


def _unary(node: ast.UnaryOp) -> Alternatives:
    if isinstance(node.op, ast.Not):
        yield "logic", node.operand
    elif isinstance(node.op, ast.USub):
        yield "arithmetic", node.operand


def _constant(node: ast.Constant) -> Alternatives:
    if isinstance(node.value, bool):
        yield "constant", ast.Constant(not node.value)
    elif isinstance(node.value, int):
        yield "constant", ast.Constant(node.value + 1)
        yield "constant", ast.Constant(node.value - 1)


def _call(node: ast.Call) -> Alternatives:
    func = node.func
    if isinstance(func, ast.Name) and func.id in _NAMES:
        other = _NAMES[func.id]
        keywords = [] if other == "list" else node.keywords
        yield "choice", ast.Call(ast.Name(other), node.args, keywords)
    elif isinstance(func, ast.Attribute) and func.attr in _METHODS:
        yield "choice", ast.Call(ast.Attribute(func.value, _METHODS[func.attr]), node.args, node.keywords)


def _statement(node: ast.Expr) -> Alternatives:
    """A call for its effect; one without arguments by name (`main()`) is the program itself."""
    call = node.value
    if isinstance(call, ast.Call) and not (isinstance(call.func, ast.Name) and not call.args):
        yield "deletion", ast.Pass()


def _assign(node: ast.Assign) -> Alternatives:
    """A value stored in something that is there already; a name would mostly be missing afterwards."""
    if all(isinstance(target, ast.Subscript | ast.Attribute) for target in node.targets):
        yield "deletion", ast.Pass()


def _if(node: ast.If) -> Alternatives:
    if not node.orelse and not _is_set_up(node.test):
        yield "deletion", ast.Pass()


def _break(_: ast.Break) -> Alternatives:
    yield "leap", ast.Continue()


def _continue(_: ast.Continue) -> Alternatives:
    yield "leap", ast.Break()


_BY_KIND: dict[type[ast.AST], Callable[..., Alternatives]] = {
    ast.Compare: _compare,
    ast.BinOp: _bin_op,
    ast.AugAssign: _update,
    ast.BoolOp: _bool_op,
    ast.UnaryOp: _unary,
    ast.Constant: _constant,
    ast.Call: _call,
    ast.Expr: _statement,
    ast.Assign: _assign,
    ast.If: _if,
    ast.Break: _break,
    ast.Continue: _continue,
}
