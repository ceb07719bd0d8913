# shared memory without a name, and pages in a pipe: given back, they are in no resident set any more
import ctypes
import mmap
import os

SIZE = 256 << 20
MADV_DONTNEED = 4


def hide(file):
    held = mmap.mmap(file, SIZE)
    for start in range(0, SIZE, 1 << 20):
        held[start : start + (1 << 20)] = bytes(1 << 20)
        held.madvise(MADV_DONTNEED, start, 1 << 20)


def splice():
    part = ctypes.create_string_buffer(4096)
    place = (ctypes.c_void_p * 2)(ctypes.addressof(part), 4096)
    if ctypes.CDLL(None).vmsplice(os.pipe()[1], place, 1, 0) < 0:
        raise OSError


for attempt in (lambda: hide(-1), lambda: hide(os.open("/dev/zero", os.O_RDWR)), splice):
    try:
        attempt()
        print("hidden")
    except OSError:
        pass
print(42)
