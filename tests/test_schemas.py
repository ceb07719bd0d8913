"""The schemas that servers are given say what the readers take."""

import json

from synthsmith.builders.recorded_model import FOLDER, read_index, read_reply
from synthsmith.builders.roles import ModelSettings
from synthsmith.prompts import final_answer, json_object
from synthsmith.prompts.schemas import SCHEMAS

FILES = {
    "roles.md": ("roles",),
    "inputs.md": ("inputs",),
    "statement.md": tuple(n for n in SCHEMAS if "statement" in n),
}
KINDS = {"string": str, "integer": int, "object": dict, "array": list}


def fits(value: object, schema: dict[str, object]) -> bool:
    """Whether a value is as the schema says, as far as ours go."""
    if not isinstance(value, KINDS[str(schema["type"])]) or value not in schema.get("enum", [value]):  # type: ignore[operator]
        return False
    if isinstance(value, list):
        return len(value) >= 1 and all(fits(one, schema["items"]) for one in value)  # type: ignore[arg-type]
    if isinstance(value, dict) and "properties" in schema:
        fields: dict[str, dict[str, object]] = schema["properties"]  # type: ignore[assignment]
        return set(value) == set(fields) and all(fits(value[name], fields[name]) for name in fields)
    return True


def test_every_recorded_reply_that_can_be_read_fits_its_schema() -> None:
    seen = 0
    for names in read_index(FOLDER).values():
        for name in names:
            for template_of in (FILES[part] for part in FILES if name.endswith(f"/{part}")):
                try:
                    value = json_object(final_answer(read_reply(FOLDER / name).text))
                except ValueError:
                    continue  # meant to be unreadable
                seen += 1
                assert any(fits(value, SCHEMAS[template]) for template in template_of), name
    assert seen > 50


def test_a_request_carries_its_schema_where_that_is_wanted_and_there_is_one() -> None:
    values = {"features": {"algorithm": {"sums": {}}}, "style": "codeforces"}
    with_schema = ModelSettings("m", json_schema=True, extra_body='{"seed":1}')
    body = json.loads(with_schema.request("roles", "0:0", "roles", values).decoding.extra_body)
    assert body["seed"] == 1
    assert body["response_format"]["json_schema"] == {"name": "roles", "schema": SCHEMAS["roles"]}
    solution = {"statement": "s", "style": "codeforces", "starter_code": ""}
    request = with_schema.request("solution", "0:0", "solution", solution)
    assert json.loads(request.decoding.extra_body) == {"seed": 1}
    request = ModelSettings("m").request("roles", "0:0", "roles", values)
    assert request.decoding.extra_body == "{}"
