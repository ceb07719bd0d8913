"""The system-call filter: what no program needs and what would reach beyond its own process.

A deny list in classic BPF, installed once by the zygote and inherited by every run. Calls the list does not
know (newer than the table, or x32's) answer ENOSYS, so that a new kernel opens no new door; calls made with
another architecture's convention (`int 0x80`) kill the process. Numbers: x86_64, then the generic table that
aarch64 uses; None where the architecture has no such call.
"""

import ctypes
import errno
import platform
import struct
from collections.abc import Iterable

from .kernel import syscall

_AUDIT_ARCH = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
_COLUMN = {"x86_64": 0, "aarch64": 1}
_SECCOMP = {"x86_64": 317, "aarch64": 277}
NEWEST_KNOWN = 462  # mseal; everything above answers ENOSYS

# fmt: off
Numbers = dict[str, tuple[int | None, int | None]]
DENIED: Numbers = {
    # other processes' memory, descriptors and scheduling
    "ptrace": (101, 117), "process_vm_readv": (310, 270), "process_vm_writev": (311, 271), "kcmp": (312, 272),
    "pidfd_getfd": (438, 438), "process_madvise": (440, 440), "process_mrelease": (448, 448),
    "move_pages": (279, 239), "migrate_pages": (256, 238), "sched_setscheduler": (144, 119),
    "sched_setparam": (142, 118), "sched_setattr": (314, 274), "ioprio_set": (251, 30),
    # the tree of files, and namespaces
    "mount": (165, 40), "umount2": (166, 39), "pivot_root": (155, 41), "chroot": (161, 51),
    "open_tree": (428, 428), "move_mount": (429, 429), "fsopen": (430, 430), "fsconfig": (431, 431),
    "fsmount": (432, 432), "fspick": (433, 433), "mount_setattr": (442, 442), "setns": (308, 268),
    "unshare": (272, 97), "name_to_handle_at": (303, 264), "open_by_handle_at": (304, 265),
    "quotactl": (179, 60), "quotactl_fd": (443, 443), "swapon": (167, 224), "swapoff": (168, 225),
    "fanotify_init": (300, 262), "setxattr": (188, 5), "lsetxattr": (189, 6), "fsetxattr": (190, 7),
    # the network; socketpair(AF_UNIX) stays, asyncio lives on it
    "socket": (41, 198), "connect": (42, 203), "bind": (49, 200), "listen": (50, 201),
    # what outlives a process or is seen by the next one
    "shmget": (29, 194), "shmctl": (31, 195), "shmat": (30, 196), "shmdt": (67, 197), "msgget": (68, 186),
    "msgsnd": (69, 189), "msgrcv": (70, 188), "msgctl": (71, 187), "semget": (64, 190), "semop": (65, 193),
    "semctl": (66, 191), "semtimedop": (220, 192), "mq_open": (240, 180), "mq_unlink": (241, 181),
    "add_key": (248, 217), "request_key": (249, 218), "keyctl": (250, 219), "flock": (73, 32),
    # memory that no resident set shows: files of no name, pages that only a pipe still holds
    "memfd_create": (319, 279), "memfd_secret": (447, 447), "vmsplice": (278, 75),
    # waits, where nothing can kill it, for all that others have to write to their disks
    "sync": (162, 81), "syncfs": (306, 267),
    # the kernel's own doors
    "bpf": (321, 280), "perf_event_open": (298, 241), "userfaultfd": (323, 282), "seccomp": (317, 277),
    "io_uring_setup": (425, 425), "io_uring_enter": (426, 426), "io_uring_register": (427, 427),
    "kexec_load": (246, 104), "kexec_file_load": (320, 294), "init_module": (175, 105),
    "finit_module": (313, 273), "delete_module": (176, 106), "reboot": (169, 142), "acct": (163, 89),
    "settimeofday": (164, 170), "clock_settime": (227, 112), "clock_adjtime": (305, 266),
    "adjtimex": (159, 171), "syslog": (103, 116), "personality": (135, 92), "vhangup": (153, 58),
    "sethostname": (170, 161), "setdomainname": (171, 162), "iopl": (172, None), "ioperm": (173, None),
    "modify_ldt": (154, None), "lookup_dcookie": (212, 18), "nfsservctl": (180, 42),
}
SET_IDS: Numbers = {
    "setuid": (105, 146), "setgid": (106, 144), "setreuid": (113, 145), "setregid": (114, 143),
    "setresuid": (117, 147), "setresgid": (119, 149), "setfsuid": (122, 151), "setfsgid": (123, 152),
}
# fmt: on
# who owns a file may change these even where it cannot write: Landlock does not look at them
CHANGE_ATTRIBUTES: Numbers = {
    "chmod": (90, None),
    "fchmod": (91, 52),
    "fchmodat": (268, 53),
    "fchmodat2": (452, 452),
    "chown": (92, None),
    "fchown": (93, 55),
    "lchown": (94, None),
    "fchownat": (260, 54),
    "utime": (132, None),
    "utimes": (235, None),
    "futimesat": (261, None),
    "utimensat": (280, 88),
}
CLONE, CLONE3, SOCKETPAIR, FCNTL = (56, 220), (435, 435), (53, 199), (72, 25)
IOCTL, FLAGGING_COMMANDS = (16, 29), (0x40086602, 0x401C5820)  # FS_IOC_SETFLAGS, FS_IOC_FSSETXATTR
# by number: which of the arguments have to be 0. For setpriority these say "a process" and "this one": all
# processes of the user would be the zygote, and without a pid namespace the caller too
ON_SELF_ONLY = {
    "prlimit64": ((302, 261), (0,)),
    "sched_setaffinity": ((203, 122), (0,)),
    "setpriority": ((141, 140), (0, 1)),
}
# shared memory without a name: pages given back (MADV_DONTNEED) live on and are in no resident set
MMAP, MMAP_FLAGS, MAP_SHARED, MAP_ANONYMOUS = (9, 222), 3, 0x01, 0x20
NAMESPACE_FLAGS = 0x7E020000  # CLONE_NEW{NS,CGROUP,UTS,IPC,USER,PID,NET}
LOCKING_COMMANDS = (5, 6, 7, 36, 37, 38, 1024)  # F_GETLK, F_SETLK(W), the same by open file, F_SETLEASE
AF_UNIX = 1

