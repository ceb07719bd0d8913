# calls: f/1
def f(n):
    held = {}
    held[0] = [held]
    return held
