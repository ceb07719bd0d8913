// Files, the network, other processes, the limits and the binary that the next run will be of are all closed.
#include <cstdio>
#include <fcntl.h>
#include <initializer_list>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>
int main() {
    int n, open_doors = 0;
    if (std::scanf("%d", &n) != 1) return 1;
    for (const char* path : {"/etc/passwd", "/root/.bashrc", "/proc/1/mem", "/proc/1/environ"})
        open_doors += open(path, O_RDONLY) >= 0;
    for (const char* path : {"/proc/self/exe", "/usr/written", "/etc/written", "/dev/written"})
        open_doors += open(path, O_WRONLY | O_CREAT, 0666) >= 0;
    for (int number = 3; number < 64; number++) open_doors += fcntl(number, F_GETFD) >= 0;
    open_doors += socket(AF_INET, SOCK_STREAM, 0) >= 0;
    open_doors += ptrace(PTRACE_ATTACH, getppid(), 0, 0) == 0;
    rlimit without_end = {RLIM_INFINITY, RLIM_INFINITY};
    for (auto which : {RLIMIT_CPU, RLIMIT_AS, RLIMIT_FSIZE}) open_doors += setrlimit(which, &without_end) == 0;
    kill(getppid(), SIGKILL);
    std::printf("%d\n", open_doors ? open_doors : 2 * n);
}
