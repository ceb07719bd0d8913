"""The headings that a statement must have, by style: the templates ask for them, the check looks for them."""

from types import MappingProxyType

REQUIRED_SECTIONS = MappingProxyType(
    {
        "codeforces": ("Input", "Output", "Examples"),
        "atcoder": (
            "Problem Statement",
            "Constraints",
            "Input",
            "Output",
            "Sample Input 1",
            "Sample Output 1",
        ),
        "leetcode": ("Example 1", "Constraints"),
    }
)


def missing_sections(statement: str, style: str) -> tuple[str, ...]:
    """The required headings that the statement lacks; each must have a line of its own, in the order given.

    How a heading is set off does not matter: `## Input`, `**Input**`, `Input:` and `INPUT` are the same.
    """
    headings = [bare(line) for line in statement.splitlines()]
    missing = []
    start = 0
    for section in REQUIRED_SECTIONS[style]:
        try:
            start = headings.index(section.casefold(), start) + 1
        except ValueError:
            missing.append(section)
    return tuple(missing)


def bare(line: str) -> str:
    """A heading's words alone, in lower case."""
    return " ".join(line.strip().lstrip("#").strip(" \t*_:").casefold().split())
