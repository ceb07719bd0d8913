"""LaTeX as MathML, which browsers draw by themselves. What cannot be read is shown as it was written.

The converter passes on whatever a formula asks for (`\\href{javascript:...}`, `\\style`): only elements and
attributes that are known here get into the page, and all text is escaped here.
"""

import html
import re
from functools import lru_cache
from xml.etree.ElementTree import Element

from latex2mathml.converter import convert_to_element
from markupsafe import Markup, escape

LONGEST = 2000
_DEEPEST = 60
# fmt: off
_ELEMENTS = frozenset({
    "math", "mrow", "mi", "mn", "mo", "mtext", "mspace", "mfrac", "msqrt", "mroot", "msub", "msup", "msubsup",
    "munder", "mover", "munderover", "mtable", "mtr", "mtd", "mstyle", "mpadded", "mphantom", "menclose",
})
_ATTRIBUTES = frozenset({
    "accent", "accentunder", "columnalign", "columnspacing", "displaystyle", "fence", "form", "largeop",
    "linethickness", "lspace", "mathvariant", "maxsize", "minsize", "movablelimits", "notation", "rspace",
    "scriptlevel", "separator", "stretchy", "symmetric", "width",
})
# fmt: on
_VALUE = re.compile(r"[\w .%+-]{1,40}")


@lru_cache(maxsize=4096)
def formula(latex: str, *, block: bool = False) -> Markup:
    """The formula as an element of HTML."""
    source = latex.strip()
    try:
        if len(source) > LONGEST:
            raise ValueError("too long")
        drawn = _element(convert_to_element(source, display="block" if block else "inline"), block, 0)
    except Exception:  # noqa: BLE001 - a dozen errors of its own without a common base, and others' too
        return Markup('<code class="formula">{}</code>').format(f"$${source}$$" if block else f"${source}$")
    return drawn


def _element(element: Element, block: bool, depth: int) -> Markup:
    """The element with what is allowed of it; ValueError where it is not, or too deep."""
    if element.tag not in _ELEMENTS or depth > _DEEPEST:
        raise ValueError(element.tag)
    if depth == 0:
        attributes = Markup(' display="block"') if block else Markup("")
    else:
        allowed = ((k, v) for k, v in element.attrib.items() if k in _ATTRIBUTES and _VALUE.fullmatch(v))
        attributes = Markup("").join(Markup(' {}="{}"').format(name, value) for name, value in allowed)
    inside = Markup("").join(_element(child, block, depth + 1) for child in element)
    text = escape(html.unescape(element.text or ""))
    return Markup("<{0}{1}>{2}{3}</{0}>").format(element.tag, attributes, text, inside)
