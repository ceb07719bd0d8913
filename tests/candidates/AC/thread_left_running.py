import threading
import time

threading.Thread(target=time.sleep, args=(1000,)).start()


def double(n):
    return 2 * n
