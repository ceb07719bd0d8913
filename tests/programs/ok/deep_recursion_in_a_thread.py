import sys
import threading

sys.setrecursionlimit(1 << 20)
threading.stack_size(512 << 20)


def depth(n):
    return n and 1 + depth(n - 1)


def main():
    assert depth(50_000) == 50_000
    print(2 * int(input()))


worker = threading.Thread(target=main)
worker.start()
worker.join()
