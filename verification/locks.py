"""What one process works in at a time: a file of results, a folder."""

import fcntl

from synthsmith.verification.errors import InputError


def lock(descriptor: int, complaint: str) -> None:
    """Keep other processes out until the descriptor is closed, or this process has ended, however it does.

    InputError with the complaint where another one is there.
    """
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise InputError(complaint) from None
