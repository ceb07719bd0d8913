"""What can go wrong between a client and an endpoint, as bytes on the wire. Nothing here is sent.

An answer of the endpoint and a fault give a Delivery: the head, the parts of the body one after the other,
and how the connection ends. Which fault a request meets depends on the seed and the request's number alone;
which replies are cut short at the limit of tokens, on the seed and the prompt, for that is the endpoint's own
doing and the same whenever it is asked.
"""

import json
from dataclasses import dataclass, replace
from enum import StrEnum
from random import Random

Json = dict[str, object]
LAST_CHUNK = b"0\r\n\r\n"
DONE = b"data: [DONE]\n\n"


class Fault(StrEnum):
    """In a stream `MALFORMED` is one event; `EMPTY` and `NO_CHOICES` are about all of them.

    After `CUT_AT_END` a stream has told the whole reply, so that a client may take it or ask again.
    """

    BUSY = "429"
    BUSY_FOR = "429 with Retry-After"
    ERROR_500 = "500"
    ERROR_502 = "502"
    ERROR_503 = "503"
    CUT_AT_ONCE = "cut before the answer"
    CUT_BEFORE_BODY = "cut before the body"
    CUT_IN_BODY = "cut in the body"
    CUT_AT_END = "cut after the last word"
    HUNG = "hung before the answer"
    HUNG_IN_BODY = "hung in the body"
    MALFORMED = "malformed JSON"
    EMPTY = "empty body"
    NO_CHOICES = "no choices"
    ENDS_EARLY = "half, ended as if it were all"
    ERROR_WITH_200 = "an error with status 200"


class End(StrEnum):
    CLOSE = "closed in order"
    RESET = "reset"
    HANG = "left open"


@dataclass(frozen=True, slots=True)
class Trouble:
    """Which requests meet a fault (`share` of them, one of the `kinds`) and whose replies are cut short.

    A connection that hangs is closed after `hang_seconds`; every answer comes after up to `delay_seconds`.
    """

    seed: int = 0
    share: float = 0.3
    kinds: tuple[Fault, ...] = tuple(Fault)
    cut_short: float = 0.0
    hang_seconds: float = 2.0
    delay_seconds: float = 0.0

    def random(self, number: int) -> Random:
        """All that is random about a request."""
        return Random(f"{self.seed}:{number}")

    def fault(self, number: int) -> Fault | None:
        """What the request with this number meets; None: it is answered."""
        random = self.random(number)
        return random.choice(self.kinds) if random.random() < self.share else None

    def cuts_short(self, prompt: str, sample: int) -> bool:
        """Whether the reply to a prompt ends at the limit of tokens."""
        return Random(f"{self.seed}:{prompt}:{sample}").random() < self.cut_short


@dataclass(frozen=True, slots=True)
class Answer:
    """What the endpoint said; a `stream` is server-sent events."""

    status: int
    kind: str
    body: bytes

    @property
    def stream(self) -> bool:
        return self.kind.startswith("text/event-stream")

    @property
    def events(self) -> list[bytes]:
        return [event + b"\n\n" for event in self.body.split(b"\n\n") if event]


@dataclass(frozen=True, slots=True)
class Delivery:
    """What goes over the wire, and whether it is the answer whole."""

    head: bytes = b""
    parts: tuple[bytes, ...] = ()
    end: End = End.CLOSE
    whole: bool = False


def texts(answer: Answer) -> tuple[str, ...]:
    """The contents of an answer's choices."""
    if answer.status != 200:
        return ()
    if not answer.stream:
        return tuple(choice["message"]["content"] for choice in json.loads(answer.body)["choices"])
    found: dict[int, str] = {}
    for value in map(_value, answer.events):
        for choice in value["choices"] if value else ():
            found[choice["index"]] = found.get(choice["index"], "") + choice["delta"].get("content", "")
    return tuple(found[index] for index in sorted(found))


