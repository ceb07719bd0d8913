"""Which program an answer gives: the last Python block behind the reasoning.

Unlike the readers of replies that make data, which turn down whatever is not as asked, this one takes what a
contestant could have meant: a policy learns the form by itself, and drafts before the last block are common.
"""

import re

from synthsmith.verification.programs import parse

CLOSE, OPEN = "</think>", "<think>"
_PYTHON = frozenset({"python", "python3", "py"})
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})[ \t]*([^`\n]*)")


def final_program(completion: str, *, reasoned: bool = False) -> str | None:
    """The text of the last block marked as Python, or of the last unmarked one where none is; None for none,
    or where it is no Python.

    A block that is never closed was cut off and is none. With `reasoned` the completion begins within its
    reasoning, as where the prompt ends in `<think>`: without `</think>` it has no answer.
    """
    _, closed, answer = completion.rpartition(CLOSE)
    if not closed and (reasoned or completion.lstrip().startswith(OPEN)):
        return None
    found = _blocks(answer)
    program = next((text for label, text in reversed(found) if label in _PYTHON), None)
    if program is None:
        program = next((text for label, text in reversed(found) if not label), None)
    return program if program and program.strip() and _is_python(program) else None


def _blocks(answer: str) -> list[tuple[str, str]]:
    """Label in lower case and text of the closed blocks; fences go by CommonMark, as far as answers do."""
    found: list[tuple[str, str]] = []
    fence, label, body = "", "", list[str]()
    for line in answer.replace("\r\n", "\n").split("\n"):
        match = _FENCE.fullmatch(line.rstrip())
        if not fence:
            if match:
                fence, label, body = match[1], (match[2].split() or [""])[0].lower(), []
        elif match and not match[2] and match[1][0] == fence[0] and len(match[1]) >= len(fence):
            found.append((label, "".join(f"{each}\n" for each in body)))
            fence = ""
        else:
            body.append(line)
    return found


def _is_python(program: str) -> bool:
    """Whether it parses, or is too deep for us to say; what is longer than any contest takes is none."""
    try:
        parse(program)
    except (SyntaxError, ValueError):
        return False
    except (RecursionError, MemoryError):
        return True
    return True
