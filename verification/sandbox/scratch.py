"""The folder that runs may write to: a small memory file system of the worker's own, emptied after each."""

import os
import stat
from os import stat as status

FOLDER = "/tmp"
State = tuple[int, int, int, int, int]


def state() -> State:
    """What tells in one call whether anything was left: tmpfs counts its entries into the folder's size.

    The times are in it as a run could leave word in them for the next one.
    """
    found = status(FOLDER)
    return found.st_size, found.st_nlink, found.st_mode, found.st_mtime_ns, found.st_atime_ns


def empty(mode: int = 0o1777) -> State:
    """Remove everything, following no link and however deep it is nested; the state afterwards.

    Every process of the run is dead, so nothing changes under our hands. Folders are not descended into:
    their entries are moved up until they are empty.
    """
    os.chmod(FOLDER, mode)
    count, unforeseen = 0, os.urandom(8).hex()  # else the run could have put something in the way
    while names := os.listdir(FOLDER):
        for name in names:
            path = f"{FOLDER}/{name}"
            if not _opened_folder(path):
                os.unlink(path)
                continue
            for inner in os.listdir(path):
                count += 1
                _opened_folder(f"{path}/{inner}")  # to be moved, a folder must be writable itself
                os.rename(f"{path}/{inner}", f"{FOLDER}/.{count}.{unforeseen}")
            os.rmdir(path)
    os.utime(FOLDER, ns=(0, 0))
    return state()


def _opened_folder(path: str) -> bool:
    """Whether this is a folder and no link; then its owner may do all with it."""
    if not stat.S_ISDIR(os.lstat(path).st_mode):
        return False
    os.chmod(path, 0o700)
    return True
