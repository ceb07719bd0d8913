"""Statements as HTML: Markdown and formulas, and nothing else of what a model may have written.

Raw HTML is text. Links and pictures stay as they were written: a statement has no use for them, and a page
that asks nobody for anything should not lead to where a model wants.
"""

import re
from collections.abc import Sequence
from functools import cache

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict
from markupsafe import Markup
from mdit_py_plugins.dollarmath import dollarmath_plugin
from mdit_py_plugins.texmath import texmath_plugin
from synthsmith.cards.report.maths import formula

LONGEST_TITLE = 70
_HEADING = re.compile(r"^ {0,3}#{1,6}[ \t]+(\S.*?)[ \t#]*$", re.MULTILINE)
_BLOCKS = ("math_block", "math_block_label", "math_block_eqno", "math_inline_double")


def statement_html(text: str) -> Markup:
    """The statement as HTML; its headings begin at the third level."""
    return Markup(_markdown().render(text))


def title_of(statement: str | None) -> str:
    """The first heading of a statement, or how its first line begins; empty without a statement."""
    head = (statement or "").strip()[:2000]
    found = _HEADING.search(head)
    title = found[1] if found else next(iter(head.splitlines()), "").replace("`", "")
    return title if len(title) <= LONGEST_TITLE else title[: LONGEST_TITLE - 1].rstrip() + "…"


@cache
def _markdown() -> MarkdownIt:
    md = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
    md.disable(["link", "image", "autolink", "reference", "html_inline", "html_block"])
    dollarmath_plugin(md, allow_labels=False, allow_space=False, allow_digits=False, double_inline=True)
    texmath_plugin(md, delimiters="brackets")
    md.add_render_rule("math_inline", _draw)
    for name in _BLOCKS:
        md.add_render_rule(name, _draw)
    for name in ("heading_open", "heading_close"):
        md.add_render_rule(name, _lower)
    return md


def _draw(self: RendererHTML, tokens: Sequence[Token], index: int, options: OptionsDict, env: EnvType) -> str:
    return str(formula(tokens[index].content, block=tokens[index].type in _BLOCKS))


def _lower(
    self: RendererHTML, tokens: Sequence[Token], index: int, options: OptionsDict, env: EnvType
) -> str:
    """A heading two levels further down: the page has its own above it."""
    level = min(6, int(tokens[index].tag[1:]) + 2)
    return f"<h{level}>" if tokens[index].nesting == 1 else f"</h{level}>\n"
