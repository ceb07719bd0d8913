import time


class Slow:
    def __del__(self, sleep=time.sleep):
        sleep(1000)


slow = Slow()
print(42, flush=True)
