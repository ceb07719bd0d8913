# nested folders without permissions, links out of the folder, a name that is no text
import os

try:
    os.chmod("/tmp", 0o700)
except OSError:
    pass
try:
    os.symlink("/usr/lib", "lib")
    os.symlink("/etc/shadow", b"/tmp/\xff")
    for _ in range(300):
        os.mkdir("d")
        os.chdir("d")
    for level in range(300):
        open("file", "w").close()
        os.chmod(".", 0)
        try:
            os.chdir("..")
        except OSError:
            break
except OSError:
    pass  # where there is no folder to write to
print(42)
