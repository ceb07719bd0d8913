"""JSON schemas of the replies that are one object of known fields, for servers that hold a model to one.

They say what the readers ask for, no more. Features are nested as the model likes, so there is none for
extraction and evolution.
"""

from typing import TypeAlias

Schema: TypeAlias = dict[str, object]

_TEXT: Schema = {"type": "string"}


def _object(**fields: Schema) -> Schema:
    return {
        "type": "object",
        "properties": fields,
        "required": list(fields),
        "additionalProperties": False,
    }


def _list(of: Schema) -> Schema:
    return {"type": "array", "items": of, "minItems": 1}


_STATEMENT = _object(question=_TEXT)
_KINDS = ["nominal", "complex", "boundary", "stress"]
_INPUTS = _object(
    test_cases=_list(
        _object(
            idx={"type": "integer"},
            kind={"type": "string", "enum": _KINDS},
            description=_TEXT,
            input_string=_TEXT,
        )
    )
)
SCHEMAS: dict[str, Schema] = {  # by template
    "roles": _object(
        feature_roles_tree={"type": "object"},
        selected_features=_list(_object(feature=_TEXT, potential_use=_TEXT)),
        integration_strategy=_TEXT,
    ),
    "statement_codeforces": _STATEMENT,
    "statement_atcoder": _STATEMENT,
    "statement_leetcode": _object(question=_TEXT, starter_code=_TEXT),
    "inputs": _INPUTS,
    "more_inputs": _INPUTS,
}


def response_format(template: str) -> Schema | None:
    """OpenAI's `response_format` for replies to a template; None where they have no fixed form."""
    schema = SCHEMAS.get(template)
    if schema is None:
        return None
    return {"type": "json_schema", "json_schema": {"name": template, "schema": schema}}
