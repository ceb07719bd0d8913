"""The recordings behind the chat completions of an endpoint that may be in trouble."""

import asyncio
import json
from collections.abc import Iterator
from contextlib import contextmanager

from listening import Quiet, listening
from synthsmith.builders.model import Message, PermanentError, Request
from synthsmith.builders.recorded_model import RecordedModel


@contextmanager
def serving(model: RecordedModel, trouble_every: int = 0, completion_tokens: int = 3) -> Iterator[str]:
    """The recordings as chat completions; every so many requests fail with 503."""
    count = iter(range(1, 10**9))

    class Handler(Quiet):
        def do_POST(self) -> None:
            body = json.loads(self.body())
            if trouble_every and next(count) % trouble_every == 0:
                self.tell(503, {"error": {"message": "busy"}})
                return
            messages = tuple(Message(**turn) for turn in body["messages"])
            request = Request("", "", "", "", messages, int(self.headers["X-Sample"]))
            try:
                reply = asyncio.run(model.complete(request))
            except PermanentError as error:  # a second try at what a recorded reply got wrong
                self.tell(400, {"error": {"message": str(error)}})
                return
            turn = {"role": "assistant", "content": reply.text}
            choice = {"index": 0, "finish_reason": reply.finish_reason, "message": turn}
            usage = {"prompt_tokens": 2, "completion_tokens": completion_tokens}
            self.tell(200, {"model": reply.model, "choices": [choice], "usage": usage})

        def tell(self, status: int, value: object) -> None:
            data = json.dumps(value).encode()
            self.answer(status, data, Content_Type="application/json", Retry_After="0")

    with listening(Handler) as url:
        yield f"{url}/v1"
