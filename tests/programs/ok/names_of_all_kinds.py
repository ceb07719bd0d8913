# pipes, folders, links and files whose names are no text, no line or hardly one
import os

makers = (os.mkfifo, os.mkdir, lambda path: os.symlink("/", path), lambda path: os.mknod(path, 0o140000))
for start in (b"a\nb", b"\xff\xfe", b"-rf", b" ", b"x" * 250, "\u202e".encode()):
    for number, make in enumerate(makers):
        try:
            make(b"/tmp/" + start + b"%d" % number)
        except OSError:
            pass
print(42)
