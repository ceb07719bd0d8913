# pipes that are full, and sockets with files under way to nobody
import os
import socket

held = []
try:
    while True:
        one, other = socket.socketpair()
        socket.send_fds(one, [b"x"], [one.fileno(), other.fileno()])
        held += one, other, os.pipe()
        os.set_blocking(held[-1][1], False)
        while True:
            try:
                os.write(held[-1][1], bytes(65536))
            except BlockingIOError:
                break
except OSError:
    pass
os.write(1, b"42\n")
