import sys


def double(n):
    sys.exit(3)
