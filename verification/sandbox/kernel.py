"""System calls that the standard library has no name for; each raises OSError as `os` would."""

import ctypes
import os

LIBC = ctypes.CDLL(None, use_errno=True)
LIBC.syscall.restype = ctypes.c_long
AT_ONCE = ctypes.PyDLL(None)  # for calls that do not wait, without errno: less to touch

CLONE_NEWNS, CLONE_NEWCGROUP, CLONE_NEWUTS, CLONE_NEWIPC = 0x00020000, 0x02000000, 0x04000000, 0x08000000
CLONE_NEWUSER, CLONE_NEWPID, CLONE_NEWNET = 0x10000000, 0x20000000, 0x40000000
MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC, MS_REMOUNT, MS_BIND, MS_REC, MS_PRIVATE = (
    1,
    2,
    4,
    8,
    32,
    4096,
    16384,
    1 << 18,
)
MNT_DETACH = 2
PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_CAPBSET_DROP, PR_SET_CHILD_SUBREAPER, PR_SET_NO_NEW_PRIVS = (
    1,
    4,
    24,
    36,
    38,
)
CAP_DAC_OVERRIDE, CAP_FOWNER, CAP_KILL, CAP_SETGID, CAP_SETUID = 1, 3, 5, 6, 7
SIGKILL, SIGSTOP = 9, 19  # `signal` is an import that the zygote does without
NO_DESCRIPTOR, AT_FDCWD, AT_RECURSIVE = -1, -100, 0x8000

_MOUNT_SETATTR = 442
_MOUNT_ATTR_LOCKED = 0x1 | 0x2 | 0x4  # read-only, no set-uid, no devices


def _checked(result: int, name: str) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}")
    return result


def syscall(number: int, *arguments: int) -> int:
    """What the kernel answers; every argument is passed as a long."""
    longs = [ctypes.c_long(argument) for argument in arguments]
    return _checked(LIBC.syscall(ctypes.c_long(number), *longs), f"syscall {number}")


def prctl(option: int, value: int) -> None:
    _checked(LIBC.prctl(option, ctypes.c_ulong(value), 0, 0, 0), f"prctl {option}")


def unshare(flags: int) -> None:
    _checked(LIBC.unshare(flags), "unshare")


def mount(source: str, target: str, kind: str | None, flags: int, options: str | None = None) -> None:
    encoded = [None if text is None else os.fsencode(text) for text in (source, target, kind, options)]
    result = LIBC.mount(encoded[0], encoded[1], encoded[2], ctypes.c_ulong(flags), encoded[3])
    _checked(result, f"mount {target}")


def lock_mounts(path: str) -> None:
    """Make `path` and every mount under it read-only, without set-uid and devices (Linux 5.12)."""
    attributes = (ctypes.c_uint64 * 4)(_MOUNT_ATTR_LOCKED, 0, 0, 0)
    result = LIBC.syscall(
        ctypes.c_long(_MOUNT_SETATTR),
        ctypes.c_long(AT_FDCWD),
        os.fsencode(path),
        ctypes.c_long(AT_RECURSIVE),
        ctypes.byref(attributes),
        ctypes.c_long(ctypes.sizeof(attributes)),
    )
    _checked(result, f"mount_setattr {path}")


def pivot_to(path: str) -> None:
    """Make `path`, a mount point, the root, and let go of the old one."""
    os.chdir(path)
    number = {"x86_64": 155, "aarch64": 41}[os.uname().machine]
    dot = ctypes.c_char_p(b".")
    _checked(LIBC.syscall(ctypes.c_long(number), dot, dot), "pivot_root")
    _checked(LIBC.umount2(b".", MNT_DETACH), "umount2")
    os.chdir("/")


def keep_capabilities(kept: tuple[int, ...]) -> None:
    """Give up every capability but `kept`, for good: the bounding set too, where that is allowed."""
    for capability in range(64):
        if capability not in kept and LIBC.prctl(PR_CAPBSET_DROP, ctypes.c_ulong(capability), 0, 0, 0) < 0:
            break  # past the last one, or not ours to drop: no_new_privs closes execve anyway
    mask = sum(1 << capability for capability in kept)
    header = (ctypes.c_uint32 * 2)(0x20080522, 0)
    sets = (ctypes.c_uint32 * 6)(mask, mask, 0, 0, 0, 0)
    _checked(LIBC.capset(ctypes.byref(header), ctypes.byref(sets)), "capset")


def usual_thread_stacks(size: int) -> None:
    """Let threads without a wish of their own have `size` bytes of stack, whatever RLIMIT_STACK says."""
    if not hasattr(LIBC, "pthread_setattr_default_np"):
        return  # musl: threads have a small fixed default there
    attributes = ctypes.create_string_buffer(256)
    LIBC.pthread_attr_init(attributes)
    LIBC.pthread_attr_setstacksize(attributes, ctypes.c_size_t(size))
    LIBC.pthread_setattr_default_np(attributes)
