import os

os.execv("/bin/sh", ["sh", "-c", "read n; echo $((2 * n))"])
