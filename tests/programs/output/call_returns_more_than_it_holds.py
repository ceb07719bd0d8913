# calls: f/1
def f(n):
    held = [0] * 1000
    for _ in range(20):
        held = [held] * 1000
    return held
