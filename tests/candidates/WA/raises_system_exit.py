def double(n):
    raise SystemExit
