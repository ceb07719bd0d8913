import threading
import time


def answer():
    time.sleep(0.05)
    print(42)


threading.Thread(target=answer).start()
