import atexit
import time

print(42, flush=True)
atexit.register(time.sleep, 1000)
