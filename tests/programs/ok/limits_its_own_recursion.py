import sys

sys.setrecursionlimit(1001)


def down(n):
    return 0 if n == 0 else 2 + down(n - 1)


assert down(995) == 1990
print(down(int(input())))
