"""Trying again what may pass by itself, so many times and with growing waits."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from synthsmith.cards.release.remote import PassingError
from synthsmith.verification.errors import InputError
from tenacity import RetryCallState, Retrying, retry_if_exception_type, stop_after_attempt
from tenacity.wait import wait_base, wait_random_exponential

T = TypeVar("T")
logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Patience:
    """`wait_seconds` is the longest first wait; it doubles up to `most_seconds`, and 0 is no wait at all.

    Waits are drawn, so that pushers who met in one moment do not meet again. What the Hub asks for
    (`Retry-After`) is kept in any case, up to `most_seconds`.
    """

    tries: int = 8
    wait_seconds: float = 2.0
    most_seconds: float = 120.0

    def until(self, act: Callable[[], T], repository: str) -> T:
        """What `act` returns in the end; InputError where it never came to that."""
        wait = _Wait(self)
        retrying = Retrying(
            stop=stop_after_attempt(self.tries),
            wait=wait,
            retry=retry_if_exception_type(PassingError),
            before_sleep=lambda state: _tell(state, repository),
            reraise=True,
        )
        try:
            return retrying(act)
        except PassingError as error:
            raise InputError(
                f"{repository}: the Hub did not do it after {self.tries} tries ({error}); run the same "
                "command again, it goes on from what is there."
            ) from error


def _tell(state: RetryCallState, repository: str) -> None:
    error = state.outcome.exception() if state.outcome else None
    logger.warning("%s: %s; trying again in %.0f s", repository, error, state.upcoming_sleep)


class _Wait(wait_base):
    def __init__(self, patience: Patience) -> None:
        self._most = patience.most_seconds
        self._drawn = wait_random_exponential(multiplier=patience.wait_seconds, max=patience.most_seconds)

    def __call__(self, retry_state: RetryCallState) -> float:
        error = retry_state.outcome.exception() if retry_state.outcome else None
        asked = error.wait_seconds if isinstance(error, PassingError) else None
        return max(min(asked or 0.0, self._most), self._drawn(retry_state))
