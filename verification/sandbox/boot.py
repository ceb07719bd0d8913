"""Where a worker's first process begins: run by path, so that it imports nothing but the files beside it.

The interpreter starts twice. The first start sets what only an exec can change: room for a large stack below
the memory maps, and addresses that are the same in every worker, so that what depends on them (the order of a
set of objects, `hash(None)` before Python 3.12) gives the same bytes everywhere. The second is the launcher.
"""

import importlib
import os
import resource
import sys
import types

ADDR_NO_RANDOMIZE = 0x0040000
STACK_BYTES = 1 << 30


def _again() -> None:
    import ctypes

    hard = resource.getrlimit(resource.RLIMIT_STACK)[1]
    room = STACK_BYTES if hard == resource.RLIM_INFINITY else min(hard, STACK_BYTES)
    resource.setrlimit(resource.RLIMIT_STACK, (room, hard))
    ctypes.CDLL(None).personality(
        ADDR_NO_RANDOMIZE
    )  # refused by some containers: then only sets of objects differ
    os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:], "again"])


def _start() -> None:
    package = types.ModuleType("inside")
    package.__path__ = [os.path.dirname(os.path.abspath(__file__))]
    sys.modules["inside"] = package
    del sys.path[0]  # this folder: no program shall import from it by accident
    importlib.import_module("inside.launcher").main(sys.argv[1])


if __name__ == "__main__":
    if sys.argv[2:] == ["again"]:
        _start()
    else:
        _again()