def shortened(answer: Answer) -> Answer:
    """The answer with half of each text, ended by the limit of tokens."""
    if not answer.stream:
        value = json.loads(answer.body)
        for choice in value["choices"]:
            content = choice["message"]["content"]
            choice["message"]["content"] = content[: len(content) // 2]
            choice["finish_reason"] = "length"
        value["usage"]["completion_tokens"] //= 2
        return replace(answer, body=json.dumps(value).encode())
    values = [value for value in map(_value, answer.events) if value]
    spoken = [value for value in values if any(choice["delta"].get("content") for choice in value["choices"])]
    for value in spoken[len(spoken) // 2 :]:
        values.remove(value)
    for value in values:
        for choice in value["choices"]:
            choice["finish_reason"] = choice["finish_reason"] and "length"
        if value.get("usage"):
            value["usage"]["completion_tokens"] //= 2
    return replace(answer, body=b"".join([*map(_event, values), DONE]))


def delivered(answer: Answer) -> Delivery:
    """The answer as it should come."""
    if not answer.stream:
        return Delivery(_head(answer.status, answer.kind, len(answer.body)), (answer.body,), whole=True)
    return replace(_stream(answer.events), whole=True)


def disturbed(answer: Answer, fault: Fault, random: Random) -> Delivery:
    """What becomes of the answer."""
    right = delivered(answer)
    half = _half(right.parts)
    cut = random.choice((End.CLOSE, End.RESET))
    match fault:
        case Fault.BUSY | Fault.BUSY_FOR | Fault.ERROR_500 | Fault.ERROR_502 | Fault.ERROR_503:
            return _refusal(fault, random)
        case Fault.CUT_AT_ONCE:
            return Delivery(end=cut)
        case Fault.CUT_BEFORE_BODY:
            return Delivery(right.head, (), cut)
        case Fault.CUT_IN_BODY:
            return Delivery(right.head, half, cut)
        case Fault.CUT_AT_END:
            return Delivery(right.head, _but_for_the_end(answer, right.parts), cut)
        case Fault.HUNG:
            return Delivery(end=End.HANG)
        case Fault.HUNG_IN_BODY:
            return Delivery(right.head, half, End.HANG)
        case _:
            return _nonsense(answer, fault)


def _refusal(fault: Fault, random: Random) -> Delivery:
    status = int(fault[:3])
    headers = {"Retry-After": random.choice(("0", "0.1", "1"))} if fault is Fault.BUSY_FOR else {}
    if fault is Fault.ERROR_502:  # from a proxy between, which knows nothing of OpenAI's errors
        return _plain(status, "text/html", b"<html><body><h1>502 Bad Gateway</h1></body></html>", headers)
    error = {"message": "try again", "type": "server_error", "param": None, "code": None}
    return _plain(status, "application/json", json.dumps({"error": error}).encode(), headers)


def _nonsense(answer: Answer, fault: Fault) -> Delivery:
    """Answers with status 200 whose connection ends in order, and that are none."""
    error = {"error": {"message": "the engine died", "type": "server_error", "code": 500}}
    if not answer.stream:
        half = answer.body[: len(answer.body) // 2]
        if fault is Fault.ENDS_EARLY:  # the end of the connection is all that says where the body ends
            return Delivery(_head(200, answer.kind, None), (half,))
        without = json.dumps({**json.loads(answer.body), "choices": []}).encode()
        bodies = {Fault.MALFORMED: half, Fault.EMPTY: b"", Fault.NO_CHOICES: without}
        return _plain(200, answer.kind, bodies.get(fault, json.dumps(error).encode()))
    first = answer.events[: len(answer.events) // 2]
    broken = answer.events[len(first)][:-20] + b"\n\n"
    empty = [_event({**value, "choices": []}) for value in map(_value, answer.events) if value]
    events = {
        Fault.MALFORMED: [*first, broken, DONE],
        Fault.EMPTY: [],
        Fault.NO_CHOICES: [*empty, DONE],
        Fault.ENDS_EARLY: first,
    }
    return _stream(events.get(fault, [*first, _event(error), DONE]))


def _stream(events: list[bytes]) -> Delivery:
    chunks = (b"%x\r\n%b\r\n" % (len(event), event) for event in events)
    return Delivery(
        _head(200, "text/event-stream", None, "Transfer-Encoding: chunked"), (*chunks, LAST_CHUNK)
    )


def _plain(status: int, kind: str, body: bytes, headers: dict[str, str] | None = None) -> Delivery:
    more = [f"{name}: {value}" for name, value in (headers or {}).items()]
    return Delivery(_head(status, kind, len(body), *more), (body,))


def _head(status: int, kind: str, length: int | None, *more: str) -> bytes:
    size = () if length is None else (f"Content-Length: {length}",)
    lines = (f"HTTP/1.1 {status} -", f"Content-Type: {kind}", *size, *more, "Connection: close")
    return "\r\n".join((*lines, "", "")).encode()


def _half(parts: tuple[bytes, ...]) -> tuple[bytes, ...]:
    """The first half of a body, ended within one of its parts."""
    *before, last = parts[: len(parts) // 2 + 1]
    return (*before, last[: len(last) // 2])


def _but_for_the_end(answer: Answer, parts: tuple[bytes, ...]) -> tuple[bytes, ...]:
    """All but the last byte of a body; of a stream, all but the usage and `[DONE]`."""
    if not answer.stream:
        return (parts[0][:-1],)
    values = [value for value in map(_value, answer.events) if value]
    ended = [any(choice["finish_reason"] for choice in value["choices"]) for value in values]
    return parts[: len(ended) - ended[::-1].index(True)]


def _value(event: bytes) -> Json | None:
    """The JSON of an event; None for the one that says that it is done."""
    if event == DONE:
        return None
    value: Json = json.loads(event.removeprefix(b"data: "))
    return value


def _event(value: Json) -> bytes:
    return b"data: " + json.dumps(value).encode() + b"\n\n"
