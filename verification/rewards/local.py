"""One sandbox for each process that gives rewards, made when it is first needed and ended with the process.

Trainers fork: data loaders, reward workers, Ray's actors. A sandbox belongs to the process that made it (its
threads are not there in a child, its sockets are), so a child never uses its parent's: it forgets it, and
makes its own when it has something to judge.
"""

import atexit
import os
import threading
from collections.abc import Sequence

from synthsmith.verification import judge
from synthsmith.verification.judge import Entry, Judged
from synthsmith.verification.sandbox import Sandbox


class _Holder:
    """The sandboxes of this process, one for each way in which one was asked for, and the lock on them."""

    def __init__(self, inherited: object = None) -> None:
        self.lock = threading.Lock()
        self.sandboxes: dict[tuple[int | None, bool], Sandbox] = {}
        self.inherited = inherited  # never touched again, not even by the garbage collector


_held = _Holder()


def judge_all(entries: Sequence[Entry], workers: int | None = None, *, unsafe: bool = False) -> list[Judged]:
    """The verdicts in order. May be called from several threads at once."""
    return list(judge.judge_all(entries, shared(workers, unsafe=unsafe)))


def shared(workers: int | None = None, *, unsafe: bool = False) -> Sandbox:
    """This process's sandbox; SandboxError where this machine gives none and `unsafe` allows no less."""
    with _held.lock:
        asked = (workers, unsafe)
        if asked not in _held.sandboxes:
            _held.sandboxes[asked] = Sandbox(workers, unsafe=unsafe)
        return _held.sandboxes[asked]


def close() -> None:
    """End what this process has; the next reward makes another."""
    with _held.lock:
        while _held.sandboxes:
            _held.sandboxes.popitem()[1].close()


def _forget() -> None:
    """In a forked child: what the parent has is not ours; its lock may be held by a thread that is gone."""
    global _held
    _held = _Holder(_held)


os.register_at_fork(after_in_child=_forget)
atexit.register(close)
