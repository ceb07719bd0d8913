# calls: f/1
def f(n):
    raise SystemExit(0)
