# calls: f/1
def f(n):
    held = []
    for _ in range(200_000):
        held = [held]
    return held
