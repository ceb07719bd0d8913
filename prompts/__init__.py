"""The voice: the prompts as Jinja templates, and the readers of the replies they ask for.

Templates and the values they are rendered with (all are needed, no others are taken):

    extract                 categories, instruction, code
    evolve                  category, features (nested names)
    roles                   features (nested names), style
    statement_codeforces    selected_features (objects with feature and potential_use), integration_strategy
    statement_atcoder       the same
    statement_leetcode      the same
    solution                statement, style, starter_code ("" or None for a whole program)
    inputs                  statement, starter_code, count
    more_inputs             statement, starter_code, reference, changes, programs (texts), count
    generator               statement, starter_code
    validator               statement, starter_code
    again                   why (follows upon a reply that could not be used)
    brute                   statement, starter_code

No build uses, and so no build's digest holds:

    _real                   statement, starter_code, judged (what a problem made elsewhere is asked with)
    _question               statement, starter_code, begun, judged, tests (what a benchmark's question is)
"""

from synthsmith.prompts.hints import METHODS, hints
from synthsmith.prompts.rendering import render, template_digest, templates
from synthsmith.prompts.replies import (
    CodeBlock,
    ReplyError,
    code_block,
    code_blocks,
    final_answer,
    json_object,
    reasoning,
)
from synthsmith.prompts.samples import sample_texts
from synthsmith.prompts.schemas import response_format
from synthsmith.prompts.sections import REQUIRED_SECTIONS, missing_sections

__all__ = [
    "METHODS",
    "REQUIRED_SECTIONS",
    "CodeBlock",
    "ReplyError",
    "code_block",
    "code_blocks",
    "final_answer",
    "hints",
    "json_object",
    "missing_sections",
    "reasoning",
    "render",
    "response_format",
    "sample_texts",
    "template_digest",
    "templates",
]
