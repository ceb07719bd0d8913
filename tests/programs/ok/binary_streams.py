import sys

sys.stdout.buffer.write(b"%d\n" % (2 * int(sys.stdin.buffer.readline())))
