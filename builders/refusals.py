"""What an endpoint's error status means for a request.

- 408, 409, 429, 5xx: `Again`, after what Retry-After says;
- 401, 403, 404, a quota used up: PermanentError, every other request would fare the same;
- 400, 413, 422: a fault of this one prompt (too long, say) if the endpoint has answered others, and then a
  reply with an error that is recorded. Before that a fault of the settings, and PermanentError; but `Again`
  while others are being answered, for a refusal is there at once: how they end will tell.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import openai
from synthsmith.builders.completions import Again
from synthsmith.builders.model import REFUSED, PermanentError, Reply, Request

BUSY = (429, 502, 503, 504, 529)  # of a server that has too much to do, or of a proxy that cannot reach it
OF_A_PROMPT = (400, 413, 422)
MOST_RETRY_AFTER_SECONDS = 600.0


@dataclass(frozen=True, slots=True)
class Refused:
    """What an endpoint said instead of an answer; `after` is how many seconds it asked to be left alone."""

    status: int
    code: str | None
    message: str
    after: float | None = None


def refusal(
    error: openai.APIStatusError,
    request: Request,
    address: str,
    key_variable: str,
    *,
    served: bool,
    serving: bool = False,
) -> Reply:
    """The reply with an error where the fault is this prompt's; raises otherwise.

    `served` says whether the endpoint has answered others properly, `serving` whether it has others at hand.
    """
    refused = told(error)
    served = served or len(request.messages) > 1  # it follows upon an answer
    if serving and not served and refused.status in OF_A_PROMPT:
        raise Again(said(refused, address)) from error
    try:
        return reply_to(refused, request, address, key_variable, served=served)
    except (Again, PermanentError) as raised:
        raise raised from error


def told(error: openai.APIStatusError) -> Refused:
    """What the error says."""
    after = retry_after(error.response.headers.get("retry-after"))
    return Refused(error.status_code, error.code, error.message, after)


def reply_to(refused: Refused, request: Request, address: str, key_variable: str, *, served: bool) -> Reply:
    """As `refusal`, whatever way it was said. What is not taken costs nothing."""
    if refused.status not in OF_A_PROMPT:
        raise failure(refused, address, key_variable)
    if served:
        words = said(refused, address)
        return Reply("", REFUSED, request.model, prompt_tokens=0, completion_tokens=0, error=words)
    raise PermanentError(f"{said(refused, address)} (asked for {request.stage} of {request.subject})")


def failure(refused: Refused, address: str, key_variable: str) -> Again | PermanentError:
    """What is to be raised where it is no single prompt's fault."""
    status, words = refused.status, said(refused, address)
    if status in (408, 409) or status >= 500 or (status == 429 and refused.code != "insufficient_quota"):
        return Again(words, refused.after, overload=status in BUSY)
    if status in (401, 403):
        words += f" (the key comes from {key_variable})"
    return PermanentError(words)


def said(refused: Refused, address: str) -> str:
    """The endpoint's words, as one sentence that a file can hold."""
    words = f"{address} answered {refused.status}: {refused.message[:500]}"
    return words.encode("utf-8", "replace").decode()


def retry_after(header: str | None) -> float | None:
    """Seconds, at most ten minutes, from a Retry-After header: a number or a date (RFC 9110, 10.2.3)."""
    if header is None:
        return None
    try:
        seconds = float(header)
    except ValueError:
        try:
            seconds = (parsedate_to_datetime(header) - datetime.now(UTC)).total_seconds()
        except (ValueError, TypeError):
            return None
    return min(max(0.0, seconds), MOST_RETRY_AFTER_SECONDS)