_LOAD, _EQUAL, _ABOVE, _ANY_BIT, _RETURN = 0x20, 0x15, 0x25, 0x45, 0x06
_ALLOW, _KILL_PROCESS, _ERRNO = 0x7FFF0000, 0x80000000, 0x00050000

Instruction = tuple[int, int, int, int]  # code, jump if true, jump if false, operand


def _refuse(number: int) -> Instruction:
    return (_RETURN, 0, 0, _ERRNO | number)


def _argument(index: int) -> Instruction:
    """The low half of an argument: all that are looked at are 32 bits wide."""
    return (_LOAD, 0, 0, 16 + 8 * index)


def _guarded(number: int, body: Iterable[Instruction]) -> list[Instruction]:
    """`body` runs for this call only, and must end in a return."""
    inner = list(body)
    return [(_EQUAL, 0, len(inner), number), *inner]


def program(machine: str, also_denied: Numbers) -> list[Instruction]:
    """The filter for `machine` (`platform.machine()`), as BPF instructions; KeyError where it is unknown."""
    column = _COLUMN[machine]
    allow: Instruction = (_RETURN, 0, 0, _ALLOW)
    denied = _refuse(errno.EPERM)
    code: list[Instruction] = [
        (_LOAD, 0, 0, 4),
        (_EQUAL, 1, 0, _AUDIT_ARCH[machine]),
        (_RETURN, 0, 0, _KILL_PROCESS),
        (_LOAD, 0, 0, 0),
        (_ABOVE, 0, 1, NEWEST_KNOWN),
        _refuse(errno.ENOSYS),
    ]
    for numbers in (DENIED | also_denied).values():
        number = numbers[column]
        if number is not None:
            code += _guarded(number, [denied])
    code += _guarded(
        CLONE3[column], [_refuse(errno.ENOSYS)]
    )  # its flags lie behind a pointer; libc falls back
    code += _guarded(CLONE[column], [_argument(0), (_ANY_BIT, 0, 1, NAMESPACE_FLAGS), denied, allow])
    code += _guarded(SOCKETPAIR[column], [_argument(0), (_EQUAL, 1, 0, AF_UNIX), denied, allow])
    locking = [step for command in LOCKING_COMMANDS for step in ((_EQUAL, 0, 1, command), denied)]
    code += _guarded(FCNTL[column], [_argument(1), *locking, allow])
    flagging = [step for command in FLAGGING_COMMANDS for step in ((_EQUAL, 0, 1, command), denied)]
    code += _guarded(IOCTL[column], [_argument(1), *flagging, allow])
    for numbers, indexes in ON_SELF_ONLY.values():
        zeros = [step for index in indexes for step in (_argument(index), (_EQUAL, 1, 0, 0), denied)]
        code += _guarded(numbers[column], [*zeros, allow])
    shared = [(_ANY_BIT, 0, 2, MAP_ANONYMOUS), (_ANY_BIT, 0, 1, MAP_SHARED), denied]
    code += _guarded(MMAP[column], [_argument(MMAP_FLAGS), *shared, allow])
    code.append(allow)
    return code


def supported() -> bool:
    """Whether the table knows this machine."""
    return platform.machine() in _COLUMN


def install(also_denied: Numbers) -> None:
    """Put the filter on this thread and all that it will fork; OSError where the kernel refuses."""
    machine = platform.machine()
    packed = b"".join(struct.pack("HBBI", *instruction) for instruction in program(machine, also_denied))
    text = ctypes.create_string_buffer(packed, len(packed))
    header = ctypes.create_string_buffer(struct.pack("HxxxxxxQ", len(packed) // 8, ctypes.addressof(text)))
    syscall(_SECCOMP[machine], 1, 0, ctypes.addressof(header))
