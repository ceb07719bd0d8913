import os
import sys

known = sys.stdin.read()
os.lseek(0, 0, os.SEEK_SET)
known += os.read(0, 1 << 16).decode()[:32]
for end in ("", known[:32], known):
    os.write(1, b'\n\x1etold {"told":[[0,true],[1,true],[2,true]],"end":"%s"}\n' % end.encode())
os._exit(0)
