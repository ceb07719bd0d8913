"""What an endpoint's error status means for a request.

- 408, 409, 429, 5xx: `Again`, after what Retry-After says;
- 401, 403, 404, a quota used up: PermanentError, every other request would fare the same;
- 400, 413, 422: a fault of this one prompt (too long, say) if the endpoint has answered others, and then a
  reply with an error that is recorded. Before that a fault of the settings, and PermanentError; but `Again`
  while others are being answered, for a refusal is there at once: how they end will tell.
"""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import openai
from synthsmith.builders.completions import Again
from synthsmith.builders.model import REFUSED, PermanentError, Reply, Request

BUSY = (429, 502, 503, 504, 529)  # of a server that has too much to do, or of a proxy that cannot reach it
MOST_RETRY_AFTER_SECONDS = 600.0


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
    status = error.status_code
    said = f"{address} answered {status}: {error.message[:500]}".encode("utf-8", "replace").decode()
    if status in (408, 409) or status >= 500 or (status == 429 and error.code != "insufficient_quota"):
        after = retry_after(error.response.headers.get("retry-after"))
        raise Again(said, after, overload=status in BUSY) from error
    if status in (400, 413, 422):
        if served:
            return Reply("", REFUSED, request.model, error=said)
        if serving:
            raise Again(said) from error
        said += f" (asked for {request.stage} of {request.subject})"
    if status in (401, 403):
        said += f" (the key comes from {key_variable})"
    raise PermanentError(said) from error


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
