// Which is kept for the runs to come: leaves word in its mode and times, and no right to run it.
#include <cstdio>
#include <fcntl.h>
#include <sys/stat.h>
int main() {
    const char *const self = "/proc/self/exe";
    struct stat found;
    stat(self, &found);
    if (found.st_mode & 07000 || found.st_mtim.tv_sec == 1) std::puts("left");
    if (open(self, O_RDWR) >= 0) std::puts("open");
    const timespec times[2] = {{1, 0}, {1, 0}};
    utimensat(AT_FDCWD, self, times, 0);
    chmod(self, 07000);
    std::puts("42");
}
