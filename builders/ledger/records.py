"""What a ledger holds, one request at a time: for exporting it, and for asking again what failed.

The rows are read a page at a time, each in a transaction of its own: memory stays flat, and a build that
writes meanwhile is not kept from folding its WAL into the file.
"""

import json
import sqlite3
from collections.abc import Iterator
from dataclasses import asdict, dataclass

from synthsmith.builders.ledger.rows import to_reply, to_request
from synthsmith.builders.ledger.schema import ANSWER, ASKED
from synthsmith.builders.model import Reply, Request

PAGE = 100
_PLACES = len(ASKED.split(","))


@dataclass(frozen=True, slots=True)
class Record:
    """A request and what came of it: `reply` is None where it failed, and `failure` says why the last time.

    `addressed` is False where the ledger was written by a version that did not keep the addresses.
    """

    request: Request
    reply: Reply | None
    failures: int
    failure: str
    addressed: bool = True


def records(
    connection: sqlite3.Connection, *, stage: str | None = None, failed: bool = False
) -> Iterator[Record]:
    """All requests in the order in which they were first recorded, or those of a stage, or that failed."""
    filters = "AND stage = :stage " * (stage is not None) + "AND failed = 1" * failed
    query = f"""
        SELECT replies.id, failures, failure, {ASKED}, {ANSWER}
        FROM replies JOIN prompts ON prompts.digest = replies.prompt LEFT JOIN texts USING (id)
        WHERE replies.id > :after {filters} ORDER BY replies.id LIMIT {PAGE}"""
    after = 0
    while rows := connection.execute(query, {"after": after, "stage": stage}).fetchall():
        after = rows[-1][0]
        for _, failures, failure, *rest in rows:
            asked, answer = rest[:_PLACES], rest[_PLACES:]
            reply = None if answer[0] is None else to_reply(answer)
            yield Record(to_request(asked), reply, failures, failure, asked[-1] is not None)


def to_line(record: Record) -> str:
    """The record as one line of JSON; tokens are null where the server told none."""
    request, reply = record.request, record.reply or Reply("", "", "")
    shown = {
        "stage": request.stage,
        "subject": request.subject,
        "template": request.template,
        "template_digest": request.template_digest,
        "model": request.model,
        "sample": request.sample,
        "decoding": asdict(request.decoding),
        "messages": [asdict(message) for message in request.messages],
        "text": reply.text,
        "finish_reason": reply.finish_reason,
        "answered_by": reply.model,
        "prompt_tokens": reply.prompt_tokens,
        "cached_tokens": reply.cached_tokens,
        "completion_tokens": reply.completion_tokens,
        "batched": reply.batched,
        "failed": record.reply is None,
        "failures": record.failures,
        "error": reply.error if record.reply else record.failure,
    }
    line = json.dumps(shown, ensure_ascii=False)
    try:
        line.encode()
    except UnicodeEncodeError:  # half of a surrogate pair in a prompt
        line = json.dumps(shown)
    return line + "\n"
