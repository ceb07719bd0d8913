"""Reading starter code: which function is to be called, with which parameters."""

import ast

from synthsmith.verification.errors import InputError
from synthsmith.verification.sandbox.shapes import shape_of
from synthsmith.verification.types import Parameter, Signature

_Function = ast.FunctionDef


LONGEST_TYPE = 200  # characters; what is longer is no type of a contest problem


def parse_signature(starter_code: str) -> Signature:
    """The function that the starter code declares: a method of its one class, or its one function.

    LeetCode's empty bodies are taken as they are. Raises InputError where the code does not parse, declares
    not exactly one public function, or leaves a parameter or the result without a type.
    """
    functions = _functions(_parse(starter_code))
    if len(functions) != 1:
        names = ", ".join(function.name for _, function in functions) or "none"
        raise InputError(f"starter code must declare exactly one public function or method, not {names}.")
    class_name, function = functions[0]
    return Signature(function.name, _parameters(class_name, function), _returns(function), class_name)


def declaration(signature: Signature) -> str:
    """Starter code that declares the function, as `parse_signature` reads it."""
    inside = [f"{each.name}: {each.type}" for each in signature.parameters]
    if not signature.class_name:
        return f"def {signature.method}({', '.join(inside)}) -> {signature.returns}:\n    pass\n"
    told = ", ".join(["self", *inside])
    head = f"def {signature.method}({told}) -> {signature.returns}:"
    return f"class {signature.class_name}:\n    {head}\n        pass\n"


def _parse(starter_code: str) -> ast.Module:
    for code in (starter_code, starter_code.rstrip() + " pass"):  # the second for a body left empty
        try:
            return ast.parse(code)
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            problem = error
    raise InputError(f"starter code is not Python: {problem}.")


def _functions(module: ast.Module) -> list[tuple[str, _Function]]:
    """(class name, method) of the class named Solution or the only class, else ("", function)."""
    classes = [node for node in module.body if isinstance(node, ast.ClassDef)]
    named = [node for node in classes if node.name == "Solution"] or classes
    if len(named) > 1:
        raise InputError(f"starter code declares {len(named)} classes; name the one to be called Solution.")
    owner, body = (named[0].name, named[0].body) if named else ("", module.body)
    found = [node for node in body if isinstance(node, _Function) and not node.name.startswith("_")]
    return [(owner, node) for node in found]


def _parameters(class_name: str, function: _Function) -> tuple[Parameter, ...]:
    given = function.args
    if given.vararg or given.kwarg or given.kwonlyargs:
        raise InputError(f"{function.name}: only plain positional parameters can be called.")
    static = any(isinstance(mark, ast.Name) and mark.id == "staticmethod" for mark in function.decorator_list)
    names = [*given.posonlyargs, *given.args][1 if class_name and not static else 0 :]
    return tuple(Parameter(each.arg, _type(function, each.arg, each.annotation)) for each in names)


def _returns(function: _Function) -> str:
    return _type(function, "the result", function.returns)


def _type(function: _Function, what: str, annotation: ast.expr | None) -> str:
    if annotation is None:
        raise InputError(f"{function.name}: {what} has no type annotation.")
    if isinstance(annotation, ast.Constant) and isinstance(annotation.value, str):
        text = annotation.value  # 'Optional[TreeNode]', quoted as LeetCode sometimes does
    else:
        try:
            text = ast.unparse(annotation)
        except RecursionError:
            text = " " * (LONGEST_TYPE + 1)
    if len(text) > LONGEST_TYPE:
        raise InputError(f"{function.name}: the type of {what} is longer than {LONGEST_TYPE} characters.")
    try:
        shape_of(text)
    except InputError as error:
        raise InputError(f"{function.name}: the type of {what}: {error}") from error
    return text
