"""Requests and replies as rows of the ledger, and back."""

import json
import sqlite3
import zlib
from dataclasses import asdict, dataclass

from synthsmith.builders import ledger_schema as sql
from synthsmith.builders.model import Decoding, Message, Reply, Request, prompt_digest

# zlib at its usual level: zstandard makes them no smaller (7,751 for 7,743 bytes of prose and code, 20 KB long,
# in 0.4 ms for 0.6), with a trained dictionary by 6 %, which is not worth a dependency and a second format.
LEVEL = 6

Row = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Entry:
    """A reply to be recorded, or that there was none (`failed`, why is in `reply.error`)."""

    key: bytes
    request: Request
    reply: Reply
    failed: bool


@dataclass(frozen=True, slots=True)
class Packed:
    """An entry with all that takes time done, ready for a transaction."""

    entry: Entry
    prompt: bytes
    text: bytes | None


def pack(entry: Entry) -> Packed:
    """The entry, digested and compressed."""
    prompt = bytes.fromhex(prompt_digest(entry.request.messages))
    text = None if entry.failed else zlib.compress(entry.reply.text.encode(), LEVEL)
    return Packed(entry, prompt, text)


def insert(connection: sqlite3.Connection, packed: Packed) -> None:
    """Record a reply or a failure: an earlier reply stays, an earlier failure goes."""
    if not connection.execute(sql.HAS_PROMPT, (packed.prompt,)).fetchall():
        connection.execute(sql.INSERT_PROMPT, (packed.prompt, _messages(packed.entry.request)))
    changed = connection.execute(sql.INSERT_REPLY, _row(packed.entry, packed.prompt)).fetchall()
    if changed and packed.text is not None:
        connection.execute(sql.INSERT_TEXT, (*changed[0], packed.text))


def to_reply(row: tuple[object, ...]) -> Reply:
    """The reply in the columns of `ledger_schema.ANSWER`."""
    text, *rest, batched = row
    assert isinstance(text, bytes)
    return Reply(unpack(text), *rest, batched=bool(batched))  # type: ignore[arg-type]  # the tables are strict


def unpack(text: bytes) -> str:
    """The text that was compressed."""
    return zlib.decompress(text).decode()


def to_messages(packed: bytes) -> tuple[Message, ...]:
    """A prompt as it was asked."""
    return tuple(Message(**message) for message in json.loads(unpack(packed)))


def to_decoding(text: str) -> Decoding:
    """How a reply was to be sampled."""
    return Decoding(**json.loads(text))


def _messages(request: Request) -> bytes:
    text = json.dumps([asdict(message) for message in request.messages])
    return zlib.compress(text.encode(), LEVEL)


def _row(entry: Entry, prompt: bytes) -> Row:
    request, reply, failed = entry.request, entry.reply, entry.failed
    where = (
        request.stage,
        request.subject,
        request.template,
        request.template_digest,
        prompt,
        request.sample,
    )
    decoding = json.dumps(asdict(request.decoding), sort_keys=True)
    failure = (int(failed), int(failed), reply.error if failed else "")
    answer = (reply.finish_reason, reply.model, reply.prompt_tokens, reply.completion_tokens)
    rest = ("" if failed else reply.error, reply.cached_tokens, int(reply.batched))
    return (entry.key, *where, request.model, decoding, request.endpoint, *failure, *answer, *rest)
