"""What each language's programs become for a worker: the one place where a language is added."""

import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from ..errors import InputError
from ..types import Language, Program, Signature
from .shapes import shapes_of
from .wire import Text, Tools

TOOL_FOLDERS = "/usr/local/bin:/usr/bin:/bin"  # the PATH inside
COMPILER = "g++"
CPP_FLAGS = ("-std=gnu++17", "-O2")
CPP_FILE = "solution.cpp"  # what the program is called in the compiler's words
CPP_CALLS = Path(__file__).with_name("calls.hpp")
# a pipe between compiler and assembler, and no linker plugin: then no temporary file is wanted
COMPILING = ("-pipe", "-fmax-errors=100", "-x", "c++", "-c", "-o", "/proc/self/fd/1", "-")
LINKING = ("-fno-use-linker-plugin", "-pthread", "-o", "/proc/self/fd/1", "/proc/self/fd/0")
STATIC_LIBRARIES = ("libc.a", "libm.a", "libstdc++.a", "libgcc_eh.a")  # a static program starts twice as fast
WRAPPERS = ("collect2", "ld")
VISIBLE = ("/usr/", "/bin/")  # of what the walls leave to be seen, where compilers are
# LeetCode's, which its programs bring along in a comment at most
CPP_NODES = {
    "ListNode": """struct ListNode {
    int val;
    ListNode *next;
    ListNode(int value = 0, ListNode *after = nullptr) : val(value), next(after) {}
};
""",
    "TreeNode": """struct TreeNode {
    int val;
    TreeNode *left, *right;
    TreeNode(int value = 0, TreeNode *one = nullptr, TreeNode *other = nullptr)
        : val(value), left(one), right(other) {}
};
""",
}
# one that is never closed goes to the end: else the end of each that begins in it would be looked for
_CPP_COMMENTS = re.compile(r"//[^\n]*|/\*.*?(?:\*/|\Z)", re.DOTALL)


def cannot_run(language: Language, *, test_code: bool = False) -> str:
    """Why programs in the language, alone or under Python test code, cannot be run; empty if they can."""
    if language is Language.PYTHON:
        return ""
    if test_code:
        return f"test code calls functions in {Language.PYTHON} only, not in {language}"
    if compiler() is None:
        return f"{language} needs {COMPILER}, which is not installed in {TOOL_FOLDERS.replace(':', ', ')}"
    return ""


def text_of(program: Program) -> Text:
    """The program in the worker's words. InputError where it cannot be run here."""
    signature = program.signature
    reason = cannot_run(program.language)
    if reason:
        raise InputError(f"language {program.language.value!r} cannot be run: {reason}.")
    if signature is None:
        return Text(program.code, program.args)
    return Text(
        program.code,
        program.args,
        signature.class_name,
        signature.method,
        len(signature.parameters),
        shapes_of(signature),
        signature.in_place,
    )


def tools_of(language: Language, cpp_flags: Sequence[str]) -> Tools | None:
    """How programs in the language are built; None where they are run as they are."""
    path = None if language is Language.PYTHON else compiler()
    if path is None:
        return None
    return Tools((path, *cpp_flags, *COMPILING), _linking(path))


def require_flags(flags: Sequence[str]) -> None:
    """InputError where the compiler does not take the flags: every program would be refused for them."""
    path = compiler()
    if path is None or tuple(flags) == CPP_FLAGS:
        return
    command = (path, *flags, "-x", "c++", "-fsyntax-only", os.devnull)
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        said = (done.stderr.splitlines() or ["it does not say why"])[0]
        raise InputError(f"{COMPILER} does not take the flags {shlex.join(flags)}: {said}")


def source_of(program: Program) -> bytes:
    """The program as a file; bytes that were not UTF-8 when it was read are what they were."""
    code = program.code if program.signature is None else _with_call(program.code, program.signature)
    try:
        return code.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return code.encode("utf-8", "surrogatepass")


def _with_call(code: str, signature: Signature) -> str:
    """The whole program that calls the function: LeetCode's surroundings, the code, and a `main`."""
    spoken = _CPP_COMMENTS.sub(" ", code)
    nodes = [
        text
        for name, text in CPP_NODES.items()
        if not re.search(rf"\b(struct|class)\s+{name}\s*[{{:]", spoken)
    ]
    name = f"{signature.class_name}::{signature.method}" if signature.class_name else signature.method
    in_place = str(signature.in_place).lower()
    return "".join(
        (
            f'#line 1 "{CPP_CALLS.name}"\n{_cpp_calls()}using namespace std;\n',
            *nodes,
            f'#line 1 "{CPP_FILE}"\n{code}\n#line 1 "{CPP_CALLS.name}"\n',
            f"signed main() {{ synthsmith_calls::call<{in_place}>(&{name}); }}\n",
        )
    )


@cache
def _cpp_calls() -> str:
    return CPP_CALLS.read_text(encoding="utf-8")


@cache
def compiler() -> str | None:
    """The path of the C++ compiler as it is seen inside; None where there is none."""
    found = shutil.which(COMPILER, path=TOOL_FOLDERS)
    path = os.path.realpath(found) if found else ""  # the way there may lie in /etc, which is not seen inside
    return path if path.startswith(VISIBLE) else None


@cache
def _linking(path: str) -> tuple[str, ...]:
    """The command that links: static, where the libraries for that are installed.

    The linker's own, as the compiler would call it: between them stands a program that makes temporary files.
    """
    static = all(os.path.isabs(_told(path, f"-print-file-name={name}")) for name in STATIC_LIBRARIES)
    command = (path, *(("-static",) if static else ()), *LINKING)
    calls = [shlex.split(line) for line in _told(*command, "-###").splitlines() if line.startswith(" ")]
    linker = shutil.which(_told(path, "-print-prog-name=ld"), path=TOOL_FOLDERS)
    if linker is None or not calls or os.path.basename(calls[-1][0]) not in WRAPPERS:
        return command
    return (os.path.realpath(linker), *calls[-1][1:])


def _told(*command: str) -> str:
    """What the compiler says of itself."""
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    return (done.stdout + done.stderr).strip("\n")
