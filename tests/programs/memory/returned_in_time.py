held = b"x" * (200 << 20)
del held
print(42)
