import os

read, write = os.pipe()
if os.fork() == 0:
    os.write(write, b"42\n")
    os._exit(0)
os.wait()
print(os.read(read, 9).decode(), end="")
