"""`python weakened.py ARGUMENTS` is `synthsmith ARGUMENTS` on a machine below the sandbox's minimum.

A filter of system calls, inherited by all that is started, makes the kernel answer as one does in a container
without namespaces (unshare: EPERM) and before Landlock (landlock_create_ruleset: ENOSYS). The sandbox's own
filter still holds, so that what is run here stays without a network.
"""

import ctypes
import errno
import os
import platform
import struct
import sys

UNSHARE = {"x86_64": 272}.get(platform.machine(), 97)
CREATE_RULESET = 444
NO_NEW_PRIVS, SET_SECCOMP, FILTER = 38, 22, 2
LOAD_NUMBER, ALLOW, REFUSE = (0x20, 0, 0, 0), (0x06, 0, 0, 0x7FFF0000), 0x00050000


def weaken() -> None:
    """Put the filter on this process, for good."""
    refused = ((UNSHARE, errno.EPERM), (CREATE_RULESET, errno.ENOSYS))
    tests = [((0x15, 0, 1, number), (0x06, 0, 0, REFUSE | error)) for number, error in refused]
    code = [LOAD_NUMBER, *(step for test in tests for step in test), ALLOW]
    text = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *step) for step in code))
    header = ctypes.create_string_buffer(struct.pack("HxxxxxxQ", len(code), ctypes.addressof(text)))
    libc = ctypes.CDLL(None, use_errno=True)
    for call in ((NO_NEW_PRIVS, 1, 0), (SET_SECCOMP, FILTER, ctypes.addressof(header))):
        if libc.prctl(*(ctypes.c_ulong(word) for word in call), ctypes.c_ulong(0), ctypes.c_ulong(0)):
            raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


if __name__ == "__main__":
    weaken()
    os.execv(sys.executable, [sys.executable, "-m", "synthsmith", *sys.argv[1:]])
