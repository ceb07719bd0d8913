"""Landlock: which files may be opened, no TCP, and no signal or abstract socket beyond the domain.

Needs no privilege, so it holds where namespaces are refused (a default Docker container). ABI 1 (Linux 5.13)
knows files, 4 TCP ports, 6 (Linux 6.12) signals and abstract sockets.
"""

import ctypes
import os
import struct
from collections.abc import Iterable

from .kernel import syscall

_CREATE, _ADD, _RESTRICT = 444, 445, 446
_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR, _TRUNCATE, _IOCTL = 1, 2, 4, 8, 1 << 14, 1 << 15
_ON_FILES = _EXECUTE | _WRITE_FILE | _READ_FILE | _TRUNCATE | _IOCTL
READ = _EXECUTE | _READ_FILE | _READ_DIR
USE_DEVICE = _READ_FILE | _WRITE_FILE
EVERYTHING = (1 << 16) - 1
SIGNALS_SINCE = 6


def abi() -> int:
    """The kernel's version of Landlock, 0 where there is none."""
    try:
        return syscall(_CREATE, 0, 0, 1)
    except OSError:
        return 0


def _file_rights(version: int) -> int:
    known = {1: 13, 2: 14, 3: 15, 4: 15}
    return (1 << known.get(version, 16)) - 1


def ruleset(rules: Iterable[tuple[str, int]]) -> int:
    """A descriptor of the domain in which each path allows its rights and nothing else is allowed."""
    version = abi()
    handled = _file_rights(version)
    fields = [handled, 3 if version >= 4 else 0, 3 if version >= SIGNALS_SINCE else 0]
    size = 8 if version < 4 else 16 if version < SIGNALS_SINCE else 24
    attributes = ctypes.create_string_buffer(struct.pack("QQQ", *fields), 24)
    domain = syscall(_CREATE, ctypes.addressof(attributes), size, 0)
    for path, rights in rules:
        if os.path.exists(path):
            _allow(domain, path, rights & handled)
    return domain


def _allow(domain: int, path: str, rights: int) -> None:
    target = os.open(path, os.O_PATH | os.O_CLOEXEC)
    try:
        if not os.path.isdir(path):
            rights &= _ON_FILES
        rule = ctypes.create_string_buffer(struct.pack("=Qi", rights, target), 12)
        syscall(_ADD, domain, 1, ctypes.addressof(rule), 0)
    finally:
        os.close(target)


def enter(domain: int) -> None:
    """Bind this thread and all that it will fork to the domain; needs no_new_privs."""
    syscall(_RESTRICT, domain, 0)
