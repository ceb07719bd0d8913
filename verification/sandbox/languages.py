"""What each language's programs become for a worker: the one place where a language is added."""

from ..errors import InputError
from ..types import Language, Program
from .wire import Text


def text_of(program: Program) -> Text:
    """The program in the worker's words. InputError where its language cannot be run yet."""
    if program.language is not Language.PYTHON:
        raise InputError(f"language {program.language.value!r} cannot be run yet: only 'python' can")
    signature = program.signature
    if signature is None:
        return Text(program.code, program.args)
    return Text(program.code, program.args, signature.class_name, signature.method, len(signature.parameters))
