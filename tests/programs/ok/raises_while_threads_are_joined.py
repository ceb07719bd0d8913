import threading


def leave():
    raise SystemExit(7)


threading._shutdown = leave
print(42)
