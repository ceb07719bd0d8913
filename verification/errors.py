"""What can go wrong by the user's hand or by ours; what a program does wrong is a Status, never an exception.

VerificationError
├── InputError      the caller's data or settings are wrong: the message names the file, row and field;
│                   it is a ValueError as well, for callers who know nothing of us
└── SandboxError    the sandbox cannot be had, or was lost and could not be started again
"""


class VerificationError(Exception):
    """The root: one sentence for the user, no traceback wanted."""


class InputError(VerificationError, ValueError):
    """The caller gave something that cannot be used; the message says what, where, and what to do."""


class SandboxError(VerificationError):
    """Programs cannot be run safely on this machine as it is set up."""
