"""Bodies with many submissions: cut as they would be parsed, or refused as they would be."""

import json
import tempfile
from mmap import ACCESS_READ, mmap

import pytest
from hypothesis import given
from hypothesis import strategies as st
from synthsmith.verification.errors import InputError
from synthsmith.verification.serve.batches import cut
from synthsmith.verification.serve.fields import MalformedError, UnreadableError

TEXTS = st.text() | st.sampled_from(['"', "\\", '\\"', "]}", '"]', "\\\\", "[{", "\ud800"])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=20,
)
INDENTS = st.sampled_from([None, 0, 1])


@given(st.lists(VALUES, min_size=1), st.dictionaries(TEXTS, VALUES), st.booleans(), INDENTS)
def test_a_batch_is_cut_as_it_would_be_parsed(
    parts: list[object], others: dict[str, object], last: bool, indent: int | None
) -> None:
    for name in ("type", "sub_id", "submissions"):
        others.pop(name, None)
    body = {**others, "submissions": parts} if last else {"submissions": parts, **others}
    batch = cut(json.dumps(body, indent=indent).encode())
    assert [batch.submission(index) for index in range(len(batch))] == parts
    assert batch.around.values == others


@given(st.lists(VALUES, min_size=1), st.data())
def test_what_is_no_json_is_refused_as_such(parts: list[object], data: st.DataObject) -> None:
    body = json.dumps({"type": "batch", "submissions": parts}).encode()
    at = data.draw(st.integers(0, len(body) - 1))
    byte = data.draw(st.sampled_from([b"", b"]", b"}", b'"', b",", b"\\", b"[", b"\xff", b"x"]))
    broken = body[:at] + byte + body[at + 1 :]
    try:
        whole = json.loads(broken)
    except ValueError:
        with pytest.raises(InputError):
            parsed(broken)
    else:
        if isinstance(whole.get("submissions"), list) and whole.get("type", "batch") == "batch":
            assert parsed(broken) == whole["submissions"]


def parsed(body: bytes) -> list[object]:
    batch = cut(body)
    return [batch.submission(index) for index in range(len(batch))]


@pytest.mark.parametrize(
    "body", [b"", b"[]", b'"x"', b"{", b"{}", b'{"submissions": [1]} x', b"\xff", b"{1:2}"]
)
def test_what_is_no_batch_is_refused(body: bytes) -> None:
    with pytest.raises((MalformedError, UnreadableError)):
        cut(body)


def test_a_string_without_an_end_is_looked_for_once() -> None:
    quotes = b'\\"' * 1_000_000  # from each of them it is a megabyte to the end
    with pytest.raises(UnreadableError, match="something is wrong at byte 19"):
        cut(b'{"submissions": [[' + quotes + b"]]}")


def test_a_body_in_a_file_is_cut_where_it_lies() -> None:
    long = '\\"[{\n' * 2_000_000
    with tempfile.TemporaryFile() as file:
        file.write(json.dumps({"submissions": [{"input": long}, 2]}).encode())
        file.flush()
        batch = cut(mmap(file.fileno(), 0, access=ACCESS_READ))
    assert batch.submission(0) == {"input": long}
    assert batch.submission(1) == 2
