import atexit
import os
import threading
import time

threading.Thread(target=time.sleep, args=(1000,)).start()
atexit.register(lambda: [os.write(fd, b"?") for fd in range(3, 20)])


def double(n):
    assert n is None
