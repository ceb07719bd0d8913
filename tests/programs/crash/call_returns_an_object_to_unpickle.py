# calls: f/1
import os


class Trap:
    def __reduce__(self):
        return os.system, ("touch /tmp/trapped",)


def f(n):
    return Trap()
