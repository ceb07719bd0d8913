# leaves a mark wherever one might last, and looks for that of an earlier run
import ctypes
import os
import random
import sys

libc = ctypes.CDLL(None)
found = []
if libc.shmget(0x1234, 4096, 0) >= 0 or libc.shmget(0x1234, 4096, 0o1666) >= 0:
    found.append("shared memory")
if libc.msgget(0x1234, 0o1666) >= 0:
    found.append("message queue")
try:
    found += os.listdir("/tmp")
except OSError:
    pass
if 1 in (int(os.stat("/tmp").st_mtime), int(os.stat("/tmp").st_atime)):
    found.append("times")
if os.nice(0) != os.getpriority(os.PRIO_PROCESS, os.getppid()) or os.umask(0o77) != 0o22:
    found.append("process")
frame = sys._getframe()
while frame and "NOTE" not in frame.f_globals:
    frame = frame.f_back
if frame:
    note = frame.f_globals["NOTE"]
    if any(note[1:]):
        found.append("page shared with the zygote")
    note[1:] = b"1" * len(note[1:])
try:
    open("/tmp/mark", "w").close()
    os.chmod("/tmp", 0o711)
    os.utime("/tmp", (1, 1))
except OSError:
    pass
os.nice(5)
random.random()
print(*found or [42])
