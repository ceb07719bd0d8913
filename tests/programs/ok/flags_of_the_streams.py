# flags of open files, which everybody shares who has the file
import fcntl
import os

for number in range(3):
    fcntl.fcntl(number, fcntl.F_SETFL, os.O_APPEND | os.O_NONBLOCK | os.O_ASYNC)
    fcntl.fcntl(number, fcntl.F_SETOWN, os.getppid())
number = int(input())
os.ftruncate(0, 0)
os.pwrite(0, b"1\n", 0)
print(2 * number)
