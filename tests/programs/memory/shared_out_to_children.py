import os
import time

for _ in range(8):
    if os.fork() == 0:
        held = b"x" * (60 << 20)
        time.sleep(1000)
time.sleep(1000)
